"""Notifications as JSON: lines or one document; normalised (unknown keys are refused) or as China's site has them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.errors import BadInput
from bot.feeds import eping_row
from bot.feeds.kept_file import KeptFile
from bot.feeds.problems import bad_row
from bot.notifications.record import Record, normalise
from bot.ports import BadRow

DOCUMENT_LIMIT = 100_000_000  # bytes: unlike lines, a document is read at once


class JsonLines(KeptFile):
    """A feed over a file of normalised lines; empty lines are skipped."""

    def going_on(self, first: int) -> Iterator[tuple[int, Record] | BadRow]:
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if number >= first and line.strip():
                    yield from _read(number, line)

    def __len__(self) -> int:
        with self.path.open("rb") as lines:
            return sum(1 for line in lines if line.strip())


class JsonDocument(KeptFile):
    """A feed over one JSON document: a list of objects, or an object that holds one, as programs save it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._items = list(_listed(document(path)))

    def going_on(self, first: int) -> Iterator[tuple[int, Record] | BadRow]:
        for number, item in enumerate(self._items, 1):
            if number >= first:
                yield from _read_item(number, item)

    def __len__(self) -> int:
        return len(self._items)


def document(path: Path) -> Any:
    """What a JSON file holds, read at once. Raises BadInput."""
    if path.stat().st_size > DOCUMENT_LIMIT:
        raise BadInput("import.too_big", path=path.name)
    return _value(path.read_bytes())


def _listed(value: Any) -> list[Any]:
    """The list of a document: itself, or the longest list that it holds, at most three levels down."""
    found: list[Any] = value if isinstance(value, list) else []
    level = [] if _is_one(value) else [value]
    for _ in range(3):
        level = [inner for one in level if isinstance(one, dict) for inner in one.values()]
        found = max([found, *(one for one in level if isinstance(one, list))], key=len)
    return found or [value]


def _is_one(value: Any) -> bool:
    return isinstance(value, dict) and ("symbol" in value or bool(eping_row.columns(list(value))))


def _read(number: int, line: bytes) -> Iterator[tuple[int, Record] | BadRow]:
    try:
        value = _value(line)
    except BadInput as error:
        yield bad_row(number, error)
    else:
        yield from _read_item(number, value)


def _read_item(number: int, value: Any) -> Iterator[tuple[int, Record] | BadRow]:
    try:
        yield from ((number, record) for record in _records(value))
    except BadInput as error:
        yield bad_row(number, error)


def _records(value: Any) -> list[Record]:
    """A normalised object, or one with the fields of China's site, which are read like the columns of a table."""
    if not isinstance(value, dict):
        raise BadInput("import.bad_json")
    at = eping_row.columns(list(value))
    return eping_row.records(list(value.values()), at) if "chinese" in at else normalise(value)


def _value(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadInput("import.bad_json") from error
