"""A guard for each visitor: so many messages at once, so many a second (GCRA), in this process's memory."""

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Limiter:
    """`burst` messages at once, then `per_second`. Forgets visitors who were quiet."""

    burst: int
    per_second: float
    _due: dict[str, float] = field(default_factory=dict)

    def wait(self, who: str, *, at: float | None = None) -> float:
        """Seconds to wait before this message may come; 0 lets it in and counts it."""
        now = time.monotonic() if at is None else at
        gap = 1 / self.per_second
        due = max(self._due.get(who, now), now)
        if due - now > gap * (self.burst - 1):
            return due - now - gap * (self.burst - 1)
        self._due[who] = due + gap
        if len(self._due) > 50_000:
            self._due = {key: value for key, value in self._due.items() if value > now}
        return 0.0
