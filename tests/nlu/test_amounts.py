"""Money and percentages, Chinese numerals and English words."""

from typing import Any

import pytest

from nlu import amounts, numerals
from nlu.normalize import fold


def money(text: str) -> list[Any]:
    return [found.value for found in amounts.find_amounts(fold(text).text)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("三点五亿", 350_000_000),
        ("二〇二六", 2026),
        ("两千三", 2300),
        ("三万五", 35000),
        ("一百二十万", 1_200_000),
        ("一万零五十", 10050),
        ("十五", 15),
    ],
)
def test_chinese_numerals(text: str, value: float) -> None:
    assert numerals.chinese(text) == value


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("去年出口三百万美元", 3e6, "USD"),
        ("12.5万欧元", 125000, "EUR"),
        ("三点五亿", 3.5e8, None),
        ("$180k", 180000, "USD"),
        ("1.2m RMB", 1.2e6, "CNY"),
        ("€45,000", 45000, "EUR"),
        ("RMB 20万", 200000, "CNY"),
        ("人民币200余万元", 2e6, "CNY"),
        ("USD 1.2 million", 1.2e6, "USD"),
        ("half a million dollars", 500000, "USD"),
        ("一百多万美元", 1e6, "USD"),
        ("一个亿", 1e8, None),
        ("损失，50万美元", 500000, "USD"),
        ("100亿日元", 1e10, "JPY"),
        ("2千万元", 2e7, "CNY"),
        ("300w", 3e6, None),
        ("US$2.5m", 2.5e6, "USD"),
    ],
)
def test_sums(text: str, value: float, currency: str | None) -> None:
    assert money(text) == [{"value": value, "currency": currency}]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("50万到80万美元", 5e5, 8e5),
        ("50-80万美元", 5e5, 8e5),
        ("$10k-$20k", 1e4, 2e4),
        ("between 1 and 2 million dollars", 1e6, 2e6),
        ("1000元到2万元", 1000, 20000),
    ],
)
def test_ranges_keep_both_ends(text: str, low: float, high: float) -> None:
    [found] = money(text)
    assert (found["value"], found["high"]) == (low, high)


@pytest.mark.parametrize(
    "text",
    [
        "3万件",
        "60天",
        "三个月",
        "第1号",
        "9503.00",
        "万一不行",
        "千万不要",
        "十万火急",
        "一千人",
        "5m cable",
        "thanks a million",
        "约30%",
    ],
)
def test_what_is_no_sum(text: str) -> None:
    assert money(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("约30%", 30),
        ("百分之二十", 20),
        ("三成", 30),
        ("两成半", 25),
        ("20 percent", 20),
        ("下降百分之3.5", 3.5),
        ("三分之一", 33.33),
        ("5 per cent", 5),
    ],
)
def test_percentages(text: str, value: float) -> None:
    assert [found.value for found in amounts.find_percents(fold(text).text)] == [value]


@pytest.mark.parametrize("text", ["我们一起做", "一成立就", "成本", "三成熟"])
def test_what_is_no_percentage(text: str) -> None:
    assert amounts.find_percents(fold(text).text) == []


def test_a_bare_number_answers_the_question_how_much() -> None:
    assert amounts.read_bare("大概 50000 左右") == amounts.Quantity(3, 8, {"value": 50000.0, "currency": None})
    assert amounts.read_bare("50000 pieces") is None
