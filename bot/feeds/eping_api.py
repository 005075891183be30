"""The WTO's ePing over its interface for programs: what was distributed since a day, page by page."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.errors import BadInput
from bot.feeds import eping_item
from bot.feeds.fetching import Fetcher, FetchFailed
from bot.feeds.problems import bad_row
from bot.notifications.record import Record
from bot.ports import BadRow
from bot.settings import Eping, Feeds

NAME = "eping"
PAGES_LIMIT = 100  # of one window: more is not news but a mistake
ENGLISH = "1"
BEYOND = (400, 404, 416)  # what some say when asked for a page after the last one


@dataclass(slots=True)
class Items:
    """A feed over items that were fetched before: nothing is fetched while it is stored."""

    source: str
    items: tuple[Any, ...]

    def __iter__(self) -> Iterator[tuple[int, Record] | BadRow]:
        for number, item in enumerate(self.items, 1):
            try:
                yield from ((number, record) for record in eping_item.records(item))
            except BadInput as error:
                yield bad_row(number, error)

    def __len__(self) -> int:
        return len(self.items)


def fetch(
    eping: Eping, feeds: Feeds, *, since: date, until: date, pause: Callable[[float], None] = time.sleep
) -> Items:  # fmt: skip
    """Everything distributed from `since` to `until`, both included. Raises FetchFailed."""
    proxy = feeds.proxy.get_secret_value() if feeds.proxy else None
    with Fetcher(eping.url, timeout=feeds.timeout_seconds, limit=feeds.bytes_limit, proxy=proxy) as client:
        found: list[Any] = []
        for number in range(1, PAGES_LIMIT + 1):
            items, total = _page(client, eping, since, until, number)
            if not items or items == found[-len(items) :]:  # a server that does not know pages says the same again
                return Items(NAME, tuple(found))
            found += items
            if total is not None and len(found) >= total and len(items) < eping.page_size:
                return Items(NAME, tuple(found))
            pause(eping.pause_seconds)
    raise FetchFailed("source.too_many", limit=PAGES_LIMIT * eping.page_size)


def _page(
    client: Fetcher, eping: Eping, since: date, until: date, number: int
) -> tuple[list[Any], int | None]:  # fmt: skip
    """(the items of a page, how many there are in all if it says so)."""
    asked = {
        "language": ENGLISH, "distributionDateFrom": since.isoformat(), "distributionDateTo": until.isoformat(),
        "page": str(number), "pageSize": str(eping.page_size),
    }  # fmt: skip
    key = {"Ocp-Apim-Subscription-Key": eping.key.get_secret_value()} if eping.key else {}
    try:
        found = client.get(eping.url, params=asked, headers={"Accept": "application/json", **key})
    except FetchFailed as error:
        if number > 1 and error.values.get("status") in BEYOND:
            return [], None
        raise
    return read_page(found.body)


def read_page(body: bytes) -> tuple[list[Any], int | None]:
    """Raises FetchFailed when it is none: a bare list is one too."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FetchFailed("source.not_json") from error
    if isinstance(value, list):
        return value, None
    items = value.get("items") if isinstance(value, dict) else None
    if not isinstance(items, list):
        raise FetchFailed("source.no_items")
    total = value.get("totalCount")
    return items, total if isinstance(total, int) and not isinstance(total, bool) else None
