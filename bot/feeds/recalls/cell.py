"""What one field of a foreign authority's record says: a text, the names of a list of objects, a day (pure)."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from bot.feeds import cells, markup

Row = Mapping[str, Any]  # by field names in small letters

COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")  # 20261120
SHORT = re.compile(r"\d{1,2}-[A-Za-z]{3}-\d{2}")  # 24-Jul-26


def row(item: Mapping[str, Any]) -> Row:
    """The fields by their names in small letters; what lies in `fields` counts as if it lay outside."""
    inner = item.get("fields")
    whole = inner if isinstance(inner, Mapping) else item
    return {"_".join(str(key).replace("\ufeff", "").split()).lower(): value for key, value in whole.items()}


def text(value: Any, *keys: str) -> str:
    """Plain text without HTML; of a list each part, of an object what one of the keys holds."""
    parts = value if isinstance(value, list | tuple) else [value]
    found = (cells.text(markup.plain(_said(part, keys))) for part in parts)
    return "; ".join(dict.fromkeys(part for part in found if part))


def first(found: Row, *names: str) -> str:
    """The text of the first of these fields that says something."""
    return next((said for name in names if (said := text(found.get(name)))), "")


def day(value: Any) -> Any:
    """A date as `normalise` reads it; the two forms of the American agencies are put in order first."""
    said = "" if isinstance(value, date) else text(value)
    if compact := COMPACT.fullmatch(said):
        return "-".join(compact.groups())
    if SHORT.fullmatch(said):
        return datetime.strptime(said, "%d-%b-%y").date()  # noqa: DTZ007  a calendar day has no zone
    return said or value


def _said(part: Any, keys: tuple[str, ...]) -> str:
    if isinstance(part, Mapping):
        by_name = {str(key).lower(): value for key, value in part.items()}
        part = next((by_name[key] for key in keys or ("name", "value") if by_name.get(key)), "")
    return str(part) if isinstance(part, str | int | float) and not isinstance(part, bool) else ""
