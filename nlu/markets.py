"""Markets (WTO members and other customs territories): found in a text, named, turned into WTO codes and back."""

import difflib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nlu import tongues
from nlu.normalize import Folded, fold
from nlu.products import WordFinder

REFERENCE = Path(__file__).parent / "reference"
NO_MARKET = "-"
SHORT = "^"
TONGUE = "~"
EU_MEMBERS = frozenset(
    {"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"}
    | {"IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"}
)
# "us" is a word and a market: in small letters it is a market only in such company
TRADE_BEFORE = re.compile(r"\b(?:the|export(?:s|ed|ing)? to)\s+$")
ASKED_BEFORE = re.compile(r"\b(?:give|tell|show|send|help|let|allow|remind|notify|inform|teach|offer)\s+$")
TRADE_AFTER = re.compile(
    r"(?:'s)?\s+(?:market|customs|fda|cpsc|epa|fcc|usda|tariff|duty|duties|import|regulation|rule|law|legislation|standard|"
    r"buyer|importer|notification|measure|requirement|government|authorit|state|tbt|sps|consumer|compliance|certif)"
)
_CERTIFICATE = re.compile(r"amazon|亚马逊|cpsc|(?<![a-z])cpc(?![a-z])|certificate|证书")  # the other GCC
_LONG = 5
WORST_LIKENESS = {True: 0.78, False: 0.6}
LATIN = re.compile(r"[a-z]")


@dataclass(frozen=True, slots=True)
class Market:
    """One market: canonical code, code in WTO symbols, ISO numeric (three digits), names by language."""

    code: str
    symbol_code: str
    numeric: str
    is_wto_member: bool
    names: dict[str, str]
    official_names: dict[str, str]
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """A way to write one or several markets; `written` keeps the capitals that it needs, `language` = also a tongue."""

    written: str
    codes: tuple[str, ...]
    language: bool = False


def find(text: str, *, folded: Folded | None = None) -> list[tuple[int, int, str]]:
    """Return (start, end, code) for each market named, in order, with offsets in the original text.

    A bloc (ASEAN, GCC, EAEU, Mercosur, EAC...) gives one tuple for each of its members, all with the same offsets;
    the EU is a market of its own and gives one. `folded` saves work when the caller has already folded this text.
    """
    known = folded or fold(text)
    words = list(_finder().find(known.text))
    listed = [(run, codes) for run, codes in _listed(known.text) if run not in words]
    words = [span for span in words if not any(_overlap(span, run) for run, _ in listed)]
    found = [(*known.span(*run), code) for run, codes in listed for code in codes]
    for start, end in words:
        form = _forms()[known.text[start:end]]
        span = known.span(start, end)
        if _is_meant(form, text[slice(*span)], known.text, (start, end)):
            found += [(*span, code) for code in form.codes]
    taken = [*words, *(run for run, _ in listed)]
    found += [(*known.span(*span), code) for span, code in _short_names(known.text, taken)]
    return sorted(found, key=lambda match: match[:2])


def name(code: str, language: str) -> str:
    """Return the usual name of a market in "zh" or "en"; an unknown code is its own name."""
    market = markets().get(code)
    return market.names["zh" if language == "zh" else "en"] if market else code


def official_name(code: str, language: str) -> str:
    """Return the name in the WTO's list of members, or its Chinese equivalent; an unknown code is its own name."""
    market = markets().get(code)
    return market.official_names["zh" if language == "zh" else "en"] if market else code


def symbol_code(market: str) -> str:
    """Return the code that document symbols carry: USA, EU, TPKM, HKG. Raises KeyError for an unknown market."""
    return markets()[market].symbol_code


def from_symbol_code(symbol_code: str) -> str | None:
    """Return the market of a code in a document symbol: "USA" -> "US", "TPKM" -> "TW", the old "EEC" -> "EU"."""
    return _by_symbol_code().get(symbol_code.strip().upper())


def from_wto_member(text: str) -> str | None:
    """Return the market that a notifying member's name or code means, None when unknown; blocs are not members."""
    plain = re.sub(r"^[Tt]he\s+(?!Gambia)", "", " ".join(text.split()))
    form = _forms().get(fold(plain).text)
    if form is not None and len(form.codes) == 1:
        return form.codes[0]
    return from_symbol_code(plain) or (plain.upper() if plain.upper() in markets() else None)


def eping_id(market: str) -> str:
    """Return the `countryIds` value of the WTO's ePing API: C and the ISO numeric code, U918 for the EU."""
    return "U918" if market == "EU" else "C" + markets()[market].numeric


def expand(market: str) -> frozenset[str]:
    """Return the markets whose documents concern this one: the EU and all its members, a member state and the EU."""
    if market == "EU":
        return EU_MEMBERS | {"EU"}
    return frozenset({market, "EU"} if market in EU_MEMBERS else {market})


def suggest(text: str) -> str | None:
    """Return the market whose name looks most like an unknown word ("Gemany", "土尔其"), None when nothing is near."""
    word = fold(" ".join(text.split())).text
    latin = bool(LATIN.search(word))
    names = [form for form in _forms() if bool(LATIN.search(form)) == latin and len(form) > (3 if latin else 1)]
    near = difflib.get_close_matches(word, names, n=1, cutoff=WORST_LIKENESS[latin])
    return _forms()[near[0]].codes[0] if near and _forms()[near[0]].codes else None


@cache
def markets() -> dict[str, Market]:
    """Return all markets by canonical code, as the table has them."""
    rows = (_market(line.split("\t")) for line in _lines("markets.tsv"))
    return {market.code: market for market in rows if market.code != NO_MARKET}


def _market(cells: list[str]) -> Market:
    code, symbol, numeric, member, en, zh, official_en, official_zh, aliases = cells
    official = {"en": official_en or en, "zh": official_zh or zh}
    return Market(code, symbol, numeric, member == "wto", {"en": en, "zh": zh}, official, _split(aliases))


@cache
def _forms() -> dict[str, Form]:
    forms: dict[str, Form] = {}
    for form in (*_market_forms(), *_bloc_forms()):
        written = form.written.lower()
        forms.setdefault(written, form)
    return forms


def _market_forms() -> Iterator[Form]:
    for market in markets().values():
        names = (*market.names.values(), *market.official_names.values())
        yield from (Form(written.lower(), (market.code,)) for written in names)
        if len(market.names["en"]) >= _LONG and market.names["en"].isalpha() and not market.names["en"].endswith("s"):
            yield Form(market.names["en"].lower() + "s", (market.code,))  # "mexicos rules", typed without apostrophe
        for alias in market.aliases:
            if not alias.startswith(SHORT):
                yield Form(alias.rstrip(TONGUE), (market.code,), alias.endswith(TONGUE))


def _bloc_forms() -> Iterator[Form]:
    for line in _lines("market_blocs.tsv"):
        codes, words = line.split("\t")
        members = () if codes == NO_MARKET else tuple(codes.split())
        yield from (Form(word, members) for word in _split(words))


@cache
def _finder() -> WordFinder:
    return WordFinder(_forms())


@cache
def _by_symbol_code() -> dict[str, str]:
    return {market.symbol_code: code for code, market in markets().items()} | {"EEC": "EU"}


def _is_meant(form: Form, original: str, text: str, span: tuple[int, int]) -> bool:
    start, end = span
    if text[end : end + 1] == "$":  # US$ is a currency
        return False
    if form.written.lower() == "gcc" and _CERTIFICATE.search(text):
        return False
    if form.language and tongues.is_language(text, start, end):
        return False
    if form.written.islower() or not LATIN.search(form.written.lower()):
        return True
    return _has_capitals(form.written, original) or (form.written.isupper() and _in_trade(text, start, end))


def _has_capitals(written: str, original: str) -> bool:
    plain = unicodedata.normalize("NFKC", original)
    return plain.isupper() or (plain[:1].isupper() and not written.isupper())


def _in_trade(text: str, start: int, end: int) -> bool:
    before = max(0, start - 24)
    if TRADE_BEFORE.search(text, before, start):
        return True
    return bool(TRADE_AFTER.match(text, end)) and not ASKED_BEFORE.search(text, before, start)


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _listed(text: str) -> Iterator[tuple[tuple[int, int], list[str]]]:
    """Markets by one character each without anything between them: 德法意, 英法两国, 出口美加墨; one span for all."""
    codes, _, listed = _short_name_table()
    for run in listed.finditer(text):
        span = run.span(run.lastindex or 0)
        yield span, list(dict.fromkeys(codes[character] for character in text[slice(*span)]))


def _short_names(text: str, words: list[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], str]]:
    codes, pattern, _ = _short_name_table()
    for run in pattern.finditer(text):
        first, last = run.span(run.lastindex or 0)
        if not any(start < last and first < end for start, end in words):
            yield from (((at, at + 1), codes[text[at]]) for at in range(first, last))


@cache
def _short_name_table() -> tuple[dict[str, str], re.Pattern[str], re.Pattern[str]]:
    """Return the one-character names and where they count: 输美, 对欧出口, 出口日韩; not 对法规, 对日常.

    The second pattern is that of lists of three or more, or of two before 两国.
    """
    pairs = [(alias, market.code) for market in markets().values() for alias in market.aliases]
    codes = {alias.removeprefix(SHORT): code for alias, code in pairs if alias.startswith(SHORT)}
    follow = r"(?=出口|贸易|市场|产品|货物|食品|企业|关税|通报|的|[^\w]|$)"
    one = f"[{''.join(codes)}]"
    lead = r"(?<![\u4e00-\u9fff])|(?<=[到去往至对输销在和与及、把])|(?<=出口)|(?<=订阅)|(?<=关注)|(?<=主要)|(?<=市场)|"
    lead += r"(?<=取消)"
    after = r"(?=等|市场|的|那边|都|也|这|几国|通报|出口|客户|和|与|及|有|[^\u4e00-\u9fff]|$)"
    listed = rf"(?:{lead})({one}{{2,6}})(?=[两三四五六]国|[两三四五六]个国家)|(?:{lead})({one}{{3,6}}){after}"
    return codes, re.compile(rf"(?:[输对销]|出口)({one}{{1,4}}){follow}"), re.compile(listed)


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split("|") if part)


def _lines(name: str) -> list[str]:
    text = (REFERENCE / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
