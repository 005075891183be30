"""Find all entities of a sentence and settle where they overlap, in one place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from nlu import (
    amounts,
    codes,
    company_names,
    compounds,
    dates,
    kinds,
    markets,
    one_time_codes,
    product_phrases,
    products,
    symbols,
    tongues,
)
from nlu.normalize import Folded, fold

EXTRACTOR = "FengsuiEntityExtractor"
_RANKS = {
    "symbol": 0, "hs_code": 1, "date": 2, "amount": 3, "percent": 3, "market": 4, "product": 4,
    "notification_type": 5, "code": 5,
}  # fmt: skip
# 中国企业 says who asks, not where the goods go
_HOME_AFTER = re.compile(
    r"\s*的?(?:企业|公司|厂|卖家|产品|商品|出口|制造|供应商|外贸|海关|政府|商家|咨询|通报中心|"
    r"based|exporters?|manufacturers?|compan|sellers?|factor|suppliers?|made)"
)
_CHEMISTRY = frozenset({"28", "29"})
_LIMITED = re.compile(
    r"\s*(?:的)?(?:限量|限值|含量|残留|不合格|不达标|释放|析出|迁移|超标|溶出|要求不超|"
    r"(?:limits?|content|levels?|migration|release|emissions?|residues?|rules?|tests?)(?![a-z]))"
)
_HOME_BEFORE = re.compile(
    r"(?:(?<![a-z])(?:we are|i am|we're|i'm|based|located|factory|company)\s+(?:from|in)|我们?(?:是|在))\s*$"
)


@dataclass(frozen=True, slots=True)
class Entity:
    """Something named in a sentence: canonical `value`, offsets and words of the original text."""

    entity: str
    start: int
    end: int
    value: object
    text: str

    def to_rasa(self) -> dict[str, object]:
        """The entity as Rasa's parse data has it."""
        return {
            "entity": self.entity,
            "start": self.start,
            "end": self.end,
            "value": self.value,
            "text": self.text,
            "extractor": EXTRACTOR,
        }


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A possible entity, offsets in the folded text."""

    entity: str
    start: int
    end: int
    value: object


def extract(text: str, *, now: datetime, folded: Folded | None = None, asked: str | None = None) -> list[Entity]:
    """All entities in reading order, never overlapping (a bloc gives one market entity per member, all on one span).

    `asked` is the slot that the bot has just asked for: then a bare number may be a code or a sum.
    """
    known = folded or fold(text)
    accepted = _joined(known.text, resolve(_candidates(text, known, now, asked)))
    accepted = resolve([*accepted, *_guessed(known.text, accepted, company_names.find_names(text))])
    return [_entity(text, known, candidate) for candidate in accepted]


def resolve(candidates: list[_Candidate]) -> list[_Candidate]:
    """Symbol before HS code before date before sum before names; among equals the longest; equal spans may share."""
    ordered = sorted(candidates, key=lambda one: (_RANKS[one.entity], one.start - one.end, one.start, one.entity))
    kept: list[_Candidate] = []
    for candidate in ordered:
        if all(_may_stand(candidate, other) for other in kept):
            kept.append(candidate)
    return sorted(kept, key=lambda one: (one.start, one.end))


def _may_stand(one: _Candidate, other: _Candidate) -> bool:
    if one.end <= other.start or other.end <= one.start:
        return True
    same_span = (one.start, one.end) == (other.start, other.end)
    return same_span and one.entity == other.entity == "market" and one.value != other.value


def _candidates(text: str, known: Folded, now: datetime, asked: str | None) -> list[_Candidate]:
    folded, inside = known.text, known.inside
    names = _names(text, known)
    at = frozenset(one.start for one in names)
    found = [_Candidate("symbol", *inside(s, e), str(symbol)) for s, e, symbol in symbols.find(text, folded=known)]
    wanted = asked == "hs_code"
    found += [_Candidate("hs_code", c.start, c.end, c.digits) for c in codes.find_codes(folded, asked=wanted, names=at)]
    found += [_Candidate("date", d.start, d.end, d.value) for d in dates.find_dates(folded, today=now.date())]
    found += [_Candidate("amount", q.start, q.end, q.value) for q in _sums(folded, asked)]
    found += [_Candidate("percent", q.start, q.end, q.value) for q in amounts.find_percents(folded)]
    found += [_Candidate("notification_type", k.start, k.end, k.value) for k in kinds.find_kinds(folded)]
    found += [_Candidate("code", s, e, folded[s:e].upper()) for s, e in one_time_codes.find(text, known)]
    return [one for one in (*found, *names) if one.start < one.end]


def _names(text: str, known: Folded) -> list[_Candidate]:
    """Markets and products that are meant as such: not the home country, no company's name, no language."""
    folded, inside = known.text, known.inside
    companies = company_names.find_names(text)
    found = [_Candidate("market", *inside(s, e), code) for s, e, code in markets.find(text, folded=known)]
    named = [(inside(one.start, one.end), one.hs_codes) for one in products.find(text, folded=known)]
    goods = [span for span, hs in named if not _is_tongue(folded, span) and not _is_substance(folded, span[1], hs)]
    taken = [(one.start, one.end) for one in found]
    found += [_Candidate("product", *span, None) for span in compounds.whole(folded, goods, taken)]
    found = [one for one in found if not any(_is_part(folded, one, name) for name in companies)]
    return [one for one in found if not (one.value == "CN" and _is_home(folded, one))]


def _is_substance(folded: str, end: int, hs_codes: tuple[str, ...]) -> bool:
    """A chemical that is limited in goods: "the phthalate limit for teethers" is about teethers."""
    return hs_codes[0][:2] in _CHEMISTRY and bool(_LIMITED.match(folded, end))


def _is_tongue(folded: str, span: tuple[int, int]) -> bool:
    return folded[slice(*span)] in tongues.PRODUCTS and tongues.is_language(folded, *span)


def _is_part(folded: str, one: _Candidate, company: tuple[int, int]) -> bool:
    """Whether it is a piece of a company's name and says nothing of what is made or where it goes."""
    within = one.start < company[1] and company[0] < one.end
    return within and not company_names.is_described(folded, company, one.start)


def _sums(folded: str, asked: str | None) -> list[amounts.Quantity]:
    found = amounts.find_amounts(folded)
    if not found and asked in {"export_value", "estimated_loss", "extra_cost"}:
        bare = amounts.read_bare(folded)
        return [bare] if bare else []
    return found


def _is_home(folded: str, market: _Candidate) -> bool:
    before = folded[max(0, market.start - 24) : market.start]
    return bool(_HOME_AFTER.match(folded, market.end) or _HOME_BEFORE.search(before))


def _guessed(folded: str, accepted: list[_Candidate], companies: tuple[tuple[int, int], ...]) -> Iterator[_Candidate]:
    """Unknown products by grammar; a known product is widened (木制玩具) when it is the head of the phrase."""
    spans = partial(_spans, accepted)
    others = [span for name in _RANKS if name not in {"market", "product"} for span in spans(name)]
    known = spans("product")
    for start, end in product_phrases.find_phrases(
        product_phrases.mask(folded, spans("market"), [*others, *companies])
    ):
        inner = [span for span in known if span[0] < end and start < span[1]]
        if not inner or (len(inner) == 1 and product_phrases.widens(folded, inner[0], (start, end))):
            yield _Candidate("product", start, end, None)


def _joined(folded: str, accepted: list[_Candidate]) -> list[_Candidate]:
    """Two known products side by side are one: plastic + cutlery, 陶瓷 + 餐具."""
    joined: list[_Candidate] = []
    for one in accepted:
        last = joined[-1] if joined else None
        if last and last.entity == one.entity == "product" and _is_one_name(folded, last, one):
            joined[-1] = _Candidate("product", last.start, one.end, None)
        else:
            joined.append(one)
    return joined


def _is_one_name(folded: str, first: _Candidate, second: _Candidate) -> bool:
    """Chinese without a gap; English with a blank, unless the first is a plural: "spectacles, medical devices"."""
    latin = folded[second.start].isascii()
    return folded[first.end : second.start] == (" " if latin else "") and not (latin and folded[first.end - 1] == "s")


def _spans(accepted: list[_Candidate], name: str) -> list[tuple[int, int]]:
    return [(one.start, one.end) for one in accepted if one.entity == name]


def _entity(text: str, known: Folded, candidate: _Candidate) -> Entity:
    start, end = known.span(candidate.start, candidate.end)
    surface = text[start:end]
    return Entity(candidate.entity, start, end, surface if candidate.value is None else candidate.value, surface)
