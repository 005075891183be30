"""Find sums of money and percentages, in Chinese and English, as numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from nlu import numerals

_TABLE = Path(__file__).parent / "currencies.yml"


def _currencies() -> dict[str, str]:
    """Folded surface form -> ISO 4217 code."""
    table: dict[str, list[str]] = yaml.load(_TABLE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return {form: code for code, forms in table.items() for form in forms}


CURRENCIES = _currencies()
_SIGNS = frozenset({"$", "us$", "€", "£", "¥", "hk$", "a$", "cn¥"})


@dataclass(frozen=True, slots=True)
class Quantity:
    """A sum or a percentage in a folded text: offsets there, `value` as in the entity."""

    start: int
    end: int
    value: Any


def _alternatives(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_WORDS = [word for word in CURRENCIES if word not in _SIGNS]
_LATIN = [word for word in _WORDS if word.isascii()]
_HAN = [word for word in _WORDS if not word.isascii()]
_MAG_HAN = r"[十百千]?[万亿]|万亿|千|百"
_MAG_LATIN = r"(?:hundred\s+thousand|thousands?|millions?|billions?|mln|mio|mil|mn|bn|[kmbw])(?![a-z])"
_VAGUE = r"\s*(?:多|余|来|几|个(?=亿))?\s*"
_BEFORE_SUM = _alternatives([word for word in _HAN if len(word) > 1])  # 港币八十万; 元 and 块 stand behind
_PREFIX = rf"(?:{_alternatives(list(_SIGNS))}|(?<![a-z])(?:{_alternatives(_LATIN)})(?![a-z])|{_BEFORE_SUM})"
_SUFFIX = (
    rf"(?:的)?(?:{_alternatives(_HAN)}(?!素|件|旦)|(?:{_alternatives(_LATIN)})(?![a-z])|"
    rf"{_alternatives(list(_SIGNS))})"
)
_SPOKEN = _alternatives([word for word in numerals.ENGLISH if word != "half"])
_NUMBER = (
    rf"(?:{numerals.ARABIC}|{numerals.CHINESE}|(?<![a-z])(?:{_SPOKEN})(?=\s+(?:hundred|thousand|million|billion)))"
)
_LOW = rf"(?P<n1>{_NUMBER}){_VAGUE}(?P<m1>{_MAG_HAN}|{_MAG_LATIN})?"
_HIGH = rf"(?P<n2>{_NUMBER}){_VAGUE}(?P<m2>{_MAG_HAN}|{_MAG_LATIN})?"
_RANGE = r"\s*(?:-|~|到|至|and|to)\s*"
_MONEY = re.compile(
    rf"(?<![\da-z/])(?<!\d[.,])(?:(?P<pre>{_PREFIX})\s*)?(?:{_LOW}{_VAGUE}(?P<s1>{_SUFFIX})?{_RANGE}(?P<pre2>{_PREFIX})?\s*)?"
    rf"{_HIGH}{_VAGUE}(?P<suf>{_SUFFIX})?(?![\d%])"
)
# What is counted, when no currency is named: 3万件 is no sum of money.
_COUNTED = re.compile(
    r"\s*(?:余|多)?\s*(?:件|个|只|台|套|吨|公斤|千克|克|人|家|箱|批|次|条|项|张|辆|米|天|日|年|月|周|小时|分钟|平方|"
    r"立方|升|双|支|瓶|种|位|名|页|号|票|柜|"
    r"%|分之|pieces?|pcs|units?|tons?|tonnes?|kg|people|items?|sets?|boxes|cartons?|days?|weeks?|months?|years?|hours?|"
    r"notifications?|products?|containers?|employees|companies|members?|mm|cm|wh|kwh|v\b|hz)"
)
_PERCENT = re.compile(
    rf"(?<![\d.a-z/])(?P<n>{numerals.ARABIC})\s*(?:%|‰|percent(?:age points?)?|per\s+cent|pct|个?百分点)"
    rf"|百分之\s*(?P<b>{_NUMBER})"
    r"|(?<![一二三四五六七八九十\d])(?P<c>[一二两三四五六七八九]|\d(?:\.\d)?)\s*成(?P<h>半|"
    r"[一二三四五六七八九])?(?![为本立品熟员交果都功长份衣])"
    rf"|(?P<d>[二三四五六七八九十]|\d{{1,2}})分之(?P<t>[一二两三四五六七八九]|\d{{1,2}})"
    rf"|(?<![a-z])(?P<w>{_SPOKEN})(?:[\s-]+(?P<v>{_SPOKEN}))?\s+(?:percent|per\s+cent|pct)(?![a-z])"
)
_MAY_HOLD_NUMBER = re.compile(
    r"[\d零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]|hundred|thousand|[mb]illion|percent|per cent|pct"
)
_STANDS_FOR_NUMBER = re.compile("[一二两三四五六七八九壹贰叁肆伍陆柒捌玖].*[百千万亿]$|[^万亿].*[一-九].*[万亿]")
_HAN_CHARACTER = re.compile("[\u4e00-\u9fff]")
_BARE = re.compile(rf"(?:约|大约|大概|about|around|approx\.?|~|\s)*({_NUMBER})\s*(?:左右|上下|吧|[.。!])*")


def find_amounts(folded: str) -> list[Quantity]:
    """Sums of money in a folded text: {"value": 3000000.0, "currency": "USD" | None}, a range also has "high"."""
    if not _MAY_HOLD_NUMBER.search(folded):
        return []
    found = (_amount(match, folded) for match in _MONEY.finditer(folded))
    return [quantity for quantity in found if quantity is not None]


def find_percents(folded: str) -> list[Quantity]:
    """Percentages in a folded text; the value is a number: 百分之二十 -> 20.0, 三成 -> 30.0, 三分之一 -> 33.33."""
    if not _MAY_HOLD_NUMBER.search(folded):
        return []
    values = ((match, _percent(match)) for match in _PERCENT.finditer(folded))
    return [Quantity(match.start(), match.end(), value) for match, value in values if value is not None]


def read_bare(folded: str) -> Quantity | None:
    """A message that is a number and nothing else: the answer to "how much?", currency unknown."""
    match = _BARE.fullmatch(folded.strip())
    value = _number(match[1], None) if match else None
    if match is None or value is None:
        return None
    start = folded.index(match[1])
    return Quantity(start, start + len(match[1]), {"value": value, "currency": None})


def _amount(match: re.Match[str], folded: str) -> Quantity | None:
    currency = _currency(match)
    high = _number(match["n2"], match["m2"])
    if high is None or not (currency or (match["n2"] not in {"a", "an"} and _looks_like_money(match, folded))):
        return None
    low = _number(match["n1"], match["m1"] or (None if match["s1"] else match["m2"])) if match["n1"] else None
    if low is None or low > high:  # one sum, or "2026-50万", which is no range
        start = match.start("pre2" if match["pre2"] else "n2") if match["n1"] else match.start()
        return Quantity(start, _end(match), {"value": high, "currency": currency})
    return Quantity(match.start(), _end(match), {"value": low, "currency": currency, "high": high})


def _end(match: re.Match[str]) -> int:
    return match.start() + len(match[0].rstrip())


def _currency(match: re.Match[str]) -> str | None:
    word = match["suf"] or match["pre"] or match["pre2"] or match["s1"]
    prefix = match["pre"]
    if match["suf"] in {"元", "块", "块钱", "dollars", "dollar"} and prefix:
        word = prefix  # 人民币20万元, HK$ 20 dollars
    return CURRENCIES[word.removeprefix("的")] if word else None


def _looks_like_money(match: re.Match[str], folded: str) -> bool:
    """Without a currency a number is a sum only with a large unit (300万) and when nothing is counted (3万件)."""
    unit = match["m2"] or ""
    number = match["n2"]
    if not number[0].isascii() and not _STANDS_FOR_NUMBER.match(number) and _HAN_CHARACTER.match(folded, match.end()):
        return False  # 千万不要, 十万火急, 万一
    large = (unit and numerals.magnitude(unit) >= 1e3) or re.search("[万亿]", number[1:])
    return bool(large) and unit not in {"m", "b"} and not _COUNTED.match(folded, match.end())


def _number(text: str, unit: str | None) -> float | None:
    value = _plain_number(text)
    if value is None:
        return None
    if text.endswith("半") and len(text) > 1 and unit is None:
        return None
    return round(value * numerals.magnitude(unit), 4)


def _plain_number(text: str) -> float | None:
    if text[0].isascii():
        return numerals.arabic(text) if text[0].isdigit() else numerals.ENGLISH.get(" ".join(text.split()))
    return numerals.chinese(text)


def _percent(match: re.Match[str]) -> float | None:
    if match["n"]:
        value = numerals.arabic(match["n"])
        return value / 10 if "‰" in match[0] else value
    if match["b"]:
        return _number(match["b"], None)
    if match["c"]:
        return _tenths(match["c"], match["h"])
    if match["w"]:
        return float(sum(numerals.ENGLISH[word] for word in (match["w"], match["v"]) if word))
    return _fraction(match["t"], match["d"])


def _tenths(whole: str, rest: str | None) -> float | None:
    value = _number(whole, None)
    extra = 5.0 if rest == "半" else float(numerals.DIGITS[rest]) if rest else 0.0
    return None if value is None else value * 10 + extra


def _fraction(top: str, bottom: str) -> float | None:
    over, under = _number(top, None), _number(bottom, None)
    return round(over / under * 100, 2) if over is not None and under else None
