"""Tasks that change something or send a file are begun only when the message names what they are about (tasks.yml)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TABLE = Path(__file__).with_name("tasks.yml")
_EDGES = {"<<": "(?<![a-z])", ">>": "(?![a-z])"}


@dataclass(frozen=True, slots=True)
class Named:
    """What a task's message must say, and must not."""

    names: re.Pattern[str]
    unless: re.Pattern[str]


def intents() -> frozenset[str]:
    """The tasks of the table."""
    return frozenset(_table())


def is_named(intent: str, folded: str) -> bool:
    """Whether the message may begin this task; true of every intent that stands not in the table."""
    task = _table().get(intent)
    return task is None or bool(task.names.search(folded) and not task.unless.search(folded))


def is_elsewhere(folded: str) -> bool:
    """Whether it speaks of other programs, services and pastimes."""
    return bool(_any(_lists()["elsewhere"]).search(folded))


@cache
def _lists() -> dict[str, Any]:
    lists: dict[str, Any] = yaml.load(TABLE.read_bytes(), Loader=yaml.CSafeLoader)
    return lists


@cache
def _table() -> dict[str, Named]:
    tasks = _lists()["tasks"].items()
    return {intent: Named(_any(task.get("names", [""])), _any(task["unless"])) for intent, task in tasks}


def _any(written: list[str]) -> re.Pattern[str]:
    pattern = "|".join(written)
    for mark, meaning in _EDGES.items():
        pattern = pattern.replace(mark, meaning)
    return re.compile(pattern)
