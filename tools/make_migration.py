"""Writes the next revision: what differs between the tables and the revisions so far (make migration NAME=...)."""

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command

from bot.db import migrate
from bot.db.engine import Database


def main(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite:///{folder}/scratch.db")
        number = _next_number()
        if number != "0001":
            migrate.upgrade(db)
        config = migrate.config()
        with db.engine.begin() as connection:
            config.attributes["connection"] = connection
            made = command.revision(config, message=name.replace("_", " "), autogenerate=True, rev_id=number)
        db.close()
    assert made is not None
    assert not isinstance(made, list)
    _tidy(Path(made.path))


def _next_number() -> str:
    made = sorted((migrate.FOLDER / "versions").glob("[0-9][0-9][0-9][0-9]_*.py"))
    return f"{int(made[-1].name[:4]) + 1 if made else 1:04}"


def _tidy(path: Path) -> None:
    """As a person would have written it: no marks of the generator, formatted."""
    lines = [line for line in path.read_text("utf-8").splitlines(keepends=True) if "### " not in line]
    path.write_text("".join(lines), "utf-8")
    ruff = Path(sys.executable).parent / "ruff"
    for command_line in ((ruff, "format", "--quiet", path), (ruff, "check", "--quiet", "--fix", path)):
        subprocess.run(command_line, check=True)  # noqa: S603  # our own file and our own linter


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: {Path(sys.argv[0]).name} what_changes")
    main(sys.argv[1])
