"""Reading entries from YAML: typed values out of raw ones, with every problem noted and none raised on the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml

from knowledge.entry import LANGUAGES, Fact, Source, Text, Texts, Tier, iso_date

T = TypeVar("T")
_WHEN = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


class Level(StrEnum):
    """ERROR stops a release; WARNING wants an editor's eye; DUE is to be looked at again by now."""

    ERROR = "error"
    WARNING = "warning"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one file (path relative to the folder that was read)."""

    file: str
    what: str
    level: Level = Level.ERROR

    def __str__(self) -> str:
        return f"{self.file}: {self.level}: {self.what}"


class ReadingError(Exception):
    """The base cannot be loaded; carries every problem, not the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """What a folder holds: the entries that could be built and every problem of shape."""

    entries: tuple[T, ...]
    problems: tuple[Problem, ...]


Build = Callable[["Taker", dict[str, Any]], T]


def read_folder(folder: Path, build: Build[T]) -> Reading[T]:
    """What `build` makes of each file of `folder`, in the order of paths; a broken file becomes problems."""
    paths = sorted(folder.rglob("*.yml"))
    built = [_read_file(path.relative_to(folder).as_posix(), path, build) for path in paths]
    entries = tuple(entry for entry, _ in built if entry is not None)
    return Reading(entries, tuple(problem for _, problems in built for problem in problems))


def _read_file(file: str, path: Path, build: Build[T]) -> tuple[T | None, list[Problem]]:
    raw = _parse(path.read_bytes())
    if not isinstance(raw, dict):
        return None, [Problem(file, raw if isinstance(raw, str) else "not a mapping")]
    take = Taker(file)
    return build(take, raw), take.problems


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


# -- parts that all kinds have ------------------------------------------------------------------


COMMON = ("id", "title", "markets", "hs_codes", "products", "next_check", "sources", "related")
COMMON_OPTIONAL = ("questions", "facts", "notes")


def common(take: Taker, raw: dict[str, Any]) -> dict[str, Any]:
    """The fields of Entry that every kind writes in the same way."""
    return {
        "file": take.file,
        "id": take.string(raw.get("id"), "id"),
        "title": take.text(raw.get("title"), "title"),
        "questions": take.texts(raw.get("questions"), "questions"),
        "markets": take.strings(raw.get("markets"), "markets"),
        "hs_codes": take.strings(raw.get("hs_codes"), "hs_codes"),
        "products": take.texts(raw.get("products"), "products"),
        "facts": take.items(raw.get("facts"), "facts", fact),
        "next_check": take.day(raw.get("next_check"), "next_check"),
        "sources": take.items(raw.get("sources"), "sources", source),
        "related": take.strings(raw.get("related"), "related"),
        "notes": take.optional_text(raw.get("notes"), "notes"),
    }


def fact(take: Taker, raw: dict[str, Any], where: str) -> Fact:
    take.keys(raw, where, ("name", "value", "source"), ("unit",))
    number = raw.get("source")
    if not isinstance(number, int) or isinstance(number, bool):
        take.wrong(f"{where}.source", "the number of a source", number)
        number = 0
    unit = raw.get("unit")
    return Fact(
        name=take.text(raw.get("name"), f"{where}.name"),
        value=take.string(raw.get("value"), f"{where}.value"),
        unit=take.string(unit, f"{where}.unit") if unit is not None else None,
        source=number,
    )


def source(take: Taker, raw: dict[str, Any], where: str) -> Source:
    take.keys(raw, where, ("issuer", "title", "url", "tier", "read"), ())
    return Source(
        issuer=take.text(raw.get("issuer"), f"{where}.issuer"),
        title=take.text(raw.get("title"), f"{where}.title"),
        url=take.string(raw.get("url"), f"{where}.url"),
        tier=take.choice(raw.get("tier"), f"{where}.tier", Tier),
        read=take.string(raw.get("read"), f"{where}.read"),
    )


class Taker:
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

    def optional_text(self, raw: Any, where: str) -> Text:
        return self.text(raw, where) if raw else Text()

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

    def choices(self, raw: Any, where: str, allowed: type[StrEnum]) -> tuple[str, ...]:
        if isinstance(raw, list):
            return tuple(self.choice(item, f"{where}[{index}]", allowed) for index, item in enumerate(raw))
        if raw is not None:
            self.wrong(where, "a list", raw)
        return ()

    def numbers(self, raw: Any, where: str) -> tuple[int, ...]:
        """The numbers of sources, counted from 1."""
        good = isinstance(raw, list) and all(isinstance(item, int) and not isinstance(item, bool) for item in raw)
        if raw is not None and not good:
            self.wrong(where, "a list of numbers of sources", raw)
        return tuple(raw) if good else ()

    def truth(self, raw: Any, where: str) -> bool:
        if raw is not None and not isinstance(raw, bool):
            self.wrong(where, "true or false", raw)
        return raw is True

    def when(self, raw: Any, where: str) -> str:
        """A day, a month or a year, as far as it is known."""
        value = self.string(raw, where)
        if value and not _WHEN.fullmatch(value):
            self.wrong(where, 'a date in quotes: "2006", "2006-04" or "2006-04-10"', raw)
        return value

    def day(self, raw: Any, where: str) -> date | None:
        if raw is None:
            return None
        value = iso_date(raw) if isinstance(raw, str) else None
        if value is None:
            self.wrong(where, "an ISO date or null", raw)
        return value

    def items(self, raw: Any, where: str, build: Callable[[Taker, dict[str, Any], str], T]) -> tuple[T, ...]:
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
