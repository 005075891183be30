"""Knowledge articles: their values, and reading them from a folder of YAML files with every problem noted."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import yaml

LANGUAGES = ("zh", "en")
OPENED = re.compile(r"opened: (\d{4}-\d{2}-\d{2})")
RECALLED = "recalled"
T = TypeVar("T")


class Status(StrEnum):
    """The legal standing of what an article describes; PRACTICE has none."""

    IN_FORCE = "in_force"
    ADOPTED = "adopted"
    DRAFT = "draft"
    REPEALED = "repealed"
    DISPUTED = "disputed"
    PRACTICE = "practice"


class Tier(StrEnum):
    """How near a source is to the rule itself."""

    LAW = "law"
    AUTHORITY = "authority"
    BODY = "body"
    SECONDARY = "secondary"


class Level(StrEnum):
    """ERROR stops a release; WARNING wants an editor's eye."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one file (path relative to the articles folder)."""

    file: str
    what: str
    level: Level = Level.ERROR

    def __str__(self) -> str:
        return f"{self.file}: {self.level}: {self.what}"


class ArticleError(Exception):
    """The base cannot be loaded; carries every problem, not the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in both languages: `text["zh"]`, `text["en"]`."""

    zh: str = ""
    en: str = ""

    def __getitem__(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Texts:
    """Lists of words in both languages; the two lists need not match one to one."""

    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    def __getitem__(self, language: str) -> tuple[str, ...]:
        return self.zh if language == "zh" else self.en

    @property
    def all(self) -> tuple[str, ...]:
        return self.zh + self.en


@dataclass(frozen=True, slots=True)
class Fact:
    """A value that a machine may quote; `source` is a 1-based index into the article's sources."""

    name: Text
    value: str
    unit: str | None
    source: int


@dataclass(frozen=True, slots=True)
class Source:
    """Where a statement stands; `opened` is the day a copy was really read, None when only recalled."""

    issuer: Text
    title: Text
    url: str
    tier: str
    read: str

    @property
    def opened(self) -> date | None:
        match = OPENED.fullmatch(self.read)
        return _iso_date(match[1]) if match else None


@dataclass(frozen=True, slots=True)
class Article:
    """One curated answer with its sources; `file` is `<topic>/<id>.yml`."""

    file: str
    id: str
    topic: str
    title: Text
    questions: Texts
    answer: Text
    details: Text
    facts: tuple[Fact, ...]
    markets: tuple[str, ...]
    hs_codes: tuple[str, ...]
    products: Texts
    status: str
    valid_from: date | None
    valid_until: date | None
    next_check: date | None
    sources: tuple[Source, ...]
    related: tuple[str, ...]
    notes: Text

    @property
    def checked_on(self) -> date | None:
        """The newest day on which a source was opened; None = unverified."""
        return max((day for source in self.sources if (day := source.opened)), default=None)

    @property
    def verified(self) -> bool:
        return self.checked_on is not None

    def stale(self, today: date) -> bool:
        """An editor should have looked again by now."""
        return self.next_check is not None and self.next_check < today

    def lapsed(self, today: date) -> bool:
        """What it describes has ended (the last valid day is over)."""
        return self.valid_until is not None and self.valid_until < today


@dataclass(frozen=True, slots=True)
class Reading:
    """What a folder holds: the articles that could be built and every problem of shape."""

    articles: tuple[Article, ...]
    problems: tuple[Problem, ...]


def load(folder: Path) -> list[Article]:
    """All articles of `folder`, by id (400 take 0.3 s). Raises ArticleError with every problem of shape."""
    reading = read(folder)
    if reading.problems:
        raise ArticleError(reading.problems)
    return list(reading.articles)


def read(folder: Path) -> Reading:
    """As `load`, but a broken file becomes problems and the rest is kept."""
    paths = sorted(folder.rglob("*.yml"))
    built = [_build(path.relative_to(folder).as_posix(), _parse(path.read_bytes())) for path in paths]
    articles = sorted((article for article, _ in built if article), key=lambda article: article.id)
    return Reading(tuple(articles), tuple(problem for _, problems in built for problem in problems))


# -- from YAML to plain values ------------------------------------------------------------------


def _parse(data: bytes) -> Any:
    """Plain values with ISO dates, or text that says why this is no YAML."""
    try:
        return _plain(yaml.load(data, Loader=yaml.CSafeLoader))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return "not YAML: " + " ".join(str(error).split())


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


# -- from plain values to an article ------------------------------------------------------------

REQUIRED = (
    *("id", "topic", "title", "questions", "answer", "facts", "markets", "hs_codes", "products", "status"),
    *("valid_from", "valid_until", "next_check", "sources", "related"),
)
OPTIONAL = ("details", "notes")


def _build(file: str, raw: Any) -> tuple[Article | None, list[Problem]]:
    if not isinstance(raw, dict):
        return None, [Problem(file, raw if isinstance(raw, str) else "not a mapping")]
    take = _Taker(file)
    take.keys(raw, "article", REQUIRED, OPTIONAL)
    return _article(file, raw, take), take.problems


def _article(file: str, raw: dict[str, Any], take: _Taker) -> Article:
    return Article(
        file=file,
        id=take.string(raw.get("id"), "id"),
        topic=take.string(raw.get("topic"), "topic"),
        title=take.text(raw.get("title"), "title"),
        questions=take.texts(raw.get("questions"), "questions"),
        answer=take.text(raw.get("answer"), "answer"),
        details=take.text(raw["details"], "details") if raw.get("details") else Text(),
        facts=take.items(raw.get("facts"), "facts", _fact),
        markets=take.strings(raw.get("markets"), "markets"),
        hs_codes=take.strings(raw.get("hs_codes"), "hs_codes"),
        products=take.texts(raw.get("products"), "products"),
        status=take.choice(raw.get("status"), "status", Status),
        valid_from=take.day(raw.get("valid_from"), "valid_from"),
        valid_until=take.day(raw.get("valid_until"), "valid_until"),
        next_check=take.day(raw.get("next_check"), "next_check"),
        sources=take.items(raw.get("sources"), "sources", _source),
        related=take.strings(raw.get("related"), "related"),
        notes=take.text(raw["notes"], "notes") if raw.get("notes") else Text(),
    )


def _fact(take: _Taker, raw: dict[str, Any], where: str) -> Fact:
    take.keys(raw, where, ("name", "value", "source"), ("unit",))
    source = raw.get("source")
    if not isinstance(source, int) or isinstance(source, bool):
        take.wrong(f"{where}.source", "the number of a source", source)
        source = 0
    unit = raw.get("unit")
    return Fact(
        name=take.text(raw.get("name"), f"{where}.name"),
        value=take.string(raw.get("value"), f"{where}.value"),
        unit=take.string(unit, f"{where}.unit") if unit is not None else None,
        source=source,
    )


def _source(take: _Taker, raw: dict[str, Any], where: str) -> Source:
    take.keys(raw, where, ("issuer", "title", "url", "tier", "read"), ())
    return Source(
        issuer=take.text(raw.get("issuer"), f"{where}.issuer"),
        title=take.text(raw.get("title"), f"{where}.title"),
        url=take.string(raw.get("url"), f"{where}.url"),
        tier=take.choice(raw.get("tier"), f"{where}.tier", Tier),
        read=take.string(raw.get("read"), f"{where}.read"),
    )


class _Taker:
    """Takes typed values out of one file's raw mapping; a wrong one is noted and replaced by an empty one."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def wrong(self, where: str, wanted: str, got: object) -> None:
        self.problems.append(Problem(self.file, f"{where}: should be {wanted}, is {got!r}"))

    def keys(self, raw: dict[str, Any], where: str, required: Sequence[str], optional: Sequence[str]) -> None:
        for key in required:
            if key not in raw:
                self.problems.append(Problem(self.file, f"{where}: {key} is missing"))
        for key in raw.keys() - {*required, *optional}:
            self.problems.append(Problem(self.file, f"{where}: unknown key {key}"))

    def string(self, raw: Any, where: str) -> str:
        if isinstance(raw, str):
            return raw.strip()
        if raw is not None:  # an absent key is already noted by `keys`
            self.wrong(where, "text (quote it)", raw)
        return ""

    def strings(self, raw: Any, where: str) -> tuple[str, ...]:
        if isinstance(raw, list):
            return tuple(self.string(item, f"{where}[{index}]") for index, item in enumerate(raw))
        if raw is not None:
            self.wrong(where, "a list", raw)
        return ()

    def text(self, raw: Any, where: str) -> Text:
        return Text(**{key: self.string(item, f"{where}.{key}") for key, item in self._both(raw, where)})

    def texts(self, raw: Any, where: str) -> Texts:
        return Texts(**{key: self.strings(item, f"{where}.{key}") for key, item in self._both(raw, where)})

    def _both(self, raw: Any, where: str) -> list[tuple[str, Any]]:
        if not isinstance(raw, dict):
            if raw is not None:
                self.wrong(where, "a mapping with zh and en", raw)
            return []
        self.keys(raw, where, LANGUAGES, ())
        return [(language, raw.get(language)) for language in LANGUAGES]

    def choice(self, raw: Any, where: str, allowed: type[StrEnum]) -> str:
        value = self.string(raw, where)
        if raw is not None and value not in [item.value for item in allowed]:
            self.wrong(where, "one of " + ", ".join(allowed), raw)
        return value

    def day(self, raw: Any, where: str) -> date | None:
        if raw is None:
            return None
        value = _iso_date(raw) if isinstance(raw, str) else None
        if value is None:
            self.wrong(where, "an ISO date or null", raw)
        return value

    def items(self, raw: Any, where: str, build: Callable[[_Taker, dict[str, Any], str], T]) -> tuple[T, ...]:
        if not isinstance(raw, list):
            if raw is not None:
                self.wrong(where, "a list", raw)
            return ()
        for index, item in enumerate(raw):
            if not isinstance(item, dict):
                self.wrong(f"{where}[{index}]", "a mapping", item)
        # positions stay as written: facts point at sources by number
        return tuple(
            build(self, item if isinstance(item, dict) else {}, f"{where}[{index}]") for index, item in enumerate(raw)
        )


def _iso_date(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
