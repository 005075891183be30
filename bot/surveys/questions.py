"""A survey's own questions beyond the core: data in both languages, checked before they are stored (pure)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.errors import BadInput

KINDS = ("text", "choice", "choices", "yes_no", "number", "amount", "date")
CHOOSING = ("choice", "choices")
WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")

Question = Mapping[str, Any]  # {id, kind, zh, en, options: [{id, zh, en}]}


def checked(questions: Sequence[Question]) -> list[dict[str, Any]]:
    """The questions as they are stored. Raises BadInput that names the first bad one by its number."""
    seen: set[str] = set()
    for number, one in enumerate(questions, 1):
        problem = _problem(one, seen)
        if problem:
            raise BadInput(f"survey.question_{problem}", n=number)
        seen.add(one["id"])
    return [dict(one) for one in questions]


def _problem(one: Question, seen: set[str]) -> str | None:
    if not _has_id(one) or one["id"] in seen:
        return "id"
    if one.get("kind") not in KINDS:
        return "kind"
    if not _has_text(one):
        return "text"
    options = one.get("options") or []
    if one["kind"] in CHOOSING and (len(options) < 2 or not all(_has_id(part) and _has_text(part) for part in options)):
        return "options"
    return None


def _has_id(one: Any) -> bool:
    return isinstance(one, Mapping) and bool(WORD.fullmatch(str(one.get("id") or "")))


def _has_text(one: Question) -> bool:
    return all(str(one.get(language) or "").strip() for language in ("zh", "en"))
