"""Recalls and refusals from a file, told apart by its fields: JSON, lines, CSV, XLSX, or FDA's archive of refusals."""

import csv
import io
import itertools
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bot.errors import BadInput
from bot.feeds import jsonl, sniffing, xlsx
from bot.feeds.kept_file import KeptFile
from bot.feeds.problems import bad_row
from bot.feeds.recalls import cell, shapes
from bot.feeds.recalls.shapes import Shape
from bot.ports import BadRow
from bot.recalls.record import Record

KIND = "recalls"
HEADER_ROWS = 20  # a title or an empty line may stand above the headers
CHARGES, CHARGE, STATEMENT = "ACT_SECTION_CHARGES", "asc_id", "chrg_stmnt_text"
LISTS = ("results", "result", "records", "items", "recalls")

Numbered = Iterator[tuple[int, Any]]  # a row's number, and the row, or what was wrong with it


class RecallFile(KeptFile):
    """A feed over one file of one shape."""

    kind = KIND

    def __init__(self, path: Path, shape: Shape, rows: Callable[[], Numbered]) -> None:
        super().__init__(path)
        self._shape, self._rows = shape, rows

    def going_on(self, first: int) -> Iterator[tuple[int, Record] | BadRow]:
        for number, row in self._rows():
            if number < first:
                continue
            try:
                yield number, self._read(row)
            except BadInput as error:
                yield bad_row(number, error)

    def _read(self, row: Any) -> Record:
        if isinstance(row, BadInput):
            raise row
        if not isinstance(row, Mapping):
            raise BadInput("import.bad_json")
        return shapes.record(cell.row(row), self._shape)

    def __len__(self) -> int:
        return sum(1 for _ in self._rows())


def open(path: Path | str) -> RecallFile:
    """The feed of a file. Raises BadInput when there is no file, or it holds no recalls that are known."""
    file = Path(path)
    start = sniffing.start_of(file)
    if start.startswith(sniffing.ZIP):
        xlsx.check(file)
        return _archive(file) or _table(file, xlsx.Book(file).rows)
    if sniffing.is_json(start):
        return _lines(file) if sniffing.goes_on(start) else _document(file)
    if sniffing.is_binary(start):
        raise BadInput("recall.unknown_file", path=file.name)
    return _table(file, partial(sniffing.csv_rows, file, sniffing.encoding_of(file, start)))


def items_of(value: Any) -> list[Any]:
    """The records of a document: itself, or the list that it holds under one of the usual names."""
    if isinstance(value, list):
        return value
    inner = value if isinstance(value, Mapping) else {}
    return next((inner[name] for name in LISTS if isinstance(inner.get(name), list)), [value])


def _shape(path: Path, row: Any) -> Shape:
    shape = shapes.shape_of(cell.row(row)) if isinstance(row, Mapping) else None
    if shape is None:
        raise BadInput("recall.unknown_file", path=path.name)
    return shape


def _document(file: Path) -> RecallFile:
    items = items_of(jsonl.document(file))
    first = next((one for one in items if isinstance(one, Mapping)), None)
    return RecallFile(file, _shape(file, first), lambda: enumerate(items, 1))


def _lines(file: Path) -> RecallFile:
    def rows() -> Numbered:
        with file.open("rb") as lines:
            yield from ((number, _line(line)) for number, line in enumerate(lines, 1) if line.strip())

    return RecallFile(file, _shape(file, next(rows())[1]), rows)


def _line(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return BadInput("import.bad_json")


def _table(file: Path, rows: Callable[[], Iterator[Sequence[Any]]]) -> RecallFile:
    at, names, shape = _header(file, rows())
    return RecallFile(file, shape, lambda: _below(rows(), at, names))


def _header(file: Path, rows: Iterator[Sequence[Any]]) -> tuple[int, list[str], Shape]:
    """(number of the header row, its names, shape): the first row that names the fields of a known shape."""
    for number, header in enumerate(itertools.islice(rows, HEADER_ROWS), 1):
        names = [str(name or "") for name in header]
        if shape := shapes.shape_of(cell.row(dict.fromkeys(names))):
            return number, names, shape
    raise BadInput("recall.unknown_file", path=file.name)


def _below(rows: Iterator[Sequence[Any]], header: int, names: Sequence[str]) -> Numbered:
    for number, row in enumerate(rows, 1):
        if number > header and any(value not in (None, "") for value in row):
            yield number, dict(zip(names, row, strict=False))


def _archive(file: Path) -> RecallFile | None:
    """FDA's archive: tables of refusals, and one that says what the numbers of its charges mean."""
    with zipfile.ZipFile(file) as archive:
        tables = sorted(name for name in archive.namelist() if name.lower().endswith(".csv"))
        meanings = {
            row[CHARGE]: row.get(STATEMENT, "")
            for name in tables if CHARGES in name.upper() for row in _members_rows(archive, name) if row.get(CHARGE)
        }  # fmt: skip
    entries = [name for name in tables if CHARGES not in name.upper()]
    return RecallFile(file, shapes.REFUSAL_LINES, partial(_refusals, file, entries, meanings)) if entries else None


def _refusals(file: Path, tables: Sequence[str], meanings: Mapping[str, str]) -> Numbered:
    with zipfile.ZipFile(file) as archive:
        lines = (row for name in tables for row in _members_rows(archive, name))
        for number, row in enumerate(lines, 1):
            yield number, {**row, "charges": _charges(str(row.get("refusal_charges") or ""), meanings)}


def _charges(numbers: str, meanings: Mapping[str, str]) -> str:
    named = (number.strip() for number in numbers.split(","))
    return "; ".join(meanings.get(number) or f"FDA {number}" for number in named if number)


def _members_rows(archive: zipfile.ZipFile, name: str) -> Iterator[dict[str, Any]]:
    with archive.open(name) as member:
        text = io.TextIOWrapper(member, encoding="utf-8-sig", errors="replace", newline="")
        try:
            yield from (dict(cell.row(row)) for row in csv.DictReader(text))
        except csv.Error as error:
            raise BadInput("import.broken_csv", path=name) from error
