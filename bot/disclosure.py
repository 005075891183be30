"""What is stored about a person, as they can read it: a plain text in their language, beside the rows for machines."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from bot.i18n import Texts

# The parts of the text in their order. Of what machines keep for themselves only the other file has the rows.
PARTS: Mapping[str, tuple[str, ...]] = {
    "person": ("members", "addresses", "roles", "enrolments", "accounts"),
    "follows": ("interests", "follows"),
    "feedback": ("feedback", "feedback_versions", "feedback_files", "invitations"),
    "tickets": ("tickets", "ticket_messages", "answer_ratings"),
    "said": ("inbox",),
    "sent": ("deliveries", "receipts"),
}
INNER = frozenset({"table", "id", "key", "member_id", "snapshot", "version", "lease_until", "lease_token", "next_at"})


def readable(rows: Iterable[Mapping[str, Any]], texts: Texts, language: str, *, today: date) -> str:
    """The whole text; `rows`: members.own_data."""
    by_table: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_table.setdefault(str(row["table"]), []).append(row)
    lines = [texts("disclosure.title", language, date=today.isoformat()), texts("disclosure.intro", language)]
    for part, tables in PARTS.items():
        own = [row for table in tables for row in by_table.get(table, ())]
        if own:
            lines += ["", texts(f"disclosure.part_{part}", language), ""]
            lines += [line for row in own for line in _shown(row, texts, language)]
    return "\n".join(lines) + "\n"


def _shown(row: Mapping[str, Any], texts: Texts, language: str) -> list[str]:
    if row["table"] == "inbox":
        return _said(row, texts, language)
    fields = [f"{key}: {_value(value)}" for key, value in row.items() if key not in INNER and _is_something(value)]
    return [f"[{row['table']}]", *(f"  {field}" for field in fields), ""]


def _said(row: Mapping[str, Any], texts: Texts, language: str) -> list[str]:
    """One message and what was answered."""
    asked = row["message"].get("shown") or row["message"]["text"]
    files = [file["name"] for file in row["message"].get("attachments", ())]
    lines = [texts("disclosure.you", language, at=_value(row["received_at"]), text=" ".join([asked, *files]))]
    replies = [reply.get("text") for reply in row["replies"] or ()]
    return [*lines, *(texts("disclosure.we", language, text=text) for text in replies if text), ""]


def _is_something(value: Any) -> bool:
    return value not in (None, "", [], {})


def _value(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    if isinstance(value, Mapping):
        return "; ".join(_pairs(value))
    return ", ".join(map(_value, value)) if isinstance(value, list) else str(value)


def _pairs(value: Mapping[str, Any]) -> Iterator[str]:
    return (f"{key} = {_value(one)}" for key, one in value.items() if _is_something(one))
