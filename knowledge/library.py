"""Everything that the base holds, found by one question: articles, market sheets, cases, countermeasures, terms."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import cast

import numpy as np

from knowledge import outside
from knowledge.answer import SURE, Candidate, Found, NotFound, Reason, decide
from knowledge.article import Article, load
from knowledge.calibration import CALIBRATION, Calibration
from knowledge.declined import Declined, see
from knowledge.entry import Entry, Kind
from knowledge.evidence import FEATURES, Evidence, Measured
from knowledge.postings import Floats
from knowledge.question import Asked, names, take_apart
from knowledge.search import Document
from knowledge.weighing import Weighed, asked_as, keywords, said

LIKENESS = FEATURES.index("likeness")
OWN_WORDS = 0.95  # so like one of the entry's own questions, it is that question, however few its words
CANDIDATES = 16  # entries weighed for one question
SHORTEST_NAME = 3  # HS and CE stand in too many sentences to tell their subject
KEPT = 4  # questions whose measures are at hand: one turn looks at the same question more than once
EVERY = frozenset(Kind)
ARTICLES = frozenset({Kind.ARTICLE})
STORIES = frozenset({Kind.CASE, Kind.COUNTERMEASURE})


class Library:
    """All entries, ready to answer; unchangeable, so any thread may ask. Load a new one when entries change."""

    def __init__(self, entries: Iterable[Entry], calibration: Calibration, weighed: Weighed | None = None) -> None:
        self.entries: Mapping[str, Entry] = {entry.key: entry for entry in entries}
        self.calibration = calibration
        self._ordered = tuple(self.entries.values())
        self._evidence = Evidence(self._ordered, weighed)
        self._measured = lru_cache(maxsize=KEPT)(self._evidence.measure)
        titles = (title for entry in self._ordered for title in (entry.title.zh, entry.title.en))
        self.names = frozenset(name for title in titles for name in names(title) if len(name) >= SHORTEST_NAME)
        self._of = {kind: np.array([one.kind is kind for one in self._ordered], dtype=np.bool_) for kind in Kind}

    @classmethod
    def load(cls, folder: Path, *, calibration: Path = CALIBRATION) -> Library:
        """Read all articles of `folder`; raises ReadingError with all problems of shape."""
        return cls(load(folder), Calibration.load(calibration))

    @property
    def articles(self) -> Mapping[str, Article]:
        return {key: cast(Article, one) for key, one in self.entries.items() if one.kind is Kind.ARTICLE}

    def answer(
        self,
        question: str,
        *,
        language: str,
        today: date,
        market: str | None = None,
        kinds: Collection[Kind] = EVERY,
    ) -> Found | NotFound:
        """Answer a question in either language. `market` holds when the words name none: an earlier turn's market.

        `language` is the asker's: among equals nothing depends on it yet, all entries being in both.
        """
        asked = take_apart(question, market=market)
        if asked.declined:
            return self._declined(asked.declined)
        if not asked.tells:
            return NotFound((), Reason.TOO_LITTLE)
        decision = decide(self.weigh(asked, kinds=kinds), self.calibration, today=today)
        return decision if isinstance(decision, Found) else self._explained(decision, asked)

    def _declined(self, what: Declined) -> NotFound:
        """Nothing, but the entries on the proper way."""
        proper = tuple(self.entries[key] for key in see(what) if key in self.entries)
        return NotFound(proper, Reason.DECLINED, (what.value,))

    def _explained(self, decision: NotFound, asked: Asked) -> NotFound:
        """A subject of others and a name that is nowhere say more than that nothing was found."""
        if asked.outside:
            return outside_of(asked)
        unknown = self._evidence.unknown(asked)
        return NotFound(decision.nearest, Reason.UNKNOWN_NAME, unknown) if unknown else decision

    def covers(self, question: str, *, kinds: Collection[Kind] = EVERY) -> Found | None:
        """The entry that covers the question, on no particular day."""
        found = self._judged(take_apart(question), kinds)
        return found if isinstance(found, Found) else None

    def leans(self, question: str) -> Entry | None:
        """The entry that may be shown as perhaps meant, where none covers the question."""
        asked = take_apart(question)
        found = None if asked.outside else self._judged(asked)
        return found.perhaps if isinstance(found, NotFound) else None

    def _judged(self, asked: Asked, kinds: Collection[Kind] = EVERY) -> Found | NotFound | None:
        """The decision on no particular day; None where nothing is looked for."""
        if asked.declined or not asked.tells:
            return None
        return decide(self.weigh(asked, kinds=kinds), self.calibration, today=date.min)

    def nearest(self, question: str | Asked) -> list[Candidate]:
        """The nearest entries of all kinds, best first, whether or not they cover the question."""
        asked = take_apart(question) if isinstance(question, str) else question
        found = self.weigh(asked) if asked.tells else []
        return sorted(found, key=lambda one: (not one.fits, -one.rank))

    def weigh(
        self,
        asked: Asked,
        *,
        kinds: Collection[Kind] = EVERY,
        among: Callable[[Entry], bool] | None = None,
        limit: int = CANDIDATES,
    ) -> list[Candidate]:
        """The nearest entries of these kinds (of those that `among` lets through), the foremost first, then by rank."""
        measured = self._measured(asked)
        ranks = self.calibration.ranks(measured.features)
        wanted = np.any([self._of[kind] for kind in kinds], axis=0)
        foremost = np.any([self._of[kind] for kind in asked.foremost], axis=0)
        order = np.argsort(-ranks, kind="stable")
        groups = (order[(wanted & group)[order]].tolist() for group in (foremost, ~foremost))
        let_through = ([one for one in group if among is None or among(self._ordered[one])] for group in groups)
        best = [number for group in let_through for number in group[:limit]]
        return self._candidates(best, ranks, measured, asked)

    def _candidates(self, best: list[int], ranks: Floats, measured: Measured, asked: Asked) -> list[Candidate]:
        features = measured.features[:, best]
        confidences = np.where(features[LIKENESS] >= OWN_WORDS, 1.0, self.calibration.confidences(features)).tolist()
        rows = zip(best, features.T.tolist(), ranks[best].tolist(), confidences, strict=True)
        foremost = asked.foremost
        return [
            Candidate(
                entry=self._ordered[number],
                features=tuple(own),
                rank=rank,
                confidence=confidence,
                fits_market=bool(measured.fits_market[number]),
                fits_product=bool(measured.fits_product[number]),
                has_names=bool(measured.has_names[number]),
                fits_subject=bool(measured.fits_subject[number]),
                least=_least(self._ordered[number].kind, asked),
                foremost=self._ordered[number].kind in foremost,
            )
            for number, own, rank, confidence in rows
        ]


def _least(kind: Kind, asked: Asked) -> float:
    """How probably an entry must cover the question: a word of another subject in an entry's questions is little, and
    a story or steps that were not asked for must fit well."""
    unasked = kind in STORIES and kind not in asked.kinds | asked.hints
    return SURE if asked.outside or unasked else 0.0


def outside_of(asked: Asked) -> NotFound:
    """A subject that the base leaves to others."""
    return NotFound((), Reason.OUTSIDE, outside.topics(asked.outside))


def document(entry: Entry) -> Document:
    """An entry as an index sees it."""
    return Document(
        id=entry.key,
        kind=entry.kind,
        titles=asked_as(entry),
        keywords=keywords(entry),
        texts=said(entry),
        filters=tuple(("market", market) for market in entry.markets),
    )
