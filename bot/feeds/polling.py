"""Asking the sources that are due, one after the other: what is new is stored, what went wrong is a row."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from bot import intake
from bot.db.engine import Database
from bot.errors import BadInput, FengsuiError
from bot.feeds import any_file, eping_api, folder, rss, sources
from bot.feeds.fetching import Fetcher, FetchFailed
from bot.feeds.problems import explain
from bot.feeds.recalls import asking
from bot.feeds.sources import Source
from bot.i18n import Texts, load
from bot.ports import Clock, NotificationFeed
from bot.settings import Settings

log = structlog.get_logger()

WINDOW = timedelta(days=7)
FOLDER_EVERY = timedelta(seconds=30)
COUNTED = ("read", "new", "changed", "unchanged", "bad", "alerts", "historic")

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class House:
    """What a source needs of the service."""

    db: Database
    clock: Clock
    settings: Settings

    @property
    def today(self) -> date:
        return self.clock.now().astimezone(ZoneInfo(self.settings.desk.time_zone)).date()

    def store(self, feed: NotificationFeed) -> Counts:
        """Import what was fetched. An import in which nothing was new leaves no row: there is one every hour."""
        report = intake.run_import(self.db, feed, clock=self.clock, settings=self.settings)
        if not (report.new or report.changed or report.bad):
            self.db.now(intake.forget, report.id)
        return {key: getattr(report, key) for key in COUNTED}


@dataclass(frozen=True, slots=True)
class Polled:
    """A source that is asked again and again: how often, and what is done. `ask` raises FetchFailed or BadInput."""

    name: str
    every: timedelta
    ask: Callable[[House, Source], Counts]


def configured(settings: Settings) -> list[Polled]:
    """The sources that the settings name."""
    found: list[Polled] = []
    if settings.feeds.eping.wanted:
        found.append(Polled(eping_api.NAME, timedelta(minutes=settings.feeds.eping.every_minutes), ask_eping))
    minutes = timedelta(minutes=settings.feeds.rss_minutes)
    found += [Polled(rss.name(url), minutes, partial(ask_rss, url)) for url in settings.feeds.rss]
    minutes = timedelta(minutes=settings.feeds.recalls.every_minutes)
    found += [Polled(name, minutes, ask_authority) for name in dict.fromkeys(settings.feeds.recalls.wanted)]
    if settings.feeds.folder:
        found.append(Polled(folder.NAME, FOLDER_EVERY, partial(ask_folder, settings.feeds.folder)))
    return found


def title(name: str, texts: Texts, language: str) -> str:
    """What a source is called; one of many is called by its address."""
    kind, _, rest = name.partition(":")
    return rest or texts(f"source.name.{kind}", language)


def named(settings: Settings, name: str) -> Polled:
    """Raises BadInput with the names that there are."""
    known = {one.name: one for one in configured(settings)}
    if name not in known:
        raise BadInput("source.unknown" if known else "source.none_known", name=name[:60], known=", ".join(known))
    return known[name]


def run(house: House) -> None:
    """Ask each source that is due. One that fails is no other's trouble."""
    for one in configured(house.settings):
        try:
            poll(house, one)
        except FengsuiError as error:
            log.warning("source_failed", source=one.name, reason=str(error))
        except Exception:
            log.exception("source_failed", source=one.name)


def poll(house: House, one: Polled, *, by_hand: bool = False) -> Counts | None:
    """Ask one source, if it is due or somebody wants it. Raises what went wrong, after it was written down."""
    begun = house.db.now(sources.begin, one.name, now=house.clock.now(), by_hand=by_hand)
    if begun is None:
        return None
    try:
        counts = one.ask(house, begun)
    except Exception as error:
        told = error if isinstance(error, FengsuiError) else BadInput("source.broken", problem=type(error).__name__)
        wait = error.wait if isinstance(error, FetchFailed) else None
        house.db.now(sources.failed, one.name, error=told, now=house.clock.now(), every=one.every, wait=wait)
        raise
    house.db.now(sources.succeeded, one.name, counts=counts, now=house.clock.now(), every=one.every)
    return counts


def ask_eping(house: House, source: Source) -> Counts:
    """From the cursor to today, a week at a time: each week is fetched whole, then stored, then left behind."""
    eping, total = house.settings.feeds.eping, Counter[str]()
    for since, until in windows(source.cursor, house.today, first=eping.first_days, overlap=eping.overlap_days):
        total.update(house.store(eping_api.fetch(eping, house.settings.feeds, since=since, until=until)))
        house.db.now(sources.move, source.name, until.isoformat())
    return dict(total)


def windows(cursor: str | None, today: date, *, first: int, overlap: int) -> list[tuple[date, date]]:
    """The weeks to ask for (pure): from the cursor or so many days ago, some days more, until tomorrow.

    Until tomorrow, because in Geneva it may be another day than here.
    """
    known = date.fromisoformat(cursor) if cursor else today - timedelta(days=first)
    start, end = min(known, today) - timedelta(days=overlap), today + timedelta(days=1)
    found: list[tuple[date, date]] = []
    while start <= end:
        found.append((start, min(start + WINDOW - timedelta(days=1), end)))
        start += WINDOW
    return found


def ask_authority(house: House, source: Source) -> Counts:
    """Recalls and refusals from some days before the cursor until tomorrow: where they are, it may be another day."""
    config, today = house.settings.feeds, house.today
    known = date.fromisoformat(source.cursor) if source.cursor else today - timedelta(days=config.recalls.first_days)
    since = min(known, today) - timedelta(days=config.recalls.overlap_days)
    until = today + timedelta(days=1)
    counts = house.store(asking.fetch(source.name, config, since=since, until=until, home=house.settings.recalls.home))
    house.db.now(sources.move, source.name, today.isoformat())
    return counts


def ask_rss(url: str, house: House, source: Source) -> Counts:
    """The whole document, unless it is the one that was read last time."""
    feeds = house.settings.feeds
    proxy = feeds.proxy.get_secret_value() if feeds.proxy else None
    with Fetcher(url, timeout=feeds.timeout_seconds, limit=feeds.bytes_limit, proxy=proxy) as client:
        page = client.get(url, headers={"If-None-Match": source.cursor} if source.cursor else None)
    if page.mark is not None and page.mark == source.cursor:
        return dict.fromkeys(COUNTED, 0)
    counts = house.store(rss.read(title_of(url), page.body))
    house.db.now(sources.move, source.name, page.mark or "")
    return counts


def title_of(url: str) -> str:
    return url.partition("://")[2][:190]


def ask_folder(where: Path, house: House, source: Source) -> Counts:
    """Import each file that has not changed since the last look; the others are looked at next time."""
    if house.settings.data.resolve().is_relative_to(where.resolve()):
        raise BadInput("source.folder_of_data", path=str(where))  # it would put our own database away
    try:
        seen = folder.look(where)
    except OSError as error:
        raise BadInput("source.no_folder", path=str(where)) from error
    total = Counter[str](dict.fromkeys(COUNTED, 0))
    for name in folder.stable(folder.read_seen(source.cursor), seen):
        total.update(_import_file(house, where / name))
        del seen[name]
    house.db.now(sources.move, source.name, json.dumps(seen))
    return dict(total)


def _import_file(house: House, path: Path) -> Counts:
    """Into done/, or into failed/ with a sentence. A kill before it is moved means that it is read again: once is all
    that stays of it."""
    try:
        counts = house.store(_open(house, path))
    except BadInput as error:
        told = explain(error.as_data(), texts=load(), language=house.settings.default_language)
        folder.put_away(path, folder.FAILED, reason=told)
        return dict.fromkeys(COUNTED, 0)
    folder.put_away(path, folder.DONE)
    return counts


def _open(house: House, path: Path) -> NotificationFeed:
    try:
        return any_file.open(path)
    except BadInput as error:
        house.db.now(intake.refuse, path.name, error, now=house.clock.now())
        raise
