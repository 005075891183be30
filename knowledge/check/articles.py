"""What is wrong with articles: their own checks, and those that all entries share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from knowledge.article import Article, read
from knowledge.check.entries import (
    codes,
    dates,
    empty,
    facts,
    numbers,
    odd_codes,
    place,
    related,
    same_ids,
    same_questions,
    sentences,
    shared_texts,
    sources,
    traceable,
)
from knowledge.check.path import path, untraced
from knowledge.entry import LANGUAGES
from knowledge.reading import Level, Problem

FEWEST_QUESTIONS = 4  # per language
SENTENCES = range(2, 6)  # an answer has 2 to 5
LONGEST_ANSWER = {"zh": 600, "en": 1100}  # characters that fit a phone


def check_folder(folder: Path) -> list[Problem]:
    """All problems of shape and of content; files that cannot be built are left out of the checks of content."""
    reading = read(folder)
    return sorted([*reading.problems, *check(reading.entries)], key=lambda problem: (problem.file, problem.what))


def check(articles: Sequence[Article]) -> list[Problem]:
    """All problems of content, errors and warnings, of articles that could be read."""
    ids = {article.id for article in articles}
    single = [problem for article in articles for problem in _check_one(article, ids)]
    return [*single, *same_ids(articles), *same_questions(articles)]


def _check_one(article: Article, ids: set[str]) -> Iterator[Problem]:
    texts = {"answer": article.answer} | ({"details": article.details} if any(article.details.both) else {})
    whats = (
        *place(article, folder=article.topic),
        *empty(shared_texts(article) | texts),
        *_questions(article),
        *_answer(article),
        *facts(article.facts, article),
        *codes(article),
        *dates(article),
        *sources(article.sources),
        *related(article.related, ids, article),
        *path(article),
    )
    yield from (Problem(article.file, what) for what in whats)
    doubtful = (*_numbers(article), *untraced(article), *odd_codes(article))
    yield from (Problem(article.file, what, Level.WARNING) for what in doubtful)


def _questions(article: Article) -> Iterator[str]:
    for language in LANGUAGES:
        asked = article.questions[language]
        if len(asked) < FEWEST_QUESTIONS:
            yield f"questions: {len(asked)} in {language}, should be {FEWEST_QUESTIONS} or more"
        if any(not question for question in (*asked, *article.products[language])):
            yield f"questions or products: an empty one in {language}"


def _answer(article: Article) -> Iterator[str]:
    for language in LANGUAGES:
        text = article.answer[language]
        if len(text) > LONGEST_ANSWER[language]:
            yield f"answer: {len(text)} characters in {language}, at most {LONGEST_ANSWER[language]}"
        if text and (count := sentences(text, language)) not in SENTENCES:
            yield f"answer: {count} sentences in {language}, should be {SENTENCES[0]} to {SENTENCES[-1]}"


def _numbers(article: Article) -> Iterator[str]:
    """Numbers of an answer that a reader could not trace: in no fact, no title, no source's name or address."""
    known = {number for text in traceable(article) for number in numbers(text)}
    for language in LANGUAGES:
        missing = sorted(numbers(article.answer[language]) - known)
        if missing:
            yield f"answer: {', '.join(missing)} in {language} are in no fact"
