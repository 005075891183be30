"""Where in Telegram: a person's own chat `7`, a person in a group's topic `-100:5:7`, a group `-100:5`."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Place:
    """A chat, the topic in it (0 = none), and in a group the person who is spoken with (None: all of it)."""

    chat: int
    thread: int = 0
    user: int | None = None

    @classmethod
    def of(cls, address: str) -> "Place":
        """Read an address. Raises ValueError when it is none."""
        chat, *rest = (int(part) for part in address.split(":"))
        return cls(chat, rest[0] if rest else 0, rest[1] if len(rest) > 1 else None)

    @property
    def address(self) -> str:
        if self.user is not None and self.is_group:
            return f"{self.chat}:{self.thread}:{self.user}"
        return f"{self.chat}:{self.thread}" if self.thread else str(self.chat)

    @property
    def is_group(self) -> bool:
        return self.chat < 0

    @property
    def person(self) -> str | None:
        """The Telegram user behind it; None for a whole group."""
        if not self.is_group:
            return str(self.chat)
        return None if self.user is None else str(self.user)

    def moved(self, chat: int) -> "Place":
        return replace(self, chat=chat)
