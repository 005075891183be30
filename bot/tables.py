"""Tables as files, XLSX and CSV: what stands in a cell is never a formula, whoever wrote it."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\x00")
CELL = 32_767  # characters that a cell of a workbook can hold
SHEET_NAME = 31
WIDEST = 60  # characters


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: its name, its head, and its lines of any values, as long as the head."""

    name: str
    head: Sequence[str]
    lines: Sequence[Sequence[Any]]


def cell(value: Any) -> Any:
    """What a table shows of a value: "a; b" of a list, ISO of a time in UTC, nothing of None."""
    if isinstance(value, (list, tuple)) and all(isinstance(item, (str, int, float)) for item in value):
        return "; ".join(map(str, value))
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else "" if value is None else value


def to_csv(sheet: Sheet) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_safe(name) for name in sheet.head])
    writer.writerows([[_safe(cell(value)) for value in line] for line in sheet.lines])
    return ("\ufeff" + out.getvalue()).encode()  # with the mark, Excel reads Chinese


def _safe(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe in front."""
    return "'" + value if isinstance(value, str) and value.startswith(FORMULA) else value


def to_xlsx(sheets: Iterable[Sheet]) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(out, plain) as book:
        bold = book.add_format({"bold": True})
        for sheet in sheets:
            _write(book.add_worksheet(sheet.name[:SHEET_NAME]), sheet, bold)
    return out.getvalue()


def _write(page: Any, sheet: Sheet, bold: Any) -> None:
    page.freeze_panes(1, 0)
    for column, name in enumerate(sheet.head):
        page.write_string(0, column, name, bold)
    for number, line in enumerate(sheet.lines, start=1):
        for column, value in enumerate(map(cell, line)):
            if isinstance(value, str):
                page.write_string(number, column, value[:CELL])
            else:
                page.write(number, column, value)
    for column, width in enumerate(_widths(sheet)):
        page.set_column(column, column, width)


def _widths(sheet: Sheet) -> list[int]:
    """As wide as the first hundred lines need; a Chinese character takes the room of two letters."""
    columns = [[name, *(str(cell(line[n])) for line in sheet.lines[:100])] for n, name in enumerate(sheet.head)]
    return [min(WIDEST, max(map(_room, texts)) + 2) for texts in columns]


def _room(text: str) -> int:
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text[:WIDEST])
