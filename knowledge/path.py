"""Certification paths: who does what, one step after the other, and what comes of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from knowledge.entry import Text
from knowledge.reading import Taker


class Doer(StrEnum):
    """Who takes a step."""

    MANUFACTURER = "manufacturer"
    REPRESENTATIVE = "representative"  # resident in the market, for a maker abroad
    IMPORTER = "importer"
    LABORATORY = "laboratory"
    CERTIFIER = "certifier"  # a notified body, a certification body, an inspection company
    AUTHORITY = "authority"
    CUSTOMS = "customs"


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `result` and `time` (how long, how long valid) may be empty; `sources` are numbers counted from 1."""

    who: str
    what: Text
    result: Text
    time: Text
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """One way to the market; `name` says for which goods, or by which procedure."""

    name: Text
    steps: tuple[Step, ...]


def route(take: Taker, raw: dict[str, Any], where: str) -> Route:
    take.keys(raw, where, ("route", "steps"), ())
    return Route(
        name=take.text(raw.get("route"), f"{where}.route"),
        steps=take.items(raw.get("steps"), f"{where}.steps", _step),
    )


def _step(take: Taker, raw: dict[str, Any], where: str) -> Step:
    take.keys(raw, where, ("who", "what", "sources"), ("result", "time"))
    return Step(
        who=take.choice(raw.get("who"), f"{where}.who", Doer),
        what=take.text(raw.get("what"), f"{where}.what"),
        result=take.optional_text(raw.get("result"), f"{where}.result"),
        time=take.optional_text(raw.get("time"), f"{where}.time"),
        sources=take.numbers(raw.get("sources"), f"{where}.sources"),
    )
