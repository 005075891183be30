"""Cases: how a barrier arose, what was done, how it ended and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

from knowledge.entry import Entry, Kind, Text, Texts, together
from knowledge.reading import COMMON, COMMON_OPTIONAL, Reading, Taker, common, read_folder


class Outcome(StrEnum):
    """How a case ended, seen from the exporters."""

    WITHDRAWN = "withdrawn"  # the measure went
    CHANGED = "changed"  # it was softened
    DELAYED = "delayed"
    EXEMPTED = "exempted"
    SETTLED = "settled"
    LIFTED = "lifted"  # a refusal, a ban or a listing ended because the firms mended what was wrong
    UPHELD = "upheld"  # it stayed, and the exporters adapted or left
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Event:
    """One dated step; `date` is a year, a month or a day, as far as it is known."""

    date: str
    text: Text
    source: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Entry):
    """One case with the five fields; its `facts` are the figures."""

    kind: ClassVar[Kind] = Kind.CASE

    measure: Text
    symbols: tuple[str, ...]
    outcome: str
    background: Text
    cause: Text
    course: tuple[Event, ...]
    result: Text
    after_effects: Text
    lessons: Texts
    countermeasures: tuple[str, ...]

    @property
    def gist(self) -> Text:
        return self.result

    @property
    def texts(self) -> tuple[Text, ...]:
        told = (self.measure, self.background, self.cause, self.result, self.after_effects)
        return (*told, *(event.text for event in self.course), *together(self.lessons))


OWN = ("measure", "symbols", "outcome", "background", "cause", "course", "result", "after_effects", "lessons")


def read(folder: Path) -> Reading[Case]:
    """All cases of `folder`."""
    return read_folder(folder, _build)


def _build(take: Taker, raw: dict[str, Any]) -> Case:
    take.keys(raw, "case", (*COMMON, *OWN, "countermeasures"), COMMON_OPTIONAL)
    return Case(
        **common(take, raw),
        measure=take.text(raw.get("measure"), "measure"),
        background=take.text(raw.get("background"), "background"),
        cause=take.text(raw.get("cause"), "cause"),
        result=take.text(raw.get("result"), "result"),
        after_effects=take.text(raw.get("after_effects"), "after_effects"),
        symbols=take.strings(raw.get("symbols"), "symbols"),
        outcome=take.choice(raw.get("outcome"), "outcome", Outcome),
        course=take.items(raw.get("course"), "course", _event),
        lessons=take.texts(raw.get("lessons"), "lessons"),
        countermeasures=take.strings(raw.get("countermeasures"), "countermeasures"),
    )


def _event(take: Taker, raw: dict[str, Any], where: str) -> Event:
    take.keys(raw, where, ("date", "text", "source"), ())
    return Event(
        date=take.when(raw.get("date"), f"{where}.date"),
        text=take.text(raw.get("text"), f"{where}.text"),
        source=next(iter(take.numbers([raw.get("source")], f"{where}.source")), 0),
    )
