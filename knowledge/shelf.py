"""Entries of one kind, prepared to be found by a question: cases, countermeasures, market sheets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from knowledge.calibration import Calibration
from knowledge.entry import Entry
from knowledge.evidence import Evidence
from knowledge.question import Asked

E = TypeVar("E", bound=Entry)


@dataclass(frozen=True, slots=True)
class Ranked(Generic[E]):
    """An entry weighed against a question; `on_market`, `on_product` say that it is on just what was named."""

    entry: E
    rank: float
    confidence: float
    on_market: bool
    on_product: bool


class Shelf(Generic[E]):
    """Unchangeable, so any thread may ask."""

    def __init__(self, entries: Iterable[E], calibration: Calibration) -> None:
        self.entries = {entry.id: entry for entry in entries}
        self._ordered = tuple(self.entries.values())
        self._calibration = calibration
        self._evidence = Evidence(self._ordered) if self._ordered else None

    def best(self, asked: Asked, *, among: Callable[[E], bool] = bool, limit: int = 3) -> list[Ranked[E]]:
        """Those of `among` that hold for the market and product asked about: the special ones first, then by words."""
        if self._evidence is None:
            return []
        measured = self._evidence.measure(asked)
        ranks = self._calibration.ranks(measured.features)
        fitting = np.flatnonzero(measured.fits_market & measured.fits_product).tolist()
        ranked = [
            self._ranked(self._ordered[number], float(ranks[number]), measured.features[:, number].tolist(), asked)
            for number in fitting
            if among(self._ordered[number])
        ]
        return sorted(ranked, key=lambda one: (-one.on_market - one.on_product, -one.rank))[:limit]

    def _ranked(self, entry: E, rank: float, features: list[float], asked: Asked) -> Ranked[E]:
        return Ranked(
            entry=entry,
            rank=rank,
            confidence=self._calibration.confidence(features),
            on_market=bool(asked.markets and entry.markets),
            on_product=bool(asked.products and (entry.products.all or entry.hs_codes)),
        )
