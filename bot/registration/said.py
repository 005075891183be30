"""What a message in a registration says, and what became of it: the values that the other modules share."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

DECLINED = "__declined__"

Entity = Mapping[str, Any]


PAYLOAD = re.compile(r"/[a-z_]+(?:\{|$)")


@dataclass(frozen=True, slots=True)
class Said:
    """One message inside (or at the start of) a registration: Rasa's parse data and the slot that was asked for."""

    text: str
    intent: str
    entities: Sequence[Entity]
    asked: str | None
    today: date | None = None

    @property
    def pressed(self) -> bool:
        """A button's payload, not words."""
        return bool(PAYLOAD.match(self.text))

    def values(self, *names: str) -> list[Any]:
        return [entity["value"] for name in names for entity in self.entities if entity["entity"] == name]


@dataclass(frozen=True, slots=True)
class Note:
    """Something to tell before the next question: a key of bot/texts and its values."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


class Done(StrEnum):
    """What happened to values; each has its sentence subscribe.<state>."""

    NOTED = "noted"  # volunteered: taken although another question was open, or none
    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"
    KNOWN = "known"  # was there already
    ABSENT = "absent"  # to be removed, but it was not there


@dataclass(frozen=True, slots=True)
class Change:
    """These values of this slot were added, changed, removed..."""

    done: Done
    slot: str
    values: tuple[str, ...]


@dataclass(slots=True)
class Filled:
    """What the message did. No slots at all = it was not for this form."""

    slots: dict[str, Any] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def set(self, slot: str, value: Any) -> None:
        self.slots[slot] = value

    def note(self, key: str, **values: Any) -> None:
        self.notes.append(Note(key, values))

    def change(self, done: Done, slot: str, values: Iterable[str]) -> None:
        self.changes.append(Change(done, slot, tuple(values)))

    def ask(self, slot: str, key: str, **values: Any) -> None:
        """The question stays open, and why."""
        self.note(key, **values)
        self.set(slot, None)


def stated(value: Any) -> list[str]:
    """A list slot without the mark of a refused answer."""
    return [item for item in value or () if item != DECLINED] if isinstance(value, list) else []
