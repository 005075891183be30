"""Rates as Telegram's FAQ gives them: about one message a second to a chat, thirty a second in all, twenty a minute
to a group. Short bursts pass; who is over the limit is refused until the time that the answer names has passed.

Source: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

import math
from dataclasses import dataclass, field

from tests.fakes.telegram.errors import too_many

SENDING = ("sendMessage", "sendPhoto", "sendDocument")
EDITING = ("editMessageText", "editMessageReplyMarkup", "editMessageCaption")


@dataclass(frozen=True, slots=True)
class FloodRules:
    """Messages a second and how many may come at once; edits count in groups only."""

    per_chat: float = 1.0
    chat_burst: int = 5
    overall: float = 30.0
    overall_burst: int = 30
    group_per_minute: int = 20


@dataclass(slots=True)
class FloodMeter:
    """One bot's use of its rates. Keys are chat ids; None stands for all chats together."""

    due: dict[int | None, float] = field(default_factory=dict)  # GCRA: when the next message would be on time
    blocked: dict[int | None, float] = field(default_factory=dict)
    minutes: dict[int, list[float]] = field(default_factory=dict)

    def check(self, rules: FloodRules | None, method: str, chat_id: int, now: float) -> None:
        """Raises 429. Blocks that a fault has set hold without rules too."""
        for key in (None, chat_id):
            if (left := self.blocked.get(key, 0.0) - now) > 0 and method in SENDING + EDITING:
                raise too_many(math.ceil(left))
        if rules and method in SENDING:
            self._spend(None, rules.overall, rules.overall_burst, now)
            if chat_id > 0:
                self._spend(chat_id, rules.per_chat, rules.chat_burst, now)
        if rules and chat_id < 0 and method in SENDING + EDITING:
            self._spend_minute(chat_id, rules.group_per_minute, now)

    def block(self, key: int | None, seconds: float, now: float) -> None:
        self.blocked[key] = max(self.blocked.get(key, 0.0), now + seconds)

    def _spend(self, key: int | None, rate: float, burst: int, now: float) -> None:
        due = max(self.due.get(key, 0.0), now)
        if (wait := due - now - (burst - 1) / rate) > 1e-6:
            self._refuse(key, wait, now)
        self.due[key] = due + 1 / rate

    def _spend_minute(self, chat_id: int, limit: int, now: float) -> None:
        recent = [moment for moment in self.minutes.get(chat_id, []) if moment > now - 60]
        if len(recent) >= limit:
            self._refuse(chat_id, recent[0] + 60 - now, now)
        self.minutes[chat_id] = [*recent, now]

    def _refuse(self, key: int | None, wait: float, now: float) -> None:
        seconds = math.ceil(max(wait, 1.0))
        self.block(key, seconds, now)
        raise too_many(seconds)
