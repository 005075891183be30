"""The matching rule (pure): (product words or HS or ICS or keyword) and market and kind and not negative."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from bot.matching.kinds import AGREEMENTS, TYPES, objectives
from bot.matching.notice import SHORTEST_DERIVED, Notice, mentions, narrows
from bot.matching.profile import Profile, market_codes
from bot.matching.words import Term, keyword, product
from nlu import markets

# Chapters whose headings hold many unlike goods: there a heading alone does not tell what a notification is about.
MIXED_CHAPTERS = frozenset(
    ("28", "29", "38", "39", "40", "44", "48", "70", "72", "73", "76", "82", "83", "84", "85", "90", "96")
)
WIDE_CHAPTERS = MIXED_CHAPTERS | {"87"}  # of which the chapter alone tells nothing, as long as no category is named
ICS = re.compile(r"\d{2}\.\d{3}(?:\.\d{2})?")  # an HS code has no three digits behind its first dot
# Subheadings of many unlike goods ("other", furniture): that two words mean the same one tells nothing.
MEDLEY = re.compile(r"9401|9403|\d{4}[89]0|\d{4}99")


class ReasonKind(StrEnum):
    HS = "hs"  # codes that both sides state
    HS_MEANT = "hs_meant"  # a code that only the words of one side mean
    PRODUCT = "product"
    ICS = "ics"
    KEYWORD = "keyword"
    MARKET = "market"  # the interest names no product: everything of its markets
    ALL = "all"  # the interest, or the notification, is about all products
    # what is not sure enough to be sent:
    NEAR = "near"  # another code of the same heading
    MENTIONED = "mentioned"  # the product stands in the description only
    WIDE = "wide"  # a chapter or heading that takes in much else
    UNSTATED = "unstated"  # it does not say what it is for, and the interest limits that
    EXCEPT = "except"  # the product stands beside one that the interest leaves out


class Band(StrEnum):
    """How sure a match is: sent, or only collected and marked as such."""

    SENT = "sent"
    MAYBE = "maybe"


SURE = 0.3  # what is less is a "maybe"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: `mine` is what the interest says, `theirs` what the notification says; score 0..1."""

    kind: ReasonKind
    mine: str
    theirs: str
    score: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Reason":
        return cls(ReasonKind(data["kind"]), data["mine"], data["theirs"], float(data["score"]))


@dataclass(frozen=True, slots=True)
class Match:
    """All reasons, best first, and the markets that the interest and the notification share."""

    reasons: tuple[Reason, ...]
    markets: tuple[str, ...]

    @property
    def score(self) -> float:
        return self.reasons[0].score

    @property
    def band(self) -> Band:
        return Band.SENT if self.score >= SURE else Band.MAYBE


def match(wanted: Profile, found: Notice) -> Match | None:
    """Why a notification concerns an interest, None when it does not.

    Adding a product, code or keyword never narrows; adding a market to a list of markets never narrows; no market
    means all. Adding a negative never widens. HS and ICS codes match as prefixes in both directions; an interest in
    an EU member gets that member's and the EU's documents, one in the EU gets the EU's and every member's.
    """
    if wanted.is_empty or not is_market(wanted, found) or not is_kind(wanted, found) or refused(wanted, found):
        return None
    return ranked(reasons(wanted, found), wanted, found)


def ranked(why: Iterable[Reason], wanted: Profile, found: Notice) -> Match | None:
    """The reasons in their order, with the markets; None without any."""
    best = tuple(sorted(why, key=lambda reason: -reason.score))
    return Match(best, found.once(_shared, wanted.markets)) if best else None


class Miss(StrEnum):
    """What keeps a notification from an interest, the nearest miss last."""

    MARKET = "market"
    KIND = "kind"
    NEGATIVE = "negative"
    PRODUCT = "product"


def miss(wanted: Profile, found: Notice) -> tuple[Miss, str] | None:
    """Why a notification does not concern an interest, and the value that it failed at; None when it does."""
    if not is_market(wanted, found):
        return Miss.MARKET, ""
    if not is_kind(wanted, found):
        return Miss.KIND, ""
    if negative := refused(wanted, found):
        return Miss.NEGATIVE, negative
    return None if match(wanted, found) else (Miss.PRODUCT, "")


def is_market(wanted: Profile, found: Notice) -> bool:
    return wanted.reach is None or not wanted.reach.isdisjoint(found.markets)


def is_kind(wanted: Profile, found: Notice) -> bool:
    """Of each dimension that the interest limits one value fits."""
    limits = wanted.kinds
    return (
        (not limits.agreements or found.agreement in limits.agreements)
        and (not limits.types or found.type in limits.types)
        and (not limits.objectives or not limits.objectives.isdisjoint(found.objectives))
    )


def _shared(wanted: tuple[str, ...], found: Notice) -> tuple[str, ...]:
    named = [code for code in wanted if markets.expand(code) & found.markets]
    theirs = frozenset().union(*(markets.expand(code) for code in named)) if named else found.markets
    return tuple(sorted(theirs & found.markets))


def reasons(wanted: Profile, found: Notice) -> Iterator[Reason]:
    """Everything that speaks for it, when nothing speaks against it."""
    if not wanted.has_group:
        yield Reason(ReasonKind.MARKET, "", "", 0.5)
        return
    if found.all_products and (wanted.products or wanted.hs_codes):
        yield Reason(ReasonKind.ALL, "", "", 0.3)
    yield from (reason for code in wanted.hs_codes if (reason := found.once(_hs, code)))
    yield from (reason for term in wanted.products if (reason := found.once(_product, term)))
    yield from (reason for code in wanted.ics_codes if (reason := found.once(_ics, code)))
    yield from (reason for term in wanted.keywords if (reason := found.once(_keyword, term)))


def _hs(mine: str, found: Notice) -> Reason | None:
    """A code that the member states: with stated codes at any level, with meant ones from the heading downwards."""
    theirs = _nearest(mine, found.hs_codes)
    if theirs and not (theirs in WIDE_CHAPTERS and len(mine) > len(theirs) and names_others(mine, theirs, found)):
        return Reason(ReasonKind.HS, mine, theirs, _closeness(mine, theirs))
    meant = _nearest(mine, found.derived) or (None if found.hs_codes else _category(mine, found))
    return Reason(ReasonKind.HS_MEANT, mine, meant, 0.6) if meant else None


def _product(term: Term, found: Notice) -> Reason | None:
    if term.everything:
        return Reason(ReasonKind.ALL, term.word, "", 0.4)
    said = mentions(found, term)
    if said:
        return Reason(ReasonKind.PRODUCT, term.word, said, 0.9)
    meant = next((pair for mine in _usable(term) if (pair := _meant(mine, found))), None)
    return Reason(ReasonKind.HS_MEANT, term.word, meant, 0.6) if meant else None


def _usable(term: Term) -> Iterable[str]:
    """The codes of a word; of whole chapters of mixed goods only the first ("steel products" is 72, not every 73)."""
    return (
        code for code in term.hs_codes if len(code) > 2 or code[:2] not in MIXED_CHAPTERS or code == term.hs_codes[0]
    )


def _meant(mine: str, found: Notice) -> str | None:
    """A code that a product word means: weaker than a stated one, so not against all that a wide code holds."""
    for theirs in found.hs_codes:
        if theirs.startswith(mine) or (mine.startswith(theirs) and _is_within(mine, theirs, found)):
            return theirs
    derived = next((code for code in found.derived if _same_product(mine, code)), None)
    return derived or (None if found.hs_codes else _category(mine, found))


def _is_within(mine: str, theirs: str, found: Notice) -> bool:
    """A stated chapter or heading: the goods of a category that the notification names, else unless it is narrower."""
    if _category(mine, found):
        return True
    if len(theirs) < SHORTEST_DERIVED and theirs in WIDE_CHAPTERS:
        return False
    return not _is_about_another(mine, theirs, found)


def _category(mine: str, found: Notice) -> str | None:
    return next((code for code in found.categories if mine.startswith(code)), None)


def _same_product(mine: str, theirs: str) -> bool:
    """Two meant codes: one inside the other, or the same subheading; the same heading alone holds too many things."""
    if mine == theirs:
        return len(mine) > SHORTEST_DERIVED and not MEDLEY.match(mine)
    return theirs.startswith(mine) or mine.startswith(theirs)


def _is_about_another(mine: str, heading: str, found: Notice) -> bool:
    """It states a heading but names another product of it: "water heaters, 8516" is not about toasters."""
    if found.worded and heading[:2] in MIXED_CHAPTERS and len(mine) > len(heading):
        return True
    return names_others(mine, heading, found)


def names_others(mine: str, heading: str, found: Notice) -> bool:
    """Of a chapter or heading that it states it names products in words, and none that has this code."""
    inside = [one for one in found.named if narrows(one.hs_codes, heading)]
    whole = any(heading in one.hs_codes for one in found.named)
    mine_too = any(_nearest(mine, one.hs_codes) for one in inside)
    return bool(inside) and not whole and not mine_too


def _ics(mine: str, found: Notice) -> Reason | None:
    theirs = next((code for code in found.ics_codes if _ics_covers(mine, code)), None)
    return Reason(ReasonKind.ICS, mine, theirs, 0.7) if theirs else None


def _ics_covers(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return long == short or long.startswith(short + ".")


def _keyword(term: Term, found: Notice) -> Reason | None:
    said = mentions(found, term, everywhere=True) or next(
        iter(sorted(objectives([term.word]) & found.objectives)), None
    )
    return Reason(ReasonKind.KEYWORD, term.word, said.replace("_", " "), 0.5) if said else None


def _nearest(mine: str, codes: Iterable[str]) -> str | None:
    """The code that covers mine or is covered by it, the closest one."""
    related = [code for code in codes if code.startswith(mine) or mine.startswith(code)]
    return max(related, key=lambda code: min(len(code), len(mine)), default=None)


def _closeness(mine: str, theirs: str) -> float:
    common = min(len(mine), len(theirs))
    return 1.0 if common >= 6 else 0.9 if common >= 4 else 0.55


def refused(wanted: Profile, found: Notice) -> str | None:
    """The first negative of the interest that the notification falls under."""
    return next((value for value in wanted.negatives if found.once(_is_negative, value)), None)


def _is_negative(value: str, found: Notice) -> bool:
    """A negative is a code under which every stated code lies, an agreement or type, a market, or words: those of a
    product count where a notification names its products (or all its codes are of it), others in the whole text."""
    if ICS.fullmatch(value):
        return bool(found.ics_codes) and all(f"{code}.".startswith(f"{value}.") for code in found.ics_codes)
    digits = value.replace(".", "")
    if digits.isdigit():
        return bool(found.hs_codes) and all(code.startswith(digits) for code in found.hs_codes)
    if value.lower() in AGREEMENTS | TYPES:
        return value.lower() in (found.agreement, found.type)
    codes = market_codes(value)
    if found.markets and found.markets <= set(codes):
        return True
    return _is_negative_product(product(value), found) or bool(mentions(found, keyword(value), everywhere=True))


def _is_negative_product(term: Term, found: Notice) -> bool:
    stated = found.hs_codes or found.derived
    inside = bool(stated and term.hs_codes) and all(code.startswith(term.hs_codes) for code in stated)
    return inside or bool(mentions(found, term))
