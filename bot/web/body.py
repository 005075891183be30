"""What a request says: a JSON object whose texts every database can store, and row numbers."""

import json
from typing import Any

from starlette.requests import Request

LONGEST_NUMBER = 18  # digits: what fits into a row number of either database


async def json_object(request: Request) -> dict[str, Any] | None:
    """The body if it is a JSON object, its texts cleaned; None for anything else."""
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):  # no JSON, no UTF-8, or nested without end
        return None
    return {key: clean(value) for key, value in body.items()} if isinstance(body, dict) else None


def clean(value: Any) -> Any:
    """A text without NUL and with U+FFFD for half characters: PostgreSQL and UTF-8 have no room for either."""
    if not isinstance(value, str):
        return value
    return value.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def row_number(text: str | None) -> int | None:
    """A row number as a page asks for it; None when it is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None
