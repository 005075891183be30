"""Find dates in a folded text, Chinese and English, and turn them into ISO dates as seen from a given day."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from nlu import dates_en, dates_zh
from nlu.periods import Period, day, safe_date


@dataclass(frozen=True, slots=True)
class DateMatch:
    """A date in the folded text: offsets there, ISO date."""

    start: int
    end: int
    value: str


Reader = Callable[["re.Match[str]", date, bool], Period | None]

_NUMERIC = re.compile(
    r"(?<![\d./-])(?:(?P<y>(?:19|20)\d\d)\s?(?P<sep>[-/.])\s?(?P<m>\d{1,2})\s?(?P=sep)\s?(?P<d>\d{1,2})"
    r"|(?P<a>\d{1,2})(?P<sep2>[/.-])(?P<b>\d{1,2})(?P=sep2)(?P<y2>(?:19|20)\d\d)"
    r"|(?P<c>20[0-4]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])))(?![\d/-]|\.\d)(?:t\d\d:\d\d\S*)?"
)
# "until", "no later than": a month or a year then means its last day. "since": a day without a year lies behind us.
_UNTIL = re.compile(
    r"(?:到|至|直到|截至|截止到?|为止|until|till|til|through|thru|by|before\s+the\s+end\s+of|\bto)\s*(?:the\s+)?$"
)
_SINCE_BEFORE = re.compile(r"(?:自从?|从|since|from|after|上|last)\s*$")
_SINCE_AFTER = re.compile(r"\s*(?:以来|以后的|之后发布|起|至今|发布|发的|通报的|那天的|当天的)")
_WORTH_A_LOOK = re.compile(
    r"\d|[年月日号周天末底初昨今明]|星期|礼拜|季度|最近|day|week|month|year|quarter|ago|tomorrow|tonight|fortnight|"
    r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun|q[1-4]|until"
)


def find_dates(folded: str, *, today: date) -> list[DateMatch]:
    """All dates in reading order. A stretch of time is its first day, or its last after "until" and the like."""
    if not _WORTH_A_LOOK.search(folded):
        return []
    found = list(_from_rules(folded, today))
    taken = [(match.start, match.end) for match in found]
    found += _from_library(folded, today, taken)
    return sorted(found, key=lambda match: match.start)


def _from_rules(folded: str, today: date) -> list[DateMatch]:
    found: list[DateMatch] = []
    for pattern, read in (*((_NUMERIC, _numeric),), *dates_zh.RULES, *dates_en.RULES):
        for match in pattern.finditer(folded):
            if any(match.start() < other.end and other.start < match.end() for other in found):
                continue
            past = bool(_SINCE_BEFORE.search(folded[: match.start()]) or _SINCE_AFTER.match(folded, match.end()))
            period = read(match, today, past)
            if period is not None:
                found.append(DateMatch(match.start(), match.end(), _pick(period, folded[: match.start()])))
    return found


def _pick(period: Period, before: str) -> str:
    return (period.last if _UNTIL.search(before[-24:]) else period.first).isoformat()


def _numeric(match: re.Match[str], today: date, past: bool) -> Period | None:
    if match["c"]:
        digits = match["c"]
        return _one_day(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    if match["y"]:
        return _one_day(int(match["y"]), int(match["m"]), int(match["d"]))
    first, second = int(match["a"]), int(match["b"])
    # 13/05 can only be day first; 05/13 and, with slashes, the ambiguous 05/03 are read the American way.
    month_first = first <= 12 and (second > 12 or match["sep2"] == "/")
    return _one_day(int(match["y2"]), *((first, second) if month_first else (second, first)))


def _one_day(year: int, month: int, number: int) -> Period | None:
    value = safe_date(year, month, number)
    return day(value) if value else None


def _from_library(folded: str, today: date, taken: list[tuple[int, int]]) -> list[DateMatch]:
    """English date phrases that the rules do not know; dateparser (0.4 s to import) is asked only about these."""
    found = []
    for start, end in dates_en.leftovers(folded, taken):
        value = dates_en.ask_library(folded[start:end], today)
        if value is not None:
            found.append(DateMatch(start, end, value.isoformat()))
    return found
