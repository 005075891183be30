"""The glossary: terms with abbreviation and definition; one file holds the terms of a topic and their sources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from knowledge.entry import Entry, Kind, Source, Text, Texts
from knowledge.reading import Reading, Taker, read_folder, source


@dataclass(frozen=True, slots=True, kw_only=True)
class Term(Entry):
    """One term; `also` are other names of the same, `related` the ids of articles."""

    kind: ClassVar[Kind] = Kind.TERM

    abbreviation: str
    also: Texts
    definition: Text
    cited: tuple[int, ...]

    @property
    def texts(self) -> tuple[Text, ...]:
        return (self.definition,)

    @property
    def names(self) -> tuple[str, ...]:
        """All that it is called by, in both languages."""
        every = (self.abbreviation, self.title.zh, self.title.en, *self.also.all)
        return tuple(dict.fromkeys(name for name in every if name))


@dataclass(frozen=True, slots=True)
class Topic:
    """One file of terms."""

    file: str
    terms: tuple[Term, ...]
    sources: tuple[Source, ...]
    next_check: date | None


def read(folder: Path) -> Reading[Topic]:
    """All files of terms in `folder`."""
    return read_folder(folder, _build)


def terms(topics: Iterable[Topic]) -> tuple[Term, ...]:
    return tuple(term for topic in topics for term in topic.terms)


def _build(take: Taker, raw: dict[str, Any]) -> Topic:
    take.keys(raw, "glossary", ("terms", "sources", "next_check"), ())
    sources = take.items(raw.get("sources"), "sources", source)
    check_on = take.day(raw.get("next_check"), "next_check")

    def term(take: Taker, raw: dict[str, Any], where: str) -> Term:
        return _term(take, raw, where, sources, check_on)

    return Topic(take.file, take.items(raw.get("terms"), "terms", term), sources, check_on)


def _term(take: Taker, raw: dict[str, Any], where: str, sources: tuple[Source, ...], check_on: date | None) -> Term:
    take.keys(raw, where, ("id", "term", "definition", "sources"), ("abbreviation", "also", "related"))
    cited = take.numbers(raw.get("sources"), f"{where}.sources")
    short = take.string(raw.get("abbreviation"), f"{where}.abbreviation")
    also = take.texts(raw.get("also"), f"{where}.also")
    return Term(
        file=take.file,
        id=take.string(raw.get("id"), f"{where}.id"),
        title=take.text(raw.get("term"), f"{where}.term"),
        questions=Texts((*also.zh, *([short] if short else [])), also.en),
        abbreviation=short,
        also=also,
        definition=take.text(raw.get("definition"), f"{where}.definition"),
        sources=tuple(sources[number - 1] for number in cited if 1 <= number <= len(sources)),
        cited=cited,
        related=take.strings(raw.get("related"), f"{where}.related"),
        next_check=check_on,
    )
