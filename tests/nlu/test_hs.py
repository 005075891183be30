"""HS codes: what is impossible, what is doubtful, how codes are printed and which cover which."""

import re

import pytest

from nlu import hs
from nlu.hs import HsProblemKind as Kind


@pytest.mark.parametrize(
    ("code", "kind", "nearest"),
    [
        ("00", Kind.CHAPTER, None),
        ("77", Kind.CHAPTER, None),
        ("9804", Kind.CHAPTER, None),
        ("99010000", Kind.CHAPTER, None),
        ("8", Kind.TOO_SHORT, None),
        ("", Kind.NOT_DIGITS, None),
        ("85A6", Kind.NOT_DIGITS, None),
        ("８５１６", Kind.NOT_DIGITS, None),
        ("10121", Kind.FIVE_DIGITS, "010121"),
        ("85167", Kind.FIVE_DIGITS, "8516"),
        ("902", Kind.ODD_LENGTH, "0902"),
        ("8516797", Kind.ODD_LENGTH, "851679"),
        ("85167970000", Kind.TOO_LONG, "851679"),
        ("8599", Kind.UNKNOWN_HEADING, "85"),
        ("851699", Kind.UNKNOWN_SUBHEADING, "8516"),
    ],
)
def test_a_doubtful_code_is_named_with_the_nearest_real_one(code: str, kind: Kind, nearest: str | None) -> None:
    problem = hs.check(code)
    assert problem is not None
    assert (problem.kind, problem.nearest) == (kind, nearest)
    assert problem.is_warning == (kind in {Kind.UNKNOWN_HEADING, Kind.UNKNOWN_SUBHEADING})


@pytest.mark.parametrize(
    "code", ["01", "85", "97", "8516", "851679", "8516.79", "85167970", "8516.79.70.00", "8516 79"]
)
def test_a_real_code_has_no_problem(code: str) -> None:
    assert hs.check(code) is None
    assert hs.is_known(code)


@pytest.mark.parametrize(
    ("code", "printed"),
    [("85", "85"), ("8516", "8516"), ("851679", "8516.79"), ("8516797000", "8516.79.70.00"), ("8516.79", "8516.79")],
)
def test_codes_are_printed_with_dots(code: str, printed: str) -> None:
    assert hs.display(code) == printed


def test_covering_goes_in_both_directions_and_nothing_covers_an_empty_code() -> None:
    assert hs.covers("85", "851679")
    assert hs.covers("851679", "85")
    assert hs.covers("8516", "8516")
    assert not hs.covers("8516", "8517")
    assert not hs.covers("", "8516")


def test_every_chapter_but_the_reserved_one_has_a_title_in_both_languages() -> None:
    for number in range(1, 98):
        chapter = f"{number:02}"
        titles = [hs.chapter_title(chapter, language) for language in ("zh", "en")]
        assert all(titles) == (chapter != hs.RESERVED_CHAPTER), chapter
    assert hs.chapter_title("98", "en") is None


def test_a_longer_code_has_the_title_of_its_chapter() -> None:
    assert hs.chapter_title("9503.00", "en") == "Toys, games and sports goods"
    assert hs.chapter_title("9503", "zh") == "玩具、游戏品、运动用品"


def test_the_table_is_the_edition_of_2022() -> None:
    sizes = [len(code) for code in hs.codes()]
    assert (sizes.count(2), sizes.count(4), sizes.count(6)) == (96, 1228, 5612)
    assert {"8806", "854143", "240412", "851713"} <= hs.codes()
    assert not {"854140", "851712", "999999"} & hs.codes()


def test_every_heading_of_the_edition_has_a_title_in_both_languages() -> None:
    headings = sorted(code for code in hs.codes() if len(code) == 4)
    assert len(headings) == 1228
    titles = [(hs.heading_title(code, "zh"), hs.heading_title(code, "en")) for code in headings]
    assert all(zh and en for zh, en in titles)
    assert len({zh for zh, _ in titles}) == len({en for _, en in titles}) == len(headings), "two headings say the same"
    assert not [en for _, en in titles if en and re.search(r"[\u3400-\u9fff]", en)]


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [("9503.00", "玩具", "Toys"), ("8507", "蓄电池", "Accumulators"), ("090210", "茶叶", "Tea"), ("9999", None, None)],
)
def test_the_title_of_a_heading(code: str, zh: str | None, en: str | None) -> None:
    assert (hs.heading_title(code, "zh"), hs.heading_title(code, "en")) == (zh, en)
