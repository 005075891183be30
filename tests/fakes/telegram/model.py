"""Who and what there is: users, bots, chats as the server keeps them, messages as people see them, files, presses."""

import asyncio
import html as escaping
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.fakes.telegram.errors import ApiError
from tests.fakes.telegram.markup import Entity, width
from tests.fakes.telegram.waiting import PATIENCE

Json = dict[str, Any]


@dataclass(eq=False, slots=True)
class User:
    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    deactivated: bool = False
    is_bot: bool = False

    def deactivate(self) -> None:
        """The account is gone: what is sent to it is refused with 403."""
        self.deactivated = True

    def to_json(self) -> Json:
        return _filled(
            id=self.id, is_bot=self.is_bot, first_name=self.first_name, last_name=self.last_name,
            username=self.username, language_code=self.language_code,
        )  # fmt: skip


@dataclass(eq=False, slots=True)
class File:
    """`kind` is "photo" or "document"; `size` may be pretended."""

    file_id: str
    unique_id: str
    kind: str
    name: str
    data: bytes
    size: int
    mime: str
    path: str

    def to_json(self) -> Json:
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": self.size}


@dataclass(frozen=True, slots=True)
class Button:
    title: str
    data: str | None = None
    url: str | None = None


@dataclass(eq=False, slots=True)
class Message:
    """`text` is what is shown: entities applied, no markup; of a file, its caption."""

    id: int
    chat_id: int
    sender: "User"
    date: int
    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    markup: Json | None = None
    file: File | None = None
    edited: int | None = None
    versions: list[str] = field(default_factory=list)
    topic: int | None = None
    reply_to: "Message | None" = None
    deleted: bool = False
    service: Json = field(default_factory=dict)  # service messages, stickers...: their own fields
    changed: int = 0  # the server's count when it was sent or last edited

    @property
    def from_bot(self) -> bool:
        return self.sender.is_bot

    @property
    def buttons(self) -> list[list[Button]]:
        rows = (self.markup or {}).get("inline_keyboard", [])
        return [[Button(one["text"], one.get("callback_data"), one.get("url")) for one in row] for row in rows]

    @property
    def titles(self) -> list[str]:
        return [button.title for row in self.buttons for button in row]

    def find(self, wanted: str) -> list[Button]:
        """By data or title; by a part of the title where nothing fits exactly."""
        every = [button for row in self.buttons for button in row]
        return [one for one in every if wanted in (one.data, one.title)] or [
            one for one in every if wanted in one.title
        ]

    def button(self, wanted: str) -> Button:
        found = self.find(wanted)
        assert len(found) == 1, f"{wanted!r} names {len(found)} of the buttons {self.titles}"
        return found[0]

    @property
    def html(self) -> str:
        return "".join(_marked(part) for part in self.segments())

    def segments(self) -> Iterator[Json]:
        """The text cut where its style changes: {"text", "types": [...], "url"}."""
        units = self.text.encode("utf-16-le", "surrogatepass")
        edges = {0, width(self.text)}
        for one in self.entities:
            edges |= {one["offset"], one["offset"] + one["length"]}
        cuts = sorted(edges)
        for start, end in pairwise(cuts):
            inside = [one for one in self.entities if one["offset"] <= start and end <= one["offset"] + one["length"]]
            yield {
                "text": units[2 * start : 2 * end].decode("utf-16-le", "surrogatepass"),
                "types": [one["type"] for one in inside],
                "url": next((one["url"] for one in inside if "url" in one), None),
            }

    def __repr__(self) -> str:
        who = getattr(self.sender, "first_name", "?")
        keys = f" {self.titles}" if self.buttons else ""
        what = f"[{self.file.kind} {self.file.name}] " if self.file else ""
        return f"<{self.id} {who}: {what}{self.text or self.service!r}{keys}>"


TAGS = {"bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "spoiler": "tg-spoiler", "code": "code",
        "pre": "pre", "blockquote": "blockquote"}  # fmt: skip


def _marked(part: Json) -> str:
    shown = escaping.escape(part["text"], quote=False)
    if part["url"]:
        shown = f'<a href="{escaping.escape(part["url"])}">{shown}</a>'
    for kind in reversed(part["types"]):
        shown = f"<{TAGS[kind]}>{shown}</{TAGS[kind]}>" if kind in TAGS else shown
    return shown


@dataclass(frozen=True, slots=True)
class Answer:
    """What a press was answered with: the toast (or alert) over the chat."""

    text: str
    show_alert: bool
    url: str | None


@dataclass(eq=False, slots=True)
class Press:
    """A button was pressed. `answer` stays None until the bot has answered."""

    id: str
    update_id: int | None
    user: User
    data: str
    expires_at: float
    answer: Answer | None = None
    _done: asyncio.Event = field(default_factory=asyncio.Event)

    def settle(self, answer: Answer) -> None:
        self.answer = answer
        self._done.set()

    async def answered(self, timeout: float = PATIENCE) -> Answer:
        await asyncio.wait_for(self._done.wait(), timeout)
        assert self.answer
        return self.answer


@dataclass(eq=False)
class Room:
    """What the server keeps of a chat: its state, its messages, who is in it."""

    id: int
    type: str  # private, group, supergroup
    title: str | None = None
    user: User | None = None  # of a private chat
    members: dict[int, str] = field(default_factory=dict)  # id -> creator, administrator, member, left, kicked
    people: dict[int, User] = field(default_factory=dict)
    forum: bool = False
    topics: dict[int, str] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    migrated_to: int | None = None
    opened: bool = True  # a private chat is known to the bot once the person wrote
    last_id: int = 0
    instance: str = field(default_factory=lambda: str(random.randrange(-(2**62), 2**62)))

    def to_json(self) -> Json:
        person = self.user
        return _filled(
            id=self.id, type=self.type, title=self.title, is_forum=self.forum or None,
            username=person.username if person else None, first_name=person.first_name if person else None,
            last_name=person.last_name if person else None,
        )  # fmt: skip

    def check(self, bot: User, *, write: bool = True) -> None:
        """Raises what the real server says to a bot that may not write (or look) here."""
        if not self.opened:
            raise ApiError(400, "Bad Request: chat not found")
        if self.user:
            self._check_person(bot, write)
        elif self.migrated_to:
            text = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, text, migrate_to_chat_id=self.migrated_to)
        else:
            self._check_group(bot)

    def _check_person(self, bot: User, write: bool) -> None:
        assert self.user
        if write and self.user.deactivated:
            raise ApiError(403, "Forbidden: user is deactivated")
        if write and self.members.get(bot.id) == "kicked":
            raise ApiError(403, "Forbidden: bot was blocked by the user")

    def _check_group(self, bot: User) -> None:
        state = self.members.get(bot.id)
        if state is None:
            raise ApiError(400, "Bad Request: chat not found")
        if state == "kicked":
            raise ApiError(403, f"Forbidden: bot was kicked from the {self.type} chat")
        if state == "left":
            raise ApiError(403, f"Forbidden: bot is not a member of the {self.type} chat")

    def message(self, message_id: int) -> Message | None:
        for one in reversed(self.messages):
            if one.id == message_id:
                return one
        return None


def message_json(message: Message, room: Room, *, nested: bool = False) -> Json:
    """A Message object; the message replied to is inside without its own reply."""
    found = _filled(
        message_id=message.id, date=message.date, chat=room.to_json(), edit_date=message.edited,
        message_thread_id=message.topic, is_topic_message=True if message.topic and room.forum else None,
    )  # fmt: skip
    found["from"] = message.sender.to_json()
    found |= message.service
    found |= _content(message)
    if message.markup and message.from_bot and "inline_keyboard" in message.markup:
        found["reply_markup"] = message.markup
    if message.reply_to and not nested:
        found["reply_to_message"] = message_json(message.reply_to, room, nested=True)
    return found


def _content(message: Message) -> Json:
    prefix = "caption" if message.file else "text"
    found: Json = {}
    if message.text:
        found[prefix] = message.text
    if message.entities:
        found["caption_entities" if message.file else "entities"] = message.entities
    if message.file and message.file.kind == "photo":
        found["photo"] = photo_sizes(message.file)
    elif message.file:
        found["document"] = message.file.to_json() | {"file_name": message.file.name, "mime_type": message.file.mime}
    return found


def photo_sizes(file: File) -> list[Json]:
    """Two sizes; the small one has an id of its own and the same content."""
    small = {"file_id": f"{file.file_id}-s", "file_unique_id": f"{file.unique_id}s", "file_size": file.size}
    return [small | {"width": 90, "height": 67}, file.to_json() | {"width": 800, "height": 600}]


def _filled(**values: Any) -> Json:
    return {key: value for key, value in values.items() if value is not None}
