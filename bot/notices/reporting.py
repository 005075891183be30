"""What became of notices: how many got, read and confirmed one, why some did not, and the list of all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, and_, cast, func, or_, select

from bot import authority, organisations
from bot.authority import Deed
from bot.db.engine import AnyRow
from bot.db.models import deliveries, members, notices, receipts
from bot.db.models import organisations as places
from bot.deliveries import OPEN
from bot.deliveries import State as Delivery
from bot.errors import NotAllowed
from bot.notices.notice import Notice, by_id, read
from bot.organisations import Organisation

PAGE = 50


@dataclass(frozen=True, slots=True)
class Round:
    """The notice itself (0) or one of its reminders: messages by what became of them, reasons where there are any."""

    number: int
    queued: int = 0
    sent: int = 0
    unknown: int = 0  # sent, and nobody knows whether it arrived
    failed: Mapping[str, int] | None = None
    skipped: Mapping[str, int] | None = None

    @property
    def total(self) -> int:
        return self.queued + self.sent + self.unknown + sum((self.failed or {}).values()) + self.not_sent

    @property
    def not_sent(self) -> int:
        return sum((self.skipped or {}).values())


@dataclass(frozen=True, slots=True)
class Report:
    """`read` and `acknowledged` are people, whatever round they heard of it in."""

    notice: Notice
    organisation: Organisation
    rounds: tuple[Round, ...]
    read: int
    acknowledged: int
    groups: int

    @property
    def first(self) -> Round:
        return self.rounds[0] if self.rounds else Round(0)


@dataclass(frozen=True, slots=True)
class Line:
    """A notice in the list."""

    notice: Notice
    organisation: Organisation
    author: str | None
    total: int
    sent: int
    queued: int
    failed: int
    read: int
    acknowledged: int


@dataclass(frozen=True, slots=True)
class Recipient:
    """One message of a notice to one person."""

    delivery_id: int
    member_id: int
    name: str | None
    round: int
    channel: str
    state: str
    reason: str | None
    read_at: datetime | None
    acknowledged_at: datetime | None


_ROUND = func.coalesce(deliveries.c.payload["round"].as_integer(), 0)
_GROUP = deliveries.c.payload["group"].as_string()


def report(tx: Connection, by: int, notice_id: int) -> Report:
    """The figures of one notice, in a constant number of queries. Raises NotAllowed, BadInput."""
    found = by_id(tx, notice_id)
    _may_see(tx, by, found)
    number = func.count()
    query = select(_ROUND, deliveries.c.state, deliveries.c.reason, number).where(deliveries.c.notice_id == found.id)
    rows = tx.execute(query.group_by(_ROUND, deliveries.c.state, deliveries.c.reason)).all()
    seen = select(func.count(receipts.c.read_at), func.count(receipts.c.acknowledged_at))
    read_by, acknowledged = tx.execute(seen.where(receipts.c.notice_id == found.id)).one()
    in_groups = select(func.count()).where(deliveries.c.notice_id == found.id, _GROUP.is_not(None))
    place = organisations.by_id(tx, found.organisation_id)
    return Report(found, place, tuple(_rounds(rows)), read_by, acknowledged, tx.execute(in_groups).scalar_one())


def detail(tx: Connection, by: int, notice_id: int) -> Report:
    """The notice with its figures, as a page shows it."""
    return report(tx, by, notice_id)


def _rounds(rows: Sequence[AnyRow]) -> Iterator[Round]:
    for number in sorted({row[0] for row in rows}):
        mine = [(state, reason, count) for at, state, reason, count in rows if at == number]
        yield Round(
            number,
            queued=sum(count for state, _, count in mine if state in OPEN),
            sent=sum(count for state, _, count in mine if state == Delivery.SENT),
            unknown=sum(count for state, _, count in mine if state == Delivery.UNKNOWN),
            failed=_reasons(mine, Delivery.FAILED),
            skipped=_reasons(mine, Delivery.SKIPPED),
        )


def _reasons(rows: Sequence[tuple[str, str | None, int]], state: Delivery) -> dict[str, int]:
    found = {reason or "": count for at, reason, count in rows if at == state}
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def listed(
    tx: Connection, by: int, *, state: str | None = None, text: str = "", before: int | None = None, limit: int = PAGE
) -> list[Line]:
    """The notices that the member may see, the newest first; `before` is the last id of the page before."""
    where: list[ColumnElement[bool]] = [
        notices.c.organisation_id.in_(authority.within(authority.grants(tx, by), Deed.WRITE_NOTICE))
    ]
    if state:
        where.append(notices.c.state == state)
    if before is not None:
        where.append(notices.c.id < before)
    if text.strip():
        columns = (notices.c.title_zh, notices.c.title_en, notices.c.body_zh, notices.c.body_en)
        where.append(or_(*(column.icontains(text.strip(), autoescape=True) for column in columns)))
    query = select(notices, members.c.name.label("author")).outerjoin(members, members.c.id == notices.c.author_id)
    rows = tx.execute(query.where(*where).order_by(notices.c.id.desc()).limit(limit)).all()
    return list(_lines(tx, rows))


def _lines(tx: Connection, rows: Sequence[AnyRow]) -> Iterator[Line]:
    ids = [row.id for row in rows]
    sums, seen = _sums(tx, ids), _seen(tx, ids)
    at = {row.organisation_id for row in rows}
    known = {one.id: one for one in organisations.everyone(tx) if one.id in at}
    for row in rows:
        counts, (read_by, acknowledged) = sums.get(row.id, {}), seen.get(row.id, (0, 0))
        queued = sum(counts.get(state, 0) for state in OPEN)
        sent = counts.get(Delivery.SENT, 0) + counts.get(Delivery.UNKNOWN, 0)
        total, failed = sum(counts.values()), counts.get(Delivery.FAILED, 0)
        place = known[row.organisation_id]
        yield Line(read(row), place, row.author, total, sent, queued, failed, read_by, acknowledged)


def _sums(tx: Connection, ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Messages of the first round by notice and state."""
    table = deliveries.c
    query = select(table.notice_id, table.state, func.count()).where(table.notice_id.in_(ids), _ROUND == 0)
    found: dict[int, dict[str, int]] = {}
    for notice_id, state, number in tx.execute(query.group_by(table.notice_id, table.state)):
        found.setdefault(notice_id, {})[state] = number
    return found


def _seen(tx: Connection, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    table = receipts.c
    query = select(table.notice_id, func.count(table.read_at), func.count(table.acknowledged_at))
    rows = tx.execute(query.where(table.notice_id.in_(ids)).group_by(table.notice_id))
    return {notice_id: (read_by, acknowledged) for notice_id, read_by, acknowledged in rows}


def recipients(
    tx: Connection, by: int, notice_id: int, *, state: str | None = None, unread: bool = False, after: int = 0,
    limit: int = PAGE,
) -> list[Recipient]:  # fmt: skip
    """To whom it went and what became of it, a page after the delivery's id. Raises NotAllowed, BadInput."""
    _may_see(tx, by, by_id(tx, notice_id))
    table = deliveries.c
    same = and_(receipts.c.notice_id == table.notice_id, receipts.c.member_id == table.member_id)
    where = [table.notice_id == notice_id, table.id > after]
    if state:
        where.append(table.state == state)
    if unread:
        where.append(receipts.c.read_at.is_(None))
    query = (
        select(table.id, table.member_id, members.c.name, cast(_ROUND, Integer), table.channel, table.state,
               table.reason, receipts.c.read_at, receipts.c.acknowledged_at)
        .join(members, members.c.id == table.member_id).outerjoin(receipts, same)
    )  # fmt: skip
    return [Recipient(*row) for row in tx.execute(query.where(*where).order_by(table.id).limit(limit))]


def export_rows(tx: Connection) -> Iterator[dict[str, Any]]:
    """Every notice with its figures, a row each."""
    rows = tx.execute(
        select(notices, members.c.name.label("author")).outerjoin(members, members.c.id == notices.c.author_id)
        .order_by(notices.c.id)
    ).all()  # fmt: skip
    codes = {row.id: row.code for row in tx.execute(select(places.c.id, places.c.code))}
    for line in _lines(tx, rows):
        one = line.notice
        yield {
            "number": one.number, "organisation": codes[one.organisation_id], "state": one.state,
            "title_zh": one.titles.get("zh"), "title_en": one.titles.get("en"), "body_zh": one.bodies.get("zh"),
            "body_en": one.bodies.get("en"), "author": line.author, "created_at": one.created_at,
            "send_at": one.send_at, "sent_at": one.sent_at, "reason": one.reason, "messages": line.total,
            "sent": line.sent, "queued": line.queued, "failed": line.failed, "read": line.read,
            "acknowledged": line.acknowledged,
        }  # fmt: skip


def _may_see(tx: Connection, by: int, found: Notice) -> None:
    deeds = (Deed.WRITE_NOTICE, Deed.APPROVE_NOTICE, Deed.SEE_DELIVERIES)
    if not any(authority.may(tx, by, deed, found.organisation_id) for deed in deeds):
        raise NotAllowed("notice.not_yours", number=found.number)
