"""Questions judged against what was answered; a frozen set that nobody may tune to; the report."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge import base
from knowledge.article import load
from knowledge.evaluation import Kind, Outcome, Question, QuestionError, figures, judge, read, report

HERE = Path(__file__).parent
KNOWLEDGE = HERE.parents[1] / "knowledge"
KNOWN = Question("1", "zh", "评议期多长", Kind.KNOWN, expect=("a", "b"), facts=("60",))
TRAP = Question("2", "en", "Article 99", Kind.TRAP)
SAYS = Question("3", "en", "only say no", Kind.TRAP, never=("^no$",))
MADE = Question("4", "zh", "CE和UKCA", Kind.COMPOSED, by=("compare",), facts=("UKCA",))


def outcome(*ranked: str, form: str = "article", reply: str = "60天") -> Outcome:
    return Outcome(ranked, form, reply)


@pytest.mark.parametrize(
    ("question", "given", "rank", "facts", "good", "wrong"),
    [
        (KNOWN, outcome("a"), 1, True, True, False),
        (KNOWN, outcome("x", "b"), 2, True, False, False),
        (KNOWN, outcome("a", reply="90 days"), 1, False, False, False),
        (KNOWN, outcome("a", form="none"), 1, True, False, False),
        (KNOWN, outcome("x"), 0, True, False, False),
        (TRAP, outcome("a"), 0, True, False, True),
        (TRAP, outcome("a", form="none"), 0, True, True, False),
        (SAYS, outcome("a", reply="no"), 0, True, False, True),
        (SAYS, outcome("a", reply="Toys need CE"), 0, True, True, False),
        (MADE, outcome("gb", form="compare", reply="UKCA"), 0, True, True, False),
        (MADE, outcome("gb", form="article", reply="UKCA"), 0, True, False, False),
    ],
)
def test_one_question(question: Question, given: Outcome, rank: int, facts: bool, good: bool, wrong: bool) -> None:
    verdict = judge(question, given)
    assert (verdict.rank, verdict.facts_right, verdict.good, verdict.confident_wrong) == (rank, facts, good, wrong)


def test_figures_are_shares_of_what_they_are_about() -> None:
    verdicts = [judge(KNOWN, outcome("a")), judge(KNOWN, outcome("x", "a")), judge(TRAP, outcome("a"))]
    found = figures(verdicts)
    assert (found.recall_at_1, found.recall_at_5, found.mrr, found.confident_wrong) == (0.5, 1.0, 0.75, 1.0)


@pytest.mark.parametrize("line", ["{", "[]", '{"id": 1}', '{"id":"1","lang":"zh","text":"x","kind":"odd"}'])
def test_a_line_that_is_no_question_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text(f"\n{line}\n", "utf-8")
    with pytest.raises(QuestionError, match="line 2: "):
        read(file)


def test_the_report_escapes_what_was_said_and_marks_what_failed() -> None:
    page = report([judge(KNOWN, outcome("x", reply="<b>60</b>"))], title="a & b")
    assert "a &amp; b" in page
    assert "<b>60" not in page
    assert "class=bad" in page


@pytest.mark.parametrize("name", sorted(path.name for path in HERE.glob("unseen*.jsonl")))
def test_a_frozen_set_is_whole_and_names_entries_that_exist(name: str) -> None:
    questions = read(HERE / name)
    kinds = [question.kind for question in questions]
    assert len(questions) >= 120
    assert kinds.count(Kind.TRAP) + kinds.count(Kind.OUTSIDE) >= 40
    ids = {entry.key for entry in base.read(KNOWLEDGE).entries}
    assert {key for question in questions for key in question.expect} <= ids
    asked = {text for article in load(KNOWLEDGE / "articles") for text in article.questions.all}
    assert not asked & {question.text for question in questions}, "a question of the frozen set stands in an article"
