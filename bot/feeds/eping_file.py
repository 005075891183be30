"""Notifications from a file: ePing's exports and tables of China's site (XLSX, CSV), JSON; told apart by content."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bot.errors import BadInput
from bot.feeds import eping_row, sniffing, xlsx
from bot.feeds.jsonl import JsonDocument, JsonLines
from bot.feeds.kept_file import KeptFile
from bot.feeds.problems import bad_row
from bot.notifications.record import Record
from bot.ports import BadRow, NotificationFeed

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
    start = sniffing.start_of(file)
    if start.startswith(sniffing.ZIP):
        xlsx.check(file, limit=limit)
        book = xlsx.Book(file)
        return Table(file, book.rows, book.estimate)
    if sniffing.is_json(start):
        return JsonLines(file) if sniffing.goes_on(start) else _json(file)
    if sniffing.is_binary(start):
        raise BadInput("import.unknown_file", path=file.name)
    rows = partial(sniffing.csv_rows, file, sniffing.encoding_of(file, start))
    return Table(file, rows, lambda: sum(1 for _ in rows()) - 1)


def _json(file: Path) -> NotificationFeed:
    try:
        return JsonDocument(file)
    except BadInput as error:
        if error.key != "import.bad_json":
            raise
        return JsonLines(file)  # each line is told then


def _header(path: Path, rows: Iterator[Row]) -> tuple[int, dict[str, int]]:
    """(number of the header row, columns): the first row that has a symbol column."""
    for number, row in enumerate(itertools.islice(rows, eping_row.HEADER_ROWS), 1):
        at = eping_row.columns(row)
        if at:
            return number, at
    raise BadInput("import.no_symbol_column", path=path.name)
