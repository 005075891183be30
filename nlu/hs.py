"""Harmonized System codes: chapter titles, which codes are impossible, how a code is printed and what it covers."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

REFERENCE = Path(__file__).parent / "reference"
EDITION = "2022"
RESERVED_CHAPTER = "77"
LAST_CHAPTER = 97


class HsProblemKind(StrEnum):
    """What is wrong with a code; the last two are warnings, all others say that the code cannot exist."""

    NOT_DIGITS = "not_digits"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    FIVE_DIGITS = "five_digits"
    ODD_LENGTH = "odd_length"
    CHAPTER = "chapter"
    UNKNOWN_HEADING = "unknown_heading"
    UNKNOWN_SUBHEADING = "unknown_subheading"


WARNINGS = frozenset({HsProblemKind.UNKNOWN_HEADING, HsProblemKind.UNKNOWN_SUBHEADING})


@dataclass(frozen=True, slots=True)
class HsProblem:
    """A doubt about a typed code; `nearest` is a code that does exist and may have been meant, or None."""

    kind: HsProblemKind
    code: str
    nearest: str | None = None

    @property
    def is_warning(self) -> bool:
        """True when the code may still be right in another tariff or another edition."""
        return self.kind in WARNINGS


def digits(code: str) -> str:
    """Return the code without dots, hyphens and blanks: "8516.79" -> "851679"."""
    return "".join(code.replace(".", "").replace("-", "").split())


def display(code: str) -> str:
    """Return the printed form, a dot after four digits and after each further pair: "8516797000" -> "8516.79.70.00"."""
    plain = digits(code)
    tail = plain[4:]
    return ".".join([plain[:4], *(tail[at : at + 2] for at in range(0, len(tail), 2))])


def covers(one: str, other: str) -> bool:
    """Say whether one code is the other or an ancestor or descendant of it (prefix in either direction)."""
    return bool(one) and bool(other) and (one.startswith(other) or other.startswith(one))


def check(code: str) -> HsProblem | None:
    """Return what is wrong with a typed code, or None.

    Impossible: chapters 00, 77 (reserved) and 98 upwards (not used internationally), fewer than 2 or more than
    10 digits, an odd number of digits (5 has its own kind: often a lost leading zero, sometimes a foreign level).
    `unknown_heading` and `unknown_subheading` are warnings: HS 2022 has no such code, but tariffs of some members
    still follow an older edition, and old notifications do so for ever.
    """
    plain = digits(code)
    kind = _shape_problem(plain) or _chapter_problem(plain) or _table_problem(plain)
    return HsProblem(kind, plain, _nearest(kind, plain)) if kind else None


def is_known(code: str) -> bool:
    """Say whether HS 2022 has this chapter, heading or subheading (national digits beyond six are ignored)."""
    return digits(code)[:6] in codes()


def chapter_title(chapter: str, language: str) -> str | None:
    """Return the short title of a chapter (or of a longer code's chapter) in "zh" or "en", None if unknown."""
    titles = _chapters().get(digits(chapter)[:2])
    return None if titles is None else titles["zh" if language == "zh" else "en"]


def heading_title(code: str, language: str) -> str | None:
    """Return the short title of a heading (or of a longer code's heading) in "zh" or "en", None if unknown.

    The titles are in our own words: they say what is meant, the legal text decides.
    """
    titles = _headings().get(digits(code)[:4])
    return None if titles is None else titles["zh" if language == "zh" else "en"]


@cache
def codes() -> frozenset[str]:
    """Return every chapter, heading and subheading of HS 2022, digits only (about 6,900 strings)."""
    known: set[str] = set()
    for line in _lines("hs_codes.txt"):
        heading, *suffixes = line.split()
        known.update((heading[:2], heading))
        known.update(heading + suffix for suffix in suffixes)
    return frozenset(known)


@cache
def _chapters() -> dict[str, dict[str, str]]:
    rows = (line.split("\t") for line in _lines("hs_chapters.tsv"))
    return {chapter: {"zh": zh, "en": en} for chapter, zh, en in rows}


@cache
def _headings() -> dict[str, dict[str, str]]:
    rows = (line.split("\t") for line in _lines("hs_headings.tsv"))
    return {heading: {"zh": zh, "en": en} for heading, zh, en in rows}


def _lines(name: str) -> list[str]:
    text = (REFERENCE / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _shape_problem(plain: str) -> HsProblemKind | None:
    if not (plain.isascii() and plain.isdigit()):
        return HsProblemKind.NOT_DIGITS
    if len(plain) == 5:
        return HsProblemKind.FIVE_DIGITS
    if len(plain) < 2:
        return HsProblemKind.TOO_SHORT
    if len(plain) > 10:
        return HsProblemKind.TOO_LONG
    return HsProblemKind.ODD_LENGTH if len(plain) % 2 else None


def _chapter_problem(plain: str) -> HsProblemKind | None:
    chapter = plain[:2]
    impossible = chapter in {"00", RESERVED_CHAPTER} or int(chapter) > LAST_CHAPTER
    return HsProblemKind.CHAPTER if impossible else None


def _table_problem(plain: str) -> HsProblemKind | None:
    if plain[:4] not in codes():
        return HsProblemKind.UNKNOWN_HEADING
    return None if plain[:6] in codes() else HsProblemKind.UNKNOWN_SUBHEADING


def _nearest(kind: HsProblemKind, plain: str) -> str | None:
    if kind in {HsProblemKind.FIVE_DIGITS, HsProblemKind.ODD_LENGTH} and ("0" + plain)[:6] in codes():
        return "0" + plain
    if kind is HsProblemKind.NOT_DIGITS:
        return None
    return next((plain[:size] for size in (6, 4, 2) if len(plain) > size and plain[:size] in codes()), None)
