"""Articles: one curated answer each, the first kind of entry."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.entry import NO_TEXT, Entry, Status, Text
from knowledge.path import Route, route
from knowledge.reading import Reading, ReadingError, Taker, common, read_folder

REQUIRED = (
    *("id", "topic", "title", "questions", "answer", "facts", "markets", "hs_codes", "products", "status"),
    *("valid_from", "valid_until", "next_check", "sources", "related"),
)
OPTIONAL = ("details", "notes", "path")


@dataclass(frozen=True, slots=True, kw_only=True)
class Article(Entry):
    """One curated answer with its sources; `file` is `<topic>/<id>.yml`."""

    topic: str
    answer: Text
    details: Text = NO_TEXT
    path: tuple[Route, ...] = ()

    @property
    def texts(self) -> tuple[Text, ...]:
        return self.answer, self.details


def load(folder: Path) -> list[Article]:
    """All articles of `folder`, by id (400 take 0.3 s). Raises ReadingError with every problem of shape."""
    reading = read(folder)
    if reading.problems:
        raise ReadingError(reading.problems)
    return list(reading.entries)


def read(folder: Path) -> Reading[Article]:
    """As `load`, but a broken file becomes problems and the rest is kept."""
    reading = read_folder(folder, _build)
    return Reading(tuple(sorted(reading.entries, key=lambda article: article.id)), reading.problems)


def _build(take: Taker, raw: dict[str, Any]) -> Article:
    take.keys(raw, "article", REQUIRED, OPTIONAL)
    return Article(
        **common(take, raw),
        topic=take.string(raw.get("topic"), "topic"),
        answer=take.text(raw.get("answer"), "answer"),
        details=take.optional_text(raw.get("details"), "details"),
        path=take.items(raw.get("path"), "path", route),
        status=take.choice(raw.get("status"), "status", Status),
        valid_from=take.day(raw.get("valid_from"), "valid_from"),
        valid_until=take.day(raw.get("valid_until"), "valid_until"),
    )
