"""What is shown equals what was meant: escaping, splitting and the places of buttons, by property."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.telegram import wording
from tests.fakes.telegram.markup import parse_html

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=400)
LONG = st.lists(
    st.one_of(TEXTS, st.sampled_from(["\n", " ", "\n\n", "。", "<b>", "&amp;", "👩‍👩‍👧", "é", "\u200b" * 9, " " * 50])),
    max_size=60,
).map("".join)


@given(TEXTS)
@example("<b>x</b> &lt; &#60; </code> &amp;amp; <a href='x'>")
def test_rendered_equals_meant(text: str) -> None:
    shown, entities = parse_html(wording.escape(text))
    assert (shown, entities) == (text, [])


@given(LONG, st.integers(20, 200))
def test_splitting_loses_nothing_and_stays_within_the_limit(text: str, limit: int) -> None:
    parts = wording.split(text, limit)
    assert "".join(parts) == text
    assert all(wording.width(wording.shown(part, limit)) <= limit for part in parts)
    if not wording.is_blank(text):
        assert not any(wording.is_blank(part) for part in parts)


@given(LONG, st.integers(20, 200))
def test_what_is_left_away_at_the_ends_is_invisible(text: str, limit: int) -> None:
    for part in wording.split(text, limit):
        assert wording.shown(part, limit) in part
        left = part.replace(wording.shown(part, limit), "", 1) if wording.shown(part, limit) else part
        assert wording.is_blank(left)


@given(LONG, st.integers(20, 200))
def test_no_character_is_cut_apart(text: str, limit: int) -> None:
    for part in wording.split(text, limit):
        part.encode("utf-8")


def test_it_cuts_where_a_reader_would() -> None:
    text = "第一段。" * 8 + "\n\n" + "第二段。" * 8
    assert wording.split(text, 50) == ["第一段。" * 8 + "\n\n", "第二段。" * 8]
    assert wording.split("one two three four", 14) == ["one two three ", "four"]
    assert wording.split("short") == ["short"]
    assert wording.split("") == [""]


@pytest.mark.parametrize(("text", "width"), [("", 0), ("贸易", 2), ("🚢", 2), ("e\u0301", 2), ("👩‍👩‍👧", 8)])
def test_telegrams_way_of_counting(text: str, width: int) -> None:
    assert wording.width(text) == width == len(text.encode("utf-16-le")) // 2


def test_what_no_database_carries_is_replaced() -> None:
    assert wording.clean("a\x00b\ud800c") == "a\ufffdb\ufffdc"
    assert wording.clean("plain 文字") == "plain 文字"


@given(st.lists(TEXTS.filter(bool), max_size=30))
def test_every_button_has_its_place_once_and_in_order(titles: list[str]) -> None:
    rows = wording.rows(titles)
    assert [place for row in rows for place in row] == list(range(len(titles)))
    assert all(1 <= len(row) <= wording.ROW_MOST for row in rows)


def test_short_buttons_stand_beside_each_other_and_long_ones_alone() -> None:
    assert wording.rows(["欧盟", "美国", "日本", "韩国", "所有市场"]) == [[0, 1, 2, 3], [4]]
    assert wording.rows(["G/TBT/N/EU/9901", "G/TBT/N/EU/9902", "更多"]) == [[0], [1, 2]]


def test_the_way_it_finds_ends_is_not_quadratic() -> None:
    text = "a" * 200_000
    assert len(wording.split(text)) == -(-200_000 // 4096)
    assert re.compile("a")


def test_buttons_that_turn_pages_stand_by_themselves() -> None:
    assert wording.rows(["a", "b", "←", "→"], apart={2, 3}) == [[0, 1], [2, 3]]
    assert wording.rows(["←", "a"], apart={0}) == [[0], [1]]
