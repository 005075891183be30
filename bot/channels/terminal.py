"""The terminal chat: replies are printed, buttons are numbered, a number typed is the button pressed."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.messages import Button, Recipient, Reply
from bot.ports import Outcome, Sent


@dataclass(slots=True)
class TerminalChannel:
    """Prints through `show`; keeps the last buttons so that `pressed("2")` finds the second."""

    show: Callable[[str], None]
    name: str = "terminal"
    buttons: tuple[Button, ...] = ()
    _keys: set[str] = field(default_factory=set)
    _shown: list[tuple[str, Reply]] = field(default_factory=list)

    async def send(self, to: Recipient, reply: Reply, *, key: str) -> Outcome:
        if key not in self._keys:
            self._keys.add(key)
            self._shown.append((to.address, reply))
            self.show(render(reply))
            # A reply without buttons leaves the choices above it open: the privacy notice must not take them away.
            self.buttons = reply.buttons or self.buttons
        return Sent()

    def pressed(self, typed: str) -> Button | None:
        """The button that the typed number means, if any."""
        if typed.strip().isdecimal() and 1 <= int(typed) <= len(self.buttons):
            return self.buttons[int(typed) - 1]
        return None

    def shown(self, address: str) -> list[Reply]:
        """What a person at the address has seen."""
        return [reply for where, reply in self._shown if where == address]


def render(reply: Reply) -> str:
    """A reply as plain text for a terminal."""
    lines = [reply.text] if reply.text else []
    lines += [f"  [{number}] {button.title}" for number, button in enumerate(reply.buttons, start=1)]
    lines += [f"  {place}" for place in (reply.image, reply.file and reply.file.path) if place]
    return "\n".join(lines)
