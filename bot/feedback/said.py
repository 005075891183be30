"""What a message in a feedback says, and what became of it: the values that the other modules share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.registration import DECLINED, Note
from bot.registration.said import PAYLOAD

AMOUNTS = ("export_value", "estimated_loss", "extra_cost")
TEXTS = ("product", "measures_taken", "comment", "help_needed", "contact")
CORE = ("notification", "product", *AMOUNTS, "measures_taken", "comment", "help_needed", "contact")
ORDER = (*CORE, "confirm")
OPENING = "opening"  # among the words: what the member said when they began

Answers = Mapping[str, Any]  # by slot: a text, a symbol, {"value", "currency"}, or DECLINED


class Refusal(StrEnum):
    """Why an answer was not given. Each has its words feedback.refused_<value>."""

    DECLINED = "declined"  # "I would rather not say"
    UNKNOWN = "unknown"  # "I do not know"
    NONE = "none"  # "there is none"
    UNNOTIFIED = "unnotified"  # no notification: a measure that nobody notified


@dataclass(frozen=True, slots=True)
class Named:
    """A notification symbol in the message: the stored one it means, or the nearest ones that are stored."""

    typed: str
    known: str | None = None
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """One message inside (or at the start of) a feedback. What needs the database was looked up before."""

    text: str
    intent: str
    entities: Sequence[Mapping[str, Any]] = ()
    asked: str | None = None
    symbols: tuple[Named, ...] = ()
    last_alert: str | None = None  # the symbol of the newest alert that the member got
    found: tuple[str, ...] = ()  # symbols of notifications that the words may mean
    language: str = "zh"

    @property
    def pressed(self) -> bool:
        """A button's payload, not words."""
        return bool(PAYLOAD.match(self.text))

    def values(self, name: str) -> list[Any]:
        return [entity["value"] for entity in self.entities if entity["entity"] == name]


@dataclass(slots=True)
class Filled:
    """What the message did. `answers` with None: the question stays open. Nothing at all = not for this form."""

    answers: dict[str, Any] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)  # "about 3 million", kept beside the value
    refused: dict[str, Refusal] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)  # slots to be told: volunteered or corrected
    offered: dict[str, Any] = field(default_factory=dict)  # {slot: what a doubtful answer may have meant}
    subject: str | None = None  # the measure in the enterprise's words
    confirm: bool | None = None
    later: bool = False
    heard: bool = False  # it was for the form, though it answered nothing

    @property
    def empty(self) -> bool:
        return not (self.answers or self.heard or self.later or self.confirm is not None)

    def take(self, slot: str, value: Any, *, words: str = "", told: bool = False) -> None:
        self.answers[slot] = value
        if words:
            self.words[slot] = words
        if told:
            self.changed.append(slot)

    def refuse(self, slot: str, why: Refusal) -> None:
        self.answers[slot] = DECLINED
        self.refused[slot] = why

    def ask(self, slot: str, key: str = "", **values: Any) -> None:
        """The question stays open, and why."""
        self.heard = True
        if slot != "confirm":
            self.answers[slot] = None
        if key:
            self.notes.append(Note(key, values))
