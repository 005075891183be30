"""`fengsui import`: files in, a report out; a broken row is told and does not stop the rest."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from bot import clock, imports, intake
from bot.commands.terminal import language, texts
from bot.errors import BadInput
from bot.feeds.problems import explain
from bot.settings import Settings

RECALLS = "recalls"
FED = ("notifications", RECALLS)  # what sources bring
KINDS = (*FED, *imports.COLUMNS)
SHOWN_PROBLEMS = 20

Say = Callable[..., None]


def run(settings: Settings, kind: str, file: Path, say: Say) -> None:
    """Import one file. Raises BadInput for an unknown kind or a file that is not there."""
    from bot.db.migrate import open_database

    if kind not in KINDS:
        raise BadInput("cli.unknown_kind", kind=kind, kinds=", ".join(KINDS))
    if not file.is_file():
        raise BadInput("cli.no_such_file", path=str(file))
    db, now = open_database(settings), clock.from_setting(settings.clock)
    try:
        if kind in FED:
            _fed(settings, db, now, kind, file, say)
        else:
            _people(db, now, kind, file, say)
    finally:
        db.close()


def _fed(settings: Settings, db: Any, now: Any, kind: str, file: Path, say: Say) -> None:
    from bot.feeds import eping_file
    from bot.feeds.recalls import file as recall_file

    feed = recall_file.open(file) if kind == RECALLS else eping_file.open(file)
    begun = db.now(intake.begin, feed, now=now.now())
    if begun.report.read:
        say("cli.import_goes_on", row=begun.first)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(file.name, total=len(feed))
        report = intake.run_import(
            db,
            feed,
            clock=now,
            settings=settings,
            begun=begun,
            on_progress=lambda done, total: progress.update(task, completed=done.read, total=total),
        )
    sent = intake.fan_out(db, now, settings)
    say(
        "cli.imported",
        read=report.read,
        new=report.new,
        changed=report.changed,
        unchanged=report.unchanged,
        bad=report.bad,
        alerts=report.alerts,
        historic=report.historic,
        queued=sent.queued,
    )
    for row, reason in db.look(intake.problems, report.id)[:SHOWN_PROBLEMS]:
        say("cli.bad_row", row=row, reason=explain(reason, texts=texts(), language=language()))


def ask(settings: Settings, name: str, say: Say) -> None:
    """Ask a source of the settings now, whether it is due or not. Raises BadInput, or FetchFailed when it fails."""
    from bot.db.migrate import open_database
    from bot.feeds import polling

    db, now = open_database(settings), clock.from_setting(settings.clock)
    try:
        counts = polling.poll(polling.House(db, now, settings), polling.named(settings, name), by_hand=True) or {}
        say("cli.imported", **{"historic": 0, **counts}, queued=intake.fan_out(db, now, settings).queued)
    finally:
        db.close()


def _people(db: Any, now: Any, kind: str, file: Path, say: Say) -> None:
    report = db.now(imports.run, kind, imports.read_rows(file), now=now.now())
    say("cli.imported_rows", read=report.read, new=report.new, changed=report.changed, bad=len(report.bad))
    for row, reason in report.bad[:SHOWN_PROBLEMS]:
        say("cli.bad_row", row=row, reason=reason)


def json_lines(file: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON-lines file. Raises BadInput for a missing file or a line that is no object."""
    if not file.is_file():
        raise BadInput("cli.no_such_file", path=str(file))
    for number, line in enumerate(file.read_text("utf-8-sig").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except ValueError as error:
            raise BadInput("cli.bad_line", path=str(file), row=number) from error
        if not isinstance(item, dict):
            raise BadInput("cli.bad_line", path=str(file), row=number)
        yield item
