"""Results as a PDF report: what they are about, charts, the tables, and what the reader must know of the figures."""

import io
from pathlib import Path
from typing import Any

from bot.i18n import Texts
from bot.reports.charts import bars
from bot.reports.wording import SHOWN_LINES, Worded, facts, name, notes, worded
from bot.reports.workbook import sums_sheet
from bot.results import By, Summary, Table
from bot.results.tally import UNKNOWN

CHARTED = (By.AFFECTED, By.COUNTY, By.MARKET)
FAMILY = "report"
WIDTH = 180  # millimetres between the margins of A4
LABELS, NAMES = 54, 40  # the first column: of the facts, of a table


def pdf(found: Summary, texts: Texts, language: str, *, font: Path) -> bytes:
    """The report in one language. CPU work of half a second: call it in a thread."""
    page = _paper(found, texts, language, font)
    page.set_font(FAMILY, size=16)
    _say(page, found.about.title(language), language, height=8)
    page.ln(2)
    for label, value in facts(found, texts, language):
        _fact(page, label, value)
    if found.about.conclusion:
        _heading(page, texts("report.conclusion", language))
        _say(page, found.about.conclusion, language)
    for table in found.tables:
        _table(page, table, found, texts, language, font)
    _money(page, found, texts, language)
    _heading(page, texts("report.note", language))
    for note in notes(found, texts, language):
        _say(page, note, language)
    return bytes(page.output())


def _say(page: Any, text: str, language: str, *, height: float = 5.5) -> None:
    page.multi_cell(WIDTH, height, text, wrapmode=_wrap(language), align="L", new_x="LMARGIN", new_y="NEXT")


def _wrap(language: str) -> str:
    return "CHAR" if language == "zh" else "WORD"


def _paper(found: Summary, texts: Texts, language: str, font: Path) -> Any:
    from fpdf import FPDF

    foot = texts("report.foot", language, date=found.made_at.date().isoformat())

    class Paper(FPDF):
        def footer(self) -> None:
            self.set_y(-12)
            self.set_font(FAMILY, size=8)
            self.cell(0, 5, f"{foot}  ·  {self.page_no()}", align="C")

    page = Paper(format="A4")
    page.set_margins(15, 15)
    page.set_auto_page_break(True, margin=18)
    page.set_title(found.about.title(language))
    page.set_lang("zh-CN" if language == "zh" else "en")
    page.add_font(FAMILY, fname=str(font))
    page.add_page()
    page.set_font(FAMILY, size=10)
    return page


def _fact(page: Any, label: str, value: str) -> None:
    page.set_font(FAMILY, size=10)
    page.cell(LABELS, 6, label)
    page.multi_cell(WIDTH - LABELS, 6, value, align="L", new_x="LMARGIN", new_y="NEXT")


def _heading(page: Any, text: str) -> None:
    page.ln(4)
    if page.get_y() > page.eph - 40:
        page.add_page()
    page.set_font(FAMILY, size=12)
    page.cell(WIDTH, 8, text, new_x="LMARGIN", new_y="NEXT")
    page.set_font(FAMILY, size=9)


def _table(page: Any, table: Table, found: Summary, texts: Texts, language: str, font: Path) -> None:
    if all(line.key == UNKNOWN for line in table.lines):
        return  # nobody said: the table would repeat its total
    shown = worded(table, found, texts, language)
    _heading(page, shown.title)
    if table.by in CHARTED:
        _chart(page, table, shown, found, texts, language, font)
    _rows(page, shown, texts, language)


def _chart(
    page: Any, table: Table, shown: Worded, found: Summary, texts: Texts, language: str, font: Path
) -> None:  # fmt: skip
    """The number of answers as bars; hidden ones are not drawn, their height would tell them."""
    visible = [line for line in table.lines if not line.cells[0].hidden]
    if len(visible) < 2:
        return
    labels = [name(line.key, table.by, found, texts, language) for line in visible]
    picture = bars(shown.head[1], labels, [line.cells[0].value or 0 for line in visible], font=font)
    page.image(io.BytesIO(picture), w=130)
    page.ln(2)


def _rows(page: Any, shown: Worded, texts: Texts, language: str) -> None:
    from fpdf.fonts import FontFace

    rest = (WIDTH - NAMES) / (len(shown.head) - 1)
    widths = (NAMES, *([rest] * (len(shown.head) - 1)))
    align = ("LEFT", *(["RIGHT"] * (len(shown.head) - 1)))
    plain, wrap = FontFace(emphasis="NONE"), _wrap(language)
    with page.table(
        col_widths=widths, text_align=align, line_height=5.5, headings_style=plain, width=WIDTH, wrapmode=wrap
    ) as table:
        for line in (shown.head, *shown.lines[:SHOWN_LINES], shown.total):
            table.row(line)
    if len(shown.lines) > SHOWN_LINES:
        page.cell(WIDTH, 6, texts("report.more_lines", language, n=len(shown.lines) - SHOWN_LINES))
        page.ln(6)


def _money(page: Any, found: Summary, texts: Texts, language: str) -> None:
    if not found.sums:
        return
    from fpdf.fonts import FontFace

    sheet = sums_sheet(found, texts, language)
    _heading(page, sheet.name)
    with page.table(line_height=5.5, headings_style=FontFace(emphasis="NONE"), width=WIDTH) as table:
        for line in (sheet.head, *sheet.lines):
            table.row([_text(value) for value in line])


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.4g}" if value < 100 else f"{value:,.0f}"
    return "" if value is None else str(value)
