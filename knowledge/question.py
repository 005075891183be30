"""Takes a question apart: the markets and products that it names, and the tokens that tell what is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import yaml

from knowledge import cues, declined, outside, references
from knowledge.declined import Declined
from knowledge.entry import Kind
from knowledge.references import Reference
from knowledge.tokens import IDEA_MARK, TRIGRAM_MARK, ideas, tokens
from nlu import markets, products
from nlu.normalize import Folded, fold

HOME_MARKET = "CN"  # where the askers are: "from China to the EU", "can a Chinese factory sign" ask about elsewhere
_FOREMOST = frozenset({Kind.ARTICLE, Kind.CASE})
_NAME = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]*[A-Z][A-Za-z0-9]*[A-Z][A-Za-z0-9]*")
_LAWS = frozenset({
    "act", "bill", "code", "decree", "directive", "law", "ordinance", "order", "protocol", "regulation", "rule",
    "statute", "法规", "法案", "条例", "指令",
})  # fmt: skip
# In 《 》, or in English at least two words in capitals before the word for a law
_TITLE = re.compile(
    r"《([^《》]{3,40})》|(?<![A-Za-z])((?:[A-Z][A-Za-z-]+ (?:(?:of|on|for|and|the|in|to) )*){2,6}"
    r"(?:Act|Bill|Code|Decree|Directive|Law|Ordinance|Protocol|Regulation|Statute)s?)(?![A-Za-z])"
)
# "KC-Ultra认证", "the CE Gold mark", "CE+ mark": a mark that is another than the one its name begins with
_VARIANT = re.compile(
    r"(?<![A-Za-z])([A-Z]{2,6}(?:\+|[- ]([A-Z][a-z]{2,}))) ?(?:[Mm]ark(?![a-z])|logo|certificat|标志|标识|认证)"
)
_EUROPE = re.compile(r"欧洲(?!经济区|自由|联盟|共同体)|(?<![a-z])europe(?![a-z])")
_NUMBERED = re.compile(r"第\s*(?=\d)|(?<=\d)\s*条(?!例)")  # 第2.9.4条: its number says it all
FILLERS = Path(__file__).with_name("fillers.yml")


@dataclass(frozen=True, slots=True)
class ProductAsked:
    """A product that the question names: its words in both languages, and the tokens that it was written with."""

    words: tuple[str, ...]
    hs_codes: tuple[str, ...]
    tokens: frozenset[str]


@dataclass(frozen=True, slots=True)
class Titled:
    """A law or rule called by its title (《…》, "the Lunar Goods Act"): as it was written, and the tokens that tell."""

    text: str
    tokens: frozenset[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question taken apart; no token is in two of the groups. `names` are the free tokens written as names (RoHS).

    `references` are the rules that it names by number, `titled` those that it calls by a title, `outside` its words of
    subjects that the base leaves to others, `kinds` the kinds of entries that it asks for outright, `hints` those that
    it only leans towards; `declined` what no officer does, if that is asked for; `explained` whether a rule or the
    present state is to be explained.
    """

    free: frozenset[str]
    names: frozenset[str]
    market_tokens: frozenset[str]
    markets: frozenset[str]
    products: tuple[ProductAsked, ...]
    references: tuple[Reference, ...] = ()
    titled: tuple[Titled, ...] = ()
    outside: frozenset[str] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    hints: frozenset[Kind] = frozenset()
    declined: Declined | None = None
    explained: bool = False

    @property
    def foremost(self) -> frozenset[Kind]:
        """The kinds that answer before others: a definition is only the answer when no article says more, nor is a case
        the answer to what is to be explained."""
        later = {Kind.TERM, Kind.CASE} - self.kinds if self.explained else {Kind.TERM}
        return (_FOREMOST | self.kinds) - later - {Kind.TERM}

    @property
    def tells(self) -> bool:
        """Whether it says anything of its own: "how much does it cost", "42" and "什么时候开始" do not."""
        return bool(self.markets or self.products or self.telling)

    @property
    def telling(self) -> frozenset[str]:
        """The whole words of its subject: not faint, no numbers, no parts of words."""
        return frozenset(filter(_tells, self.free))

    @property
    def groups(self) -> tuple[frozenset[str], ...]:
        return (self.free, self.market_tokens, *(product.tokens for product in self.products))

    @property
    def tokens(self) -> frozenset[str]:
        return frozenset().union(*self.groups)


@lru_cache(maxsize=64)  # of one turn: the second look, the answer and what goes on from it ask for the same
def take_apart(question: str, *, market: str | None = None) -> Asked:
    """Take a question apart; `market` counts as asked for when the words name none but the home market."""
    folded = fold(question)
    where = markets.find(question, folded=folded) or _europe(folded)
    what = [match for match in products.find(question, folded=folded) if not _overlaps(match.start, match.end, where)]
    spans = {(start, end) for start, end, _ in where}
    market_tokens = frozenset(token for start, end in spans for token in tokens(question[start:end]))
    named = _products(what, market_tokens)
    kinds = cues.named(folded)
    rest = _without(question, spans | kinds.keys() | {(match.start, match.end) for match in what})
    cited = tuple(references.find(question))
    told = frozenset(tokens(_loosen(_in_figures(rest, cited)), whole=faint()) + ideas(rest))
    free = told.difference(market_tokens, *(product.tokens for product in named))
    asked_for = frozenset(code for _, _, code in where) - {HOME_MARKET} or frozenset({market} if market else ())
    return Asked(
        free=free,
        names=names(rest) & free,
        market_tokens=market_tokens,
        markets=asked_for,
        products=named,
        references=cited,
        titled=tuple(_titled(question)),
        outside=outside.words(question),
        kinds=frozenset(kinds.values()),
        hints=cues.hinted(folded),
        declined=declined.asked_of_us(question),
        explained=cues.explained(folded),
    )


def _europe(folded: Folded) -> list[tuple[int, int, str]]:
    """Who asks about Europe means the European Union, as far as the base goes."""
    return [(*folded.span(*found.span()), "EU") for found in _EUROPE.finditer(folded.text)]


def _tells(token: str) -> bool:
    if token in faint() or token.isdigit() or token[0] in TRIGRAM_MARK + IDEA_MARK:
        return False
    return token.isascii() or len(token) > 1


def _products(found: list[products.ProductMatch], taken: frozenset[str]) -> tuple[ProductAsked, ...]:
    named = []
    for match in found:
        own = frozenset(tokens(match.text)) - taken
        taken |= own
        named.append(ProductAsked(words_of(match.text), match.hs_codes, own))
    return tuple(named)


def words_of(product: str) -> tuple[str, ...]:
    """A product word and all that mean the same, folded."""
    return (fold(product).text, *products.synonyms(product))


def _overlaps(start: int, end: int, spans: Iterable[tuple[int, int, str]]) -> bool:
    return any(start < other_end and other_start < end for other_start, other_end, _ in spans)


def names(text: str) -> frozenset[str]:
    """Words with two capitals or more (PLS, RoHS, eBay2B name rules and things); none in English all in capitals."""
    if text.isascii() and text.isupper() and " " in text.strip():
        return frozenset()
    return frozenset(token for word in _NAME.findall(text) for token in tokens(word) if token == word.lower())


def _titled(text: str) -> Iterator[Titled]:
    for found in _VARIANT.finditer(text):
        yield Titled(found[1], frozenset(tokens(found[2] or "")) or frozenset({found[1]}))
    for found in _TITLE.finditer(text):
        title = found[1] or found[2]
        telling = frozenset(token for token in tokens(without_fillers(fold(title).text)) if _tells(token)) - _LAWS
        if telling:
            yield Titled(title, telling)


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return text


def _in_figures(text: str, cited: Iterable[Reference]) -> str:
    """第二条第二款 as the base writes it: 2.2."""
    folded = fold(text).text
    for one in cited:
        if one.key[0] == "article":
            folded = folded.replace(one.text, f" {one.key[1]} ")
    return folded


def _loosen(text: str) -> str:
    """Fillers go; faint words stay, but alone: the pair of characters where two words meet means nothing."""
    return _faint_words().sub(r" \g<0> ", without_fillers(_NUMBERED.sub(" ", fold(text).text)))


def without_fillers(folded: str) -> str:
    return _fillers().sub(" ", folded)


@cache
def faint() -> frozenset[str]:
    """Tokens of words that any question may hold."""
    zh = (token for word in _listed("faint", "zh") for token in tokens(word) if len(token) == 2 or token == word)
    return frozenset(zh).union(_listed("faint", "en"))


@cache
def _listed(name: str, language: str) -> tuple[str, ...]:
    return tuple(sorted((word.strip() for word in _lists()[name][language].split(",")), key=len, reverse=True))


@cache
def _lists() -> dict[str, dict[str, str]]:
    lists: dict[str, dict[str, str]] = yaml.load(FILLERS.read_bytes(), Loader=yaml.CSafeLoader)
    return lists


@cache
def _fillers() -> re.Pattern[str]:
    zh, en = ("|".join(map(re.escape, _listed("fillers", language))) for language in ("zh", "en"))
    return re.compile(rf"{zh}|(?<!\w)(?:{en})(?!\w)")


@cache
def _faint_words() -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word) for word in _listed("faint", "zh") if len(word) > 1))
