"""What is wrong with the certification path of an article."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from knowledge.article import Article
from knowledge.check.entries import cited, empty, numbers, traceable
from knowledge.entry import LANGUAGES, Text
from knowledge.path import Route, Step

MOST_ROUTES = 3
STEPS = range(3, 9)
LONGEST: Mapping[str, Mapping[str, int]] = {  # characters that fit a box of the picture on a phone
    "route": {"zh": 24, "en": 60},
    "what": {"zh": 48, "en": 120},
    "result": {"zh": 24, "en": 60},
    "time": {"zh": 24, "en": 60},
}


def path(article: Article) -> Iterator[str]:
    """Everything wrong; each step must stand in a source that was opened."""
    if len(article.path) > MOST_ROUTES:
        yield f"path: {len(article.path)}, at most {MOST_ROUTES}"
    routes = [one.name.zh for one in article.path]
    for number, one in enumerate(article.path):
        where = f"path[{number}]"
        if one.name.zh in routes[:number]:
            yield f"{where}.route: {one.name.zh!r} is there already"
        yield from _one(one, article, where)


def _one(one: Route, article: Article, where: str) -> Iterator[str]:
    yield from _fits("route", one.name, where)
    if len(one.steps) not in STEPS:
        yield f"{where}.steps: {len(one.steps)}, should be {STEPS[0]} to {STEPS[-1]}"
    for number, step in enumerate(one.steps):
        yield from _step(step, article, f"{where}.steps[{number}]")


def _step(step: Step, article: Article, where: str) -> Iterator[str]:
    yield from _fits("what", step.what, where)
    for name, text in (("result", step.result), ("time", step.time)):
        if any(text.both):
            yield from _fits(name, text, where)
    yield from cited(step.sources, article.sources, f"{where}.sources")
    opened = {number for number, source in enumerate(article.sources, 1) if source.opened}
    if not opened & set(step.sources):
        yield f"{where}.sources: none of them was opened"


def _fits(name: str, text: Text, where: str) -> Iterator[str]:
    yield from empty({f"{where}.{name}": text})
    for language in LANGUAGES:
        if len(text[language]) > LONGEST[name][language]:
            yield f"{where}.{name}: {len(text[language])} characters in {language}, at most {LONGEST[name][language]}"


def untraced(article: Article) -> Iterator[str]:
    """Numbers of a path that a reader could not trace."""
    known = {number for text in traceable(article) for number in numbers(text)}
    for language in LANGUAGES:
        said = (text[language] for one in article.path for step in one.steps for text in (step.what, step.result))
        timed = (step.time[language] for one in article.path for step in one.steps)
        missing = sorted({number for text in (*said, *timed) for number in numbers(text)} - known)
        if missing:
            yield f"path: {', '.join(missing)} in {language} are in no fact"
