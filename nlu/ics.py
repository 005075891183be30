"""Titles of the International Classification for Standards: fields and main groups, in Chinese and English."""

import re
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent / "reference" / "ics.tsv"
CODE = re.compile(r"\d{2}(?:\.\d{3}(?:\.\d{2})?)?")


def title(code: str, language: str) -> str | None:
    """Return the title of an ICS code ("97.200.50") in "zh" or "en".

    A sub-group or group that the table leaves out has the title of the group or field that it belongs to;
    None when the code is not an ICS code or its field does not exist.
    """
    known = next((parent for parent in ancestors(code) if parent in _titles()), None)
    return None if known is None else _titles()[known][0 if language == "zh" else 1]


def is_known(code: str) -> bool:
    """Say whether the table has this very code."""
    return code.strip() in _titles()


def ancestors(code: str) -> tuple[str, ...]:
    """Return the code and what it belongs to, narrowest first: 97.200.50, 97.200, 97; () when it is no ICS code."""
    plain = code.strip()
    if not CODE.fullmatch(plain):
        return ()
    parts = plain.split(".")
    return tuple(".".join(parts[:size]) for size in range(len(parts), 0, -1))


def covers(one: str, other: str) -> bool:
    """Say whether one code is the other, or belongs to it, or the other way round."""
    return one.strip() in ancestors(other) or other.strip() in ancestors(one)


@cache
def _titles() -> dict[str, tuple[str, str]]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {code: (zh, en) for code, zh, en in rows}
