"""The decision to answer: an article that really covers the question, or an honest "not found" with what is near."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from knowledge.calibration import Calibration
from knowledge.entry import Entry, Status

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
    DECLINED = "declined"  # nobody of ours does what is asked for
    OUTSIDE = "outside"  # a subject that the base leaves to others
    UNKNOWN_NAME = "unknown_name"  # a rule, a mark or a body is named that stands nowhere in the base
    NOT_COVERED = "not_covered"  # articles are near, none covers the question


@dataclass(frozen=True, slots=True)
class Found:
    """The entry that answers. `confidence` is a probability; `also` are near-equal ones, best first."""

    entry: Entry
    confidence: float
    also: tuple[Entry, ...]
    caveats: frozenset[Caveat]
    torn: bool = False  # the next one is as likely: the asker should say which is meant


@dataclass(frozen=True, slots=True)
class NotFound:
    """No entry answers; `nearest` (best first, may be empty) may be offered, never given as the answer."""

    nearest: tuple[Entry, ...]
    reason: Reason
    told: tuple[str, ...] = ()  # which subjects are outside, which names are unknown, what is declined
    perhaps: Entry | None = None  # one that may be shown, said to be a guess; none where an unknown name is asked about


@dataclass(frozen=True, slots=True)
class Candidate:
    """One entry weighed against one question."""

    entry: Entry
    features: tuple[float, ...]
    rank: float
    confidence: float
    fits_market: bool
    fits_product: bool
    has_names: bool = True
    fits_subject: bool = True
    foremost: bool = True  # of a kind that answers before others
    least: float = 0.0  # so probably must it cover the question

    @property
    def fits(self) -> bool:
        return (
            self.fits_market
            and self.fits_product
            and self.has_names
            and self.fits_subject
            and self.confidence >= self.least
        )


def decide(candidates: Sequence[Candidate], calibration: Calibration, *, today: date) -> Found | NotFound:
    """Found when the best fitting candidate (best first) covers the question; a lapsed one yields to an equal.

    The foremost kinds come before the others.
    """
    fitting = [candidate for candidate in candidates if candidate.fits]
    groups = ([candidate for candidate in fitting if candidate.foremost is first] for first in (True, False))
    answering = next((group for group in groups if group and group[0].confidence >= calibration.threshold), [])
    if not answering:
        return _not_found(candidates, calibration)
    equals = [c for c in answering if _is_equal(c, answering[0], calibration)]
    best, *others = sorted(equals, key=lambda candidate: is_over(candidate.entry, today))
    also = tuple(candidate.entry for candidate in others[:MOST_ALSO])
    torn = bool(others) and abs(best.rank - others[0].rank) <= TORN_WITHIN
    return Found(best.entry, best.confidence, also, caveats(best.entry, today), torn)


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
    nearest = tuple(candidate.entry for candidate in near[:MOST_NEAREST])
    guess = next((one.entry for one in near if one.fits and one.confidence >= calibration.perhaps_from), None)
    return NotFound(nearest, _reason(near[0], calibration) if near else Reason.NOTHING_NEAR, perhaps=guess)


def _reason(best: Candidate, calibration: Calibration) -> Reason:
    if best.confidence < calibration.threshold or (best.fits_market and best.fits_product):
        return Reason.NOT_COVERED
    return Reason.OTHER_PRODUCT if best.fits_market else Reason.OTHER_MARKET
