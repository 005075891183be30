"""Entries of an RSS or Atom feed that name a notification; a feed only announces what its source says in full."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from email.utils import parsedate_to_datetime
from urllib.parse import unquote
from xml.etree import ElementTree

from bot.errors import BadInput
from bot.feeds import markup
from bot.feeds.fetching import FetchFailed
from bot.feeds.problems import bad_row
from bot.feeds.xlsx import FORBIDDEN
from bot.notifications.merging import ANNOUNCED
from bot.notifications.record import PRINTED, Record, normalise, to_date
from bot.ports import BadRow

ENTRIES = ("item", "entry")
TEXTS = ("description", "summary", "content", "encoded")
DAYS = ("pubDate", "published", "date", "updated")
NAME_LENGTH = 64


@dataclass(slots=True)
class Entries:
    """A feed over the entries of a document that name a document symbol; others are other people's news."""

    source: str
    entries: list[ElementTree.Element]

    def __iter__(self) -> Iterator[tuple[int, Record] | BadRow]:
        for number, entry in enumerate(self.entries, 1):
            try:
                yield from ((number, record) for record in _records(entry, self.source))
            except BadInput as error:
                yield bad_row(number, error)

    def __len__(self) -> int:
        return len(self.entries)


def name(url: str) -> str:
    """What the source of this address is called in the database: short, and one for each address."""
    plain = f"rss:{url.partition('://')[2]}"
    return plain if len(plain) <= NAME_LENGTH else f"{plain[:50]}…{hashlib.sha256(url.encode()).hexdigest()[:12]}"


def read(source: str, body: bytes) -> Entries:
    """Raises FetchFailed when it is no feed, or carries a DOCTYPE, which no feed needs."""
    if any(mark in body for mark in FORBIDDEN):
        raise FetchFailed("source.has_doctype")
    try:
        root = ElementTree.fromstring(body)  # noqa: S314  without a DOCTYPE there is nothing to expand
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise FetchFailed("source.not_a_feed") from error
    if _tag(root) not in ("rss", "feed", "RDF"):
        raise FetchFailed("source.not_a_feed")
    return Entries(source, [one for one in root.iter() if _tag(one) in ENTRIES])


def _records(entry: ElementTree.Element, source: str) -> list[Record]:
    title, link = markup.plain(_text(entry, "title")), _link(entry)
    text = markup.plain(next((said for key in TEXTS if (said := _text(entry, key))), ""))
    found = next((found for part in (title, unquote(link), text) if (found := _symbols(part))), "")
    if not found:
        return []
    return normalise({
        "symbol": found, "title": _untitled(title), "description": text, "date": _day(entry),
        "links": [link] if link.startswith(("http://", "https://")) else [], "source": ANNOUNCED + source,
    })  # fmt: skip


def _symbols(text: str) -> str:
    return ", ".join(dict.fromkeys(found[0] for found in PRINTED.finditer(text)))


def _untitled(title: str) -> str:
    """The title without the symbols that it begins or ends with."""
    return PRINTED.sub("", title).strip(" ,;:|-–—[]()") or title


def _day(entry: ElementTree.Element) -> date | None:
    said = next((said for key in DAYS if (said := _text(entry, key))), "")
    try:
        return to_date(said) or parsedate_to_datetime(said).date()
    except (ValueError, TypeError):
        return None


def _link(entry: ElementTree.Element) -> str:
    """RSS writes it as text, Atom as an attribute."""
    found = [one for one in entry if _tag(one) == "link"]
    hrefs = [one.get("href", "") for one in found if one.get("rel", "alternate") == "alternate"]
    return next((link.strip() for link in [*hrefs, *(one.text or "" for one in found)] if link.strip()), "")


def _text(entry: ElementTree.Element, name: str) -> str:
    return next(("".join(one.itertext()).strip() for one in entry if _tag(one) == name), "")


def _tag(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]
