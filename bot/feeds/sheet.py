"""What an XML parser says of a workbook's parts, piece by piece, made into rows and texts."""

import re
from typing import Any, Protocol

from bot.errors import BadInput

CELL_LIMIT = 1_000_000  # characters; a spreadsheet allows 32,767
COLUMN_LIMIT = 500
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # a character that XML does not allow, or a "_" that starts such a thing
LETTERS = re.compile(r"[A-Z]{1,3}")


class Handler(Protocol):
    """Takes an XML parser's events; `taken` hands over what is complete."""

    def start(self, tag: str, attributes: dict[str, str]) -> None: ...

    def end(self, tag: str) -> None: ...

    def text(self, part: str) -> None: ...

    def taken(self) -> list[Any]: ...


class Texts:
    """The shared texts: of each `si` all `t`, without the readings (`rPh`) that Japanese cells carry."""

    def __init__(self) -> None:
        self._done: list[str] = []
        self._parts: list[str] = []
        self._open = self._reading = False
        self._length = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        match tag.rpartition(":")[2]:
            case "si":
                self._parts, self._length = [], 0
            case "rPh":
                self._reading = True
            case "t":
                self._open = not self._reading

    def end(self, tag: str) -> None:
        match tag.rpartition(":")[2]:
            case "si":
                self._done.append(_plain("".join(self._parts)))
            case "rPh":
                self._reading = False
            case "t":
                self._open = False

    def text(self, part: str) -> None:
        if self._open:
            self._length = _within(self._length + len(part))
            self._parts.append(part)

    def taken(self) -> list[str]:
        done, self._done = self._done, []
        return done


class Shared(int):
    """The number of a shared text: many short cells may mean long texts, which are looked up row by row."""


class Rows:
    """The rows of a sheet as tuples: formulas as "=…", numbers as numbers (a date is one too), empty cells as None."""

    def __init__(self) -> None:
        self._done: list[tuple[Any, ...]] = []
        self._row: list[Any] = []
        self._kind = ""
        self._column = 0
        self._said: dict[str, list[str]] = {}
        self._open: list[str] | None = None
        self._length = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        match name := tag.rpartition(":")[2]:
            case "row":
                self._row = []
            case "c":
                self._column = _column(attributes.get("r", ""), len(self._row))
                self._kind, self._said, self._length = attributes.get("t", "n"), {}, 0
            case "v" | "f" | "t":
                self._open = self._said.setdefault(name, [])

    def end(self, tag: str) -> None:
        match tag.rpartition(":")[2]:
            case "row":
                self._done.append(tuple(self._row))
            case "c":
                self._put()
            case "v" | "f" | "t":
                self._open = None

    def text(self, part: str) -> None:
        if self._open is not None:
            self._length = _within(self._length + len(part))
            self._open.append(part)

    def taken(self) -> list[tuple[Any, ...]]:
        done, self._done = self._done, []
        return done

    def _put(self) -> None:
        value = self._value()
        if value is not None and len(self._row) <= self._column < COLUMN_LIMIT:
            self._row += [None] * (self._column - len(self._row))
            self._row.append(value)

    def _value(self) -> Any:
        said = {name: "".join(parts) for name, parts in self._said.items()}
        if said.get("f"):
            return "=" + said["f"]
        if self._kind == "inlineStr":
            return _plain(said.get("t", ""))
        value = said.get("v")
        if not value or self._kind in ("str", "d", "e", "b"):
            return _plain(value) if value and self._kind == "str" else value
        if self._kind == "s":
            return Shared(int(value))
        return int(value) if value.isdigit() else float(value)


def _plain(text: str) -> str:
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _column(reference: str, following: int) -> int:
    """Where a cell stands, from 0: "C7" -> 2; a cell without a reference follows the one before."""
    letters = LETTERS.match(reference)
    if not letters:
        return following
    found = 0
    for letter in letters[0]:
        found = found * 26 + ord(letter) - 64
    return found - 1


def _within(length: int) -> int:
    if length > CELL_LIMIT:
        raise BadInput("import.too_long_cell", limit=CELL_LIMIT)
    return length
