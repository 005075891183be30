"""What a text claims: numbers with units, days, rules, in every way that Chinese and English write them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import claims
from knowledge.claims import Day, Number


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("评议期60天", {("60", "day")}),
        ("评议期６０天", {("60", "day")}),
        ("评议期六十天", {("60", "day")}),
        ("sixty days", {("60", "day")}),
        ("a 60-day period", {("60", "day")}),
        ("5个工作日", {("5", "workday")}),
        ("five working days", {("5", "workday")}),
        ("百分之十五", {("15", "%")}),
        ("15％", {("15", "%")}),
        ("fifteen per cent", {("15", "%")}),
        ("0.50 mg/kg", {("0.5", "mg/kg")}),
        ("0.5毫克/千克", {("0.5", "mg/kg")}),
        ("罚200万泰铢", {("2000000", "baht")}),
        ("a fine of 2 million baht", {("2000000", "baht")}),
        ("two hundred thousand dollars", {("200000", "usd")}),
        ("USD 1,200.50", {("1200.5", "usd")}),
        ("1，200吨", {("1200", "t")}),
        ("半年", {("0.5", "year")}),
        ("50至1000 V", {("50", "v"), ("1000", "v")}),
        ("50-1000 V AC", {("50", "v"), ("1000", "v")}),
        ("一年一次", {("1", "year"), ("1", "")}),
        ("第三方一般不统一", set()),
        ("one of them, a third party", set()),
        ("one year", {("1", "year")}),
        ("十二位编码", {("12", "")}),
        ("第2.9.4条", {("2.9.4", "")}),
        ("twenty-five metres", {("25", "m")}),
        ("1. 先申请\n2. 再检测", set()),
        ("第一，申请", set()),
    ],
)
def test_numbers(text: str, numbers: set[tuple[str, str]]) -> None:
    assert {(one.value, one.unit) for one in claims.of(text).numbers} == numbers


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2025年12月25日起", {(2025, 12, 25)}),
        ("２０２５年１２月２５日", {(2025, 12, 25)}),
        ("二〇二五年十二月二十五日", {(2025, 12, 25)}),
        ("2025-12-25", {(2025, 12, 25)}),
        ("2025/12/25", {(2025, 12, 25)}),
        ("25 December 2025", {(2025, 12, 25)}),
        ("the 25th of December, 2025", {(2025, 12, 25)}),
        ("December 25, 2025", {(2025, 12, 25)}),
        ("Dec. 25, 2025", {(2025, 12, 25)}),
        ("2025年12月", {(2025, 12, None)}),
        ("in December 2025", {(2025, 12, None)}),
        ("12月25日前", {(None, 12, 25)}),
        ("by 25 December", {(None, 12, 25)}),
        ("自2025年起", {(2025, None, None)}),
        ("since 2025", {(2025, None, None)}),
        ("in March and in May", {(None, 3, None), (None, 5, None)}),
        ("3个月、you may march", set()),
        ("2023/988", set()),
    ],
)
def test_days(text: str, days: set[tuple[int | None, ...]]) -> None:
    assert claims.of(text).days == {Day(*day) for day in days}


def test_a_day_is_in_what_says_at_least_as_much() -> None:
    whole = Day(2025, 12, 25)
    assert all(part.is_in(whole) for part in (whole, Day(2025, 12), Day(2025), Day(None, 12, 25)))
    assert not whole.is_in(Day(2025, 12))
    assert not Day(2024).is_in(whole)


@given(st.integers(2, 9999), st.sampled_from(["天", "个月", "年", "%", "小时"]))
def test_a_number_is_the_same_in_every_width_and_with_separators(value: int, unit: str) -> None:
    wide = str(value).translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    if 1900 <= value < 2100 and unit == "年":
        return  # a year of the calendar
    known = {"天": "day", "个月": "month", "年": "year", "%": "%", "小时": "hour"}[unit]
    for form in (str(value), wide, f"{value:,}", f"{value}.0"):
        assert claims.of(f"共{form}{unit}").numbers == {Number(str(value), known)}


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_a_day_is_the_same_in_every_form(day: date) -> None:
    forms = (
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y-%m-%d}",
        f"{day.day} {day:%B} {day.year}",
        f"{day:%B} {day.day}, {day.year}",
    )
    assert {claims.of(form).days for form in forms} == {frozenset({Day(day.year, day.month, day.day)})}


@pytest.mark.parametrize("text", ["见https://a.example/x", "www.example.org", "写信给a.b@example.org", "example.com"])
def test_links(text: str) -> None:
    assert claims.has_link(text)
    assert not claims.has_link("第2.9.4条，EN IEC 62368-1，e.g. this")
