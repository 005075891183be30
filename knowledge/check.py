"""Everything that is wrong with the knowledge base, all at once, for editors and for CI."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from knowledge.article import LANGUAGES, OPENED, RECALLED, Article, Level, Problem, Source, read
from knowledge.tokens import plain
from nlu import hs, markets

K = TypeVar("K")
V = TypeVar("V")

FEWEST_QUESTIONS = 4  # per language
SENTENCES = range(2, 6)  # an answer has 2 to 5
LONGEST_ANSWER = {"zh": 600, "en": 1100}  # characters that fit a phone
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
# A full stop ends a sentence before a blank and a capital or a figure, unless it belongs to an abbreviation
_ABBREVIATION = re.compile(r"\b(?:[A-Z]|No|Nr|vs|Art|Arts|Reg|Add|Rev|Corr|Suppl|Ch|e\.g|i\.e|Co|Ltd|Inc|U\.S)\.")
_SENTENCE_END = {
    "zh": re.compile(r"[。！？!?]+[”」）]*"),
    "en": re.compile(r"[.!?]+[\"”')]*(?=\s+[\"“(]?[A-Z0-9]|\s*$)"),
}


def check_folder(folder: Path) -> list[Problem]:
    """All problems of shape and of content; files that cannot be built are left out of the checks of content."""
    reading = read(folder)
    return sorted([*reading.problems, *check(reading.articles)], key=lambda problem: (problem.file, problem.what))


def check(articles: Sequence[Article]) -> list[Problem]:
    """All problems of content, errors and warnings, of articles that could be read."""
    ids = {article.id for article in articles}
    single = [problem for article in articles for problem in _check_one(article, ids)]
    return [*single, *_same_ids(articles), *_same_questions(articles)]


def _check_one(article: Article, ids: set[str]) -> Iterator[Problem]:
    whats = (
        *_place(article),
        *_empty_texts(article),
        *_questions(article),
        *_answer(article),
        *_facts(article),
        *_codes(article),
        *_dates(article),
        *_sources(article),
        *_related(article, ids),
    )
    yield from (Problem(article.file, what) for what in whats)
    yield from (Problem(article.file, what, Level.WARNING) for what in (*_numbers(article), *_odd_codes(article)))


def _place(article: Article) -> Iterator[str]:
    folder, _, name = article.file.rpartition("/")
    if not _ID.fullmatch(article.id):
        yield f"id: {article.id!r} should be small letters, digits and single hyphens"
    if name != f"{article.id}.yml":
        yield f"id: {article.id!r} is not the file's name"
    if folder != article.topic:
        yield f"topic: {article.topic!r} is not the folder"


def _empty_texts(article: Article) -> Iterator[str]:
    wanted = {"title": article.title, "answer": article.answer}
    wanted |= {f"facts[{number}].name": fact.name for number, fact in enumerate(article.facts)}
    for number, source in enumerate(article.sources):
        wanted |= {f"sources[{number}].issuer": source.issuer, f"sources[{number}].title": source.title}
    for name, optional in (("details", article.details), ("notes", article.notes)):
        if optional.zh or optional.en:
            wanted[name] = optional
    for where, text in wanted.items():
        yield from (f"{where}: {language} is empty" for language in LANGUAGES if not text[language])


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


def sentences(text: str, language: str) -> int:
    """How many sentences a text has; an unfinished last one counts."""
    pieces = _SENTENCE_END[language].split(_ABBREVIATION.sub("", text))
    return sum(1 for piece in pieces if piece.strip())


def _facts(article: Article) -> Iterator[str]:
    for number, fact in enumerate(article.facts):
        if not 1 <= fact.source <= len(article.sources):
            yield f"facts[{number}].source: there is no source {fact.source} (they count from 1)"
        if not fact.value:
            yield f"facts[{number}].value: is empty"


def _numbers(article: Article) -> Iterator[str]:
    """Numbers of an answer that a reader could not trace: in no fact, no title, no source's name or address."""
    known = {number for text in _traceable(article) for number in numbers(text)}
    for language in LANGUAGES:
        missing = sorted(numbers(article.answer[language]) - known)
        if missing:
            yield f"answer: {', '.join(missing)} in {language} are in no fact"


def _traceable(article: Article) -> Iterator[str]:
    for fact in article.facts:
        yield from (fact.value, fact.unit or "", fact.name.zh, fact.name.en)
    for source in article.sources:
        yield from (source.title.zh, source.title.en, source.url)
    yield from (article.title.zh, article.title.en, str(article.valid_from), str(article.valid_until))


def numbers(text: str) -> set[str]:
    """The numbers of a text, plainly written: `2,000.50` gives 2000.5, `2026-01-01` gives 2026 and 1."""
    return {_plain_number(match[0]) for match in _NUMBER.finditer(text)}


def _plain_number(written: str) -> str:
    digits = re.sub(r",(?=\d{3}(?!\d))", "", written)
    whole, point, part = digits.partition(".")
    part = part.rstrip("0")
    return (whole.lstrip("0") or "0") + (point + part if part else "")


def _codes(article: Article) -> Iterator[str]:
    for market in article.markets:
        if market not in markets.markets():
            yield f"markets: {market!r} is not known"
    for code in article.hs_codes:
        problem = hs.check(code)
        if not code.isdigit():
            yield f"hs_codes: {code!r} should be digits only"
        elif problem and not problem.is_warning:
            yield f"hs_codes: {code} cannot be ({problem.kind})"


def _odd_codes(article: Article) -> Iterator[str]:
    for code in article.hs_codes:
        problem = hs.check(code)
        if problem and problem.is_warning:
            yield f"hs_codes: {code} is not in HS {hs.EDITION}"


def _dates(article: Article) -> Iterator[str]:
    start, end, check_on, checked_on = article.valid_from, article.valid_until, article.next_check, article.checked_on
    if start and end and end < start:
        yield f"valid_until: {end} is before valid_from {start}"
    if check_on is None:
        yield "next_check: is missing"
    elif checked_on and check_on <= checked_on:
        yield f"next_check: {check_on} is not after the last reading, {checked_on}"


def _sources(article: Article) -> Iterator[str]:
    if not article.sources:
        yield "sources: there is none"
    for number, source in enumerate(article.sources):
        yield from (f"sources[{number}].{what}" for what in _source(source))


def _source(source: Source) -> Iterator[str]:
    if not is_address(source.url):
        yield f"url: {source.url!r} is no http or https address"
    if source.read != RECALLED and source.opened is None:
        form = "has no such day" if OPENED.fullmatch(source.read) else "should be `opened: YYYY-MM-DD` or `recalled`"
        yield f"read: {source.read!r} {form}"


def is_address(url: str) -> bool:
    """Whether this can be opened: http or https, a host, no blanks."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and "." in (parts.hostname or "") and not re.search(r"\s", url)
    except ValueError:
        return False


def _related(article: Article, ids: set[str]) -> Iterator[str]:
    for other in article.related:
        if other not in ids:
            yield f"related: there is no article {other!r}"
        elif other == article.id:
            yield "related: names itself"


def _same_ids(articles: Sequence[Article]) -> Iterator[Problem]:
    by_id = _grouped((article.id, article.file) for article in articles)
    for article_id, files in by_id.items():
        yield from (Problem(file, f"id: {article_id!r} is also in {files[0]}") for file in files[1:])


def _same_questions(articles: Sequence[Article]) -> Iterator[Problem]:
    """A question that two articles ask, or one asks twice: equal but for marks, blanks, width and case."""
    asked = _grouped((plain(text), (article.file, text)) for article in articles for text in article.questions.all)
    for (first, _), *others in asked.values():
        for file, text in others:
            where = f", also in {first}" if first != file else ""
            yield Problem(file, f"questions: {text!r} is asked twice{where}")


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    groups: defaultdict[K, list[V]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups
