"""`fengsui report`: the results of a survey as a file, by whoever runs the server."""

import sys
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from bot import clock, comments, i18n, reports, results
from bot.commands.terminal import language as terminal_language
from bot.db.engine import Database
from bot.errors import BadInput
from bot.settings import Settings

FORMATS = ("xlsx", "csv", "pdf", "docx")


def run(settings: Settings, number: int, form: str, language: str | None, out: Path | None) -> None:
    """Write the file. Raises BadInput for an unknown format, language or survey, NotReady without a font."""
    if form not in FORMATS:
        raise BadInput("cli.unknown_kind", kind=form, kinds=", ".join(FORMATS))
    tongue = language or terminal_language()
    if tongue not in i18n.LANGUAGES:
        raise BadInput("cli.unknown_kind", kind=tongue, kinds=", ".join(i18n.LANGUAGES))
    from bot.db.migrate import open_database

    db = open_database(settings)
    try:
        content = _made(db, settings, number, form, tongue)
    finally:
        db.close()
    if out is None:
        sys.stdout.buffer.write(content)
    else:
        out.write_bytes(content)


def _made(db: Database, settings: Settings, number: int, form: str, language: str) -> bytes:
    texts, now = i18n.load(), clock.from_setting(settings.clock).now()
    today = now.astimezone(ZoneInfo(settings.desk.time_zone)).date()
    found = db.look(results.of_survey, number, now=now, today=today, k=settings.reports.small_cell)
    make: dict[str, Callable[[], bytes]] = {
        "xlsx": lambda: reports.workbook(found, texts, language, single=True),
        "csv": lambda: reports.csv_file(found, texts, language),
        "pdf": lambda: reports.pdf(found, texts, language, font=reports.chinese(settings.reports.font)),
        "docx": lambda: _comment(db, number, texts, language),
    }
    return make[form]()


def _comment(db: Database, number: int, texts: i18n.Texts, language: str) -> bytes:
    comment = db.look(comments.of_survey, number)
    if comment is None:
        raise BadInput("report.no_comment", number=number)
    return reports.docx(comment, texts, language, internal=True)
