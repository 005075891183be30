"""Rules for Chinese dates: 下周五, 本月底, 十二月三十一日, 60天后, 二〇二六年, 第三季度."""

from __future__ import annotations

import re
from datetime import date, timedelta

from nlu import numerals
from nlu.periods import Period, day, in_nearest_year, month, quarter, safe_date, shift, week, year

_CN = "零〇一二三四五六七八九十两"
_NUMBER = rf"(?:\d{{1,4}}|[{_CN}百]{{1,6}})"
_YEAR = r"(?P<y>(?:19|20)\d\d|[一二][零〇一二三四五六七八九]{3}|\d\d(?=年\d)|今|明|去|后|前|本|当)"
_MONTH = r"(?P<m>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九]|正)"
_DAY = r"(?P<d>[12]\d|3[01]|0?[1-9]|二?十[一二三四五六七八九]?|三十一?|廿[一二三四五六七八九]?|初?[一二三四五六七八九])"
_EDGE = r"(?P<edge>月底|月末|底|末|初|中旬|上旬|下旬|中)?"
_UNITS = {"天": "d", "日": "d", "工作日": "d", "周": "w", "星期": "w", "礼拜": "w", "月": "m", "年": "y"}
_UNIT = r"(?P<u>天|日|个?星期|个?礼拜|周|个?月|年)"
_RELATIVE_YEARS = {"今": 0, "本": 0, "当": 0, "明": 1, "后": 2, "去": -1, "前": -2}
_DAYS = {"大前": -3, "前": -2, "昨": -1, "今": 0, "当": 0, "明": 1, "后": 2, "大后": 3}
_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6, "末": 5}
_WEEKDAYS |= {str(n): n - 1 for n in range(1, 7)}

_FULL = re.compile(rf"(?<![\d第.]){_YEAR}年度?的?\s*{_MONTH}月份?的?\s*{_DAY}(?:日|号)?")
_YEAR_MONTH = re.compile(rf"(?<![\d第.]){_YEAR}年度?的?\s*{_MONTH}月份?{_EDGE}")
_MONTH_DAY = re.compile(rf"(?<![\d年.个第{_CN}]){_MONTH}月份?\s*{_DAY}(?:日|号)")
_MONTH_ONLY = re.compile(rf"(?<![\d年.个第{_CN}几]){_MONTH}月(?:份{_EDGE}|(?P<edge2>底|末|初|中旬|上旬|下旬))")
_MONTH_PLAIN = re.compile(rf"(?<![\d年.个第{_CN}几]){_MONTH}月(?![饼经子球]|\s*\d)")
_THIS_MONTH = re.compile(
    r"(?P<w>下下|下|上上|上|本|这|当)个?月份?(?P<edge>月底|底|末|初|中旬|上旬|下旬|(?P<d>[12]?\d|3[01])(?:日|号))?|"
    r"(?P<e>月底|月末|月初)"
)
_YEAR_EDGE = re.compile(rf"(?:(?<![\d第]){_YEAR}年?的?)?年(?P<edge>底|末|初|中)")
_YEAR_ALONE = re.compile(
    r"(?<![\d第.])(?P<y>(?:19|20)\d\d|二[零〇][一二三四五六七八九零〇]{2}|(?<![今])今|明|去|"
    r"本)年(?![级龄货夜纪中审报])(?!\d)"
)
_QUARTER = re.compile(
    rf"(?:(?<![\d第]){_YEAR}年度?的?)?(?:第?(?P<q>[一二三四1-4])季度?|(?P<w>本|这个?|上个?|下个?)季度?)(?P<edge>底|"
    rf"末|初)?"
)
_WEEK = re.compile(
    r"(?<!每)(?<!每个)(?P<w>下下|下|上上|上|本|这|这个|下个|上个)?(?:周|星期|"
    r"礼拜)(?P<d>[一二三四五六日天末1-6])(?![期年个次])"
)
_WEEK_ALONE = re.compile(r"(?P<w>下下|下|上上|上|本|这)个?(?:周|星期|礼拜)(?P<edge>内|以内|之内)?")
_DAY_WORD = re.compile(r"(?P<w>大前|前|昨|今|当|明|大后|后)(?:天|日(?!本))|(?P<t>今晚|今早|明早|明晚|昨晚)")
_AHEAD = re.compile(rf"(?<![\d第{_CN}])(?:(?P<n>{_NUMBER})|(?P<half>半))\s*{_UNIT}(?:之|以)?(?:后|内|过后)(?![的]?\d)")
_BEHIND = re.compile(rf"(?<![\d第{_CN}])(?:(?P<n>{_NUMBER})|(?P<half>半))\s*{_UNIT}(?:之|以)?前")
_COMING = re.compile(rf"(?:未来|接下来|今后|往后)(?:的)?(?:(?P<n>{_NUMBER})|(?P<half>半))\s*{_UNIT}")
_LATELY = re.compile(rf"(?:最近|近|过去|过往|前)(?:的)?这?(?:(?P<n>{_NUMBER})|(?P<half>半))\s*{_UNIT}(?!后)")


def _number(text: str) -> int:
    value = numerals.arabic(text) if text.isascii() else numerals.chinese(text)
    return int(value or 0)


def _year(text: str, today: date) -> int:
    if text in _RELATIVE_YEARS:
        return today.year + _RELATIVE_YEARS[text]
    number = _number(text)
    return number + 2000 if number < 100 else number


def _day_number(text: str) -> int:
    return _number(text.removeprefix("初").replace("廿", "二十"))


def _month_number(text: str) -> int:
    return 1 if text == "正" else _number(text)


def _edge(period: Period, edge: str | None) -> Period:
    """月底 is the last day, 月初 the first, 中旬 the 11th to the 20th."""
    if edge in {"底", "末", "月底", "月末"}:
        return day(period.last)
    if edge == "初":
        return day(period.first)
    offsets = {"上旬": (0, 9), "中旬": (10, 19), "中": (14, 14), "下旬": (20, None)}.get(edge or "")
    if offsets is None:
        return period
    last = period.last if offsets[1] is None else period.first + timedelta(days=offsets[1])
    return Period(period.first + timedelta(days=offsets[0] or 0), last)


def _full(match: re.Match[str], today: date, past: bool) -> Period | None:
    value = safe_date(_year(match["y"], today), _month_number(match["m"]), _day_number(match["d"]))
    return day(value) if value else None


def _year_month(match: re.Match[str], today: date, past: bool) -> Period | None:
    return _edge(month(_year(match["y"], today), _month_number(match["m"])), match["edge"])


def _month_day(match: re.Match[str], today: date, past: bool) -> Period | None:
    return in_nearest_year(today, _month_number(match["m"]), _day_number(match["d"]), past=past)


def _month_only(match: re.Match[str], today: date, past: bool) -> Period | None:
    period = in_nearest_year(today, _month_number(match["m"]), None, past=past)
    groups = match.groupdict()
    return _edge(period, groups.get("edge") or groups.get("edge2")) if period else None


def _this_month(match: re.Match[str], today: date, past: bool) -> Period | None:
    if match["e"]:
        return _edge(month(today.year, today.month), match["e"].removeprefix("月"))
    whole = month(today.year, today.month + _offset(match["w"]))
    if match["d"]:
        value = safe_date(whole.first.year, whole.first.month, int(match["d"]))
        return day(value) if value else None
    return _edge(whole, match["edge"])


def _offset(word: str) -> int:
    return word.count("下") - word.count("上")


def _year_edge(match: re.Match[str], today: date, past: bool) -> Period | None:
    whole = year(_year(match["y"] or "今", today))
    return day(date(whole.first.year, 6, 30)) if match["edge"] == "中" else _edge(whole, match["edge"])


def _year_alone(match: re.Match[str], today: date, past: bool) -> Period | None:
    return year(_year(match["y"], today))


def _quarter(match: re.Match[str], today: date, past: bool) -> Period | None:
    this = (today.month - 1) // 3 + 1
    number = _number(match["q"]) if match["q"] else this + _offset(match["w"])
    return _edge(quarter(_year(match["y"] or "今", today), number), match["edge"])


def _week(match: re.Match[str], today: date, past: bool) -> Period | None:
    index = _WEEKDAYS[match["d"]]
    if match["w"]:
        value = week(today, _offset(match["w"])).first + timedelta(days=index)
    else:  # a bare 周五 is the next one, today included
        value = today + timedelta(days=(index - today.weekday()) % 7)
        value -= timedelta(weeks=1 if past and value > today else 0)
    return Period(value, value + timedelta(days=1)) if match["d"] == "末" else day(value)


def _week_alone(match: re.Match[str], today: date, past: bool) -> Period | None:
    whole = week(today, _offset(match["w"]))
    return day(whole.last) if match["edge"] else whole


def _day_word(match: re.Match[str], today: date, past: bool) -> Period | None:
    return day(today + timedelta(days=_DAYS[match["w"] or match["t"][0]]))


def _count(match: re.Match[str]) -> float:
    return 0.5 if match["half"] else _number(match["n"])


def _away(match: re.Match[str], today: date, *, sign: int) -> Period | None:
    value = shift(today, sign * _count(match), _UNITS[match["u"].removeprefix("个")])
    return day(value) if value else None


def _ahead(match: re.Match[str], today: date, past: bool) -> Period | None:
    return _away(match, today, sign=1)


def _behind(match: re.Match[str], today: date, past: bool) -> Period | None:
    return _away(match, today, sign=-1)


RULES = (
    (_FULL, _full),
    (_YEAR_MONTH, _year_month),
    (_MONTH_DAY, _month_day),
    (_LATELY, _behind),
    (_COMING, _ahead),
    (_AHEAD, _ahead),
    (_BEHIND, _behind),
    (_QUARTER, _quarter),
    (_YEAR_EDGE, _year_edge),
    (_MONTH_ONLY, _month_only),
    (_THIS_MONTH, _this_month),
    (_MONTH_PLAIN, _month_only),
    (_YEAR_ALONE, _year_alone),
    (_WEEK, _week),
    (_WEEK_ALONE, _week_alone),
    (_DAY_WORD, _day_word),
)
