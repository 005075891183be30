"""Term by term what a foreign title says."""

import pytest

from bot.notifications.title_terms import title_terms


@pytest.mark.parametrize(("title", "language", "expected"), [
    ("Energy Conservation Program: Test Procedures for Small Electric Motors", "zh",
     {"energy conservation program": "节能计划", "test procedures": "测试程序", "electric motors": "电动机"}),
    ("Formaldehyde in toys", "zh", {"formaldehyde": "甲醛", "toys": "玩具"}),
    ("Restriction of PFAS", "zh", {"restriction": "限制", "pfas": "全氟和多氟烷基物质"}),  # from the glossary
    ("Toys and toys", "zh", {"toys": "玩具"}),
    ("Zirconium", "zh", {}),
    ("玩具安全", "zh", {}),
    ("Toys", "en", {}),
    ("Reglamento técnico para juguetes", "en", {"juguetes": "toy"}),
])  # fmt: skip
def test_terms(title: str, language: str, expected: dict[str, str]) -> None:
    assert dict(title_terms(title, language)) == expected


def test_never_more_than_a_line_of_them() -> None:
    long = "Toys, kettles, tea, lamps, tyres, shoes, bicycles, furniture and batteries"
    assert len(title_terms(long, "zh")) == 6
