"""Entries of one kind, as a question finds them: the special ones for its market and product before the general."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from knowledge.answer import Candidate
from knowledge.entry import Entry
from knowledge.library import Library
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
    """What of the library is of one type; unchangeable, so any thread may ask."""

    def __init__(self, library: Library, of: type[E]) -> None:
        self._library, self._kind = library, of.kind
        self.entries = {one.id: cast(E, one) for one in library.entries.values() if one.kind is of.kind}

    def best(self, asked: Asked, *, among: Callable[[E], bool] = bool, limit: int = 3) -> list[Ranked[E]]:
        """Those of `among` that hold for the market and product asked about: the special ones first, then by words."""
        wanted = cast(Callable[[Entry], bool], among)
        found = self._library.weigh(asked, kinds=(self._kind,), among=wanted, limit=len(self.entries))
        ranked = [_ranked(one, asked) for one in found if one.fits_market and one.fits_product]
        special_first = sorted(ranked, key=lambda one: (-one.on_market - one.on_product, -one.rank))
        return cast(list[Ranked[E]], special_first[:limit])


def _ranked(one: Candidate, asked: Asked) -> Ranked[Entry]:
    return Ranked(
        entry=one.entry,
        rank=one.rank,
        confidence=one.confidence,
        on_market=bool(asked.markets and one.entry.markets),
        on_product=bool(asked.products and (one.entry.products.all or one.entry.hs_codes)),
    )
