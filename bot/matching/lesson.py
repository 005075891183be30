"""What "not mine" teaches an interest (pure): the one value to leave out that keeps such notifications away."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import StrEnum

from bot.matching.notice import Notice
from bot.matching.profile import Profile, market_codes
from bot.matching.rules import refused
from bot.matching.words import product

SHORTEST = 4  # digits of a code that is left out: a whole chapter would be too much


class Wrong(StrEnum):
    """What is wrong about a notification, in its reader's view."""

    PRODUCT = "product"
    MARKET = "market"
    KIND = "kind"


def lesson(wanted: Profile, found: Notice, wrong: Wrong, *, named: Iterable[str] = ()) -> str | None:
    """The value to leave out. It rules this notification out, and nothing that the interest asks for by itself; None
    when there is none, because what is wrong is all that the interest asks for. `named`: what the member said."""
    learnt = {Wrong.PRODUCT: _products, Wrong.MARKET: _markets, Wrong.KIND: _kinds}[wrong]
    return next((value for value in (*named, *learnt(found)) if _fits(value, wanted, found)), None)


def _fits(value: str, wanted: Profile, found: Notice) -> bool:
    return bool(refused(replace(wanted, negatives=(value,)), found)) and not _is_its_own(value, wanted)


def _is_its_own(value: str, wanted: Profile) -> bool:
    """Leaving this out would leave nothing, or what is asked for by that very name."""
    digits = value.replace(".", "")
    if digits.isdigit():
        return any(code.startswith(digits) for code in (*wanted.hs_codes, *_without_dots(wanted.ics_codes)))
    if value in wanted.kinds.agreements | wanted.kinds.types:
        return len(wanted.kinds.agreements | wanted.kinds.types) == 1
    codes = set(market_codes(value))
    if wanted.reach is not None and wanted.reach <= codes:
        return True
    left_out = product(value)
    forms = {phrase for phrase, _ in left_out.phrases} | set(left_out.chinese)
    return any(
        forms & ({phrase for phrase, _ in term.phrases} | set(term.chinese)) or term.word == left_out.word
        for term in (*wanted.products, *wanted.keywords)
    )


def _without_dots(codes: Iterable[str]) -> Iterator[str]:
    yield from (code.replace(".", "") for code in codes)


def _products(found: Notice) -> Iterator[str]:
    """The products that it names, then the codes that all its codes lie under, then what it is classified as."""
    yield from (one.text for one in found.named)
    for size in (6, SHORTEST):
        beginnings = {code[:size] for code in found.hs_codes}
        yield from beginnings if len(beginnings) == 1 and len(min(beginnings)) == size else ()
    yield from found.ics_codes if len(found.ics_codes) == 1 else ()


def _markets(found: Notice) -> Iterator[str]:
    yield from sorted(found.markets)


def _kinds(found: Notice) -> Iterator[str]:
    yield from (value for value in (found.type, found.agreement) if value and value != "regular")
