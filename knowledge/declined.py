"""What an officer declines: to play an authority, to forge, to slip past a control, to tell what others confided."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from nlu.normalize import fold

PATTERNS = Path(__file__).with_name("declined.yml")
_EDGES = {"<<": "(?<![a-z])", ">>": "(?![a-z])"}


class Declined(StrEnum):
    """What is asked of us and not done; bot/texts say why, and the proper way."""

    OFFICE = "office"  # to be somebody else, or to approve, certify and release as an authority would
    FORGERY = "forgery"  # to make or change a certificate, a report, a mark
    EVASION = "evasion"  # to get goods past a control unseen, or to pay for looking away
    PRIVATE = "private"  # what other enterprises answered or follow, and how to reach their people
    ERRAND = "errand"  # work on their own texts and travels: translate, polish, book


def asked_of_us(text: str) -> Declined | None:
    """What of this sort a message asks for. Whoever tells of another's forgery, or guards against it, asks nothing."""
    folded = fold(text).text
    asked, unless = _patterns()
    for what, pattern in asked.items():
        if pattern.search(folded) and not (what in unless and unless[what].search(folded)):
            return what
    return None


def see(what: Declined) -> tuple[str, ...]:
    """The keys of the entries on the proper way."""
    return tuple(_lists()["see"].get(what, ()))


@cache
def _lists() -> dict[str, Any]:
    lists: dict[str, Any] = yaml.load(PATTERNS.read_bytes(), Loader=yaml.CSafeLoader)
    return lists


@cache
def _patterns() -> tuple[dict[Declined, re.Pattern[str]], dict[Declined, re.Pattern[str]]]:
    """What asks for each, and what says that it is not asked for."""
    lists = _lists()
    marks = {**{f"{{{name}}}": f"(?:{words})" for name, words in lists["words"].items()}, **_EDGES}
    asked, unless = (
        {Declined(what): re.compile("|".join(_spelt(one, marks) for one in written)) for what, written in group.items()}
        for group in (lists["asked"], lists["unless"])
    )
    return asked, unless


def _spelt(pattern: str, marks: dict[str, str]) -> str:
    for mark, meaning in marks.items():
        pattern = pattern.replace(mark, meaning)
    return pattern
