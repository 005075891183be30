"""Chats as the people in them use them: what they say, press, send and see."""

import asyncio
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.fakes.telegram import markup
from tests.fakes.telegram.bots import Bot
from tests.fakes.telegram.methods_messages import new_file
from tests.fakes.telegram.model import Button, File, Message, Press, Room, User, message_json
from tests.fakes.telegram.params import Upload
from tests.fakes.telegram.updates import PRESS
from tests.fakes.telegram.waiting import PATIENCE, first

if TYPE_CHECKING:
    from tests.fakes.telegram.server import TelegramServer

LONGEST = 4096


class Chat:
    """What private chats and groups have in common. Every action of a person moves the mark of `wait_for`."""

    def __init__(self, server: "TelegramServer", room: Room) -> None:
        self.server, self.room = server, room
        self._mark = self._seen = 0

    @property
    def id(self) -> int:
        return self.room.id

    @property
    def type(self) -> str:
        return self.room.type

    @property
    def title(self) -> str | None:
        return self.room.title

    # --- what there is to see ---------------------------------------------------------------------

    @property
    def messages(self) -> list[Message]:
        return [one for one in self.room.messages if not one.deleted]

    @property
    def from_bot(self) -> list[Message]:
        return [one for one in self.messages if one.from_bot and not one.service]

    @property
    def last(self) -> Message:
        return self.messages[-1]

    @property
    def text(self) -> str:
        """What a bot said last; empty if none has spoken."""
        return self.from_bot[-1].text if self.from_bot else ""

    @property
    def actions(self) -> list[str]:
        return self.room.actions

    def transcript(self) -> str:
        return "\n".join(map(repr, self.messages)) or "(nothing was said)"

    async def wait_for(
        self, what: str | Callable[[Message], bool], *, timeout: float = PATIENCE, since: int | None = None
    ) -> Message:
        """A bot's message, new or edited, that has these words or fits; since the person's last action unless told."""
        mark = self._mark if since is None else since
        fits = (lambda one: what in one.text) if isinstance(what, str) else what
        return await self._wait(lambda one: one.changed > mark and fits(one), timeout, str(what))

    async def next(self, *, timeout: float = PATIENCE) -> Message:
        """The next message or edit of a bot that `next` has not returned yet."""
        found = await self._wait(lambda one: one.changed > self._seen, timeout, "a further message")
        self._seen = found.changed
        return found

    async def _wait(self, fits: Callable[[Message], bool], timeout: float, what: str) -> Message:
        try:
            async with asyncio.timeout(timeout):
                while not (found := [one for one in self.from_bot if fits(one)]):
                    await first(self.server.changed.next())
        except TimeoutError:
            raise TimeoutError(f"{what} did not come within {timeout} s:\n{self.transcript()}") from None
        return min(found, key=lambda one: one.changed)

    # --- what people do ---------------------------------------------------------------------------

    async def say(
        self, text: str, *, by: User | None = None, reply_to: Message | None = None, topic: int | None = None
    ) -> Message:
        """A text over 4096 characters goes out in pieces, as people's programs do it; returns the last."""
        sent = []
        for start in range(0, max(len(text), 1), LONGEST):
            shown, entities = markup.read(text[start : start + LONGEST], "")
            sent.append(self._send(by, text=shown, entities=entities, reply_to=reply_to, topic=topic))
        return sent[-1]

    async def start(self, payload: str = "", *, by: User | None = None) -> Message:
        """The person follows t.me/BOT?start=PAYLOAD."""
        return await self.say(f"/start {payload}".strip(), by=by)

    async def edit(self, message: Message, text: str) -> Message:
        self._act()
        message.versions.append(message.text)
        message.text, message.entities = markup.read(text, "")
        message.edited = self.server.clock.seconds()
        self.server.touch(message)
        self._tell(message, "edited_message")
        return message

    async def photo(
        self, data: bytes, *, caption: str = "", by: User | None = None, topic: int | None = None
    ) -> Message:
        return self._send_file("photo", Upload("photo.jpg", data, "image/jpeg"), caption, by, topic, None)

    async def document(
        self, name: str, data: bytes, *, mime: str | None = None, caption: str = "", size: int | None = None,
        by: User | None = None, topic: int | None = None,
    ) -> Message:  # fmt: skip
        """`size`: bytes that the file pretends to have."""
        upload = Upload(name, data, mime or "application/octet-stream")
        return self._send_file("document", upload, caption, by, topic, size)

    async def sticker(self, *, by: User | None = None) -> Message:
        look = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False, "emoji": "👍"}
        return self._send(by, service={"sticker": _some_file() | look})

    async def voice(self, *, by: User | None = None) -> Message:
        return self._send(by, service={"voice": _some_file() | {"duration": 3, "mime_type": "audio/ogg"}})

    async def location(self, latitude: float, longitude: float, *, by: User | None = None) -> Message:
        return self._send(by, service={"location": {"latitude": latitude, "longitude": longitude}})

    def _send_file(
        self, kind: str, upload: Upload, caption: str, by: User | None, topic: int | None, size: int | None
    ) -> Message:
        text, entities = markup.read(caption, "") if caption else ("", [])
        made: File | None = None
        for bot in self._bots():  # one file, known to each bot in the chat
            made = made or new_file(bot, kind, upload, size=size)
            bot.files[made.file_id] = made
        return self._send(by, text=text, entities=entities, file=made, topic=topic)

    def _send(self, by: User | None, **content: Any) -> Message:
        self._act()
        sender = by or self._someone()
        bot = next(iter(self._bots()), None)
        message = self.server.new_message(self.room, sender, bot, **content)
        self._tell(message, "message")
        return message

    def _act(self) -> None:
        self._mark = self.server.mark()

    def _tell(self, message: Message, kind: str) -> None:
        for bot in self._bots():
            if self._sees(bot, message):
                self.server.tell(bot, self.room, message, kind)

    # --- buttons ----------------------------------------------------------------------------------

    async def press(
        self, button: str | Button, *, by: User | None = None, message: Message | None = None, timeout: float = PATIENCE
    ) -> Press:
        """By data, by title, or by a part of the title that only one has; waits for the newest message with it."""
        wanted = button if isinstance(button, str) else button.data or button.title
        holder = message or await self._holder(wanted, timeout)
        found = holder.button(wanted)
        assert found.data is not None, f"{found.title!r} is a link"
        return await self.press_data(found.data, by=by, message=holder)

    async def _holder(self, wanted: str, timeout: float) -> Message:
        await self._wait(lambda one: bool(one.find(wanted)), timeout, f"a button {wanted!r}")
        return [one for one in self.from_bot if one.find(wanted)][-1]

    async def press_data(self, data: str, *, by: User | None = None, message: Message | None = None) -> Press:
        """Whatever a manipulated program may send: nothing is checked."""
        self._act()
        person, holder = by or self._someone(), message or self.from_bot[-1]
        assert isinstance(holder.sender, Bot)
        press = Press(str(secrets.randbits(62)), None, person, data, self.server.clock.now() + PRESS)
        holder.sender.presses[press.id] = press
        content = {
            "id": press.id, "from": person.to_json(), "message": message_json(holder, self.room),
            "chat_instance": self.room.instance, "data": data,
        }  # fmt: skip
        queue = holder.sender.queue
        press.update_id = queue.add("callback_query", content, queue=f"presses of {person.id}", lives=PRESS)
        return press

    # --- who is here ------------------------------------------------------------------------------

    def _bots(self) -> list[Bot]:
        present = [self.room.people[number] for number, state in self.room.members.items() if state not in _AWAY]
        return [one for one in present if isinstance(one, Bot)]

    def _someone(self) -> User:
        raise NotImplementedError

    def _sees(self, bot: Bot, message: Message) -> bool:
        return True


_AWAY = {"left", "kicked"}


class PrivateChat(Chat):
    """A person and a bot."""

    @property
    def user(self) -> User:
        assert self.room.user
        return self.room.user

    @property
    def bot(self) -> Bot:
        found = next(iter(self.room.people.values()))
        assert isinstance(found, Bot)
        return found

    @property
    def link(self) -> str:
        return f"https://t.me/{self.bot.username}"

    @property
    def commands(self) -> list[tuple[str, str]]:
        """What the person's menu shows: the nearest scope, in their language if there is one."""
        code = (self.user.language_code or "")[:2]
        for scope in (f"chat:{self.id}", "all_private_chats", "default"):
            for language in (code, ""):
                if found := self.bot.commands(scope, language):
                    return found
        return []

    async def block(self) -> None:
        self._act()
        self.server.set_member(self.room, self.bot, "kicked", by=self.user)

    async def unblock(self) -> None:
        self._act()
        self.server.set_member(self.room, self.bot, "member", by=self.user)

    def _send(self, by: User | None, **content: Any) -> Message:
        assert self.room.members[self.bot.id] != "kicked", "the person has blocked the bot"
        self.room.opened = True
        return super()._send(by, **content)

    def _someone(self) -> User:
        return self.user


class Group(Chat):
    """Several people and bots; the first person speaks unless told."""

    async def add(self, member: User, *, by: User | None = None) -> None:
        who = by or self._someone()
        self.server.set_member(self.room, member, "member", by=who)
        self._send(who, service={"new_chat_members": [member.to_json()]})

    async def kick(self, member: User, *, by: User | None = None) -> None:
        who = by or self._someone()
        self._send(who, service={"left_chat_member": member.to_json()})
        self.server.set_member(self.room, member, "kicked", by=who)

    async def leave(self, user: User) -> None:
        self._send(user, service={"left_chat_member": user.to_json()})
        self.server.set_member(self.room, user, "left", by=user)

    async def promote(self, member: User, *, by: User | None = None) -> None:
        self.server.set_member(self.room, member, "administrator", by=by or self._someone())

    async def topic(self, name: str, *, by: User | None = None) -> int:
        """Opens a topic; returns its message_thread_id."""
        assert self.room.forum, "this group has no topics"
        number = self.room.last_id + 1
        self.room.topics[number] = name
        self._send(by, topic=number, service={"forum_topic_created": {"name": name, "icon_color": 7322096}})
        return number

    async def migrate(self) -> "Group":
        """Becomes a supergroup with a new id; the old one answers with it."""
        assert self.type == "group"
        new = Room(-1_000_000_000_000 + self.id, "supergroup", self.title, people=dict(self.room.people))
        new.members = dict(self.room.members)
        handle = self.server.open_group(new)
        self._send(None, service={"migrate_to_chat_id": new.id})
        handle._send(None, service={"migrate_from_chat_id": self.id})
        self.room.migrated_to = new.id
        return handle

    def _someone(self) -> User:
        people = self.room.people.values()
        return next(one for one in people if not one.is_bot and self.room.members[one.id] not in _AWAY)

    def _sees(self, bot: Bot, message: Message) -> bool:
        """Privacy mode: only commands, mentions, replies to it and service messages, unless it is an administrator."""
        if not bot.privacy or self.room.members[bot.id] == "administrator" or message.service:
            return True
        if message.reply_to and message.reply_to.sender is bot:
            return True
        return any(_addresses(bot, message, one) for one in message.entities)


def _addresses(bot: Bot, message: Message, entity: markup.Entity) -> bool:
    units = message.text.encode("utf-16-le", "surrogatepass")
    start, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
    words = units[start:end].decode("utf-16-le", "surrogatepass")
    name = f"@{bot.username}".lower()
    if entity["type"] == "bot_command":
        return "@" not in words or words.lower().endswith(name)
    return entity["type"] == "mention" and words.lower() == name


def _some_file() -> dict[str, Any]:
    return {"file_id": secrets.token_urlsafe(40), "file_unique_id": secrets.token_urlsafe(11), "file_size": 4096}
