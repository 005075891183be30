"""What an import costs: `fengsui import notifications` of a made-up export of 229 rows with the traps of real ones.

With `--rows 80000` the file has the shape of the WTO's bulk workbook: everything since 1995, some 45 MB.
"""

import argparse
import random
import resource
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
from _service import fengsui, folder, print_machine, print_table
from openpyxl import Workbook

HEADERS = (
    "Notifying Member", "Distribution date", "Document symbol", "Title", "Description", "Products covered",
    "HS code(s)", "ICS code(s)", "Objectives", "Keywords", "Specific regions or countries likely to be affected",
    "Final date for comments", "Notification type", "Notified document", "Link to notification(EN)",
    "Link to notification(FR)", "Link to notification(ES)",
)  # fmt: skip
BULK_HEADERS = ("Proposed adoption  date", "Proposed entry  into  force date", "Conformity  with the standard")
BULK_ROWS = 1000  # from so many rows on a file has the shape of the bulk workbook
BULK_DAYS = 31 * 365
VOCABULARY = 20_000  # made-up words: a few sentences again and again would pack into nothing
LETTERS = "eeeeaaaooiinnttssrrldcumpg"
MEMBERS = {
    "European Union": "EU", "United States of America": "USA", "Japan": "JPN", "Korea, Republic of": "KOR",
    "India": "IND", "Brazil": "BRA", "Chinese Taipei": "TPKM", "Viet Nam": "VNM", "Türkiye": "TUR",
    "Saudi Arabia, Kingdom of": "SAU", "United Kingdom": "GBR", "Canada": "CAN", "Australia": "AUS", "Israel": "ISR",
    "Ukraine": "UKR",
}  # fmt: skip
JOINT = {"Burundi": "BDI", "Kenya": "KEN", "Rwanda": "RWA", "Tanzania": "TZA", "Uganda": "UGA"}
PRODUCTS = (
    ("Household refrigerators", "8418", "97.040.30 - Refrigerating appliances"),
    ("Toys, games", "950300", "97.200.50 - Toys"),
    ("Lithium-ion batteries, power banks", "850760", "29.220 - Galvanic cells and batteries"),
    ("Loudspeakers, whether or not mounted in their enclosures", "851822", "33.160 - Audio, video and audiovisual"),
    ("Tea, whether or not flavoured", "0902", "67.140.10 - Tea"),
    ("Milk and cream; not concentrated, nor sweetened", "04012", "67.100.10 - Milk and processed milk products"),
    ("Footwear with outer soles of rubber", "6402", "61.060 - Footwear"),
    ("Motor cars; parts and accessories", "87", "43 - Road vehicles engineering"),
)
OBJECTIVES = ("Protection of human health or safety", "Consumer information, labelling", "Quality requirements")
SENTENCES = (
    "The draft sets requirements for sampling, test methods and conformity assessment.",
    "Products placed on the market before the date of application may be sold until stocks are exhausted.",
    "The label shall state the name of the maker,\nthe model and the year in the national language._x000D_",
    "A certificate of conformity is issued by an accredited body and is valid for three years._x000D_\n",
)
SUFFIXES = {
    "Regular notification": "", "Addendum to Regular Notification": "/Add.1",
    "Revision to Regular Notification": "/Rev.1", "Emergency notifications (SPS)": "",
    "Addendum to Emergency Notification (SPS)": "/Add.2", "Corrigendum to Regular Notification": "/Add.1/Corr.1",
}  # fmt: skip
OFTEN = (171, 35, 9, 5, 7, 2)  # of 229 rows, in the order above
WITHOUT_DEADLINE = ("Add", "Corr", "Emergency")
EPOCH = date(1899, 12, 30)  # day 0 of a spreadsheet
JOINT_ROWS = 60  # 12 documents of five members each, repeated on a row for every member


def export(path: Path, rows: int, *, today: date) -> None:
    """An XLSX file as the WTO's ePing platform writes it: formulas instead of symbols, serial dates, joint rows."""
    chance = random.Random(2211)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Notifications")
    sheet.append(HEADERS)
    joint = min(JOINT_ROWS, rows // 4) // len(JOINT) * len(JOINT)
    for number in range(rows - joint):
        sheet.append(_single(number, chance, today))
    for number in range(joint // len(JOINT)):
        for row in _joint(number, chance, today):
            sheet.append(row)
    book.save(path)


def bulk(path: Path, rows: int, *, today: date) -> None:
    """The shape of the workbook of all notifications: newest first, texts of real length, double blanks in headers.

    Its texts are shared ones, as in the real export: that is what fills the memory of whoever reads it at once.
    """
    chance = random.Random(1995)
    words = ["".join(chance.choices(LETTERS, k=chance.randrange(2, 11))) for _ in range(VOCABULARY)]
    with xlsxwriter.Workbook(str(path), {"strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Notifications")
        sheet.write_row(0, 0, [*HEADERS, *BULK_HEADERS])
        for number in range(rows):
            row = _single(rows - number, chance, today - timedelta(days=number * BULK_DAYS // rows))
            row[HEADERS.index("Description")] += " " + " ".join(chance.choices(words, k=chance.randrange(20, 120)))
            more = [row[1] + 180, row[1] + 365, chance.choice(("Yes", "No", ""))]
            sheet.write_row(number + 1, 0, [*row, *more])


def _single(number: int, chance: random.Random, today: date) -> list[Any]:
    name, code = chance.choice(list(MEMBERS.items()))
    kind = chance.choices(list(SUFFIXES), OFTEN)[0]
    area = "SPS" if "SPS" in kind or number % 4 == 0 else "TBT"
    symbol = f"G/{area}/N/{code}/{9000 + number}{SUFFIXES[kind]}"
    return _row(name, symbol, f"TBTN26/{code}{9000 + number}", kind, chance, today)


def _joint(number: int, chance: random.Random, today: date) -> list[list[Any]]:
    symbols = ", ".join(f"G/TBT/N/{code}/{9500 + number}" for code in JOINT.values())
    row = _row("", symbols, f"TBTN26/BDI{9500 + number}", next(iter(SUFFIXES)), chance, today)
    return [[name, *row[1:]] for name in JOINT]


def _row(name: str, symbol: str, file: str, kind: str, chance: random.Random, today: date) -> list[Any]:
    product, hs, ics = chance.choice(PRODUCTS)
    distributed = today - timedelta(days=chance.randrange(1, 30))
    deadline = "" if kind.startswith(WITHOUT_DEADLINE) else (distributed + timedelta(days=60) - EPOCH).days
    erased = "The addendum was circulated erroneously and is null and void. " if kind.startswith("Corr") else ""
    area = symbol[2:5]
    hs_cell = f"{hs} - {product}; {hs} - {product}" if chance.random() < 0.66 else ""
    link = f"https://docs.wto.org/imrd/directdoc.asp?DDFDocuments/t/G/{file}.DOCX"
    return [
        name, (distributed - EPOCH).days, _formula(f" {symbol}"),
        f"Draft technical regulation on {product.lower()}\xa0(1+8 page(s), in Russian)",
        erased + " ".join(chance.choices(SENTENCES, k=6)), f"{product} (HS code(s): {hs})", hs_cell, f"{ics}; {ics}",
        "; ".join(f"{one} ({area})" for one in chance.sample(OBJECTIVES, 2)), "Labelling; Labelling", "", deadline,
        kind, f"https://members.wto.org/a_e.pdf\nhttps://members.wto.org/{chance.randrange(10**6)}_x.pdf",
        f'=HYPERLINK("{link}","{link}")', "", "",
    ]  # fmt: skip


def _formula(symbol: str) -> str:
    return f'=HYPERLINK("https://www.epingalert.org/en/Search?viewData={symbol}","{symbol}")'


def timed(name: str, path: Path, data: Path) -> list[str]:
    """A row of the table: the whole command, from its start to its end."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = fengsui("import", "notifications", str(path), data=data)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print("  ".join(done.stdout.split("\n")[:1]))
    return [name, f"{wall:.2f}", f"{cpu:.2f}", f"{after.ru_maxrss / 1024:.0f}"]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=229, help="of the export")
    chosen = options.parse_args()
    print_machine()
    with folder() as data:
        path = data / "export.xlsx"
        write = bulk if chosen.rows >= BULK_ROWS else export
        write(path, chosen.rows, today=date.today())
        print(f"{path.stat().st_size / 1e6:.1f} MB")
        fengsui("migrate", data=data)
        rows = [timed(f"{chosen.rows} rows, all new", path, data), timed("the same again", path, data)]
    print_table(["", "wall s", "CPU s", "peak MB"], rows)


if __name__ == "__main__":
    main()
