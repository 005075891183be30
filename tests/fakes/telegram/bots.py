"""A bot's account: its token, its updates, what it said about itself, its files and the presses it may still answer."""

import asyncio
import secrets
from dataclasses import dataclass
from typing import Any

from tests.fakes.telegram.clock import Clock
from tests.fakes.telegram.flood import FloodMeter
from tests.fakes.telegram.model import File, Press, User
from tests.fakes.telegram.updates import Update, UpdateQueue
from tests.fakes.telegram.waiting import PATIENCE, first
from tests.fakes.telegram.webhook import Webhook

Json = dict[str, Any]


class Bot(User):
    """`privacy`: in groups it sees only what is addressed to it (the default at Telegram)."""

    def __init__(
        self, number: int, username: str, *, token: str | None, name: str, privacy: bool, clock: Clock
    ) -> None:
        super().__init__(number, name, username=username, is_bot=True)
        self.token = token or f"{number}:{secrets.token_urlsafe(26)[:35]}"
        self.privacy = privacy
        self.queue = UpdateQueue(clock)
        self.meter = FloodMeter()
        self.webhook: Webhook | None = None
        self.poll: asyncio.Future[str] | None = None  # the getUpdates that waits; its result is why it must end
        self.next_conflict_at = 0.0
        self.command_lists: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self.texts: dict[tuple[str, str], str] = {}
        self.menu: Json = {"type": "commands"}
        self.files: dict[str, File] = {}
        self.presses: dict[str, Press] = {}
        self.last_message_id = 0
        self.deliver_shuffled = False

    def me(self) -> Json:
        abilities = {"can_connect_to_business": False, "has_main_web_app": False, "supports_inline_queries": False}
        groups = {"can_join_groups": True, "can_read_all_group_messages": not self.privacy}
        return self.to_json() | groups | abilities

    def end_poll(self, reason: str) -> None:
        if self.poll and not self.poll.done():
            self.poll.set_result(reason)

    # --- for tests --------------------------------------------------------------------------------

    @property
    def pending(self) -> list[Json]:
        """The updates that are not confirmed, as they are sent."""
        self.queue.prune()
        return [one.to_json() for one in self.queue.waiting]

    @property
    def history(self) -> list[Json]:
        """Every update there has been."""
        return [one.to_json() for one in self.queue.history]

    @property
    def last_update_id(self) -> int:
        return self.queue.last_id

    def commands(self, scope: str = "default", language_code: str = "") -> list[tuple[str, str]]:
        """scope: "default", "all_private_chats", "chat:123", "chat_member:123:456"..."""
        return self.command_lists.get((scope, language_code), [])

    async def confirmed(self, update_id: int | None = None, *, timeout: float = PATIENCE) -> None:
        """Until that update (None: every one) is confirmed, by offset or by a webhook's 2xx."""
        async with asyncio.timeout(timeout):
            while any(update_id in (None, one.id) for one in self.queue.waiting):
                await first(self.queue.changed.next())

    def skip_updates(self, n: int = 1) -> None:
        """A gap in the numbers, as after a loss."""
        self.queue.last_id += n

    async def redeliver(self, update: Json) -> None:
        """A confirmed update comes once more, with the same number."""
        found = next(one for one in self.queue.history if one.id == update["update_id"])
        if not any(one.id == found.id for one in self.queue.waiting):
            self.queue.put(Update(found.id, found.kind, found.content, found.queue, self.queue.clock.now() + 86400))


@dataclass(eq=False, slots=True)
class Call:
    """One method call. `ok` stays None while it runs, and for ever when it was never answered."""

    method: str
    params: dict[str, str]
    at: float
    bot: Bot
    ok: bool | None = None
    code: int | None = None
    description: str = ""
    result: Any = None
