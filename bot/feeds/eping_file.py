"""Notifications from a file: ePing's exports and tables of China's site (XLSX, CSV), JSON; told apart by content."""

import csv
import io
import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bot.errors import BadInput
from bot.feeds import eping_row, xlsx
from bot.feeds.jsonl import JsonDocument, JsonLines
from bot.feeds.kept_file import KeptFile
from bot.feeds.problems import bad_row
from bot.notifications.record import Record
from bot.ports import BadRow, NotificationFeed

ZIP = b"PK\x03\x04"
SNIFFED = 65_536
FIELD_LIMIT = 2_000_000
ENCODINGS = ("utf-8-sig", "gb18030", "latin-1")  # a BOM of UTF-16 is looked for first
Row = Sequence[Any]


class Table(KeptFile):
    """A feed over a table with ePing's headers. Rows that repeat a joint notification are merged into the first."""

    def __init__(self, path: Path, rows: Callable[[], Iterator[Row]], count: Callable[[], int]) -> None:
        super().__init__(path)
        self._rows = rows
        self._count = count
        self._header, self._at = _header(path, rows())

    def going_on(self, first: int) -> Iterator[tuple[int, Record] | BadRow]:
        joint: set[tuple[str, ...]] = set()
        for number, row in enumerate(self._rows(), 1):
            if number >= max(first, self._header + 1) and any(cell not in (None, "") for cell in row):
                yield from self._read(number, row, joint)

    def _read(self, number: int, row: Row, joint: set[tuple[str, ...]]) -> Iterator[tuple[int, Record] | BadRow]:
        try:
            found = eping_row.records(row, self._at)
        except BadInput as error:
            yield bad_row(number, error)
            return
        names = tuple(record["symbol"] for record in found)
        if len(names) > 1 and names in joint:
            return
        joint.add(names) if len(names) > 1 else None
        yield from ((number, record) for record in found)

    def __len__(self) -> int:
        return max(0, self._count())


def open(path: Path | str, *, limit: int = xlsx.BYTES_LIMIT) -> NotificationFeed:
    """The feed of a file. Raises BadInput when there is no file, or it is none of the three kinds."""
    file = Path(path)
    start = _start(file)
    if start.startswith(ZIP):
        xlsx.check(file, limit=limit)
        book = xlsx.Book(file)
        return Table(file, book.rows, book.estimate)
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith((b"[", b"{")):
        return JsonLines(file) if _goes_on(text) else _json(file)
    if b"\x00" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadInput("import.unknown_file", path=file.name)
    encoding = _encoding(file, start)
    return Table(file, lambda: _csv(file, encoding), lambda: sum(1 for _ in _csv(file, encoding)) - 1)


def _goes_on(text: bytes) -> bool:
    """Whether a whole object stands in the first line and something follows: a document begins with half an object."""
    first, _, rest = text.partition(b"\n")
    return first.startswith(b"{") and first.rstrip().endswith(b"}") and bool(rest.strip())


def _json(file: Path) -> NotificationFeed:
    try:
        return JsonDocument(file)
    except BadInput as error:
        if error.key != "import.bad_json":
            raise
        return JsonLines(file)  # each line is told then


def _start(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            start = stream.read(SNIFFED)
    except OSError as error:
        raise BadInput("import.no_file", path=str(file)) from error
    if not start.strip():
        raise BadInput("import.empty_file", path=file.name)
    return start


def _header(path: Path, rows: Iterator[Row]) -> tuple[int, dict[str, int]]:
    """(number of the header row, columns): the first row that has a symbol column."""
    for number, row in enumerate(itertools.islice(rows, eping_row.HEADER_ROWS), 1):
        at = eping_row.columns(row)
        if at:
            return number, at
    raise BadInput("import.no_symbol_column", path=path.name)


def _encoding(file: Path, start: bytes) -> str:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return next(encoding for encoding in ENCODINGS if _decodes(file, encoding))


def _decodes(file: Path, encoding: str) -> bool:
    try:
        with file.open(encoding=encoding) as stream:
            while stream.read(SNIFFED):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _csv(file: Path, encoding: str) -> Iterator[list[str]]:
    csv.field_size_limit(FIELD_LIMIT)
    with file.open(encoding=encoding, newline="") as stream:
        first = stream.readline()
        delimiter = max(",;\t", key=first.count)
        try:
            yield from csv.reader(itertools.chain(io.StringIO(first, newline=""), stream), delimiter=delimiter)
        except csv.Error as error:
            raise BadInput("import.broken_csv", path=file.name) from error
