"""Markets (WTO members and other customs territories): found in a text, named, turned into WTO codes and back."""

import difflib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nlu.normalize import Folded, fold
from nlu.products import WordFinder

REFERENCE = Path(__file__).parent / "reference"
NO_MARKET = "-"
EU_MEMBERS = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split(),
)
SHORT_NAMES = {
    "美": "US",
    "欧": "EU",
    "日": "JP",
    "韩": "KR",
    "俄": "RU",
    "英": "GB",
    "澳": "AU",
    "加": "CA",
    "德": "DE",
    "法": "FR",
    "印": "IN",
    "越": "VN",
    "泰": "TH",
    "墨": "MX",
}
# 输美, 对欧出口, 出口日韩: one character names a market only between such words (对法规 and 对日常 do not)
SHORT_NAME_RUN = re.compile(
    rf"(?:[输对销]|出口)([{''.join(SHORT_NAMES)}]{{1,4}})(?=出口|贸易|市场|产品|货物|食品|企业|关税|通报|[^\w]|$)"
)
LANGUAGE_BEFORE = re.compile(r"\b(?:in|into|to|speak|use|read|write)\s+$")
LANGUAGE_AFTER = re.compile(r"\s*(?:$|[^\w\s]|(?:please|now|instead|only|version|language|translation|text|or|and)\b)")
LANGUAGE_NOUN = re.compile(r"\s+(?:version|language|translation|text|original|speaking)\b")
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
    found = [(*known.span(start, end), code) for start, end, code in _short_names(known.text)]
    for start, end in _finder().find(known.text):
        form = _forms()[known.text[start:end]]
        span = known.span(start, end)
        if _is_meant(form, text[slice(*span)], known.text, (start, end)):
            found += [(*span, code) for code in form.codes]
    return sorted(found, key=lambda match: match[:2])


def name(code: str, language: str) -> str:
    """Return the usual name of a market in "zh" or "en"; an unknown code is its own name."""
    market = markets().get(code)
    return market.names["zh" if language == "zh" else "en"] if market else code


def official_name(code: str, language: str) -> str:
    """Return the name in the WTO's list of members ("zh": the official Chinese one); an unknown code is its own name."""
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
    plain = " ".join(text.split())
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
        forms.setdefault(written.replace("'", "’"), form)
    return forms


def _market_forms() -> Iterator[Form]:
    for market in markets().values():
        names = (*market.names.values(), *market.official_names.values())
        yield from (Form(written.lower(), (market.code,)) for written in names)
        for alias in market.aliases:
            yield Form(alias.rstrip("~"), (market.code,), alias.endswith("~"))


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
    if form.language and _is_language(text, start, end):
        return False
    return form.written.islower() or not LATIN.search(form.written.lower()) or _has_capitals(form.written, original)


def _has_capitals(written: str, original: str) -> bool:
    plain = unicodedata.normalize("NFKC", original)
    return plain.isupper() or (plain[:1].isupper() and not written.isupper())


def _is_language(text: str, start: int, end: int) -> bool:
    """Say whether an adjective names the language here: "in German, please", "German version"."""
    if LANGUAGE_NOUN.match(text, end):
        return True
    return bool(LANGUAGE_BEFORE.search(text, max(0, start - 12), start) and LANGUAGE_AFTER.match(text, end))


def _short_names(text: str) -> Iterator[tuple[int, int, str]]:
    for run in SHORT_NAME_RUN.finditer(text):
        for at in range(*run.span(1)):
            yield at, at + 1, SHORT_NAMES[text[at]]


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split("|") if part)


def _lines(name: str) -> list[str]:
    text = (REFERENCE / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
