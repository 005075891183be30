"""Normalised notifications, one JSON object a line: the keys of the record, unknown ones refused with the nearest."""

import hashlib
import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from bot.errors import BadInput
from bot.feeds.problems import bad_row
from bot.notifications.record import Record, normalise
from bot.ports import BadRow


class JsonLines:
    """A feed over a file of normalised lines; empty lines are skipped."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.source = path.name

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint(self.path)

    def __iter__(self) -> Iterator[tuple[int, Record] | BadRow]:
        return self.going_on(1)

    def going_on(self, first: int) -> Iterator[tuple[int, Record] | BadRow]:
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if number >= first and line.strip():
                    yield from _read(number, line)

    def __len__(self) -> int:
        with self.path.open("rb") as lines:
            return sum(1 for line in lines if line.strip())


def fingerprint(path: Path) -> str:
    """Of a file's content, whatever its name."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read(number: int, line: bytes) -> Iterator[tuple[int, Record] | BadRow]:
    try:
        yield from ((number, record) for record in normalise(_object(line)))
    except BadInput as error:
        yield bad_row(number, error)


def _object(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadInput("import.bad_json") from error
    if not isinstance(value, dict):
        raise BadInput("import.bad_json")
    return value
