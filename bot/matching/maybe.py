"""What may concern an interest without being sure enough to be sent (pure): collected for a digest, marked as such."""

from collections.abc import Iterator
from dataclasses import replace

from bot.matching.notice import SHORTEST_DERIVED, Notice, mentions
from bot.matching.profile import Profile
from bot.matching.rules import (
    MEDLEY,
    MIXED_CHAPTERS,
    Match,
    Reason,
    ReasonKind,
    is_kind,
    is_market,
    match,
    ranked,
    refused,
)
from bot.matching.words import Term, product
from nlu import hs

HEADING = 4
UNSURE = 0.2
TOO_SHORT = 4  # letters of an English word that means too many things in running text


def maybe(wanted: Profile, found: Notice) -> Match | None:
    """Why a notification may concern an interest; None when it surely does, when nothing speaks for it, or when the
    interest rules it out. No reason scores as high as one for which it is sent."""
    if wanted.is_empty or not is_market(wanted, found) or match(wanted, found):
        return None
    if not is_kind(wanted, found):
        return _unstated(wanted, found)
    if refused(wanted, found):
        return ranked(_besides(wanted, found), wanted, found)
    return ranked((*_near(wanted, found), *_loose(wanted, found)), wanted, found)


def _unstated(wanted: Profile, found: Notice) -> Match | None:
    """It does not say what it is for, and fits otherwise."""
    limits = wanted.kinds
    if found.objectives or not limits.objectives:
        return None
    other = match(replace(wanted, kinds=replace(limits, objectives=frozenset())), found)
    weak = (Reason(ReasonKind.UNSTATED, one.mine, one.theirs, UNSURE) for one in other.reasons[:1]) if other else ()
    return ranked(weak, wanted, found)


def _besides(wanted: Profile, found: Notice) -> Iterator[Reason]:
    """A product of the interest's own words beside another one that it leaves out in words."""
    for value in wanted.negatives:
        left_out = product(value)
        for term in wanted.products:
            if refused(replace(wanted, negatives=(value,)), found) and _stands_beside(term, left_out, found):
                yield Reason(ReasonKind.EXCEPT, term.word, value, UNSURE)


def _stands_beside(term: Term, left_out: Term, found: Notice) -> bool:
    said = mentions(found, term)
    return bool(said and mentions(found, left_out) and not set(_forms(term)) & set(_forms(left_out)))


def _forms(term: Term) -> Iterator[str]:
    yield from (phrase for phrase, _ in term.phrases)
    yield from term.chinese


def _near(wanted: Profile, found: Notice) -> Iterator[Reason]:
    """Both sides state codes of one heading, of a chapter whose headings hold goods of one kind."""
    yield from (reason for code in wanted.hs_codes if (reason := found.once(_near_code, code)))


def _near_code(mine: str, found: Notice) -> Reason | None:
    theirs = next((code for code in found.hs_codes if _are_neighbours(mine, code)), None)
    if theirs:
        return Reason(ReasonKind.NEAR, mine, theirs, UNSURE)
    wide = next((code for code in found.hs_codes if mine.startswith(code)), None)
    # it names other products of the chapter
    return Reason(ReasonKind.WIDE, hs.display(mine), wide, UNSURE) if wide else None


def _are_neighbours(mine: str, theirs: str) -> bool:
    return (
        min(len(mine), len(theirs)) > HEADING
        and mine[:HEADING] == theirs[:HEADING]
        and mine[:2] not in MIXED_CHAPTERS
        and not MEDLEY.match(theirs)
    )


def _loose(wanted: Profile, found: Notice) -> Iterator[Reason]:
    yield from (reason for term in wanted.products if (reason := found.once(_loose_word, term)))


def _loose_word(term: Term, found: Notice) -> Reason | None:
    if (said := mentions(found, term, everywhere=True)) and _tells(said):
        return Reason(ReasonKind.MENTIONED, term.word, said, UNSURE)
    wide = _wide(term, found)
    return Reason(ReasonKind.WIDE, term.word, wide, UNSURE / 2) if wide else None


def _tells(said: str) -> bool:
    return not said.isascii() or len(said) > TOO_SHORT


def _wide(term: Term, found: Notice) -> str | None:
    """Nothing but chapters are stated, and the product is in one of them."""
    if not found.hs_codes or any(len(code) >= SHORTEST_DERIVED for code in found.hs_codes):
        return None
    return next((code for code in found.hs_codes for mine in term.hs_codes[:1] if mine.startswith(code)), None)
