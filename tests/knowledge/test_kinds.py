"""Market sheets, cases, countermeasures, terms and experts: read into typed values; what is wrong is named."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from knowledge import base
from knowledge.check import check_base
from knowledge.market import Topic
from knowledge.reading import Level

REAL = Path(__file__).parents[2] / "knowledge"
SHEET, CASE = "markets/sa.yml", "cases/lighters-eu-child-resistance.yml"
MEASURE, TERMS, EXPERT = (
    "countermeasures/ask-for-extension.yml",
    "glossary/transparency.yml",
    "experts/sample-shipment.yml",
)


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A copy of the real base that a test may spoil."""
    for kind in base.KINDS:
        shutil.copytree(REAL / kind, tmp_path / kind)
    return tmp_path


def test_every_kind_is_read_with_typed_values() -> None:
    read = base.read(REAL)
    sheet = next(sheet for sheet in read.markets if sheet.market == "SA")
    case = next(case for case in read.cases if case.id == "lighters-eu-child-resistance")
    assert not read.problems
    assert sheet.markets == ("SA",)
    assert sheet.fields[Topic.CERTIFICATES].facts[0].value == "1"
    assert case.course[0].date == "2001-10"
    assert case.checked_on == date(2026, 11, 28)
    assert next(one for one in read.countermeasures if one.id == "ask-for-extension").legal_hooks[0].rule == "TBT 2.9.4"
    assert next(term for term in read.terms if term.id == "stc").sources[0].url.startswith("https://www.wto.org")
    assert all(expert.sample for expert in read.experts)


def test_a_group_of_products_speaks_before_the_sheet() -> None:
    sheet = next(sheet for sheet in base.read(REAL).markets if sheet.market == "SA")
    electrical = next(group for group in sheet.groups if group.group == "electrical")
    assert sheet.field(Topic.MARKS, electrical) != sheet.field(Topic.MARKS)
    assert sheet.field(Topic.CERTIFICATES, electrical) == sheet.field(Topic.CERTIFICATES)


def test_the_real_base_has_no_errors() -> None:
    assert [str(problem) for problem in check_base(REAL) if problem.level is Level.ERROR] == []


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        (SHEET, "id: sa", "id: xx", "markets: 'XX' is not known"),
        (SHEET, "id: sa", "id: ae", "id: 'ae' is not the file's name"),
        (SHEET, "  marks:\n", "  logos:\n", "fields: unknown key logos"),
        (SHEET, "zh: 部分产品G标志", 'zh: ""', "fields.marks.short: zh is empty"),
        (SHEET, "zh: 部分产品G标志", "zh: " + "长" * 17, "fields.marks.short: 17 characters in zh, at most 16"),
        (SHEET, "sources: [2, 3]", "sources: [2, 9]", "fields.marks.sources: there is no source 9"),
        (SHEET, "group: electrical", "group: gadgets", "groups[0].group: should be one of electrical"),
        (SHEET, "[sa-saber-saso,", "[no-such,", "related: there is no article 'no-such'"),
        (CASE, "outcome: changed", "outcome: won", "outcome: should be one of withdrawn"),
        (CASE, '"2001-10"', '"Oct 2001"', 'course[0].date: should be a date in quotes: "2006"'),
        (CASE, '"2001-10"', '"2011-10"', "course: the events are not in the order of their dates"),
        (CASE, "[ask-for-extension]", "[pray]", "countermeasures: there is no countermeasure 'pray'"),
        (CASE, "symbols: []", "symbols: [G-9]", "symbols: 'G-9' is no symbol"),
        (MEASURE, "states: [draft,", "states: [rumour,", "states[0]: should be one of draft"),
        (MEASURE, "experts: [notification,", "experts: [magic,", "experts: no expert has the tag 'magic'"),
        (MEASURE, "cases: [lighters-eu-child-resistance]", "cases: [x]", "cases: there is no case 'x'"),
        (TERMS, "  - id: enquiry-point", "  - id: stc", "'id stc' is also in transparency.yml"),
        (TERMS, "sources: [1]", "sources: [7]", "terms[0].sources: there is no source 7"),
        (EXPERT, "sample: true", "sample: false", "consent_to_be_named: a real person is named only with consent"),
    ],
)
def test_what_is_wrong_is_named(whole: Path, file: str, old: str, new: str, what: str) -> None:
    text = (whole / file).read_text("utf-8")
    assert old in text
    (whole / file).write_text(text.replace(old, new, 1), "utf-8")
    found = [str(problem) for problem in check_base(whole) if problem.level is Level.ERROR]
    assert any(problem.startswith(file) and what in problem for problem in found), found


def test_what_is_due_is_told_a_month_before() -> None:
    sheet = next(sheet for sheet in base.read(REAL).markets if sheet.market == "SA")
    assert sheet.next_check

    def due(day: date) -> list[str]:
        return [one.what for one in check_base(REAL, today=day) if one.level is Level.DUE and one.file == SHEET]

    assert due(date(2026, 11, 28)) == []
    assert due(sheet.next_check) == [f"next_check is {sheet.next_check}"]
    assert due(date(2030, 1, 1)) == [f"next_check was {sheet.next_check}"]
