"""How well the base answers a frozen set of questions: ranks, key facts, and answers given where there is none."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Kind(StrEnum):
    """What a question is there to find out."""

    KNOWN = "known"  # one of the `expect`ed articles answers
    COMPOSED = "composed"  # answered by something made of facts: a sheet, a comparison, a case...
    TRAP = "trap"  # a made-up rule, a false premise, an instruction: must not be answered
    OUTSIDE = "outside"  # another subject: must not be answered


class QuestionError(Exception):
    """The file of questions cannot be used; the message names the line and what was expected."""


@dataclass(frozen=True, slots=True)
class Question:
    """One line of the file. `facts` are patterns that the reply must have, `never` what it must not."""

    id: str
    lang: str
    text: str
    kind: str
    expect: tuple[str, ...] = ()
    by: tuple[str, ...] = ()  # the forms that may answer a composed one
    facts: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was made of a question: the ids ranked best, what answered (`form`), and the words of the reply."""

    ranked: tuple[str, ...]
    form: str  # "none" when nothing was answered
    reply: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """One question judged. `rank` is 1 for the first, 0 for not among those ranked."""

    question: Question
    outcome: Outcome
    rank: int
    facts_right: bool
    answered: bool

    @property
    def confident_wrong(self) -> bool:
        """An answer where there is none, or words that must not be said."""
        said = any(re.search(pattern, self.outcome.reply) for pattern in self.question.never)
        return said or (self.answered and self.question.kind in (Kind.TRAP, Kind.OUTSIDE) and not self.question.never)

    @property
    def good(self) -> bool:
        if self.question.kind in (Kind.TRAP, Kind.OUTSIDE):
            return not self.confident_wrong
        if self.question.kind == Kind.COMPOSED:
            return self.facts_right and self.outcome.form in self.question.by
        return self.rank == 1 and self.answered and self.facts_right


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares from 0 to 1 over the questions that they are about."""

    questions: int
    known: int
    recall_at_1: float
    recall_at_5: float
    mrr: float
    answered: float  # of the known ones
    key_facts: float  # of those with patterns, in the words of the reply
    composed: float
    confident_wrong: float  # of the traps and those outside


def read(path: Path) -> list[Question]:
    """The questions of a JSON lines file. Raises QuestionError with the first line that is none."""
    lines = path.read_text("utf-8").splitlines()
    return [_question(number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _question(number: int, line: str) -> Question:
    try:
        raw = json.loads(line)
        lists = {name: tuple(map(str, _listed(raw.get(name)))) for name in ("expect", "by", "facts", "never")}
        for pattern in (*lists["facts"], *lists["never"]):
            re.compile(pattern)
        return Question(str(raw["id"]), str(raw["lang"]), str(raw["text"]), Kind(raw["kind"]).value, **lists)
    except (ValueError, KeyError, TypeError, AttributeError, re.error) as error:
        raise QuestionError(f"line {number}: {error}") from error


def _listed(value: object) -> list[object]:
    return [] if value is None else value if isinstance(value, list) else [value]


def judge(question: Question, outcome: Outcome) -> Verdict:
    places = [place for place, entry in enumerate(outcome.ranked, start=1) if entry in question.expect]
    right = all(re.search(pattern, outcome.reply, re.IGNORECASE) for pattern in question.facts)
    return Verdict(question, outcome, min(places, default=0), right, outcome.form != "none")


def figures(verdicts: Sequence[Verdict]) -> Figures:
    known = [one for one in verdicts if one.question.kind == Kind.KNOWN]
    stated = [one for one in verdicts if one.question.facts]
    composed = [one for one in verdicts if one.question.kind == Kind.COMPOSED]
    silent = [one for one in verdicts if one.question.kind in (Kind.TRAP, Kind.OUTSIDE)]
    return Figures(
        questions=len(verdicts),
        known=len(known),
        recall_at_1=_share(one.rank == 1 for one in known),
        recall_at_5=_share(1 <= one.rank <= 5 for one in known),
        mrr=sum(1 / one.rank for one in known if one.rank) / max(len(known), 1),
        answered=_share(one.answered for one in known),
        key_facts=_share(one.facts_right for one in stated),
        composed=_share(one.good for one in composed),
        confident_wrong=_share(one.confident_wrong for one in silent),
    )


def _share(values: Iterable[bool]) -> float:
    counted = list(values)
    return sum(counted) / len(counted) if counted else 0.0


def evaluate(questions: Iterable[Question], ask: Callable[[Question], Outcome]) -> list[Verdict]:
    return [judge(question, ask(question)) for question in questions]


# -- the report ---------------------------------------------------------------------------------

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; margin: 2rem auto; max-width: 70rem; }}
table {{ border-collapse: collapse; width: 100%; }} th, td {{ text-align: left; vertical-align: top;
padding: .3rem .6rem; border-bottom: 1px solid #ddd; }} .bad td {{ background: #fdecea; }} pre {{ white-space: pre-wrap;
margin: 0; font: inherit; }} details {{ max-width: 30rem; }}
</style>
<h1>{title}</h1>
<table>{summary}</table>
<h2>Questions</h2>
<table><tr><th>id</th><th>kind</th><th>question</th><th>expected</th><th>ranked</th><th>answered by</th><th>rank</th>
<th>facts</th><th>reply</th></tr>
{rows}
</table></html>
"""


def report(verdicts: Sequence[Verdict], *, title: str) -> str:
    """A page of its own with all figures and every question; the ones that failed are marked and come first."""
    found = figures(verdicts)
    summary = "".join(f"<tr><th>{name}</th><td>{_shown(getattr(found, name))}</td></tr>" for name in found.__slots__)
    ordered = sorted(verdicts, key=lambda one: one.good)
    return _PAGE.format(title=html.escape(title), summary=summary, rows="\n".join(map(_row, ordered)))


def _shown(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.1%}"


def _row(one: Verdict) -> str:
    question, outcome = one.question, one.outcome
    cells = (
        *(question.id, question.kind, question.text, ", ".join(question.expect or question.by)),
        *(", ".join(outcome.ranked[:5]), outcome.form, str(one.rank or "–"), "yes" if one.facts_right else "no"),
    )
    told = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
    reply = f"<td><details><summary>…</summary><pre>{html.escape(outcome.reply)}</pre></details></td>"
    return f"<tr{'' if one.good else ' class=bad'}>{told}{reply}</tr>"
