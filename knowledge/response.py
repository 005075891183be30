"""What to do about a measure: the countermeasures of its state, like cases, and who can help."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from knowledge.case import Case
from knowledge.countermeasure import Countermeasure, State
from knowledge.entry import Entry
from knowledge.expert import Expert
from knowledge.library import ARTICLES, Library
from knowledge.question import Asked, take_apart
from knowledge.shelf import Ranked, Shelf
from knowledge.weighing import asked_as, said
from nlu.normalize import fold
from nlu.products import WordFinder

SITUATIONS = Path(__file__).with_name("situations.yml")
MOST_MEASURES, MOST_CASES = 3, 2
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
FEW = 3  # telling words (in Chinese, pairs of signs) that name no subject yet


@dataclass(frozen=True, slots=True)
class Response:
    """What fits a situation, best first; `article` may say more. `expert` is a sample only if these were asked for."""

    state: State
    measures: tuple[Countermeasure, ...]
    cases: tuple[Case, ...]
    expert: Expert | None
    article: Entry | None = None

    @property
    def others(self) -> tuple[Entry, ...]:
        """What stands beside the first countermeasure, in the order of its buttons."""
        return (*([self.article] if self.article else []), *self.measures[1:])


class Responses:
    """Countermeasures, cases and experts, ready to be asked."""

    def __init__(self, library: Library, experts: Sequence[Expert]) -> None:
        self.measures: Shelf[Countermeasure] = Shelf(library, Countermeasure)
        self.cases: Shelf[Case] = Shelf(library, Case)
        self._experts = experts
        self._library = library
        self._least = library.calibration.nearest_from

    def to(self, state: State, question: str, *, market: str | None = None, samples: bool = False) -> Response:
        """What to do in this state; `question` is all that was said, product included.

        With `samples`, a made-up expert stands in where no real one fits.
        """
        asked = take_apart(question, market=market)
        found = self.measures.best(asked, among=lambda one: state in one.states, limit=MOST_MEASURES)
        measures = tuple(one.entry for one in found)
        expert = self._expert(measures, asked, samples)
        return Response(state, measures, self._like(asked, measures), expert, self._article(asked))

    def _article(self, asked: Asked) -> Entry | None:
        """The article on what is asked, if one may be meant."""
        near = self._library.weigh(asked, kinds=ARTICLES) if asked.tells else []
        least = self._library.calibration.perhaps_from
        return next((one.entry for one in near if one.fits and one.confidence >= least), None)

    def like(self, question: str, *, market: str | None = None, limit: int = 5) -> list[Case]:
        """The cases that are most like what is asked about, best first, however far they are."""
        asked = take_apart(question, market=market)
        return [one.entry for one in self.cases.best(asked, limit=limit)]

    def fitting(self, question: str, *, limit: int = 5) -> list[Case]:
        """The same, but none that has little of the subject; any will do where no subject is named."""
        asked = take_apart(question)
        found = self.cases.best(asked, limit=limit)
        like = [one.entry for one in found if _names_nothing(asked) or self._is_like(one)]
        years = set(_YEAR.findall(fold(question).text))
        return [case for case in like if years <= set(_YEAR.findall(_told(case)))] if years else like

    def _is_like(self, case: Ranked[Case]) -> bool:
        return case.on_market or case.on_product or case.confidence >= self._least

    def _like(self, asked: Asked, measures: Iterable[Countermeasure]) -> tuple[Case, ...]:
        """Cases on the same market or product; else those in which these countermeasures were used."""
        found = self.cases.best(asked, limit=MOST_CASES)
        near = [one.entry for one in found if one.on_market or one.on_product]
        used = [self.cases.entries[key] for one in measures for key in one.cases if key in self.cases.entries]
        return tuple({case.id: case for case in (*near, *used)}.values())[:MOST_CASES]

    def _expert(self, measures: Sequence[Countermeasure], asked: Asked, samples: bool) -> Expert | None:
        """Who has most of the tags wanted, on this market if there is one; a real one before a sample."""
        tags = {tag for measure in measures for tag in measure.experts}
        fitting = [one for one in self._experts if tags & set(one.tags) and (samples or not one.sample)]
        return max(
            fitting,
            key=lambda one: (not one.sample, bool(asked.markets & set(one.markets)), len(tags & set(one.tags))),
            default=None,
        )


def _told(case: Case) -> str:
    """All that a case says, to look for its years in."""
    return " ".join((*asked_as(case), *said(case), *(str(event.date) for event in case.course)))


def state_of(text: str) -> State | None:
    """Where the measure or the shipment stands, as far as the words say it; the most urgent state first."""
    folded = fold(text).text
    return next((state for state, finder in _finders().items() if any(True for _ in finder.find(folded))), None)


def _names_nothing(asked: Asked) -> bool:
    """ "Any success stories?" has no subject that a case could miss."""
    return not (asked.markets or asked.products or asked.names or asked.references) and len(asked.telling) <= FEW


@cache
def _finders() -> dict[State, WordFinder]:
    lists: dict[str, str] = yaml.load(SITUATIONS.read_bytes(), Loader=yaml.CSafeLoader)
    return {State(state): WordFinder({word.strip() for word in listed.split(",")}) for state, listed in lists.items()}
