"""An ePing file becomes normalised records: every trap of the real exports, in all three kinds of file."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from bot import i18n
from bot.errors import BadInput
from bot.feeds import eping_file
from bot.feeds.problems import explain
from bot.ports import BadRow
from tests.feeds.eping_workbook import BARLEY, HEADERS, KETTLES, ROWS, write_csv, write_xlsx


def read(path: Path) -> tuple[dict[str, dict[str, Any]], list[BadRow]]:
    items = list(eping_file.open(path))
    good = {item[1]["symbol"]: item[1] for item in items if not isinstance(item, BadRow)}
    return good, [item for item in items if isinstance(item, BadRow)]


@pytest.fixture(params=["xlsx", "comma", "semicolon", "gb18030", "utf-16"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    match request.param:
        case "xlsx":
            return write_xlsx(tmp_path / "export.bin")  # told apart by content, not by name
        case "comma":
            return write_csv(tmp_path / "export.csv")
        case "semicolon":
            return write_csv(tmp_path / "export.csv", delimiter=";")
    return write_csv(tmp_path / "export.csv", encoding=request.param)


def test_every_kind_of_table_gives_the_same_records(path: Path) -> None:
    good, bad = read(path)
    assert list(good) == [
        "G/TBT/N/USA/2211", "G/TBT/N/BDI/600", "G/TBT/N/KEN/1800", "G/TBT/N/UGA/2154", "G/SPS/N/NIC/131/ADD.1",
    ]  # fmt: skip
    assert [row.row for row in bad] == [6]
    assert good["G/TBT/N/USA/2211"] == {
        "symbol": "G/TBT/N/USA/2211", "agreement": "TBT", "members": ["US"], "date": "2025-06-11", "type": "regular",
        "products": "Electric kettles (HS code(s): 851679)", "hs_codes": ["851679", "8516"],
        "ics_codes": ["97.040.50", "97.040", "43"], "title": "Proposed rule on electric kettles",
        "description": "It sets limits.\nIt applies to all kettles.",
        "objectives": ["Food safety", "Consumer information, labelling"], "keywords": ["Labelling"],
        "comment_deadline": "2025-08-10", "documents": ["https://example.org/a.pdf", "https://example.org/b_e.pdf"],
        "links": {"en": "https://docs.wto.org/t/G/TBTN25/USA2211.DOCX"},
    }  # fmt: skip


def test_a_joint_notification_is_one_record_for_each_symbol_and_its_repeated_rows_are_merged(path: Path) -> None:
    items = [item for item in eping_file.open(path) if not isinstance(item, BadRow)]
    kenya = [(row, record) for row, record in items if record["symbol"] == "G/TBT/N/KEN/1800"]
    assert [row for row, _ in kenya] == [3]
    assert kenya[0][1]["members"] == ["KE"]
    assert kenya[0][1]["joint"] == ["G/TBT/N/BDI/600", "G/TBT/N/KEN/1800", "G/TBT/N/UGA/2154"]
    assert kenya[0][1]["hs_codes"] == ["72106"]  # five digits are a national level, not a lost zero


def test_a_deadline_in_words_is_counted_and_marked_and_codes_come_from_the_products(path: Path) -> None:
    barley = read(path)[0]["G/SPS/N/NIC/131/ADD.1"]
    assert (barley["comment_deadline"], barley["comment_deadline_text"]) == ("2025-08-10", "60 days from notification")
    assert (barley["type"], barley["parent"], barley["hs_codes"]) == ("addendum", "G/SPS/N/NIC/131", ["120991"])


def test_the_length_counts_the_rows(path: Path) -> None:
    assert len(eping_file.open(path)) == len(ROWS)


@pytest.mark.parametrize(("cell", "type_"), [
    ("Regular notification", "regular"), ("Addendum to Regular Notification", "addendum"),
    ("Revision to Regular Notification", "revision"), ("Emergency notifications (SPS)", "emergency"),
    ("Corrigendum to Regular Notification", "corrigendum"), ("Supplement to Regular Notification", "supplement"),
    ("", "regular"),
])  # fmt: skip
def test_types(cell: str, type_: str, tmp_path: Path) -> None:
    good, _ = read(write_csv(tmp_path / "x.csv", [{**KETTLES, "Notification type": cell}]))
    assert good["G/TBT/N/USA/2211"]["type"] == type_


@pytest.mark.parametrize(("cell", "day"), [
    ("45819", "2025-06-11"), ("11 June 2025", "2025-06-11"), ("2025-06-11T00:00:00", "2025-06-11"),
    ("11/06/2025", "2025-06-11"),
    ("1900-01-01", None), ("Not stated", None),
])  # fmt: skip
def test_deadlines(cell: str, day: str | None, tmp_path: Path) -> None:
    good, bad = read(write_csv(tmp_path / "x.csv", [{**KETTLES, "Final date for comments": cell}]))
    assert not bad
    assert good["G/TBT/N/USA/2211"].get("comment_deadline") == day


def test_headers_are_matched_by_name_wherever_they_stand(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "x.xlsx", [{**BARLEY, "Proposed entry  into  force date": 46000}], list(reversed(HEADERS))
    )
    assert read(path)[0]["G/SPS/N/NIC/131/ADD.1"]["proposed_entry_into_force"] == "2025-12-09"


def test_a_date_that_is_none_is_a_bad_row(tmp_path: Path) -> None:
    good, bad = read(write_csv(tmp_path / "x.csv", [{**KETTLES, "Distribution date": "soon"}, BARLEY]))
    assert list(good) == ["G/SPS/N/NIC/131/ADD.1"]
    assert "soon" in explain(bad[0].reason, texts=i18n.load(), language="en")


def refused(path: Path, **options: Any) -> str:
    with pytest.raises(BadInput) as caught:
        list(eping_file.open(path, **options))
    texts = i18n.load()
    assert all(texts(caught.value.key, language, **caught.value.values) for language in i18n.LANGUAGES)
    return caught.value.key


def test_files_that_are_no_notifications_are_refused_with_one_sentence(tmp_path: Path) -> None:
    assert refused(tmp_path / "missing.xlsx") == "import.no_file"
    (tmp_path / "empty.csv").write_text("\n")
    assert refused(tmp_path / "empty.csv") == "import.empty_file"
    (tmp_path / "picture.xlsx").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    assert refused(tmp_path / "picture.xlsx") == "import.unknown_file"
    (tmp_path / "members.csv").write_text("name,org\nA,B\n")
    assert refused(tmp_path / "members.csv") == "import.no_symbol_column"
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04" + b"garbage" * 20)
    assert refused(tmp_path / "broken.xlsx") == "import.broken_xlsx"
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "no workbook")
    assert refused(tmp_path / "other.zip") == "import.broken_xlsx"


def test_a_bomb_is_refused_by_its_real_size(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "x.xlsx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", b"0" * 5_000_000)
    assert refused(path, limit=1_000_000) == "import.too_big"


def test_a_sheet_of_one_byte_again_and_again_is_refused_at_once(tmp_path: Path) -> None:
    path = rewritten(tmp_path, lambda sheet: sheet.replace(b"<sheetData>", b"<sheetData>" + b" " * 120_000_000))
    assert path.stat().st_size < 1_000_000
    assert refused(path) == "import.too_big"


def test_a_cell_without_end_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    cell = b'<row r="1"><c r="A1" t="inlineStr"><is><t>' + b"x" * 20_000_000 + b"</t></is></c></row>"
    path = rewritten(tmp_path, lambda sheet: sheet.replace(b"<sheetData>", b"<sheetData>" + cell))
    assert refused(path) == "import.too_long_cell"


def test_a_workbook_of_something_else_is_refused(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "x.xlsx", [{"Name": "Anna"}], ["Name", "Age"])
    assert refused(path) == "import.no_symbol_column"


def test_the_sheet_that_the_first_tab_shows_is_read_first_and_a_cover_sheet_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Cover").write(0, 0, "All notifications")
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, ["Document symbol", "Title"])
        sheet.write_row(1, 0, ["G/TBT/N/USA/1", "Kettles _x000D_ and more"])
    assert read(path)[0]["G/TBT/N/USA/1"]["title"] == "Kettles and more"


def rewritten(folder: Path, change: Callable[[bytes], bytes]) -> Path:
    """A sound workbook whose first sheet was changed."""
    path = folder / "changed.xlsx"
    with zipfile.ZipFile(write_xlsx(folder / "x.xlsx")) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data) if name.endswith("sheet1.xml") else data)
    return path


def test_a_doctype_is_refused(tmp_path: Path) -> None:
    source = write_xlsx(tmp_path / "x.xlsx")
    path = tmp_path / "evil.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            head, _, rest = data.partition(b"?>")
            new.writestr(
                name, head + b'?><!DOCTYPE x [<!ENTITY a "b">]>' + rest if name.endswith("sheet1.xml") else data
            )
    assert refused(path) == "import.has_doctype"


def lines(path: Path, *items: Any) -> Path:
    path.write_text("\n".join(item if isinstance(item, str) else json.dumps(item) for item in items), "utf-8")
    return path


def test_normalised_lines(tmp_path: Path) -> None:
    good, bad = read(lines(
        tmp_path / "x.jsonl",
        {"symbol": "g/tbt/n/eu/1100/add.2"},
        {"symbol": "G/SPS/N/CHN/1", "members": ["China"], "hs_codes": ["0902.10", 8516], "products": ["Tea", "Mate"]},
        "",
        {"symbol": "G/SPS/N/CHN/2", "hs_code": ["0902"]},
        {"title": "no symbol"},
        "[1]",
        {"symbol": "G/SPS/N/CHN/3", "members": ["Atlantis"]},
        {"symbol": "G/SPS/N/CHN/4", "date": "yesterday"},
        {"symbol": "nonsense"},
    ))  # fmt: skip
    assert good["G/TBT/N/EU/1100/ADD.2"] == {
        "symbol": "G/TBT/N/EU/1100/ADD.2", "agreement": "TBT", "members": ["EU"], "type": "addendum",
        "parent": "G/TBT/N/EU/1100",
    }  # fmt: skip
    assert good["G/SPS/N/CHN/1"]["hs_codes"] == ["090210", "8516"]
    assert good["G/SPS/N/CHN/1"]["products"] == "Tea; Mate"
    reasons = {row.row: explain(row.reason, texts=i18n.load(), language="zh") for row in bad}
    assert list(reasons) == [4, 5, 6, 7, 8, 9]
    assert "hs_codes" in reasons[4]  # the nearest known key


def test_our_own_csv_can_be_imported_again(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("symbol,members,hs_codes,title\nG/TBT/N/USA/1,US,8516; 8517,Kettles\n")
    assert read(tmp_path / "own.csv")[0]["G/TBT/N/USA/1"]["hs_codes"] == ["8516", "8517"]
