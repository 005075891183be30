"""The decision to answer: an article that really covers the question, or an honest "not found" with what is near."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

import numpy as np

from knowledge import outside
from knowledge.article import Article, load
from knowledge.calibration import CALIBRATION, Calibration
from knowledge.entry import Entry, Status
from knowledge.evidence import Evidence, Measured, asked_as, keywords, said
from knowledge.question import Asked, take_apart
from knowledge.search import Document

KIND = "article"
CANDIDATES = 16  # articles weighed for one question
MOST_NEAREST = 3
MOST_ALSO = 2
SURE = 0.9  # so probably must an article cover what does not even look like our subject
TORN_WITHIN = 0.1  # in rank (a logit): the two are as likely as each other


class Caveat(StrEnum):
    """What must be said with an answer."""

    LAPSED = "lapsed"  # no longer in force: only to be told as such
    NOT_YET = "not_yet"  # begins after today
    STALE = "stale"  # its date for a new look has passed
    UNVERIFIED = "unverified"  # no source was opened


class Reason(StrEnum):
    """Why nothing was answered."""

    TOO_LITTLE = "too_little"  # the words say nothing of their own ("how much does it cost")
    NOTHING_NEAR = "nothing_near"
    OTHER_MARKET = "other_market"  # the best article is on another market
    OTHER_PRODUCT = "other_product"  # the best article is on other products
    OUTSIDE = "outside"  # a subject that the base leaves to others
    UNKNOWN_NAME = "unknown_name"  # a rule, a mark or a body is named that stands nowhere in the base
    NOT_COVERED = "not_covered"  # articles are near, none covers the question


@dataclass(frozen=True, slots=True)
class Found:
    """The article that answers. `confidence` is a probability; `also` are near-equal ones, best first."""

    article: Article
    confidence: float
    also: tuple[Article, ...]
    caveats: frozenset[Caveat]
    torn: bool = False  # the next one is as likely: the asker should say which is meant


@dataclass(frozen=True, slots=True)
class NotFound:
    """No article answers; `nearest` (best first, may be empty) may be offered, never given as the answer."""

    nearest: tuple[Article, ...]
    reason: Reason
    told: tuple[str, ...] = ()  # which subjects are outside, which names are unknown
    perhaps: Article | None = None  # one that may be shown, said to be a guess


@dataclass(frozen=True, slots=True)
class Candidate:
    """One article weighed against one question."""

    article: Article
    features: tuple[float, ...]
    rank: float
    confidence: float
    fits_market: bool
    fits_product: bool
    has_names: bool = True
    fits_subject: bool = True

    @property
    def fits(self) -> bool:
        return self.fits_market and self.fits_product and self.has_names and self.fits_subject


def decide(candidates: Sequence[Candidate], calibration: Calibration, *, today: date) -> Found | NotFound:
    """Found when the best fitting candidate (best first) covers the question; a lapsed one yields to an equal."""
    fitting = [candidate for candidate in candidates if candidate.fits]
    if not fitting or fitting[0].confidence < calibration.threshold:
        return _not_found(candidates, calibration)
    equals = [c for c in fitting if _is_equal(c, fitting[0], calibration)]
    best, *others = sorted(equals, key=lambda candidate: is_over(candidate.article, today))
    also = tuple(candidate.article for candidate in others[:MOST_ALSO])
    torn = bool(others) and abs(best.rank - others[0].rank) <= TORN_WITHIN
    return Found(best.article, best.confidence, also, caveats(best.article, today), torn)


def _is_equal(candidate: Candidate, best: Candidate, calibration: Calibration) -> bool:
    near = best.rank - candidate.rank <= calibration.also_within
    return candidate is best or (near and candidate.confidence >= calibration.threshold)


def is_over(entry: Entry, today: date) -> bool:
    """What the entry tells is no longer in force."""
    return entry.lapsed(today) or entry.status == Status.REPEALED


def caveats(entry: Entry, today: date) -> frozenset[Caveat]:
    """Everything that must be said with this entry on this day."""
    told = {
        Caveat.LAPSED: is_over(entry, today),
        Caveat.NOT_YET: entry.valid_from is not None and entry.valid_from > today,
        Caveat.STALE: entry.stale(today),
        Caveat.UNVERIFIED: not entry.verified,
    }
    return frozenset(caveat for caveat, holds in told.items() if holds)


def _not_found(candidates: Sequence[Candidate], calibration: Calibration) -> NotFound:
    near = [candidate for candidate in candidates if candidate.confidence >= calibration.nearest_from]
    nearest = tuple(candidate.article for candidate in near[:MOST_NEAREST])
    guess = next((one.article for one in near if one.fits and one.confidence >= calibration.perhaps_from), None)
    return NotFound(nearest, _reason(near[0], calibration) if near else Reason.NOTHING_NEAR, perhaps=guess)


def _reason(best: Candidate, calibration: Calibration) -> Reason:
    if best.confidence < calibration.threshold or (best.fits_market and best.fits_product):
        return Reason.NOT_COVERED
    return Reason.OTHER_PRODUCT if best.fits_market else Reason.OTHER_MARKET


class Library:
    """The articles, ready to answer; unchangeable, so any thread may ask. Load a new one when articles change."""

    def __init__(self, articles: Iterable[Article], calibration: Calibration) -> None:
        self.articles: Mapping[str, Article] = {article.id: article for article in articles}
        self.calibration = calibration
        self._ordered = tuple(self.articles.values())
        self._evidence = Evidence(self._ordered)

    @classmethod
    def load(cls, folder: Path, *, calibration: Path = CALIBRATION) -> Library:
        """Read all articles of `folder`; raises ReadingError with all problems of shape."""
        return cls(load(folder), Calibration.load(calibration))

    def answer(self, question: str, *, language: str, today: date, market: str | None = None) -> Found | NotFound:
        """Answer a question in either language. `market` holds when the words name none: an earlier turn's market.

        `language` is the asker's: among equals nothing depends on it yet, all articles being in both.
        """
        asked = take_apart(question, market=market)
        if not asked.tells:
            return NotFound((), Reason.TOO_LITTLE)
        decision = decide(self.weigh(asked), self.calibration, today=today)
        return decision if isinstance(decision, Found) else self._explained(decision, asked)

    def _explained(self, decision: NotFound, asked: Asked) -> NotFound:
        """A subject of others and a name that is nowhere say more than that nothing was found."""
        if asked.outside:
            return NotFound((), Reason.OUTSIDE, outside.topics(asked.outside))
        unknown = self._evidence.unknown(asked)
        return NotFound(decision.nearest, Reason.UNKNOWN_NAME, unknown) if unknown else decision

    def covers(self, question: str) -> Found | None:
        """The article that covers the question, on no particular day."""
        asked = take_apart(question)
        found = decide(self.weigh(asked), self.calibration, today=date.min) if asked.tells else None
        return found if isinstance(found, Found) else None

    def ranked(self, question: str) -> list[str]:
        """The ids of the nearest articles that fit, best first."""
        asked = take_apart(question)
        return [one.article.id for one in self.weigh(asked) if one.fits] if asked.tells else []

    def weigh(self, asked: Asked) -> list[Candidate]:
        """The nearest articles, best first."""
        measured = self._evidence.measure(asked)
        ranks = self.calibration.ranks(measured.features)
        best = np.argsort(-ranks, kind="stable")[:CANDIDATES].tolist()
        least = SURE if asked.outside else 0.0  # a word of another subject in an article's questions is little
        return [self._candidate(number, float(ranks[number]), measured, least) for number in best]

    def _candidate(self, number: int, rank: float, measured: Measured, least: float) -> Candidate:
        features = tuple(measured.features[:, number].tolist())
        confidence = self.calibration.confidence(features)
        return Candidate(
            article=self._ordered[number],
            features=features,
            rank=rank,
            confidence=confidence,
            fits_market=bool(measured.fits_market[number]),
            fits_product=bool(measured.fits_product[number]),
            has_names=bool(measured.has_names[number]),
            fits_subject=bool(measured.fits_subject[number]) and confidence >= least,
        )


def document(article: Article) -> Document:
    """An article as the index sees it; bot may put it into an index of its own beside notifications."""
    return Document(
        id=article.id,
        kind=KIND,
        titles=asked_as(article),
        keywords=keywords(article),
        texts=said(article),
        filters=(("topic", article.topic), *(("market", market) for market in article.markets)),
    )
