"""Everything that is wrong with the base, all kinds at once, and what is due to be looked at again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from knowledge.base import Base, read
from knowledge.check import kinds
from knowledge.check.articles import check
from knowledge.check.entries import odd_codes, same_ids, same_questions
from knowledge.check.kinds import Links
from knowledge.entry import Entry
from knowledge.reading import Level, Problem

SOON = timedelta(days=30)


def check_base(folder: Path, *, today: date | None = None) -> list[Problem]:
    """All problems of shape and content of the folder `knowledge`; with `today` also what is due for checking."""
    base = read(folder)
    found = [*base.problems, *_content(base), *(_due(base, today) if today else ())]
    return sorted(found, key=lambda problem: (problem.file, problem.level, problem.what))


def _content(base: Base) -> Iterator[Problem]:
    for problem in check(base.articles):
        yield Problem(f"articles/{problem.file}", problem.what, problem.level)
    links = _links(base)
    for sheet in base.markets:
        yield from _named("markets", sheet.file, kinds.market(sheet, links))
    for case in base.cases:
        yield from _named("cases", case.file, kinds.case(case, links))
    for countermeasure in base.countermeasures:
        yield from _named("countermeasures", countermeasure.file, kinds.countermeasure(countermeasure, links))
    for topic in base.glossary:
        yield from _named("glossary", topic.file, kinds.glossary(topic, links))
    for file, what in kinds.same_terms(base.terms):
        yield Problem(f"glossary/{file}", what)
    for expert in base.experts:
        yield from _named("experts", expert.file, kinds.expert(expert))
    yield from _common(base)


def _common(base: Base) -> Iterator[Problem]:
    for kind, entries in _entries(base).items():
        for problem in () if kind == "articles" else (*same_ids(entries), *same_questions(entries)):
            yield Problem(f"{kind}/{problem.file}", problem.what, problem.level)
        for entry in () if kind == "articles" else entries:
            yield from _named(kind, entry.file, odd_codes(entry), Level.WARNING)


def _entries(base: Base) -> dict[str, tuple[Entry, ...]]:
    return {
        "articles": base.articles,
        "markets": base.markets,
        "cases": base.cases,
        "countermeasures": base.countermeasures,
    }


def _links(base: Base) -> Links:
    return Links(
        articles={article.id for article in base.articles},
        cases={case.id for case in base.cases},
        countermeasures={one.id for one in base.countermeasures},
        tags={tag for expert in base.experts for tag in expert.tags},
    )


def _named(kind: str, file: str, whats: Iterator[str], level: Level = Level.ERROR) -> Iterator[Problem]:
    yield from (Problem(f"{kind}/{file}", what, level) for what in whats)


def _due(base: Base, today: date) -> Iterator[Problem]:
    """What has passed its day, and what will within a month."""
    dated = [(kind, entry.file, entry.next_check) for kind, entries in _entries(base).items() for entry in entries]
    dated += [("glossary", topic.file, topic.next_check) for topic in base.glossary]
    for kind, file, check_on in dated:
        if check_on and check_on <= today + SOON:
            word = "was" if check_on < today else "is"
            yield Problem(f"{kind}/{file}", f"next_check {word} {check_on}", Level.DUE)
