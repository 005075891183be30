"""What is checked in entries of every kind: place, languages, codes, dates, sources, links."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlsplit

from knowledge.entry import LANGUAGES, OPENED, RECALLED, Entry, Fact, Source, Text
from knowledge.reading import Problem
from knowledge.tokens import plain
from nlu import hs, markets

K = TypeVar("K")
V = TypeVar("V")

ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
# A full stop ends a sentence before a blank and a capital or a figure, unless it belongs to an abbreviation
_ABBREVIATION = re.compile(r"\b(?:[A-Z]|No|Nr|vs|Art|Arts|Reg|Add|Rev|Corr|Suppl|Ch|e\.g|i\.e|Co|Ltd|Inc|U\.S)\.")
_SENTENCE_END = {
    "zh": re.compile(r"[。！？!?]+[”」）]*"),
    "en": re.compile(r"[.!?]+[\"”')]*(?=\s+[\"“(]?[A-Z0-9]|\s*$)"),
}


def place(entry: Entry, *, folder: str = "") -> Iterator[str]:
    there, _, name = entry.file.rpartition("/")
    if not ID.fullmatch(entry.id):
        yield f"id: {entry.id!r} should be small letters, digits and single hyphens"
    if name != f"{entry.id}.yml":
        yield f"id: {entry.id!r} is not the file's name"
    if folder and there != folder:
        yield f"topic: {folder!r} is not the folder"


def shared_texts(entry: Entry) -> dict[str, Text]:
    """The texts of any entry that must be there in both languages."""
    notes = {"notes": entry.notes} if any(entry.notes.both) else {}
    return {"title": entry.title} | fact_texts(entry.facts) | source_texts(entry.sources) | notes


def fact_texts(found: Sequence[Fact], where: str = "facts") -> dict[str, Text]:
    return {f"{where}[{number}].name": fact.name for number, fact in enumerate(found)}


def source_texts(found: Sequence[Source]) -> dict[str, Text]:
    issuers = {f"sources[{number}].issuer": source.issuer for number, source in enumerate(found)}
    return issuers | {f"sources[{number}].title": source.title for number, source in enumerate(found)}


def empty(wanted: Mapping[str, Text]) -> Iterator[str]:
    for where, text in wanted.items():
        yield from (f"{where}: {language} is empty" for language in LANGUAGES if not text[language])


def sentences(text: str, language: str) -> int:
    """How many sentences a text has; an unfinished last one counts."""
    pieces = _SENTENCE_END[language].split(_ABBREVIATION.sub("", text))
    return sum(1 for piece in pieces if piece.strip())


def facts(found: Sequence[Fact], entry: Entry, where: str = "facts") -> Iterator[str]:
    for number, fact in enumerate(found):
        yield from cited([fact.source], entry.sources, f"{where}[{number}].source")
        if not fact.value:
            yield f"{where}[{number}].value: is empty"


def cited(found: Iterable[int], there: Sequence[Source], where: str) -> Iterator[str]:
    for number in found:
        if not 1 <= number <= len(there):
            yield f"{where}: there is no source {number} (they count from 1)"


def traceable(entry: Entry) -> Iterator[str]:
    for fact in entry.facts:
        yield from (fact.value, fact.unit or "", fact.name.zh, fact.name.en)
    for source in entry.sources:
        yield from (source.title.zh, source.title.en, source.url)
    yield from (entry.title.zh, entry.title.en, str(entry.valid_from), str(entry.valid_until))


def numbers(text: str) -> set[str]:
    """The numbers of a text, plainly written: `2,000.50` gives 2000.5, `2026-01-01` gives 2026 and 1."""
    return {_plain_number(match[0]) for match in _NUMBER.finditer(text)}


def _plain_number(written: str) -> str:
    digits = re.sub(r",(?=\d{3}(?!\d))", "", written)
    whole, point, part = digits.partition(".")
    part = part.rstrip("0")
    return (whole.lstrip("0") or "0") + (point + part if part else "")


def codes(entry: Entry) -> Iterator[str]:
    for market in entry.markets:
        if market not in markets.markets():
            yield f"markets: {market!r} is not known"
    yield from bad_codes(entry.hs_codes)


def bad_codes(found: Iterable[str], where: str = "hs_codes") -> Iterator[str]:
    for code in found:
        problem = hs.check(code)
        if not code.isdigit():
            yield f"{where}: {code!r} should be digits only"
        elif problem and not problem.is_warning:
            yield f"{where}: {code} cannot be ({problem.kind})"


def odd_codes(entry: Entry) -> Iterator[str]:
    for code in entry.hs_codes:
        problem = hs.check(code)
        if problem and problem.is_warning:
            yield f"hs_codes: {code} is not in HS {hs.EDITION}"


def dates(entry: Entry) -> Iterator[str]:
    start, end, check_on, checked_on = entry.valid_from, entry.valid_until, entry.next_check, entry.checked_on
    if start and end and end < start:
        yield f"valid_until: {end} is before valid_from {start}"
    if check_on is None:
        yield "next_check: is missing"
    elif checked_on and check_on <= checked_on:
        yield f"next_check: {check_on} is not after the last reading, {checked_on}"


def sources(found: Sequence[Source]) -> Iterator[str]:
    if not found:
        yield "sources: there is none"
    for number, source in enumerate(found):
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


def related(
    named: Iterable[str], there: Collection[str], entry: Entry | None = None, *, what: str = "article"
) -> Iterator[str]:
    where = "related" if what == "article" else f"{what}s"
    for other in named:
        if other not in there:
            yield f"{where}: there is no {what} {other!r}"
        elif entry and what == "article" and other == entry.id:
            yield "related: names itself"


def same_ids(entries: Sequence[Entry]) -> Iterator[Problem]:
    by_id = _grouped((entry.id, entry.file) for entry in entries)
    for entry_id, files in by_id.items():
        yield from (Problem(file, f"id: {entry_id!r} is also in {files[0]}") for file in files[1:])


def same_questions(entries: Sequence[Entry]) -> Iterator[Problem]:
    """A question that two entries ask, or one asks twice: equal but for marks, blanks, width and case."""
    asked = _grouped((plain(text), (entry.file, text)) for entry in entries for text in entry.questions.all)
    for (first, _), *others in asked.values():
        for file, text in others:
            where = f", also in {first}" if first != file else ""
            yield Problem(file, f"questions: {text!r} is asked twice{where}")


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    groups: defaultdict[K, list[V]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups
