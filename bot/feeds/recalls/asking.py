"""Foreign authorities asked for what is new since a day, page by page; nothing is stored while they are asked."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.errors import BadInput
from bot.feeds.fetching import Fetcher, FetchFailed
from bot.feeds.problems import bad_row
from bot.feeds.recalls import cell, shapes
from bot.feeds.recalls.file import KIND, items_of
from bot.ports import BadRow
from bot.recalls.record import Record
from bot.settings import Feeds, RecallFeeds

PAGES_LIMIT = 100  # the EU's mirror gives no more than ten thousand records to one question
NOTHING = 404  # what openFDA says when nothing is found
FDA_COLUMNS = (
    "FEINumber", "FirmName", "CountryCode", "CountryName", "ProductCode", "ProductCodeDescription",
    "IndustryCodeDescription", "RefusalDate", "ShipmentID", "RefusalCharges",
)  # fmt: skip

Page = Callable[[Fetcher, int], list[Any]]  # (client, how many came before) -> the next ones


@dataclass(slots=True)
class Fetched:
    """A feed over records that were fetched before."""

    source: str
    items: tuple[Any, ...]
    kind: str = KIND

    def __iter__(self) -> Iterator[tuple[int, Record] | BadRow]:
        for number, item in enumerate(self.items, 1):
            try:
                if not isinstance(item, Mapping):
                    raise BadInput("import.bad_json")
                yield number, shapes.record(cell.row(item))
            except BadInput as error:
                yield bad_row(number, error)

    def __len__(self) -> int:
        return len(self.items)


def fetch(
    name: str, feeds: Feeds, *, since: date, until: date, home: str, pause: Callable[[float], None] = time.sleep
) -> Fetched:  # fmt: skip
    """Everything of a source since a day. Raises FetchFailed."""
    url, page = _ways(feeds.recalls, since, until, home)[name]
    proxy = feeds.proxy.get_secret_value() if feeds.proxy else None
    with Fetcher(url, timeout=feeds.timeout_seconds, limit=feeds.bytes_limit, proxy=proxy) as client:
        return Fetched(name, tuple(_all(client, page, feeds.recalls, pause)))


def _all(client: Fetcher, page: Page, feeds: RecallFeeds, pause: Callable[[float], None]) -> list[Any]:
    found: list[Any] = []
    for _ in range(PAGES_LIMIT):
        items = page(client, len(found))
        if items == found[-len(items) :]:  # nothing more, or a server that does not know pages says the same again
            return found
        found += items
        if len(items) < feeds.page_size or len(items) > feeds.page_size:  # the last page, or all of it at once
            return found
        pause(feeds.pause_seconds)
    raise FetchFailed("source.too_many_recalls", limit=PAGES_LIMIT * feeds.page_size)


def _ways(feeds: RecallFeeds, since: date, until: date, home: str) -> Mapping[str, tuple[str, Page]]:
    """How each source is asked."""

    def safety_gate(client: Fetcher, skipped: int) -> list[Any]:
        new = f"alert_date >= date'{since}' or modification_date >= date'{since}'"
        asked = {"where": new, "order_by": "alert_date", "limit": str(feeds.page_size), "offset": str(skipped)}
        return _read(client.get(feeds.safety_gate_url, params=asked).body)

    def cpsc(client: Fetcher, skipped: int) -> list[Any]:
        asked = {"format": "json", "LastPublishDateStart": since.isoformat()}
        return [] if skipped else _read(client.get(feeds.cpsc_url, params=asked).body)

    def openfda(client: Fetcher, skipped: int) -> list[Any]:
        days = f"report_date:[{since:%Y%m%d} TO {until:%Y%m%d}]"
        try:
            asked = {"search": days, "limit": str(feeds.page_size), "skip": str(skipped)}
            return _read(client.get(feeds.openfda_url, params=asked).body)
        except FetchFailed as error:
            if error.values.get("status") == NOTHING:
                return []
            raise

    def fda_refusals(client: Fetcher, skipped: int) -> list[Any]:
        question = {
            "start": skipped + 1, "rows": feeds.page_size, "sort": "RefusalDate", "sortorder": "ASC",
            "filters": {"CountryCode": [home], "RefusalDateFrom": [str(since)], "RefusalDateTo": [str(until)]},
            "columns": list(FDA_COLUMNS),
        }  # fmt: skip
        return _read(client.post(feeds.fda_refusals_url, question=question, headers=_fda_key(feeds)).body)

    return {
        shapes.SAFETY_GATE: (feeds.safety_gate_url, safety_gate), shapes.CPSC: (feeds.cpsc_url, cpsc),
        shapes.OPENFDA: (feeds.openfda_url, openfda), shapes.FDA_REFUSALS: (feeds.fda_refusals_url, fda_refusals),
    }  # fmt: skip


def _fda_key(feeds: RecallFeeds) -> dict[str, str]:
    if feeds.fda_user is None or feeds.fda_key is None:
        raise BadInput("source.no_fda_key")
    return {"Authorization-User": feeds.fda_user, "Authorization-Key": feeds.fda_key.get_secret_value()}


def _read(body: bytes) -> list[Any]:
    """The records of an answer. Raises FetchFailed when it holds no list: only that is a failure, whatever else it
    says about itself (FDA's dashboard answers a success with `statuscode` 400)."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FetchFailed("source.not_json") from error
    found = items_of(value)
    if found == [value]:
        raise FetchFailed("source.no_recalls")
    return found
