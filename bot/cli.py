"""The commands. Heavy imports stand inside the command that needs them, so that `fengsui --help` is quick."""

import gc
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import settings as settings_module
from bot.commands.terminal import said, say
from bot.errors import BadInput, FengsuiError, SettingsError
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.db.engine import Database

ROLES = ("all", "web", "telegram", "worker", "scheduler")
CONFIG = Path(__file__).resolve().parent.parent / "config.yml"

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
member = typer.Typer(no_args_is_help=True, help="People and their roles.")
app.add_typer(member, name="member")

Data = Annotated[Path | None, typer.Option("--data", help="Folder of the database and files (default var/).")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Text = Annotated[str, typer.Argument(help='The text, or "-" to read {"id", "text"} objects, one a line.')]


def main() -> None:
    """Run a command; an error that a person can mend is one sentence and exit status 2."""
    try:
        app()
    except FengsuiError as error:
        typer.echo(said(error.key, **error.values), err=True)
        raise SystemExit(2) from error
    except OSError as error:
        if error.filename is None:
            raise
        typer.echo(said("cli.bad_path", path=error.filename, problem=error.strerror), err=True)
        raise SystemExit(2) from error
    except Exception as error:
        problems = getattr(error, "problems", None)  # all that the dialogue or the knowledge base has
        if not problems:
            raise
        typer.echo("\n".join([said("cli.check_found", n=len(problems)), *map(str, problems)]), err=True)
        raise SystemExit(2) from error


def load(data: Path | None, **more: Any) -> Settings:
    """The settings of a command. Raises SettingsError; a clock that is none gets a sentence of its own."""
    try:
        settings = settings_module.load(CONFIG, data=data, **more)
    except SettingsError as error:
        raise SettingsError("cli.bad_clock") if error.values.get("key") == "clock" else error from None
    if settings.clock and settings.clock.year < 2000:  # a bare number, which would be seconds since 1970
        raise SettingsError("cli.bad_clock")
    return settings


def database(settings: Settings) -> "Database":
    from bot.db.migrate import open_database

    return open_database(settings)


@app.command()
def up(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Where to listen (default 127.0.0.1).")] = None,
    port: Annotated[int | None, typer.Option(help="The port (default 8000; 0 takes a free one).")] = None,
    role: Annotated[str, typer.Option(help="all, web, telegram, worker or scheduler.")] = "all",
    with_demo: Annotated[bool, typer.Option("--demo", help="Load the demonstration data, once.")] = False,
) -> None:
    """Start the service."""
    if role not in ROLES:
        raise BadInput("cli.unknown_kind", kind=role, kinds=", ".join(ROLES))
    settings = load(data, web={key: value for key, value in (("host", host), ("port", port)) if value is not None})
    gc.disable()  # what the start makes is there to stay: looking for garbage in it costs a tenth of the time
    from bot.commands.serving import serve

    serve(settings, role=role, demo=with_demo, say=say)


@app.command()
def chat(data: Data = None, name: Annotated[str, typer.Option(help="Whose conversation.")] = "me") -> None:
    """Talk to the assistant in this terminal."""
    from bot.commands.chatting import run

    run(load(data, log={"level": "error"}), name, said)


@app.command()
def ask(text: Text, data: Data = None, as_json: Json = False) -> None:
    """Answer one message, as the chat would, and forget it."""
    from bot.commands.oneshot import Asker

    with Asker(load(data, log={"level": "error"})) as asker:
        for item in _inputs(text):
            answer = asker.ask(str(item["text"]))
            if as_json or text == "-":
                _line({**({"id": item["id"]} if "id" in item else {}), **answer})
            else:
                typer.echo("\n\n".join(answer["replies"]))


@app.command()
def parse(text: Text, data: Data = None, as_json: Json = False) -> None:
    """What the assistant understands of a text."""
    from bot.commands.parsing import parser

    understand = parser(load(data))
    for item in _inputs(text):
        found = understand(str(item["text"]))
        if as_json or text == "-":
            _line({**({"id": item["id"]} if "id" in item else {}), **found})
        else:
            typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


def _inputs(text: str) -> Iterator[dict[str, Any]]:
    from bot.messages import storable

    if text != "-":
        yield {"text": storable(text)}
        return
    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except (ValueError, RecursionError):
            item = None
        if isinstance(item, dict) and isinstance(item.get("text"), str):
            yield {**item, "text": storable(item["text"])}
        else:
            typer.echo(said("cli.bad_json_line"), err=True)


def _line(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


@app.command()
def train(data: Data = None, force: Annotated[bool, typer.Option("--force")] = False) -> None:
    """Train the understanding, if the training data changed."""
    import time

    from bot import training

    settings = load(data)
    if not force and not training.stale(settings):
        say("cli.train_fresh")
        return
    say("cli.training")
    start = time.monotonic()
    training.train(settings)
    say("cli.trained", seconds=f"{time.monotonic() - start:.1f}")


@app.command()
def check() -> None:
    """Check training data, knowledge, dialogue and texts; print all problems and what is due for checking."""
    from bot import clock
    from bot.commands.checking import problems

    settings = load(None)
    found = problems(clock.from_setting(settings.clock).now().date())
    for problem in found:
        typer.echo(problem.text, err=problem.is_error)
    errors = sum(problem.is_error for problem in found)
    writer = settings.writer
    say("cli.writer_on", model=writer.model, url=writer.url) if writer.url else say("cli.writer_off")
    say("cli.check_found", n=errors) if errors else say("cli.check_fine")
    raise typer.Exit(1 if errors else 0)


@app.command("eval")
def eval_(
    kind: Annotated[str, typer.Argument(help="knowledge or nlu.")],
    file: Annotated[Path | None, typer.Argument(help="JSON lines; nlu without one: cross-validation.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a report with every question to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    data: Data = None,
) -> None:
    """Measure how well the assistant answers (knowledge) or understands (nlu) what stands in a file."""
    from bot.commands import evaluating

    found = evaluating.run(load(data, log={"level": "error"}), kind, file)
    if html:
        html.write_text(found.page(file.name if file else kind), "utf-8")
    lines = [json.dumps(found.figures, ensure_ascii=False)] if as_json else list(_figures(found.figures))
    typer.echo("\n".join(lines))


def _figures(found: dict[str, Any], indent: str = "") -> Iterator[str]:
    for name, value in found.items():
        if isinstance(value, dict):
            yield f"{indent}{name}:"
            yield from _figures(value, f"{indent}  ")
        else:
            yield f"{indent}{name}: {value if isinstance(value, int) else f'{value:.3f}'}"


@app.command("import")
def import_(
    kind: Annotated[str, typer.Argument(help="notifications, recalls, organisations, members or interests.")],
    file: Annotated[Path | None, typer.Argument(help="The file; its format is told by its content.")] = None,
    source: Annotated[str | None, typer.Option("--from", help="Instead of a file: a source, such as eping.")] = None,
    data: Data = None,
) -> None:
    """Import a file, or what is new at a source of the settings."""
    from bot.commands import importing

    if source is not None and file is None and kind in importing.FED:
        importing.ask(load(data), source, say)
    elif file is not None and source is None:
        importing.run(load(data), kind, file, say)
    else:
        raise BadInput("cli.file_or_source")


@app.command()
def match(
    notifications: Annotated[Path, typer.Option(help="Normalised notifications, a JSON object a line.")],
    interests: Annotated[Path, typer.Option(help="Interests, a JSON object a line.")],
    as_json: Json = False,
) -> None:
    """What each interest would be sent: a function of the two files alone."""
    from bot.commands.importing import json_lines
    from bot.matching import match_files

    for found in match_files(json_lines(notifications), json_lines(interests)):
        if as_json:
            _line(found)
        else:
            for one in found["send"]:
                typer.echo(f"{found['id']}\t{one['symbol']}\t{one['reason']}")


@app.command()
def export(
    kind: Annotated[str, typer.Argument(help="notifications, interests, feedback, deliveries, notices, tickets ...")],
    form: Annotated[str, typer.Option("--format", help="xlsx, csv or jsonl.")] = "csv",
    out: Annotated[Path | None, typer.Option(help="The file (default: standard output).")] = None,
    data: Data = None,
) -> None:
    """Export a table."""
    from bot import exports

    if kind not in exports.KINDS:
        raise BadInput("cli.unknown_kind", kind=kind, kinds=", ".join(exports.KINDS))
    if form not in exports.FORMATS:
        raise BadInput("cli.unknown_kind", kind=form, kinds=", ".join(exports.FORMATS))
    db = database(load(data))
    content = db.look(lambda tx: exports.write(exports.KINDS[kind](tx), form))
    if out is None:
        sys.stdout.buffer.write(content)
    else:
        out.write_bytes(content)


@app.command()
def report(
    number: Annotated[int, typer.Argument(help="The survey's number: 12 for S-000012.")],
    form: Annotated[str, typer.Option("--format", help="xlsx, csv, pdf, or docx (the draft comment).")] = "xlsx",
    language: Annotated[str | None, typer.Option(help="zh or en (default: that of this terminal).")] = None,
    out: Annotated[Path | None, typer.Option(help="The file (default: standard output).")] = None,
    data: Data = None,
) -> None:
    """Write the results of a survey as a file."""
    from bot.commands import reporting

    reporting.run(load(data), number, form, language, out)


@app.command()
def migrate(data: Data = None) -> None:
    """Bring the database to this version's schema."""
    from bot.db import migrate as migrations
    from bot.db.engine import Database

    settings = load(data)
    settings.data.mkdir(parents=True, exist_ok=True)
    done = migrations.upgrade(Database(settings.url))
    say("cli.migrated" if done else "cli.migrated_before", version=migrations.head())


@app.command()
def demo(
    data: Data = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take the demonstration data out again.")] = False,
    new: Annotated[bool, typer.Option("--new", help="Let new demonstration notifications arrive.")] = False,
) -> None:
    """Load the demonstration data, let something new arrive, or take it all out."""
    from bot.commands import demonstrating

    demonstrating.run(load(data), remove=remove, new=new, say=say)


@member.command("add")
def member_add(
    name: Annotated[str, typer.Option()],
    org: Annotated[str, typer.Option(help="The organisation's code.")],
    role: Annotated[str, typer.Option(help="enterprise, secretary, officer, analyst or administrator.")],
    address: Annotated[str | None, typer.Option(help="CHANNEL:ID, if it is known.")] = None,
    data: Data = None,
) -> None:
    """Add a member and print a one-time link with which they enter the web chat as themselves."""
    from bot.commands import staffing

    staffing.add(load(data), name=name, org=org, role=role, address=address, say=say)


@member.command("list")
def member_list(data: Data = None) -> None:
    """All members with their roles and addresses."""
    from bot.commands import staffing

    staffing.show(load(data), say)


@member.command("grant")
def member_grant(
    number: int,
    org: Annotated[str, typer.Option()],
    role: Annotated[str, typer.Option()],
    data: Data = None,
) -> None:
    """Give a role."""
    from bot.commands import staffing

    staffing.change(load(data), number, org=org, role=role, grant=True, say=say)


@member.command("revoke")
def member_revoke(
    number: int,
    org: Annotated[str, typer.Option()],
    role: Annotated[str, typer.Option()],
    data: Data = None,
) -> None:
    """Take a role away."""
    from bot.commands import staffing

    staffing.change(load(data), number, org=org, role=role, grant=False, say=say)


@member.command("link")
def member_link(number: int, data: Data = None) -> None:
    """Print a new one-time link for a member."""
    from bot.commands import staffing

    staffing.link(load(data), number, say)


@member.command("invite")
def member_invite(
    org: Annotated[str, typer.Option()],
    role: Annotated[str, typer.Option()] = "enterprise",
    uses: Annotated[int, typer.Option(min=1, max=1000, help="How many people may use it.")] = 1,
    data: Data = None,
) -> None:
    """Print an invitation code, to be sent to the bot by whoever joins."""
    from bot.commands import staffing

    staffing.invite(load(data), org=org, role=role, uses=uses, say=say)
