"""Members: the person behind one or several addresses; their language, zone, pause, export and erasure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Connection, Select, Table, delete, insert, select, update

from bot.db import models
from bot.db.alone import alone
from bot.db.models import addresses, members
from bot.errors import BadInput
from bot.timing import Quiet

# Tables with a person's own rows: what an export shows, a merge moves and an erasure deletes.
OWNED: tuple[Table, ...] = (
    models.addresses,
    models.roles,
    models.enrolments,
    models.conversations,
    models.interests,
    models.follows,
    models.deliveries,
    models.tickets,
    models.answer_ratings,
    models.feedback,
    models.invitations,
    models.receipts,
    models.notice_mutes,
    models.accounts,
    models.staff_sessions,
    models.answer_links,
)
# Of submitted feedback an erasure leaves what is counted: without the person, without their words.
AMOUNTS = ("product", "export_value", "estimated_loss", "extra_cost")  # what the counts need of an answer
# What hangs on the rows of an owned table and says no person's number itself.
PARTS: tuple[tuple[Table, str, Table], ...] = (
    (models.feedback_versions, "feedback_id", models.feedback),
    (models.feedback_files, "feedback_id", models.feedback),
    (models.ticket_messages, "ticket_id", models.tickets),
)
# A merge would break a unique key of these when both persons have the row: the kept person's row wins.
UNIQUE_WITH: dict[Table, tuple[str, ...]] = {
    models.roles: ("organisation_id", "role"),
    models.follows: ("family",),
    models.invitations: ("survey_id",),
    models.receipts: ("notice_id",),
    models.notice_mutes: ("organisation_id",),
    models.accounts: (),  # a person has one
}
# Every other column with a person's number: who wrote, approved, decided.
SIGNED: tuple[Column[Any], ...] = tuple(
    column
    for table in models.metadata.tables.values()
    for column in table.columns
    if any(key.target_fullname == "members.id" for key in column.foreign_keys)
    and not (table in OWNED and column.name == "member_id")
)
UNSUBSCRIBED = "unsubscribed"  # why an address is gone that its owner stopped: only its owner brings it back
SHARED = "notices/"  # files below here were sent to many: they are nobody's own
SECRET = ("password", "hash", "token")  # what opens a door is in no export
# Tables that know the person by their address only: what was said, and what a messenger was given.
SAID: tuple[tuple[Table, str], ...] = ((models.inbox, "sender"), (models.chat_messages, "address"))
GIVEN: tuple[tuple[Table, str], ...] = (
    (models.keyboards, "address"),
    (models.keyboards, "person"),
    (models.sent_messages, "address"),
)


@dataclass(frozen=True, slots=True)
class Address:
    channel: str
    address: str


def at_address(tx: Connection, channel: str, address: str, *, now: datetime, time_zone: str | None = None) -> int:
    """The member at this address; someone new becomes a member at once, in that time zone if it is a known one.

    An address that was gone is alive again, unless its owner stopped it.
    """
    here = (addresses.c.channel == channel) & (addresses.c.address == address)
    known = select(addresses.c.member_id, addresses.c.state, addresses.c.reason).where(here)
    found = tx.execute(known).first()
    if found is None:
        # Somebody new may write twice at once, to two processes: the second one finds what the first has made.
        alone(tx, f"address:{channel}:{address}")
        found = tx.execute(known).first()
    if found is None:
        member_id = add(tx, now=now)
        if time_zone and is_zone(time_zone):
            choose_time_zone(tx, member_id, time_zone)
        add_address(tx, member_id, channel, address, now=now)
        return member_id
    if found.state != "active" and found.reason != UNSUBSCRIBED:
        tx.execute(update(addresses).where(here).values(state="active", reason=None))
    return int(found.member_id)


def known_at(tx: Connection, channel: str, address: str) -> int | None:
    """The member at this address, if there is one."""
    here = (addresses.c.channel == channel) & (addresses.c.address == address)
    return tx.execute(select(addresses.c.member_id).where(here)).scalar()


def add(
    tx: Connection, *, now: datetime, name: str | None = None, language: str | None = None, demo: bool = False
) -> int:
    values = {"name": name, "language": language, "state": "active", "demo": demo, "created_at": now}
    key = tx.execute(insert(members).values(**values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def add_address(tx: Connection, member_id: int, channel: str, address: str, *, now: datetime) -> None:
    values = {"member_id": member_id, "channel": channel, "address": address, "state": "active", "created_at": now}
    tx.execute(insert(addresses).values(**values))


def privacy_shown(tx: Connection, member_id: int, *, now: datetime) -> None:
    tx.execute(update(members).where(members.c.id == member_id).values(privacy_shown_at=now))


def choose_language(tx: Connection, member_id: int, language: str | None) -> None:
    """The member's own choice; it wins over the language of a message until it is changed."""
    tx.execute(update(members).where(members.c.id == member_id).values(language=language))


def is_zone(name: str) -> bool:
    """Is it a time zone of the IANA database, such as Asia/Shanghai?"""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not there; not a name; a folder of names
        return False
    return True


def choose_time_zone(tx: Connection, member_id: int, zone: str) -> None:
    if not is_zone(zone):
        raise BadInput("people.no_such_zone", zone=zone)
    tx.execute(update(members).where(members.c.id == member_id).values(time_zone=zone))


def rename(tx: Connection, member_id: int, name: str) -> None:
    tx.execute(update(members).where(members.c.id == member_id).values(name=name))


def pause(tx: Connection, member_id: int, until: datetime | None) -> None:
    """No alerts until then; None ends the pause."""
    tx.execute(update(members).where(members.c.id == member_id).values(paused_until=until))


def choose_rhythm(tx: Connection, member_id: int, frequency: str, *, at: time | None, weekday: int | None) -> None:
    """How often alerts come; an hour or weekday that is not named stays as it was chosen before."""
    chosen = {"digest_at": at and f"{at:%H:%M}", "digest_weekday": weekday}
    values = {"frequency": frequency, **{name: value for name, value in chosen.items() if value is not None}}
    tx.execute(update(members).where(members.c.id == member_id).values(**values))


def choose_quiet(tx: Connection, member_id: int, quiet: Quiet | None) -> None:
    """Between which times of the day nothing comes by itself; None: none."""
    start, end = (f"{quiet.start:%H:%M}", f"{quiet.end:%H:%M}") if quiet else (None, None)
    tx.execute(update(members).where(members.c.id == member_id).values(quiet_from=start, quiet_until=end))


def looked(tx: Connection, member_id: int) -> dict[str, str] | None:
    """What "new since I last looked" showed last: {since, at, key of the turn}, moments in ISO 8601."""
    found: dict[str, str] | None = tx.execute(select(members.c.looked).where(members.c.id == member_id)).scalar()
    return found


def look(tx: Connection, member_id: int, shown: dict[str, str]) -> None:
    tx.execute(update(members).where(members.c.id == member_id).values(looked=shown))


def addresses_of(tx: Connection, member_id: int) -> list[Address]:
    query = select(addresses.c.channel, addresses.c.address).where(addresses.c.member_id == member_id)
    return [Address(row.channel, row.address) for row in tx.execute(query.order_by(addresses.c.id))]


def prefer(tx: Connection, member_id: int, first: Sequence[Address]) -> None:
    """These addresses of the member come first, alive again if they were not; the chosen order of the others stays."""
    mine = select(addresses).where(addresses.c.member_id == member_id)
    rows = tx.execute(mine.order_by(addresses.c.place.is_(None), addresses.c.place, addresses.c.id.desc())).all()
    front = [row for row in rows if Address(row.channel, row.address) in first]
    rest = [row for row in rows if row not in front and row.place is not None]
    for place, row in enumerate([*front, *rest], start=1):
        alive = {"state": "active", "reason": None} if row in front else {}
        tx.execute(update(addresses).where(addresses.c.id == row.id).values(place=place, **alive))


def merge(tx: Connection, *, keep: int, gone: int) -> None:
    """Two members turn out to be one person: everything of `gone` becomes `keep`'s."""
    if keep == gone:
        return
    for table in OWNED:
        unique = UNIQUE_WITH.get(table)
        if unique is not None:
            _drop_doubles(tx, table, unique, keep=keep, gone=gone)
        tx.execute(update(table).where(table.c.member_id == gone).values(member_id=keep))
    for column in SIGNED:
        tx.execute(update(column.table).where(column == gone).values({column.name: keep}))
    seen = [one for one in (looked(tx, keep), looked(tx, gone)) if one]
    if seen:
        look(tx, keep, max(seen, key=lambda one: datetime.fromisoformat(one["at"])))
    _rename_in_log(tx, gone, to=f"member {keep}")
    tx.execute(delete(members).where(members.c.id == gone))


def _rename_in_log(tx: Connection, member_id: int, *, to: str | None) -> None:
    """The deeds stay in the log; on whom they were done follows the person, or is forgotten with them."""
    about = models.audit_log.c.subject == f"member {member_id}"
    tx.execute(update(models.audit_log).where(about).values(subject=to))


def _drop_doubles(tx: Connection, table: Table, unique: tuple[str, ...], *, keep: int, gone: int) -> None:
    columns = [table.c[name] for name in unique]
    kept = {tuple(row[1:]) for row in tx.execute(select(table.c.member_id, *columns).where(table.c.member_id == keep))}
    for row in tx.execute(select(table.c.member_id, *columns).where(table.c.member_id == gone)).all():
        if tuple(row[1:]) in kept:
            same = [column == value for column, value in zip(columns, row[1:], strict=True)]
            tx.execute(delete(table).where(table.c.member_id == gone, *same))


def _own_talks(member_id: int) -> Select[tuple[int]]:
    return select(models.conversations.c.id).where(models.conversations.c.member_id == member_id)


def _places(tx: Connection, member_id: int) -> list[Address]:
    """Every address under which the person was spoken with: their own, and those in groups."""
    query = select(models.conversations.c.channel, models.conversations.c.sender)
    talks = tx.execute(query.where(models.conversations.c.member_id == member_id).order_by(models.conversations.c.id))
    return list(dict.fromkeys([*addresses_of(tx, member_id), *(Address(row.channel, row.sender) for row in talks)]))


def own_data(tx: Connection, member_id: int) -> Iterator[dict[str, Any]]:
    """Everything stored about the person, a row at a time: {"table", ...columns}."""
    for table in (members, *OWNED):
        whose = table.c.id if table is members else table.c.member_id
        for row in tx.execute(select(table).where(whose == member_id)):
            yield {"table": table.name, **{k: v for k, v in row._mapping.items() if k not in SECRET}}
    for part, key, owner in PARTS:
        theirs = select(owner.c.id).where(owner.c.member_id == member_id)
        for row in tx.execute(select(part).where(part.c[key].in_(theirs))):
            yield {"table": part.name, **row._mapping}
    for row in tx.execute(select(models.events).where(models.events.c.conversation_id.in_(_own_talks(member_id)))):
        yield {"table": "events", **row._mapping}
    for where in _places(tx, member_id):
        for table, column in SAID:
            mine = (table.c.channel == where.channel) & (table.c[column] == where.address)
            for row in tx.execute(select(table).where(mine)):
                yield {"table": table.name, **row._mapping}


def erase(tx: Connection, member_id: int) -> None:
    """Delete the person and everything of theirs; what was queued for them is never sent. Cannot be undone."""
    for where in _places(tx, member_id):
        for table, column in (*SAID, *GIVEN):
            mine = (table.c.channel == where.channel) & (table.c[column] == where.address)
            tx.execute(delete(table).where(mine))
        if where.channel == "web":
            tx.execute(delete(models.web_sessions).where(models.web_sessions.c.visitor == where.address))
    tx.execute(delete(models.events).where(models.events.c.conversation_id.in_(_own_talks(member_id))))
    _rename_in_log(tx, member_id, to=None)
    _forget_but_count(tx, member_id)
    for table in OWNED:
        tx.execute(delete(table).where(table.c.member_id == member_id))
    tx.execute(delete(members).where(members.c.id == member_id))


def _forget_but_count(tx: Connection, member_id: int) -> None:
    """What was submitted stays in the sums: market, product and amounts, with nobody's name and no words."""
    answered, parts = models.feedback, (models.feedback_versions, models.feedback_files)
    mine = answered.c.member_id == member_id
    for part in parts:
        tx.execute(delete(part).where(part.c.feedback_id.in_(select(answered.c.id).where(mine))))
    for row in tx.execute(select(answered.c.id, answered.c.answers).where(mine, answered.c.state == "submitted")).all():
        bare = {
            "answers": {name: value for name, value in row.answers.items() if name in AMOUNTS}, "more": {},
            "subject": None, "consent": "aggregate", "channel": "", "address": "", "key": f"erased:{row.id}",
            "member_id": None,
        }  # fmt: skip
        tx.execute(update(answered).where(answered.c.id == row.id).values(bare))
    asked = models.invitations
    tx.execute(update(asked).where(asked.c.member_id == member_id).values(member_id=None))


def files_of(tx: Connection, member_id: int) -> set[str]:
    """The files that the person sent or was given, as paths below the data folder's `files/`."""
    found: set[str] = set()
    for where in _places(tx, member_id):
        came = (models.inbox.c.channel == where.channel) & (models.inbox.c.sender == where.address)
        for row in tx.execute(select(models.inbox.c.message, models.inbox.c.replies).where(came)):
            found |= {item["path"] for item in row.message.get("attachments", ())}
            found |= {sent["path"] for reply in row.replies or () if (sent := reply.get("attachment"))}
    found = {path for path in found if not path.startswith(SHARED)}
    attached = select(models.feedback_files.c.path).join(models.feedback)
    return found | set(tx.execute(attached.where(models.feedback.c.member_id == member_id)).scalars())


def paused_until(tx: Connection, member_id: int) -> datetime | None:
    """Until when the member wants no alerts, if a day was ever named."""
    found: datetime | None = tx.execute(select(members.c.paused_until).where(members.c.id == member_id)).scalar()
    return found


def ask_erase(tx: Connection, member_id: int) -> None:
    """Nothing is sent any more; a job erases the rows when this turn has been stored."""
    tx.execute(update(members).where(members.c.id == member_id).values(state="erasing"))


def to_erase(tx: Connection) -> list[int]:
    """Members who asked to be erased and are still there."""
    return list(tx.execute(select(members.c.id).where(members.c.state == "erasing")).scalars())
