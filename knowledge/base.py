"""The whole curated base: every kind of entry below one folder, read at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge import article, case, countermeasure, expert, glossary, market
from knowledge.article import Article
from knowledge.case import Case
from knowledge.countermeasure import Countermeasure
from knowledge.entry import Entry
from knowledge.expert import Expert
from knowledge.glossary import Term
from knowledge.market import MarketSheet
from knowledge.reading import Problem, Reading


@dataclass(frozen=True, slots=True)
class Base:
    """What the folder holds, and every problem of shape; files in problems are named from the folder."""

    articles: tuple[Article, ...] = ()
    markets: tuple[MarketSheet, ...] = ()
    cases: tuple[Case, ...] = ()
    countermeasures: tuple[Countermeasure, ...] = ()
    glossary: tuple[glossary.Topic, ...] = ()
    experts: tuple[Expert, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All that a question may find; experts are named with countermeasures."""
        return (*self.articles, *self.markets, *self.cases, *self.countermeasures, *self.terms)

    @property
    def terms(self) -> tuple[Term, ...]:
        return glossary.terms(self.glossary)


KINDS: dict[str, Callable[[Path], Reading[Any]]] = {
    "articles": article.read,
    "markets": market.read,
    "cases": case.read,
    "countermeasures": countermeasure.read,
    "glossary": glossary.read,
    "experts": expert.read,
}


def read(folder: Path, *, over: Path | None = None) -> Base:
    """Every kind; a broken file becomes problems and the rest is kept. A file in `over` takes the place of its twin."""
    readings = {kind: _read(of_kind, folder / kind, over / kind if over else None) for kind, of_kind in KINDS.items()}
    problems = tuple(problem for kind, reading in readings.items() for problem in _named(kind, reading.problems))
    return Base(**{kind: reading.entries for kind, reading in readings.items()}, problems=problems)


def _read(of_kind: Callable[[Path], Reading[Any]], folder: Path, over: Path | None) -> Reading[Any]:
    own = of_kind(folder)
    if over is None or not over.is_dir():
        return own
    newer = of_kind(over)
    replaced = {entry.file for entry in newer.entries}
    kept = [entry for entry in own.entries if entry.file not in replaced]
    return Reading((*kept, *newer.entries), own.problems + newer.problems)


def _named(kind: str, problems: tuple[Problem, ...]) -> Iterator[Problem]:
    yield from (dataclasses.replace(problem, file=f"{kind}/{problem.file}") for problem in problems)
