"""What a request says: a JSON object whose texts every database can store, and row numbers."""

import json
from typing import Any

from starlette.requests import Request

from bot.messages import storable

LONGEST_NUMBER = 18  # digits: what fits into a row number of either database


async def json_object(request: Request) -> dict[str, Any] | None:
    """The body if it is a JSON object, its texts cleaned; None for anything else."""
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):  # no JSON, no UTF-8, or nested without end
        return None
    return {key: clean(value) for key, value in body.items()} if isinstance(body, dict) else None


def clean(value: Any) -> Any:
    return storable(value) if isinstance(value, str) else value


def row_number(text: str | None) -> int | None:
    """A row number as a page asks for it; None when it is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None
