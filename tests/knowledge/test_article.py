"""Reading articles: values, derived dates, and every problem of shape at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge.article import Article, load, read
from knowledge.entry import Status
from knowledge.reading import ReadingError


def by_id(articles: list[Article], article_id: str) -> Article:
    return next(article for article in articles if article.id == article_id)


def spoil(base: Path, file: str, old: str, new: str) -> None:
    path = base / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_load_gives_all_articles_with_typed_values(articles: list[Article]) -> None:
    toys = by_id(articles, "eu-toy-labels")
    assert [article.id for article in articles] == sorted(article.id for article in articles)
    assert (toys.file, toys.topic, toys.status) == ("toys/eu-toy-labels.yml", "toys", Status.IN_FORCE)
    assert toys.title["zh"] == "欧盟玩具标签"
    assert toys.valid_from == date(2011, 7, 20)
    assert (toys.facts[0].value, toys.facts[0].unit, toys.facts[0].source) == ("5", "mm", 1)
    assert toys.details["en"] == toys.notes["zh"] == ""


def test_the_newest_opened_source_says_when_it_was_checked(articles: list[Article]) -> None:
    assert by_id(articles, "eu-toy-labels").checked_on == date(2026, 11, 20)
    recalled = by_id(articles, "jp-tea-residues")
    assert recalled.checked_on is None
    assert not recalled.verified


@pytest.mark.parametrize(("today", "stale"), [(date(2026, 12, 1), False), (date(2026, 12, 2), True)])
def test_stale_after_the_day_of_the_next_check(articles: list[Article], today: date, stale: bool) -> None:
    assert by_id(articles, "jp-tea-residues").stale(today) is stale


@pytest.mark.parametrize(("today", "lapsed"), [(date(2026, 6, 30), False), (date(2026, 7, 1), True)])
def test_lapsed_after_the_last_valid_day(base: Path, today: date, lapsed: bool) -> None:
    spoil(base, "toys/eu-toy-labels.yml", "valid_until: null", "valid_until: 2026-06-30")
    assert by_id(load(base), "eu-toy-labels").lapsed(today) is lapsed


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("markets: [EU]", "markets: [NO]", "markets[0]: should be text (quote it), is False"),
        ('hs_codes: ["9503"]', "hs_codes: [9503]", "hs_codes[0]: should be text (quote it), is 9503"),
        ('value: "5"', "value: 5", "facts[0].value: should be text (quote it), is 5"),
        ("source: 1", "source: one", "facts[0].source: should be the number of a source, is 'one'"),
        ("status: in_force", "status: valid", "status: should be one of in_force"),
        ("tier: law", "tier: best", "sources[0].tier: should be one of law"),
        ("next_check: 2027-05-01\n", "", "article: next_check is missing"),
        ("next_check: 2027-05-01", "next_check: May 2027", "next_check: should be an ISO date or null, is 'May 2027'"),
        ("related:", "see_also:", "article: unknown key see_also"),
        ("title: {zh: 欧盟玩具标签, en: ", "title: {zh: 欧盟玩具标签, fr: ", "title: en is missing"),
        ("products: {zh: [玩具], en: [toys]}", "products: toys", "products: should be a mapping with zh and en"),
        ("id: eu-toy-labels", "id: [", "not YAML: "),
    ],
)
def test_a_wrong_shape_is_named(base: Path, old: str, new: str, problem: str) -> None:
    spoil(base, "toys/eu-toy-labels.yml", old, new)
    found = [str(one) for one in read(base).problems]
    assert any(one.startswith(f"toys/eu-toy-labels.yml: error: {problem}") for one in found), found


def test_all_problems_of_all_files_are_told(base: Path) -> None:
    spoil(base, "toys/eu-toy-labels.yml", "status: in_force", "status: valid")
    spoil(base, "toys/eu-toy-labels.yml", "tier: law", "tier: best")
    (base / "food" / "jp-tea-residues.yml").write_text("- a list", "utf-8")
    with pytest.raises(ReadingError) as error:
        load(base)
    files = [problem.file for problem in error.value.problems]
    assert files == ["food/jp-tea-residues.yml", "toys/eu-toy-labels.yml", "toys/eu-toy-labels.yml"]
    assert "not a mapping" in str(error.value)


def test_a_broken_file_does_not_hide_the_others(base: Path) -> None:
    (base / "food" / "jp-tea-residues.yml").write_bytes(b"\xff\xfe: {")
    reading = read(base)
    assert [article.id for article in reading.entries] == ["comment-period", "enquiry-point", "eu-toy-labels"]
    assert [problem.file for problem in reading.problems] == ["food/jp-tea-residues.yml"]
