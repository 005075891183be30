"""Small ePing exports made by code, with the traps of the real ones: formulas, serial dates, joint rows, odd blanks."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

HEADERS = (
    "Notifying Member", "Distribution date", "Document symbol", "Title", "Description", "Products covered",
    "HS code(s)", "ICS code(s)", "Objectives", "Keywords", "Specific regions or countries likely to be affected",
    "Final date for comments", "Notification type", "Notified document", "Link to notification(EN)",
    "Link to notification(FR)", "Link to notification(ES)", "Proposed adoption  date",
    "Proposed entry  into  force date", "Conformity with the standard",
)  # fmt: skip
Row = Mapping[str, Any]

JOINT = "G/TBT/N/BDI/600, G/TBT/N/KEN/1800, G/TBT/N/UGA/2154"
KETTLES: Row = {
    "Notifying Member": "United States of America", "Distribution date": 45819, "Document symbol": "G/TBT/N/USA/2211",
    "Title": "Proposed\xa0rule on electric \nkettles_x000D_",
    "Description": "It sets limits.\nIt applies to all\nkettles.",
    "Products covered": "Electric kettles (HS code(s): 851679)",
    "HS code(s)": "851679 - Electro-thermic appliances, n.e.s.; for domestic use; 8516 - Water heaters; 851679 - Again",
    "ICS code(s)": "97.040.50 - Small kitchen appliances; 97.040 - Kitchen; 43 - Road vehicles",
    "Objectives": "Food safety (SPS); Consumer information, labelling (TBT); Food safety (SPS)",
    "Keywords": "Labelling; Labelling", "Final date for comments": "2025-08-10",
    "Notification type": "Regular notification",
    "Notified document": "https://example.org/a.pdf\nhttps://example.org/b_e.pdf",
    "Link to notification(EN)": "https://docs.wto.org/t/G/TBTN25/USA2211.DOCX",
}  # fmt: skip
BARLEY: Row = {
    "Notifying Member": "Nicaragua", "Distribution date": "2025-06-11", "Document symbol": "G/SPS/N/NIC/131/Add.1",
    "Title": "Cebada", "Products covered": "Seeds (HS code: 120991)", "HS code(s)": "", "ICS code(s)": "",
    "Final date for comments": "60 days from notification",
    "Notification type": "Addendum to Emergency Notification (SPS)",
}  # fmt: skip


def joint(member: str) -> Row:
    return {
        "Notifying Member": member, "Distribution date": 45818, "Document symbol": JOINT, "Title": "Sawn timber",
        "HS code(s)": "72106 - Plated", "Objectives": f"Other (TBT); {member} (TBT)",
        "Notification type": "Regular notification",
    }  # fmt: skip


ROWS = (KETTLES, joint("Kenya"), BARLEY, joint("Uganda"), {"Title": "without a symbol"}, joint("Burundi"))


def write_xlsx(path: Path, rows: Sequence[Row] = ROWS, headers: Sequence[str] = HEADERS) -> Path:
    """A workbook as ePing writes it: symbols and links are formulas without a stored value."""
    with xlsxwriter.Workbook(str(path), {"strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Notifications")
        sheet.write_row(0, 0, headers)
        for number, row in enumerate(rows, 1):
            for column, header in enumerate(headers):
                _write(sheet, number, column, header, row.get(header, ""))
    return path


def _write(sheet: Any, number: int, column: int, header: str, value: Any) -> None:
    if header == "Document symbol" and value:
        sheet.write_formula(
            number, column, f'=HYPERLINK("https://epingalert.org/?viewData= {value}"," {value}")', None, ""
        )
    elif header.startswith("Link") and value:
        sheet.write_formula(number, column, f'=HYPERLINK("{value}", "{value}")', None, "")
    else:
        sheet.write(number, column, value)


def write_csv(path: Path, rows: Sequence[Row] = ROWS, *, delimiter: str = ",", encoding: str = "utf-8-sig") -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerow(header.upper() if header == "Title" else header for header in HEADERS)
        writer.writerows([row.get(header, "") for header in HEADERS] for row in rows)
    return path
