"""Puts the demonstration in, once, through the same functions as the real thing; nobody is alerted of it."""

from datetime import datetime

from sqlalchemy import Connection, select

from bot import enrolment, interests, members, notifications, organisations
from bot.authority import Role
from bot.db.models import organisations as table
from bot.demo.desk import put_notices, put_tickets
from bot.demo.entries import SOURCE, dated, entries, records
from bot.demo.surveys import People, put_surveys
from bot.organisations import Kind

CENTRE = "DEMO-CENTRE"


def load(tx: Connection, *, now: datetime) -> bool:
    """Store the demonstration with its days counted from `now`; False when it is there already."""
    if loaded(tx):
        return False
    _put_organisations(tx, now)
    people = _add_members(tx, now)
    _register_interests(tx, people, now)
    # Upserted without an alert row: what is there when a person comes is history for them.
    for record in records("notifications", now):
        notifications.upsert(tx, record, source=SOURCE, now=now, demo=True)
    put_surveys(tx, people, now=now)
    put_notices(tx, people, now=now)
    put_tickets(tx, people, now=now)
    return True


def loaded(tx: Connection) -> bool:
    return tx.execute(select(table.c.id).where(table.c.code == CENTRE, table.c.demo)).first() is not None


def _put_organisations(tx: Connection, now: datetime) -> None:
    for entry in entries("organisations"):
        joined = tuple(entry.pop("associations", ()))
        kind = Kind(entry.pop("kind"))
        organisations.put(tx, entry.pop("code"), kind=kind, associations=joined, now=now, demo=True, **entry)


def _add_members(tx: Connection, now: datetime) -> People:
    people: People = {}
    for entry in entries("members"):
        member_id = members.add(tx, name=entry["name"], language=entry["language"], now=now, demo=True)
        organisation = organisations.by_code(tx, entry["organisation"])
        enrolment.grant(tx, member_id, organisation.id, Role(entry["role"]), now=now)
        people[entry["id"]] = (member_id, organisation.id)
    return people


def _register_interests(tx: Connection, people: People, now: datetime) -> None:
    for number, entry in enumerate(entries("interests"), 1):
        wanted = dated(entry, now.date())
        member_id, organisation_id = people[wanted.pop("member")]
        key = f"{SOURCE}:{number}"
        interests.register(tx, member_id, organisation_id=organisation_id, key=key, now=now, demo=True, **wanted)
