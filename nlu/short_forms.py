"""Whole messages with a settled meaning (ok, 不用了, /help, 👍): looked up in a table instead of guessed."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

TABLE = Path(__file__).parent / "short_forms.yml"
CONFIRM = "confirm"
_LONGEST = 32
_EDGES = re.compile(r"^[\s.,;:!?~。、…·\"'()\[\]-]+|[\s.,;:!?~。、…·\"'()\[\]-]+$")
_INNER = re.compile(r"[\s,;:!。、~]+")


def forms() -> dict[str, dict[str, list[str]]]:
    """The table as it is written: part -> intent -> forms."""
    content: dict[str, dict[str, list[str]]] = yaml.load(TABLE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return content


@cache
def _table() -> dict[str, dict[str, str]]:
    return {part: _by_form(by_intent) for part, by_intent in forms().items()}


def _by_form(by_intent: dict[str, list[str]]) -> dict[str, str]:
    return {_key(form): intent for intent, written in by_intent.items() for form in written}


def _key(folded: str) -> str:
    return _INNER.sub(" ", _EDGES.sub("", folded))


def intent_of(folded: str, *, slot: str | None = None) -> str | None:
    """The intent of a whole folded message, None when the table does not have it; `slot` = what was just asked."""
    if len(folded) > 2 * _LONGEST:
        return None
    key = _key(folded)
    if slot == CONFIRM and (found := _lookup(CONFIRM, key)):
        return found
    return _lookup("anywhere", key)


def _lookup(part: str, key: str) -> str | None:
    table = _table()[part]
    return table.get(key) or (table.get(key.replace(" ", "")) if not key.isascii() else None)
