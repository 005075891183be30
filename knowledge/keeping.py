"""Keeps the weighed base from one start to the next, in one file that may be lost or damaged at any time."""

from __future__ import annotations

import hashlib
import os
import platform
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from knowledge.entry import Entry
from knowledge.weighing import Arrays, Weighed, arrays, restored, weigh

FILE = "base.npz"
MARK = "mark"
FORMAT = "1"
_HERE = Path(__file__).parent
_WORDS = _HERE.parent / "nlu"
# All that decides what a text's words are and weigh; more than need be, as weighing anew costs a second
_CODE = ((_HERE, "*.py"), (_HERE, "*.yml"), (_WORDS, "*.py"), (_WORDS, "*.yml"), (_WORDS / "reference", "*"))
_DAMAGE = (OSError, ValueError, KeyError, TypeError, IndexError, EOFError, zipfile.BadZipFile, zlib.error)


def weighed(entries: Sequence[Entry], file: Path, tell: Callable[..., object]) -> Weighed:
    """What the file holds of just these entries, made by just this code; else weighed now, and kept in the file.

    What is in the way (a damaged file, a folder that cannot be written) is told, by an event and a `problem`, and
    changes nothing else.
    """
    mark = mark_of(entries)
    try:
        return restored(_read(file, mark))
    except FileNotFoundError:
        pass
    except _DAMAGE as error:
        tell("kept_base_not_used", problem=_named(error))
    made = weigh(entries)
    try:
        _write(file, arrays(made), mark)
    except OSError as error:
        tell("base_not_kept", problem=_named(error))
    return made


def mark_of(entries: Iterable[Entry]) -> str:
    """Equal for equal entries under the same code."""
    digest = hashlib.sha256(f"{FORMAT} {platform.python_version()} {np.__version__}".encode())
    for folder, pattern in _CODE:
        for path in sorted(folder.glob(pattern)):
            digest.update(path.read_bytes())
    for entry in entries:
        digest.update(repr(entry).encode())
    return digest.hexdigest()


def _read(file: Path, mark: str) -> Arrays:
    """Raises ValueError when it is of other entries or of other code."""
    with file.open("rb") as source, np.load(source, allow_pickle=False) as stored:
        if str(stored[MARK]) != mark:
            raise ValueError("of other entries or another version")
        return dict(stored)


def _write(file: Path, found: Arrays, mark: str) -> None:
    """Whole or not at all, whoever else writes or reads it meanwhile."""
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as out:
            np.savez(out, allow_pickle=False, **{MARK: np.array(mark), **found})
        unfinished.replace(file)
    except OSError:
        with suppress(OSError):
            unfinished.unlink()
        raise


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]
