"""The state of our Bot API server, and how it is started, watched and disturbed by a test."""

import asyncio
import itertools
import socket
from collections.abc import Callable, Iterable
from typing import Any

import httpx
import uvicorn

from tests.fakes.telegram.bots import Bot, Call
from tests.fakes.telegram.chats import Chat, Group, PrivateChat
from tests.fakes.telegram.clock import Clock
from tests.fakes.telegram.errors import ApiError, bad_request
from tests.fakes.telegram.faults import CARRIED_OUT, KINDS, Fault
from tests.fakes.telegram.flood import FloodRules
from tests.fakes.telegram.http import Web
from tests.fakes.telegram.methods import METHODS
from tests.fakes.telegram.methods_account import member_json
from tests.fakes.telegram.model import Message, Room, User, message_json
from tests.fakes.telegram.params import Params
from tests.fakes.telegram.updates import DAY
from tests.fakes.telegram.waiting import PATIENCE, Signal, first

Json = dict[str, Any]


def _listener(port: int) -> socket.socket:
    """Says that it is TCP: asyncio sets TCP_NODELAY only then, and without it each answer takes 40 ms."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("127.0.0.1", port))
    found.listen(2048)
    return found


async def _close(web: uvicorn.Server) -> None:
    """At once, not with uvicorn's own ticks of a tenth of a second: whoever still waits for an answer gets none."""
    for listening in web.servers:
        listening.close()
    for connection in list(web.server_state.connections):
        connection.shutdown()
    if web.server_state.tasks:
        await asyncio.wait(list(web.server_state.tasks), timeout=1)
    await asyncio.sleep(0)  # connections that were closed a moment ago are gone after this


class TelegramServer:
    """`flood` None: no rate rules. `webhook_transport`: deliver webhooks through it instead of a socket."""

    def __init__(
        self, *, port: int = 0, clock: Clock | None = None, flood: FloodRules | None = None,
        conflict_delay: float = 3.0, webhook_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:  # fmt: skip
        self.port, self.clock, self.flood = port, clock or Clock(), flood
        self.conflict_delay, self.webhook_transport = conflict_delay, webhook_transport
        self.bots: dict[str, Bot] = {}
        self.users: dict[int, User] = {}
        self.rooms: dict[tuple[int, int], Room] = {}  # (bot id of a private chat | 0, chat id)
        self.handles: dict[int, Chat] = {}
        self.calls: list[Call] = []
        self.changed = Signal()  # anything that a person or a test can see
        self.closed, self.closing = Signal(), False
        self._faults: list[Fault] = []
        self._count = 0
        self._numbers = itertools.count(100_001)
        self._web: uvicorn.Server | None = None

    # --- running ----------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def chats(self) -> dict[int, Chat]:
        return {handle.id: handle for handle in self.handles.values()}

    async def __aenter__(self) -> "TelegramServer":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """On the same port again after `stop`; webhooks go on."""
        listener = _listener(self.port)
        self.port, self.closing = listener.getsockname()[1], False
        config = uvicorn.Config(Web(self), log_config=None, access_log=False, lifespan="off", ws="none")
        config.load()
        self._web = uvicorn.Server(config)
        self._web.lifespan = config.lifespan_class(config)
        await self._web.startup(sockets=[listener])
        for bot in self.bots.values():
            if bot.webhook:
                bot.webhook.start(self.webhook_transport)

    async def stop(self) -> None:
        """What waits is let go; chats and updates stay."""
        self.closing = True
        self.closed.send()
        for bot in self.bots.values():
            if bot.webhook:
                await bot.webhook.stop()
        if self._web:
            await _close(self._web)
            self._web = None

    # --- who is there -----------------------------------------------------------------------------

    def bot(
        self, username: str = "fengsui_bot", *, token: str | None = None, name: str = "Fengsui", privacy: bool = True
    ) -> Bot:
        number = int(token.partition(":")[0]) if token else next(self._numbers)
        made = Bot(number, username, token=token, name=name, privacy=privacy, clock=self.clock)
        self.bots[made.token] = made
        return made

    def user(
        self, first_name: str, *, language_code: str | None = "zh-hans", last_name: str | None = None,
        username: str | None = None, id: int | None = None,
    ) -> User:  # fmt: skip
        number = id or 7_000_000_000 + next(self._numbers)
        made = User(number, first_name, last_name, username, language_code)
        self.users[made.id] = made
        return made

    def private(self, user: User, bot: Bot | None = None) -> PrivateChat:
        """The same chat every time. The bot cannot write there before the person has."""
        bot = bot or self.only_bot()
        if (bot.id, user.id) not in self.rooms:
            room = Room(user.id, "private", user=user, opened=False, members={bot.id: "member"}, people={bot.id: bot})
            self.rooms[bot.id, user.id] = room
            self.handles[id(room)] = PrivateChat(self, room)
        handle = self.handles[id(self.rooms[bot.id, user.id])]
        assert isinstance(handle, PrivateChat)
        return handle

    def group(
        self, title: str, *members: User, kind: str = "supergroup", topics: bool = False, owner: User | None = None
    ) -> Group:
        """Members are people and bots; bots learn that they were added. The first person owns it unless told."""
        number = -next(self._numbers) - (1_000_000_000_000 if kind == "supergroup" else 0)
        handle = self.open_group(Room(number, kind, title, forum=topics))
        owner = owner or next(one for one in members if not one.is_bot)
        for member in sorted({owner, *members}, key=lambda one: (one.is_bot, one is not owner, members.index(one))):
            self.set_member(handle.room, member, "creator" if member is owner else "member", by=owner)
        return handle

    def open_group(self, room: Room) -> Group:
        self.rooms[0, room.id] = room
        handle = self.handles[id(room)] = Group(self, room)
        return handle

    def only_bot(self) -> Bot:
        assert len(self.bots) < 2, "there are several bots: say which"
        return next(iter(self.bots.values()), None) or self.bot()

    def room(self, bot: Bot, chat_id: str, *, write: bool = True) -> Room:
        """The chat of a call. Raises what the real server says: 400 not found, 403, migrated."""
        if not chat_id:
            raise bad_request("chat_id is empty")
        number = int(chat_id) if chat_id.lstrip("-").isdigit() else 0
        found = self.rooms.get((bot.id, number)) or self.rooms.get((0, number))
        if not found:
            raise bad_request("chat not found")
        found.check(bot, write=write)
        return found

    # --- what happens -----------------------------------------------------------------------------

    def new_message(self, room: Room, sender: User, bot: Bot | None = None, **content: Any) -> Message:
        """`bot` counts the messages of a private chat or a basic group."""
        made = Message(self._next_id(room, bot), room.id, sender, self.clock.seconds(), **content)
        room.messages.append(made)
        self.touch(made)
        return made

    def _next_id(self, room: Room, bot: Bot | None) -> int:
        counts: Any = bot if bot and room.user else None
        if counts:
            counts.last_message_id += 1
            return int(counts.last_message_id)
        room.last_id += 1
        return room.last_id

    def touch(self, message: Message) -> None:
        self._count += 1
        message.changed = self._count
        self.changed.send()

    def mark(self) -> int:
        """This moment, for `wait_for(..., since=)`."""
        return self._count

    def tell(self, bot: Bot, room: Room, message: Message, kind: str = "message") -> int | None:
        """A message becomes an update of this bot."""
        return bot.queue.add(kind, message_json(message, room), queue=f"chat {room.id}", lives=DAY)

    def set_member(self, room: Room, member: User, state: str, *, by: User) -> None:
        """Changes a membership; a bot is told about its own."""
        old = room.members.get(member.id, "left")
        room.people.setdefault(member.id, member)
        before = member_json(room, member.id, self, old)
        room.members[member.id] = state
        if isinstance(member, Bot):
            content = {
                "chat": room.to_json(), "from": by.to_json(), "date": self.clock.seconds(),
                "old_chat_member": before, "new_chat_member": member_json(room, member.id, self, state),
            }  # fmt: skip
            member.queue.add("my_chat_member", content, queue=f"my member {room.id}", lives=DAY)

    # --- calls ------------------------------------------------------------------------------------

    async def perform(self, bot: Bot, method: str, params: Params) -> Any:
        """Carries a method out. Raises ApiError."""
        found = METHODS.get(method.lower())
        if not found:
            raise ApiError(404, "Not Found: method not found")
        return await found[1](self, bot, params)

    def called(self, method: str, **params: Any) -> list[Call]:
        """The calls of a method so far with these parameters (compared as strings)."""
        wanted = {name: str(value) for name, value in params.items()}
        return [one for one in self.calls if one.method == method and wanted.items() <= one.params.items()]

    async def wait_for_call(
        self, wanted: str | Callable[[Call], bool], *, timeout: float = PATIENCE, since: int = 0
    ) -> Call:
        """The first call with that name (or of that kind) that has been answered, from the index `since` on."""
        fits = (lambda one: one.method == wanted) if isinstance(wanted, str) else wanted
        async with asyncio.timeout(timeout):
            while not (found := [one for one in self.calls[since:] if one.ok is not None and fits(one)]):
                await first(self.changed.next())
        return found[0]

    def fault(
        self, kind: str, *, method: str | Iterable[str] | None = None, chat: "Chat | int | None" = None,
        bot: Bot | None = None, count: int | None = 1, after: int = 0, done: bool | None = None, **options: Any,
    ) -> Fault:  # fmt: skip
        """`kind`: 429, hang, 502, cut, slow, error. `done`: whether the call is carried out all the same."""
        assert kind in KINDS, f"{kind!r} is none of {KINDS}"
        methods = None if method is None else frozenset([method] if isinstance(method, str) else method)
        chat_id = chat.id if isinstance(chat, Chat) else chat
        carried_out = CARRIED_OUT[kind] if done is None else done
        made = Fault(kind, methods, chat_id, bot, count, after, carried_out, options)
        self._faults.append(made)
        return made

    def fault_for(self, bot: Bot, method: str, params: Params) -> Fault | None:
        chat_id = params.values.get("chat_id")
        return next((one for one in self._faults if one.takes(bot, method, chat_id)), None)
