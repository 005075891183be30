"""What an interest asks for, prepared for matching (pure)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from bot.matching.categories import categories
from bot.matching.kinds import ANY_KIND, Kinds, kinds
from bot.matching.words import Term, keyword, product, table, word_set
from nlu import hs, markets
from nlu.normalize import fold

ANYWHERE = word_set("""
    *, all, any, global, worldwide, world, everywhere, all markets, any market, all countries
    全球, 所有, 全部, 不限, 全世界, 世界各国, 任何市场, 所有市场, 全部市场, 所有国家
""")
SEPARATORS = re.compile(r"[;,，；、\n]")


@dataclass(frozen=True, slots=True)
class Profile:
    """The groups of an interest. `markets` is what it names, `reach` whose documents it gets (None = all)."""

    products: tuple[Term, ...] = ()
    hs_codes: tuple[str, ...] = ()
    ics_codes: tuple[str, ...] = ()
    keywords: tuple[Term, ...] = ()
    markets: tuple[str, ...] = ()
    reach: frozenset[str] | None = None
    negatives: tuple[str, ...] = ()
    kinds: Kinds = ANY_KIND

    @property
    def has_group(self) -> bool:
        """Whether it says what it is about; without that it is every notification of its markets."""
        return bool(self.products or self.hs_codes or self.ics_codes or self.keywords)

    @property
    def is_empty(self) -> bool:
        return not self.has_group and not self.markets


def profile(interest: Mapping[str, Any]) -> Profile:
    """A profile from lists: products hs_codes ics_codes markets keywords negatives kinds, all optional."""
    named, reach = _resolve(_values(interest, "markets"))
    return Profile(
        products=tuple(_product(word) for word in _values(interest, "products")),
        hs_codes=tuple(dict.fromkeys(code for value in _raw(interest, "hs_codes") for code in _hs(str(value)))),
        ics_codes=tuple(_values(interest, "ics_codes")),
        keywords=tuple(keyword(word) for word in _values(interest, "keywords")),
        markets=named,
        reach=reach,
        negatives=tuple(_values(interest, "negatives")),
        kinds=kinds(_values(interest, "kinds")),
    )


@lru_cache(maxsize=50_000)
def _product(word: str) -> Term:
    """What a product word stands for; a word for a whole category of goods means all chapters of it."""
    term = product(word)
    return replace(term, hs_codes=tuple(dict.fromkeys((*term.hs_codes, *categories([term.word])))))


def _raw(interest: Mapping[str, Any], key: str) -> list[Any]:
    value = interest.get(key)
    if not value:  # most lists are empty
        return []
    return list(value) if isinstance(value, (list, tuple, set, frozenset)) else SEPARATORS.split(str(value))


def _values(interest: Mapping[str, Any], key: str) -> list[str]:
    # "__declined__" is what the dialogue keeps for a refused answer: no value
    found = _raw(interest, key)
    if not found:
        return []
    values = (str(value).strip() for value in found if value is not None)
    return list(dict.fromkeys(value for value in values if value and value != "__declined__"))


@lru_cache(maxsize=20_000)
def _hs(value: str) -> tuple[str, ...]:
    """Digits of a typed code; with an odd number of digits also the code that has lost its leading zero."""
    digits = re.sub(r"\D", "", value.removeprefix("__declined__"))
    if not 1 < len(digits) <= 10:
        return ()
    return (digits, "0" + digits) if len(digits) % 2 and hs.is_known("0" + digits) else (digits,)


def _resolve(values: list[str]) -> tuple[tuple[str, ...], frozenset[str] | None]:
    """(canonical markets, whose documents that means: None = all). An unknown name stays and reaches nobody."""
    named = tuple(dict.fromkeys(code for value in values for code in market_codes(value)))
    if not named or any(map(_is_anywhere, values)):
        return named, None
    return named, frozenset().union(*map(_reach, named))


@lru_cache(maxsize=4096)
def _is_anywhere(value: str) -> bool:
    return fold(value).text in ANYWHERE


@lru_cache(maxsize=4096)
def _reach(code: str) -> frozenset[str]:
    return markets.expand(code)


@lru_cache(maxsize=4096)
def market_codes(value: str) -> tuple[str, ...]:
    """The markets that a name or code means; a bloc means its members."""
    one = markets.from_wto_member(value)
    if one:
        return (one,)
    region = _regions().get(fold(value.strip()).text)
    if region:
        return region
    found = tuple(dict.fromkeys(code for _, _, code in markets.find(value)))
    return found or (value.upper(),)


@cache
def _regions() -> dict[str, tuple[str, ...]]:
    """东南亚, Africa: how exporters name a part of the world, and its markets."""
    return {word: tuple(codes[0].upper().split()) for codes, words in table("regions.tsv") for word in words}
