"""The checks of content: each spoiled article is named with what is wrong, a sound base gives nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.check import check_folder, is_address, numbers, sentences
from knowledge.reading import Level, Problem

REAL = Path(__file__).parents[2] / "knowledge" / "articles"
TOYS = "toys/eu-toy-labels.yml"


def found(base: Path) -> list[str]:
    return [f"{problem.file} {problem.what}" for problem in check_folder(base)]


def spoil(base: Path, old: str, new: str) -> None:
    text = (base / TOYS).read_text("utf-8")
    assert old in text
    (base / TOYS).write_text(text.replace(old, new, 1), "utf-8")


def test_the_small_base_is_sound(base: Path) -> None:
    assert check_folder(base) == []


def test_the_real_base_has_no_errors() -> None:
    assert [str(problem) for problem in check_folder(REAL) if problem.level is Level.ERROR] == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("id: eu-toy-labels", "id: EU_toys", "id: 'EU_toys' should be small letters, digits and single hyphens"),
        ("id: eu-toy-labels", "id: eu-toys", "id: 'eu-toys' is not the file's name"),
        ("topic: toys", "topic: games", "topic: 'games' is not the folder"),
        ("title: {zh: 欧盟玩具标签", "title: {zh: ''", "title: zh is empty"),
        (", 欧盟玩具 CE 标志贴哪里", "", "questions: 3 in zh, should be 4 or more"),
        ("source: 1", "source: 2", "facts[0].source: there is no source 2 (they count from 1)"),
        ("markets: [EU]", "markets: [XX]", "markets: 'XX' is not known"),
        ('["9503"]', '["7701"]', "hs_codes: 7701 cannot be (chapter)"),
        ('["9503"]', '["95.03"]', "hs_codes: '95.03' should be digits only"),
        ('["9503"]', '["9599"]', "hs_codes: 9599 is not in HS 2022"),
        ("valid_until: null", "valid_until: 2001-01-01", "valid_until: 2001-01-01 is before valid_from 2011-07-20"),
        ("next_check: 2027-05-01", "next_check: null", "next_check: is missing"),
        ("2027-05-01", "2026-11-20", "next_check: 2026-11-20 is not after the last reading, 2026-11-20"),
        ("https://eur-lex", "eur-lex", "oj' is no http or https address"),
        ('"opened: 2026-11-20"', "yes I did", "read: 'yes I did' should be `opened: YYYY-MM-DD` or"),
        ("2026-11-20", "2026-11-31", "sources[0].read: 'opened: 2026-11-31' has no such day"),
        ("[jp-tea-residues]", "[no-such]", "related: there is no article 'no-such'"),
        ("[jp-tea-residues]", "[eu-toy-labels]", "related: names itself"),
        ("至少高5毫米", "至少高8毫米", "answer: 8 in zh are in no fact"),
        ("玩具警示语用什么语言", "什么是TBT咨询点", "'什么是TBT咨询点' is asked twice, also in transparency"),
    ],
)
def test_what_is_wrong_is_named(base: Path, old: str, new: str, what: str) -> None:
    spoil(base, old, new)
    assert any(what in problem for problem in found(base)), found(base)


def test_an_answer_is_neither_too_long_nor_one_sentence(base: Path) -> None:
    spoil(base, "玩具上要有CE标志、制造商名称和地址，以及必要的警示语。警示语", "玩具" * 300 + "，警示语")
    problems = found(base)
    assert any("characters in zh, at most 600" in problem for problem in problems)
    assert f"{TOYS} answer: 1 sentences in zh, should be 2 to 5" in problems


def test_all_problems_come_at_once_and_sorted(base: Path) -> None:
    spoil(base, "markets: [EU]", "markets: [XX]")
    spoil(base, "tier: law", "tier: best")
    (base / "food" / "jp-tea-residues.yml").unlink()
    assert [problem.split(":")[0] for problem in found(base)] == [
        f"{TOYS} markets",
        f"{TOYS} related",
        f"{TOYS} sources[0].tier",
    ]


@pytest.mark.parametrize(
    ("text", "language", "count"),
    [
        ("一。二！三？", "zh", 3),
        ("没有句号", "zh", 1),
        ("One. Two.", "en", 2),
        ("See Art. 2.9 and No. 5 of Reg. 1935/2004, e.g. 0.01 mg. Then stop.", "en", 2),
        ("The U.S. rule applies. It is old.", "en", 2),
        ('He said "no." Then he left', "en", 2),
    ],
)
def test_sentences_are_counted(text: str, language: str, count: int) -> None:
    assert sentences(text, language) == count


def test_numbers_are_compared_plainly() -> None:
    assert numbers("2,000.50 and 2026-01-01, 0.010") == {"2000.5", "2026", "1", "0.01"}


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://www.wto.org/x", True),
        ("ftp://wto.org", False),
        ("https://", False),
        ("https://a b.org", False),
        ("http://[", False),
    ],
)
def test_addresses(url: str, good: bool) -> None:
    assert is_address(url) is good


def test_a_problem_reads_as_a_line() -> None:
    assert str(Problem("a/b.yml", "id: odd", Level.WARNING)) == "a/b.yml: warning: id: odd"
