"""What a text states that can be right or wrong: numbers with their units, days, rules, names. In either language."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from knowledge import references
from knowledge.references import Reference
from nlu import markets, numerals
from nlu.normalize import simplify

WORDS = Path(__file__).with_name("claim_words.yml")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul"),
            *("august aug", "september sept sep", "october oct", "november nov", "december dec"),
        ),
        1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted((name.capitalize() for name in _MONTHS), key=len, reverse=True))
_HAN = "零〇○一二三四五六七八九十百千万亿两壹贰叁肆伍陆柒捌玖拾佰仟"
_YEAR = r"(?:19|20)\d\d|[一二][零〇○九一二三四五六七八]{3}"
_DAYS = (
    re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<sign>[-/.])(?P<m>\d{1,2})(?P=sign)(?P<d>\d{1,2})(?!\d)"),
    re.compile(
        rf"(?<![\d{_HAN}])(?:(?P<y>{_YEAR})\s*年\s*)?(?<!个)(?P<m>\d{{1,2}}|[一二三四五六七八九]|十[一二]?)\s*月(?!份?内)"
        rf"(?:\s*(?P<d>\d{{1,2}}|[{_HAN}]{{1,3}})\s*[日号])?"
    ),
    re.compile(rf"(?<![\d{_HAN}])(?P<y>{_YEAR})\s*年(?!内)"),
    re.compile(
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<m>{_MONTH})(?![a-z])\.?(?:,?\s+(?P<y>(?:19|20)\d\d))?"
    ),
    re.compile(
        rf"(?<![A-Za-z])(?P<m>{_MONTH})(?![a-z])\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\s+(?P<y>(?:19|20)\d\d))?"
    ),
    re.compile(rf"(?<![A-Za-z])(?P<m>{_MONTH})(?![a-z])\.?,?\s+(?P<y>(?:19|20)\d\d)"),
    re.compile(r"(?:\b(?:in|since|from|until|by|of|before|after)\s+)(?P<y>(?:19|20)\d\d)(?![\d/.-])"),
    re.compile(rf"\b(?:in|since|from|until|by|of|before|after)\s+(?P<m>{_MONTH})(?![a-z])"),
)
_ARABIC = r"\d+(?:,\d{3})*(?:\.\d+)*"
_MAGNITUDE = r"\s*(?:(?:hundred|thousand|million|billion)(?![a-z])|[十百千]?[万亿]|[百千])"
_SPOKEN = {word: value for word, value in numerals.ENGLISH.items() if value > 1} | {
    **{"thirteen": 13, "fourteen": 14, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "dozen": 12},
    **{"a hundred": 100, "a thousand": 1000, "a million": 10**6, "a billion": 10**9},
    **{"fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10, "half": 0.5},
}
_TENS = "|".join(word for word in _SPOKEN if word.endswith("ty"))
_ONES = "one|" + "|".join(word for word, value in _SPOKEN.items() if 1 < value < 10 and word in numerals.ENGLISH)
_WORDED = "|".join(sorted(map(re.escape, _SPOKEN), key=len, reverse=True))
_NUMBER = re.compile(
    rf"(?P<ar>{_ARABIC})(?P<am>{_MAGNITUDE})?"
    rf"|(?P<share>百分之)(?P<sh>{_ARABIC}|[{_HAN}点]+)"
    rf"|(?P<half>半)(?=年|个月|天|个?小时)"
    rf"|(?P<han>[{_HAN}]+(?:点[{_HAN}]+)?)"
    rf"|(?<![A-Za-z])(?:(?P<tens>{_TENS})[\s-](?P<ones>{_ONES})|(?P<word>{_WORDED})|(?P<one>one))(?![A-Za-z])"
    rf"(?P<wm>(?:\s+(?:hundred|thousand|million|billion)(?![a-z])){{1,2}})?",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\s*(?:[-–—~至到]|to|and)\s*")
_MARKER = re.compile(r"(?m)^\s*(?:\(?\d{1,2}[.)、）](?!\d)\s*|[-·•*]\s+)|第[一二三四五六七八](?=[，,、步])")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ][A-Za-z0-9À-ɏ]*(?:['’&/.+\-][A-Za-z0-9À-ɏ]+)*")
_TITLE = re.compile(r"《([^》]*)》|“([^”]*)”|\"([^\"]*)\"")
_LINK = re.compile(
    r"https?:|www\.|[\w.+-]+@[\w-]+\.|[a-z0-9-]+\.(?:com|cn|org|net|gov|eu|info|io)(?![a-z])", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, order=True)
class Number:
    """A value, plainly written ("1000", "0.5", "2.9.4"), and its unit: "" for none that is known."""

    value: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """A day, a month or a year, as far as it is said."""

    year: int | None = None
    month: int | None = None
    day: int | None = None

    def __str__(self) -> str:
        return "-".join(str(part) for part in (self.year, self.month, self.day) if part is not None)

    def is_in(self, other: Day) -> bool:
        """Whether the other says at least this."""
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return all(mine is None or mine == theirs for mine, theirs in pairs)


@dataclass(frozen=True, slots=True)
class Claims:
    """Everything that a text claims."""

    numbers: frozenset[Number]
    days: frozenset[Day]
    rules: tuple[Reference, ...]
    markets: frozenset[str]


def of(text: str) -> Claims:
    """Its claims; width, traditional signs and case do not matter."""
    known = plain(text)
    days = list(_days(known))
    rest = _blanked(known, [span for span, _ in days])
    return Claims(
        numbers=frozenset(_numbers(_MARKER.sub(" ", rest))),
        days=frozenset(day for _, day in days),
        rules=tuple(references.find(known)),
        markets=frozenset(code for _, _, code in markets.find(known)),
    )


def plain(text: str) -> str:
    """One width, simplified signs, one kind of blank; case is kept, for names."""
    return re.sub(r"[^\S\n]+", " ", simplify(unicodedata.normalize("NFKC", text)))


def has_link(text: str) -> bool:
    return bool(_LINK.search(plain(text)))


def latin_words(text: str) -> list[str]:
    """Words of Latin letters in order, as written, without a possessive."""
    return [re.sub(r"['’]s$", "", word) for word in _LATIN.findall(plain(text))]


def titles(text: str) -> list[str]:
    """What stands between marks of quotation."""
    return [next(part for part in found if part) for found in _TITLE.findall(plain(text)) if any(found)]


def listed(name: str) -> frozenset[str]:
    """The words of one list of claim_words.yml."""
    return _lists()[name]


@cache
def unit_words() -> frozenset[str]:
    """The Latin words of units: what is measured is no name."""
    return frozenset(word for word in _units() if word.isascii())


# -- days ------------------------------------------------------------------------------------------


def _days(text: str) -> Iterator[tuple[tuple[int, int], Day]]:
    taken: list[tuple[int, int]] = []
    for pattern in _DAYS:
        for match in pattern.finditer(text):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            if (day := _day(match.groupdict())) is not None:
                taken.append(match.span())
                yield match.span(), day


def _day(parts: dict[str, str | None]) -> Day | None:
    year, month, number = (_part(parts.get(name)) for name in ("y", "m", "d"))
    if (month is not None and not 1 <= month <= 12) or (number is not None and not 1 <= number <= 31):
        return None
    return Day(year, month, number)


def _part(written: str | None) -> int | None:
    if not written:
        return None
    if written.isdigit() and written.isascii():
        return int(written)
    if written.lower() in _MONTHS:
        return _MONTHS[written.lower()]
    value = numerals.chinese(written)
    return None if value is None else int(value)


# -- numbers ---------------------------------------------------------------------------------------


def _numbers(text: str) -> Iterator[Number]:
    blank = _idioms().sub(lambda match: " " * len(match[0]), text)
    found = [(match, value) for match in _NUMBER.finditer(blank) if (value := _value(match, blank)) is not None]
    units = [_unit(match, blank) for match, _ in found]
    for place, (match, value) in enumerate(found):
        unit = units[place]
        if not unit and place + 1 < len(found):  # 50 to 1000 V: both are volts
            between = blank[match.end() : found[place + 1][0].start()]
            unit = units[place + 1] if _RANGE.fullmatch(between) else ""
        yield Number(value, unit)


def _value(match: re.Match[str], text: str) -> str | None:
    if match["ar"]:
        return _scaled(match["ar"], match["am"])
    if match["share"]:
        return _written(_han(match["sh"])) if match["sh"][0] in _HAN else _scaled(match["sh"], None)
    if match["half"]:
        return "0.5"
    if match["han"]:
        return _han_value(match, text)
    if match["tens"]:
        return _written(_SPOKEN[match["tens"].lower()] + numerals.ENGLISH[match["ones"].lower()])
    if match["one"]:
        return "1" if match["wm"] or _unit(match, text) else None
    value = _SPOKEN[" ".join(match["word"].lower().split())]
    return _written(value * math.prod(map(numerals.magnitude, (match["wm"] or "").lower().split())))


def _han_value(match: re.Match[str], text: str) -> str | None:
    written = match["han"]
    if written == "一" and not (text[: match.start()].endswith("第") or text.startswith(_counted(), match.end())):
        return None
    if written in ("万", "亿", "千", "百", "点"):
        return None
    return _written(_han(written))


def _han(written: str) -> float | None:
    return numerals.chinese(written)


def _scaled(written: str, magnitude: str | None) -> str:
    digits = written.replace(",", "")
    if digits.count(".") > 1:
        return digits  # an article such as 2.9.4
    factor = numerals.magnitude(magnitude.strip().lower()) if magnitude and magnitude.strip() else 1.0
    if factor == 1.0:
        whole, point, part = digits.partition(".")
        part = part.rstrip("0")
        return (whole.lstrip("0") or "0") + (point + part if part else "")
    return _written(round(float(digits) * factor, 6)) or digits


def _written(value: float | None) -> str | None:
    return None if value is None else f"{value:.6f}".rstrip("0").rstrip(".")


def _unit(match: re.Match[str], text: str) -> str:
    if match["share"]:
        return "%"
    before = _currency_before().search(text[: match.start()])
    behind = _unit_behind().match(text, match.end())
    if behind:
        return _units()[behind[1].lower()]
    return _units()[before[1].lower()] if before else ""


# -- lists -----------------------------------------------------------------------------------------


@cache
def _raw() -> dict[str, dict[str, str] | str]:
    lists: dict[str, dict[str, str] | str] = yaml.load(WORDS.read_bytes(), Loader=yaml.CSafeLoader)
    return lists


@cache
def _lists() -> dict[str, frozenset[str]]:
    return {
        name: frozenset(word.strip() for word in words.split(","))
        for name, words in _raw().items()
        if isinstance(words, str)
    }


@cache
def _units() -> dict[str, str]:
    table = _raw()["units"]
    assert isinstance(table, dict)
    return {word.strip(): unit for unit, words in table.items() for word in words.split(",")} | {"$": "usd", "€": "eur"}


@cache
def _unit_behind() -> re.Pattern[str]:
    """A unit right behind a number; a Latin one must end there: 5 m is no 5 months."""
    words = sorted((word for word in _units() if word not in "$€"), key=len, reverse=True)
    any_of = "|".join(
        re.escape(word) + (r"(?![A-Za-z])" if word[-1].isascii() and word[-1].isalpha() else "") for word in words
    )
    return re.compile(rf"[\s-]?({any_of})", re.IGNORECASE)


@cache
def _currency_before() -> re.Pattern[str]:
    return re.compile(r"(us\$|\$|€|usd|eur|gbp|jpy|cny|rmb|thb|人民币)\s?$", re.IGNORECASE)


@cache
def _idioms() -> re.Pattern[str]:
    return _any_of(listed("idioms"))


@cache
def _counted() -> tuple[str, ...]:
    return tuple(listed("counted"))


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))


def _blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
