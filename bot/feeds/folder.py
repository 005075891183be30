"""A folder that is watched: each file in it is imported once, then lies in done/ or, with the reason, in failed/."""

import json
from collections.abc import Iterator
from pathlib import Path

import structlog

log = structlog.get_logger()

NAME = "folder"
DONE, FAILED = "done", "failed"
UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".filepart", ".download")

Seen = dict[str, list[int]]  # name -> size, time of the last change


def look(folder: Path) -> Seen:
    """The files that lie there now; hidden ones, links and those that a program is still fetching are left alone."""
    return {path.name: [path.stat().st_size, path.stat().st_mtime_ns] for path in sorted(_files(folder))}


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        plain = path.is_file() and not path.is_symlink()
        if plain and not path.name.startswith((".", "~$")) and not path.name.lower().endswith(UNFINISHED):
            yield path


def stable(before: Seen, now: Seen) -> list[str]:
    """Files that have not changed since the last look (pure): nobody is writing them any more. Oldest first."""
    same = [name for name, mark in now.items() if before.get(name) == mark]
    return sorted(same, key=lambda name: (now[name][1], name))


def read_seen(cursor: str | None) -> Seen:
    found = json.loads(cursor) if cursor else {}
    return found if isinstance(found, dict) else {}


def put_away(path: Path, where: str, *, reason: str = "") -> None:
    """Move a file into a folder beside it, never over another of its name; the reason lies beside it as a text."""
    target = path.parent / where
    target.mkdir(exist_ok=True)
    to = next(one for one in _names(target, path) if not one.exists())
    path.rename(to)
    if reason:
        to.with_name(to.name + ".txt").write_text(reason + "\n", "utf-8")


def _names(target: Path, path: Path) -> Iterator[Path]:
    yield target / path.name
    for number in range(2, 10_000):
        yield target / f"{path.stem}-{number}{path.suffix}"
