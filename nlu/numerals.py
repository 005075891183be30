"""Read numbers as people write them: 1,200.5, 三百万, 三点五亿, 12.5万, 1.2m, two."""

from __future__ import annotations

import re

DIGITS = {
    "零": 0, "〇": 0, "○": 0, "一": 1, "壹": 1, "二": 2, "贰": 2, "两": 2, "三": 3, "叁": 3, "四": 4, "肆": 4,
    "五": 5, "伍": 5, "六": 6, "陆": 6, "七": 7, "柒": 7, "八": 8, "捌": 8, "九": 9, "玖": 9,
}  # fmt: skip
_SMALL_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE_UNITS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
MAGNITUDES: dict[str, float] = {
    "十万": 1e5, "百万": 1e6, "千万": 1e7, "十亿": 1e9, "百亿": 1e10, "千亿": 1e11, "万亿": 1e12,
    "万": 1e4, "亿": 1e8, "千": 1e3, "百": 1e2, "w": 1e4, "k": 1e3, "m": 1e6,
    "mn": 1e6, "mio": 1e6, "mln": 1e6, "mil": 1e6,
    "million": 1e6, "millions": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9, "billions": 1e9, "thousand": 1e3,
    "thousands": 1e3, "hundred": 1e2, "hundred thousand": 1e5,
}  # fmt: skip
ENGLISH = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "half a": 0.5, "half": 0.5,
}  # fmt: skip

ARABIC = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
CHINESE = r"[零〇一二三四五六七八九十百千万亿两壹贰叁肆伍陆柒捌玖拾佰仟]+(?:点[零〇一二三四五六七八九]+[百千万亿]*)?半?"


def arabic(text: str) -> float:
    """ "1,200.50" -> 1200.5. Raises ValueError for anything else."""
    return float(text.replace(",", ""))


def chinese(text: str) -> float | None:
    """三点五亿 -> 350000000.0, 二〇二六 -> 2026.0, 两千三 -> 2300.0, 三万五 -> 35000.0; None if it is no number."""
    text = text.removesuffix("半") if text.endswith("半") and len(text) > 1 else text
    whole, point, rest = text.partition("点")
    if point:
        return _with_fraction(whole, rest)
    return _whole(whole)


def magnitude(text: str | None) -> float:
    """The factor of a unit word such as 万 or million; 1 for none. Raises KeyError for an unknown word."""
    return MAGNITUDES[" ".join(text.split())] if text else 1.0


def _with_fraction(whole: str, rest: str) -> float | None:
    match = re.fullmatch(r"([零〇一二三四五六七八九]+)([百千万亿]*)", rest)
    base = _whole(whole)
    if match is None or base is None:
        return None
    fraction = "".join(str(DIGITS[digit]) for digit in match[1])
    factor = 1
    for unit in match[2]:
        factor *= _SMALL_UNITS.get(unit) or _LARGE_UNITS[unit]
    return round(float(f"{base:.0f}.{fraction}") * factor, 6)


def _whole(text: str) -> float | None:
    if not text or any(c not in DIGITS and c not in _SMALL_UNITS and c not in _LARGE_UNITS for c in text):
        return None
    if all(character in DIGITS for character in text):
        return float("".join(str(DIGITS[character]) for character in text))
    return float(_by_units(text))


def _by_units(text: str) -> int:
    total = section = digit = 0
    last_unit = 1
    for character in text:
        if character in DIGITS:
            digit = DIGITS[character]
            last_unit = 1 if digit == 0 else last_unit
        elif character in _SMALL_UNITS:
            last_unit = _SMALL_UNITS[character]
            section += (digit or 1) * last_unit
            digit = 0
        else:
            last_unit = _LARGE_UNITS[character]
            total = _carry(total, section + digit, last_unit)
            section = digit = 0
    # 两千三 is 2300, 三万五 is 35000: a last digit without a unit counts in tenths of the unit before it.
    return total + section + (digit * last_unit // 10 if last_unit >= 100 else digit)


def _carry(total: int, section: int, unit: int) -> int:
    if unit > total:  # 三千万亿: what stands before the larger unit is multiplied as a whole
        return (total + section or 1) * unit
    return total + (section or 1) * unit
