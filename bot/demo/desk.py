"""The demonstration's notices and tickets, through the same functions as real ones; nobody is written to."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, update

from bot import notices, organisations, tickets
from bot.db import models
from bot.demo.entries import SOURCE, Entry, entries
from bot.demo.surveys import People
from bot.notices import Notice
from bot.settings import Desk as DeskSettings
from bot.tickets import Desk, Kind

NOBODY = Desk(DeskSettings(on_duty=(0,)))  # no member has this number


def put_notices(tx: Connection, people: People, *, now: datetime) -> None:
    for number, entry in enumerate(entries("notices"), 1):
        at, by = now + timedelta(days=entry["days"]), people[entry["author"]][0]
        place = organisations.by_code(tx, entry["organisation"]).id
        made = notices.draft(
            tx, by, organisation_id=place, key=f"{SOURCE}:{number}", now=at, demo=True, titles=entry["titles"],
            bodies=entry["bodies"], acknowledge=entry.get("acknowledge", False),
        )  # fmt: skip
        if not entry.get("draft"):
            _send(tx, made, by, entry, people, at)


def _send(tx: Connection, made: Notice, by: int, entry: Entry, people: People, at: datetime) -> None:
    """Out at once to those who are reached: in the demonstration that means who is said to be."""
    notices.schedule(tx, by, made.id, now=at)
    for part in notices.plan(tx, now=at, only=made.id):
        notices.write(tx, part, now=at)
    _arrived(tx, models.deliveries.c.notice_id == made.id, [people[name][0] for name in entry["reached"]], at)
    for hours, name in enumerate(entry["read"], 1):
        notices.opened(tx, people[name][0], [made.id], now=at + timedelta(hours=hours))
    for hours, name in enumerate(entry["acknowledged"], 1):
        notices.acknowledge(tx, people[name][0], made.id, now=at + timedelta(hours=hours))


def _arrived(tx: Connection, which: object, members: Collection[int], at: datetime) -> None:
    table = models.deliveries
    mine = table.c.member_id.in_(members)
    values = {"state": "sent", "reason": None, "settled_at": at}
    tx.execute(update(table).where(which, mine).values(**values))  # type: ignore[arg-type]


def put_tickets(tx: Connection, people: People, *, now: datetime) -> None:
    for number, entry in enumerate(entries("tickets"), 1):
        at, key, member_id = now + timedelta(days=entry["days"]), f"{SOURCE}:{number}", people[entry["member"]][0]
        made = tickets.open_ticket(
            tx, member_id, kind=Kind(entry["kind"]), question=entry["question"], language=entry["language"],
            channel=SOURCE, address=entry["member"], key=key, now=at, desk=NOBODY,
        )  # fmt: skip
        if "answer" in entry:
            by, later = people[entry["by"]][0], at + timedelta(hours=3)
            tickets.answer(tx, by, made.id, text=entry["answer"], key=f"{key}:answer", now=later)
            _arrived(tx, models.deliveries.c.channel == SOURCE, [member_id], later)
        if "rating" in entry:
            tickets.rate(tx, member_id, made.id, helped=bool(entry["rating"]), now=at + timedelta(hours=4))
        if "follow_up" in entry:
            text, later = entry["follow_up"], at + timedelta(hours=5)
            tickets.follow_up(tx, member_id, made.id, text=text, key=f"{key}:more", now=later, desk=NOBODY)
