"""Dates in both languages, seen from Sunday, 22 November 2026."""

from datetime import date

import pytest

from nlu.dates import find_dates
from nlu.normalize import fold

TODAY = date(2026, 11, 22)


def found(text: str) -> list[str]:
    return [match.value for match in find_dates(fold(text).text, today=TODAY)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("下周五", "2026-11-27"),
        ("本月底", "2026-11-30"),
        ("十二月三十一日", "2026-12-31"),
        ("60天后", "2027-01-21"),
        ("2026年3月5日", "2026-03-05"),
        ("二〇二六年", "2026-01-01"),
        ("二零二七年三月", "2027-03-01"),
        ("明天", "2026-11-23"),
        ("年底", "2026-12-31"),
        ("明年年底", "2027-12-31"),
        ("12月底", "2026-12-31"),
        ("3月5号", "2027-03-05"),
        ("从3月5日起", "2026-03-05"),
        ("截至2027年6月", "2027-06-30"),
        ("最近一个月", "2026-10-22"),
        ("上个月", "2026-10-01"),
        ("半年后", "2027-05-22"),
        ("两周内", "2026-12-06"),
        ("第三季度", "2026-07-01"),
        ("2026-12-31", "2026-12-31"),
        ("20261231", "2026-12-31"),
        ("31/12/2026", "2026-12-31"),
        ("next Friday", "2026-11-27"),
        ("by Friday", "2026-11-27"),
        ("end of the month", "2026-11-30"),
        ("March 5th", "2027-03-05"),
        ("5 March 2027", "2027-03-05"),
        ("in 60 days", "2027-01-21"),
        ("two weeks ago", "2026-11-08"),
        ("until June", "2027-06-30"),
        ("Q3", "2026-07-01"),
        ("the day after tomorrow", "2026-11-24"),
        ("year-end", "2026-12-31"),
        ("since January", "2026-01-01"),
        ("the end of 2027", "2027-12-31"),
    ],
)
def test_dates(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "日本",
        "年度报告",
        "一个月",
        "评议期60天",
        "第3号",
        "we may export",
        "every Friday",
        "每周一",
        "2月31日",
        "march on",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert found(text) == []
