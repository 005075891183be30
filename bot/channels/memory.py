"""A channel that keeps what it was given: for tests, and for commands that print one answer."""

from dataclasses import dataclass, field

from bot.messages import Recipient, Reply
from bot.ports import Outcome, Sent


@dataclass(slots=True)
class MemoryChannel:
    """`sent` holds (address, reply) in order; `next_outcome` is given back instead of Sent, once each."""

    name: str = "memory"
    sent: list[tuple[str, Reply]] = field(default_factory=list)
    next_outcome: list[Outcome] = field(default_factory=list)
    _keys: set[str] = field(default_factory=set)

    async def send(self, to: Recipient, reply: Reply, *, key: str) -> Outcome:
        if self.next_outcome:
            outcome = self.next_outcome.pop(0)
            if not isinstance(outcome, Sent):
                return outcome
        if key not in self._keys:
            self._keys.add(key)
            self.sent.append((to.address, reply))
        return Sent(key)

    def shown(self, address: str) -> list[Reply]:
        """What a person at the address has seen."""
        return [reply for where, reply in self.sent if where == address]
