"""The workbook reader: what a cell holds comes out as it is, and no more than a few rows are in memory at once."""

import tracemalloc
from pathlib import Path

import xlsxwriter

from bot.feeds.xlsx import Book


def test_texts_numbers_formulas_and_holes_come_out_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["茶 & tea", 45819, 0.5, True])
        sheet.write_formula(1, 2, '=HYPERLINK("http://a","b & c")', None, "")
        sheet.write_rich_string(2, 0, book.add_format({"bold": True}), "bold", " and plain")
        sheet.write(2, 20_000 // 100, "far")
    first, second, third = Book(path).rows()
    assert first == ("茶 & tea", 45819, 0.5, "1")
    assert second == (None, None, '=HYPERLINK("http://a","b & c")')
    assert (third[0], third[200], len(third)) == ("bold and plain", "far", 201)


def test_memory_does_not_grow_with_the_texts(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    rows, size = 3000, 8000
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for number in range(rows):
            sheet.write_string(number, 0, f"{number:06}" * (size // 6))
    tracemalloc.start()
    try:
        read = sum(len(row[0]) for row in Book(path).rows())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert read == rows * (size // 6) * 6
    assert peak < read / 5
