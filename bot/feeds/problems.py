"""A broken row's reason as data: the key of a sentence and its values, told later in the reader's language."""

import json
from typing import Any

from bot.errors import BadInput
from bot.i18n import Texts
from bot.ports import BadRow


def bad_row(row: int, error: BadInput) -> BadRow:
    return BadRow(row, error.as_data())


def explain(reason: str, *, texts: Texts, language: str) -> str:
    """The sentence of a stored reason; a reason that is no data is shown as it is."""
    try:
        data: dict[str, Any] = json.loads(reason)
        return texts(data["key"], language, **data["values"])
    except (ValueError, KeyError, TypeError):
        return reason
