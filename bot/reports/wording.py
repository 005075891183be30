"""A summary's tables as words and figures in one language: what every kind of file shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.i18n import Texts
from bot.results import COLUMNS, By, Cell, Summary, Table
from bot.results.tally import UNKNOWN
from nlu import markets

SHOWN_LINES = 25
FIELDS = {By.MEASURE: "measure_kind"}  # the field of the feedback that a table is about, where it has another name


@dataclass(frozen=True, slots=True)
class Worded:
    """One table, ready to be drawn: figures as texts, hidden ones as a mark."""

    title: str
    head: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    total: tuple[str, ...]


def worded(table: Table, found: Summary, texts: Texts, language: str) -> Worded:
    lines = [(name(line.key, table.by, found, texts, language), line.cells) for line in table.lines]
    return Worded(
        texts(f"report.by.{table.by}", language),
        (texts(f"report.key.{table.by}", language), *(texts(f"report.column.{one}", language) for one in COLUMNS)),
        tuple((key, *(figure(cell, texts, language) for cell in cells)) for key, cells in lines),
        (texts("report.total", language), *(figure(cell, texts, language) for cell in table.total.cells)),
    )


def name(key: str, by: By, found: Summary, texts: Texts, language: str) -> str:
    """What a line is called: a market's or an organisation's name, a category, a product in its own words."""
    if key == UNKNOWN:
        return texts("report.not_said", language)
    if by is By.MARKET:
        return markets.name(key, language)
    if by in (By.COUNTY, By.ASSOCIATION):
        return found.names[key][language]
    return category(FIELDS.get(by, by), key, texts, language)


def category(field: str, chosen: Any, texts: Texts, language: str) -> str:
    """What was chosen (one or several), in the words of the question; what has none is shown as it is."""
    values = chosen if isinstance(chosen, list) else [chosen]
    keys = {str(value): f"details.{field}_{value}" for value in values}
    words = (texts(key, language) if texts.has(key) else value for value, key in keys.items())
    return texts("notification.comma", language).join(words)


def figure(cell: Cell, texts: Texts, language: str) -> str:
    if cell.hidden:
        return texts("report.hidden", language)
    return "–" if cell.value is None else f"{cell.value:,.0f}"


def notes(found: Summary, texts: Texts, language: str) -> Sequence[str]:
    """What the reader must know of the figures: what is hidden, at which rates, what could not be converted."""
    said = [texts("report.note.single", language)]
    if any(table.has_hidden for table in found.tables):
        said.append(texts("report.note.hidden", language, k=found.k, mark=texts("report.hidden", language)))
    said += [
        texts("report.note.rate", language, currency=one.currency, usd=one.usd, day=one.day, source=one.source)
        for one in found.rates
    ]
    if found.missing:
        said.append(texts("report.note.missing", language, currencies=", ".join(found.missing)))
    if found.about.provisional:
        said.append(texts("report.note.provisional", language))
    return said


def facts(found: Summary, texts: Texts, language: str) -> Sequence[tuple[str, str]]:
    """The head of a report: label and value."""
    about = found.about
    deadline = about.notification.deadline if about.notification else None
    shown: list[tuple[str, str | None]] = [
        ("number", about.number),
        ("symbol", about.notification.symbol if about.notification else None),
        ("deadline", deadline.isoformat() if deadline else None),
        *((f"due_{tier}", day.isoformat()) for tier, day in (about.due or {}).items()),
        ("invited", None if about.invited is None else str(about.invited)),
        ("answered", None if about.answered is None else str(about.answered)),
        ("answers", str(len(found.answers))),
        ("enterprises", str(found.enterprises)),
    ]
    return [(texts(f"report.fact.{key}", language), value) for key, value in shown if value is not None]
