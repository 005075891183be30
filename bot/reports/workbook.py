"""Results as a workbook: what they rest on, the tables, the sums by currency, and one row for each answer."""

from collections.abc import Sequence
from typing import Any

from bot.i18n import Texts
from bot.reports.wording import category, facts, figure, name, notes
from bot.results import AMOUNTS, COLUMNS, TEXTS, Answer, Summary, Table
from bot.tables import Sheet, to_csv, to_xlsx

SUM = ("slot", "currency", "value", "rate", "day", "usd", "source")
FIRST = (
    "number", "at", "symbol", "subject", "enterprise", "county", "associations", "market", "product", "affected",
)  # fmt: skip


def workbook(found: Summary, texts: Texts, language: str, *, single: bool) -> bytes:
    """XLSX. `single`: with the answers themselves, for those who may see them (Deed.SEE_FEEDBACK)."""
    sheets = [_cover(found, texts, language), *_tables(found, texts, language), sums_sheet(found, texts, language)]
    return to_xlsx([*sheets, answers_sheet(found.answers, texts, language)] if single else sheets)


def csv_file(found: Summary, texts: Texts, language: str) -> bytes:
    """CSV: one row for each answer."""
    return to_csv(answers_sheet(found.answers, texts, language))


def _cover(found: Summary, texts: Texts, language: str) -> Sheet:
    lines: list[tuple[Any, ...]] = [(label, value) for label, value in facts(found, texts, language)]
    lines += [(texts("report.note", language), note) for note in notes(found, texts, language)]
    head = (texts("report.title", language), found.about.title(language))
    return Sheet(texts("report.sheet.cover", language), head, lines)


def _tables(found: Summary, texts: Texts, language: str) -> list[Sheet]:
    """Figures stay figures here, so that they can be added up; hidden ones are the mark."""
    return [_table(table, found, texts, language) for table in found.tables]


def _table(table: Table, found: Summary, texts: Texts, language: str) -> Sheet:
    head = [texts(f"report.key.{table.by}", language), *(texts(f"report.column.{one}", language) for one in COLUMNS)]
    lines = [(name(line.key, table.by, found, texts, language), line.cells) for line in table.lines]
    lines.append((texts("report.total", language), table.total.cells))
    rows = [(key, *(_value(cell, texts, language) for cell in cells)) for key, cells in lines]
    return Sheet(texts(f"report.by.{table.by}", language), head, rows)


def _value(cell: Any, texts: Texts, language: str) -> Any:
    return figure(cell, texts, language) if cell.hidden or cell.value is None else cell.value


def sums_sheet(found: Summary, texts: Texts, language: str) -> Sheet:
    head = [texts(f"report.sum.{key}", language) for key in SUM]
    lines = [
        (
            texts(f"report.column.{one.slot}", language), one.currency, _value(one.value, texts, language),
            one.rate.usd if one.rate else None, one.rate.day if one.rate else None, _value(one.usd, texts, language),
            one.rate.source if one.rate else None,
        )
        for one in found.sums
    ]  # fmt: skip
    return Sheet(texts("report.sheet.sums", language), head, lines)


def answers_sheet(given: Sequence[Answer], texts: Texts, language: str) -> Sheet:
    """One row an answer, with everything that was said."""
    more = list(dict.fromkeys(key for one in given for key in one.more))
    head = [
        *(texts(f"report.answer.{field}", language) for field in FIRST),
        *(part for slot in AMOUNTS for part in _money_head(slot, texts, language)),
        *(texts(f"report.answer.{field}", language) for field in TEXTS),
        *(_more_head(key, texts, language) for key in more),
        texts("report.answer.consent", language),
    ]
    return Sheet(texts("report.sheet.answers", language), head, [_line(one, more, texts, language) for one in given])


def _money_head(slot: str, texts: Texts, language: str) -> tuple[str, str]:
    title = texts(f"report.answer.{slot}", language)
    return title, f"{title} ({texts('report.sum.currency', language)})"


def _more_head(key: str, texts: Texts, language: str) -> str:
    sentence = f"details.name_{key}"
    return texts(sentence, language) if texts.has(sentence) else key


def _line(one: Answer, more: Sequence[str], texts: Texts, language: str) -> list[Any]:
    stated = [one.amounts.get(slot) for slot in AMOUNTS]
    return [
        one.number,
        one.at,
        one.symbol,
        one.subject,
        one.enterprise[language] if one.enterprise else None,
        one.county[language] if one.county else None,
        [each[language] for each in one.associations],
        list(one.markets),
        one.product,
        category("affected", one.affected, texts, language) if one.affected else None,
        *(part for amount in stated for part in ((amount.value, amount.currency) if amount else (None, None))),
        *(one.texts.get(field) for field in TEXTS),
        *(category(key, one.more[key], texts, language) if key in one.more else None for key in more),
        category("consent", one.consent, texts, language) if one.consent else None,
    ]
