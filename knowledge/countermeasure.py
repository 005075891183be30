"""Countermeasures: what can be done about a measure, by its state and by family, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

from knowledge.entry import Entry, Kind, Text, Texts, together
from knowledge.reading import COMMON, COMMON_OPTIONAL, Reading, Taker, common, read_folder


class State(StrEnum):
    """Where the measure, or the shipment, stands."""

    DRAFT = "draft"
    ADOPTED = "adopted"
    IN_FORCE = "in_force"
    SHIPMENT_STOPPED = "shipment_stopped"
    DISPUTE = "dispute"


class Family(StrEnum):
    """The first four are the founding article's; the others are what is done in practice."""

    COUNTER_CLAIM = "counter_claim"
    NEGOTIATION = "negotiation"
    DEFENCE = "defence"
    RELIEF = "relief"
    COMMENT = "comment"
    EXTENSION = "extension"
    STC = "stc"
    BILATERAL = "bilateral"
    DESIGN_CHANGE = "design_change"
    TEST_ELSEWHERE = "test_elsewhere"
    CONTRACT = "contract"
    OTHER_MARKET = "other_market"
    INSURANCE = "insurance"
    RECALL = "recall"
    EVIDENCE = "evidence"


class Actor(StrEnum):
    """Who acts."""

    ENTERPRISE = "enterprise"
    ASSOCIATION = "association"
    BUREAU = "bureau"  # the county or district office
    CENTRE = "centre"
    MINISTRY = "ministry"
    LABORATORY = "laboratory"
    IMPORTER = "importer"
    LAWYER = "lawyer"


@dataclass(frozen=True, slots=True)
class LegalHook:
    """The rule that the step leans on, such as TBT 2.9.4, and what it gives."""

    rule: str
    text: Text
    source: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Countermeasure(Entry):
    """One way to respond; `cases` are ids of cases where it was tried, `experts` the tags of who can help."""

    kind: ClassVar[Kind] = Kind.COUNTERMEASURE

    states: tuple[str, ...]
    family: str
    actors: tuple[str, ...]
    summary: Text
    inputs: Texts
    deadline: Text
    steps: Texts
    template: Text
    legal_hooks: tuple[LegalHook, ...]
    cases: tuple[str, ...]
    experts: tuple[str, ...]

    @property
    def texts(self) -> tuple[Text, ...]:
        hooks = (hook.text for hook in self.legal_hooks)
        return (self.summary, self.deadline, *together(self.steps), *together(self.inputs), *hooks)


OWN = ("states", "family", "actors", "summary", "inputs", "deadline", "steps", "legal_hooks", "cases", "experts")


def read(folder: Path) -> Reading[Countermeasure]:
    """All countermeasures of `folder`."""
    return read_folder(folder, _build)


def _build(take: Taker, raw: dict[str, Any]) -> Countermeasure:
    take.keys(raw, "countermeasure", (*COMMON, *OWN), (*COMMON_OPTIONAL, "template"))
    return Countermeasure(
        **common(take, raw),
        states=take.choices(raw.get("states"), "states", State),
        family=take.choice(raw.get("family"), "family", Family),
        actors=take.choices(raw.get("actors"), "actors", Actor),
        summary=take.text(raw.get("summary"), "summary"),
        inputs=take.texts(raw.get("inputs"), "inputs"),
        deadline=take.text(raw.get("deadline"), "deadline"),
        steps=take.texts(raw.get("steps"), "steps"),
        template=take.optional_text(raw.get("template"), "template"),
        legal_hooks=take.items(raw.get("legal_hooks"), "legal_hooks", _hook),
        cases=take.strings(raw.get("cases"), "cases"),
        experts=take.strings(raw.get("experts"), "experts"),
    )


def _hook(take: Taker, raw: dict[str, Any], where: str) -> LegalHook:
    take.keys(raw, where, ("rule", "text", "source"), ())
    return LegalHook(
        rule=take.string(raw.get("rule"), f"{where}.rule"),
        text=take.text(raw.get("text"), f"{where}.text"),
        source=next(iter(take.numbers([raw.get("source")], f"{where}.source")), 0),
    )
