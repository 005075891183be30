"""Rules for English dates: next Friday, end of the month, March 5th, in 60 days, Q3 2026; dateparser for the rest."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from nlu import numerals
from nlu.periods import Period, day, in_nearest_year, month, quarter, safe_date, shift, week, year

_MONTHS = {
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8, "september": 9,
    "october": 10, "november": 11, "december": 12, "jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8,
    "sep": 9, "sept": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_WEEKDAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_MONTH = r"(?P<m>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_DAY = r"(?P<d>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?"
_YEAR = r"(?P<y>(?:19|20)\d\d)"
_WORDS = "|".join(sorted(map(re.escape, numerals.ENGLISH), key=len, reverse=True))
_COUNT = rf"(?P<n>\d{{1,4}}|{_WORDS}|a couple of|a few)"
_UNIT = r"(?:calendar |working |business )?(?P<u>day|week|fortnight|month|quarter|year)s?"
_WEEKDAY = r"(?P<d>mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?P<full>day)?"
_B, _E = r"(?<![a-z0-9])", r"(?![a-z0-9])"

_MONTH_DAY = re.compile(rf"{_B}{_MONTH}\s+(?:the\s+)?{_DAY}{_E}(?!%|\s*percent)(?:\s*,?\s*(?:of\s+)?{_YEAR}{_E})?")
_DAY_MONTH = re.compile(rf"{_B}(?:the\s+)?{_DAY}\s*(?:of\s+|-)?{_MONTH}{_E}(?:[\s,-]*{_YEAR}{_E})?")
_MONTH_YEAR = re.compile(rf"{_B}(?:(?P<edge>end|start|beginning)\s+of\s+)?{_MONTH}\s*,?\s*(?:of\s+)?{_YEAR}{_E}")
_MONTH_ALONE = re.compile(
    rf"(?:(?P<edge>end|start|beginning)\s+of\s+|{_B}(?:in|by|since|from|until|till|before|after|during|of|last|next|"
    rf"this)\s+){_MONTH}{_E}(?!\s+(?:i|we|you)\b)"
)
_EDGE_OF = re.compile(
    rf"{_B}(?:the\s+)?(?P<edge>end|start|beginning|middle)\s+of\s+(?:(?P<w>the|this|next|last)\s+)?(?P<u>week|month|"
    rf"quarter|year|{_YEAR}){_E}"
    rf"|{_B}(?P<short>month|year|quarter|week)[- ]end{_E}"
)
_NAMED = re.compile(
    rf"{_B}(?P<w>this|next|last|current|previous|coming|past)\s+(?P<u>week(?:end)?|month|quarter|year){_E}"
)
_IN = re.compile(
    rf"{_B}(?:in|within|after)\s+(?:the\s+next\s+|"
    rf"the\s+coming\s+)?{_COUNT}\s+{_UNIT}(?:'s?\s+time)?{_E}(?!\s+(?:ago|before))"
)
_NEXT = re.compile(rf"{_B}(?:the\s+)?(?:next|coming)\s+{_COUNT}\s+{_UNIT}{_E}")
_LATER = re.compile(rf"{_B}{_COUNT}[\s-]+{_UNIT}\s+(?:from\s+(?:now|today)|later|hence){_E}")
_AGO = re.compile(rf"{_B}{_COUNT}\s+{_UNIT}\s+ago{_E}")
_LAST = re.compile(rf"{_B}(?:the\s+)?(?:last|past|previous)\s+{_COUNT}\s+{_UNIT}{_E}")
_DAY_WORD = re.compile(
    rf"{_B}(?:the\s+)?(?P<w>day after tomorrow|day before yesterday|today|tonight|tomorrow|yesterday){_E}"
)
_WEEKDAY_RULE = re.compile(
    rf"{_B}(?:(?P<w>next|this|last|coming|on|by|until|till|before|since|every)\s+){_WEEKDAY}{_E}|{_B}(?P<d2>mon|"
    rf"tues|wednes|thurs|fri|satur|sun)day{_E}"
)
_QUARTER = re.compile(
    rf"{_B}(?:{_YEAR}\s*)?(?:q(?P<q>[1-4])|(?:the\s+)?(?P<qw>first|second|third|fourth)\s+quarter)(?:\s*(?:of\s+|,"
    rf"\s*)?(?P<y2>20\d\d))?{_E}"
)
_YEAR_ALONE = re.compile(
    rf"{_B}(?:in|since|from|until|till|by|before|after|during|for|of)\s+(?P<y>20[0-4]\d){_E}(?![./-]\d|"
    rf"\s*(?:dollars|units|pieces|notifications))"
)

_DAY_WORDS = {
    "today": 0, "tonight": 0, "tomorrow": 1, "yesterday": -1, "day after tomorrow": 2, "day before yesterday": -2,
}  # fmt: skip
_OFFSETS = {"next": 1, "coming": 1, "last": -1, "previous": -1, "past": -1}
_UNITS = {
    "day": ("d", 1), "week": ("w", 1), "fortnight": ("w", 2), "month": ("m", 1), "quarter": ("m", 3), "year": ("y", 1),
}  # fmt: skip
_LIBRARY_WORD = (
    r"(?:(?:january|february|march|april|june|july|august|september|october|november|december|jan|feb|apr|jun|jul|aug|"
    r"sept?|oct|nov|dec|monday|tuesday|wednesday|thursday|friday|saturday|sunday|days?|weeks?|months?|years?|ago|"
    r"from|now|of|"
    r"the|next|last|half|and|noon|midnight)(?![a-z])|\d{1,4}(?:st|nd|rd|th)?(?![\d.]))"
)
_LIBRARY_PHRASE = re.compile(rf"{_B}{_LIBRARY_WORD}(?:[\s,]+{_LIBRARY_WORD})+{_E}")
_LIBRARY_KEY = re.compile(r"\bago\b|from now|\d(?:st|nd|rd|th)?\s+(?:of\s+)?[a-z]{3}|[a-z]{3,9}\s+(?:the\s+)?\d")
_LIBRARY_NAME = re.compile(r"jan|feb|march|apr|june?|july?|aug|sep|oct|nov|dec|day|week|month|year")


def _named_day(match: re.Match[str], today: date, past: bool) -> Period | None:
    index, number = _MONTHS[match["m"]], int(match["d"])
    if not match["y"]:
        return in_nearest_year(today, index, number, past=past)
    value = safe_date(int(match["y"]), index, number)
    return day(value) if value else None


def _named_month(match: re.Match[str], today: date, past: bool) -> Period | None:
    groups = match.groupdict()
    index = _MONTHS[match["m"]]
    if index == 5 and match["m"] == "may" and not groups.get("y") and match[0].strip() == "may":
        return None
    past = past or match[0].startswith(("since", "from", "last", "after"))
    period = month(int(groups["y"]), index) if groups.get("y") else in_nearest_year(today, index, None, past=past)
    period = _edge(period, groups.get("edge")) if period else None
    return _until(match, period)


def _edge(period: Period, edge: str | None) -> Period:
    if edge == "middle":
        return day(period.first + (period.last - period.first) // 2)
    return day(period.last if edge == "end" else period.first) if edge else period


def _until(match: re.Match[str], period: Period | None) -> Period | None:
    """The preposition is part of the match: "until June" is its last day."""
    late = match[0].startswith(("until", "till", "by", "through"))
    return day(period.last) if period and late else period


def _edge_of(match: re.Match[str], today: date, past: bool) -> Period | None:
    if match["short"]:
        return day(_whole(match["short"], 0, today).last)
    if match["y"]:
        return _edge(year(int(match["y"])), match["edge"])
    return _edge(_whole(match["u"], _OFFSETS.get(match["w"] or "", 0), today), match["edge"])


def _whole(unit: str, offset: int, today: date) -> Period:
    if unit.startswith("week"):
        whole = week(today, offset)
        return Period(whole.last - timedelta(days=1), whole.last) if unit == "weekend" else whole
    if unit == "month":
        return month(today.year, today.month + offset)
    return quarter(today.year, (today.month - 1) // 3 + 1 + offset) if unit == "quarter" else year(today.year + offset)


def _named(match: re.Match[str], today: date, past: bool) -> Period | None:
    return _whole(match["u"], _OFFSETS.get(match["w"], 0), today)


def _away(match: re.Match[str], today: date, *, sign: int) -> Period | None:
    word = match["n"]
    count = {"a couple of": 2.0, "a few": 3.0}.get(word) or numerals.ENGLISH.get(word) or numerals.arabic(word)
    unit, factor = _UNITS[match["u"]]
    value = shift(today, sign * count * factor, unit)
    return day(value) if value else None


def _ahead(match: re.Match[str], today: date, past: bool) -> Period | None:
    return _away(match, today, sign=1)


def _behind(match: re.Match[str], today: date, past: bool) -> Period | None:
    return _away(match, today, sign=-1)


def _day_word(match: re.Match[str], today: date, past: bool) -> Period | None:
    return day(today + timedelta(days=_DAY_WORDS[match["w"]]))


def _weekday(match: re.Match[str], today: date, past: bool) -> Period | None:
    """ "next Friday" is the one of next week, as 下周五; a plain one is the next to come, today included."""
    index = _WEEKDAYS[(match["d"] or match["d2"])[:3]]
    word = match["w"]
    if word == "every" or (word == "last" and not match["full"] and match["d"] in {"sat", "sun", "mon"}):
        return None
    if word in {"next", "last"}:
        return day(week(today, _OFFSETS[word]).first + timedelta(days=index))
    value = today + timedelta(days=(index - today.weekday()) % 7)
    return day(value - timedelta(weeks=1 if (past or word == "since") and value > today else 0))


def _quarter(match: re.Match[str], today: date, past: bool) -> Period | None:
    number = int(match["q"]) if match["q"] else ["first", "second", "third", "fourth"].index(match["qw"]) + 1
    return quarter(int(match["y"] or match["y2"] or today.year), number)


def _year_alone(match: re.Match[str], today: date, past: bool) -> Period | None:
    return _until(match, year(int(match["y"])))


RULES = (
    (_DAY_WORD, _day_word),
    (_MONTH_DAY, _named_day),
    (_DAY_MONTH, _named_day),
    (_MONTH_YEAR, _named_month),
    (_EDGE_OF, _edge_of),
    (_QUARTER, _quarter),
    (_AGO, _behind),
    (_LAST, _behind),
    (_LATER, _ahead),
    (_IN, _ahead),
    (_NEXT, _ahead),
    (_NAMED, _named),
    (_MONTH_ALONE, _named_month),
    (_WEEKDAY_RULE, _weekday),
    (_YEAR_ALONE, _year_alone),
)


def leftovers(folded: str, taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Runs of date words that no rule has read and that hold a number next to a month or "ago"."""
    if not _LIBRARY_NAME.search(folded):
        return []
    spans = [match.span() for match in _LIBRARY_PHRASE.finditer(folded) if _LIBRARY_KEY.search(match[0])]
    free = [(s, e) for s, e in spans if not any(s < b and a < e for a, b in taken)]
    return [span for span in free if _LIBRARY_NAME.search(folded, *span)]


def ask_library(phrase: str, today: date) -> date | None:
    """What dateparser makes of a short English phrase, seen from today; None when it gives up."""
    import dateparser

    base = datetime(today.year, today.month, today.day)  # noqa: DTZ001  dateparser wants it naive
    settings = {"RELATIVE_BASE": base, "PREFER_DATES_FROM": "future", "RETURN_AS_TIMEZONE_AWARE": False}
    found = dateparser.parse(phrase, languages=["en"], settings=settings)
    return found.date() if found else None
