"""What readers do with a notice: open it, confirm it, or want no more of them from that organisation."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot import authority
from bot.authority import Deed
from bot.db.engine import AnyRow
from bot.db.models import addresses, deliveries, notice_mutes, notices, receipts
from bot.deliveries import State as Delivery
from bot.errors import BadInput
from bot.notices.notice import SHOWN, Notice, State, by_id, number, read
from bot.notices.sending import CANCELLED, UNSUBSCRIBED


def readable(tx: Connection, member_id: int, notice_id: int) -> Notice:
    """The notice, if it was sent to the member, to a group, or is theirs to write. Raises BadInput for all others."""
    found = by_id(tx, notice_id)
    staff = any(
        authority.may(tx, member_id, deed, found.organisation_id) for deed in (Deed.WRITE_NOTICE, Deed.APPROVE_NOTICE)
    )
    if staff or (found.state in SHOWN and (_got(tx, member_id, found) or _in_groups(tx, found))):
        return found
    raise BadInput("notice.unknown", number=number(notice_id))


def _got(tx: Connection, member_id: int, found: Notice) -> bool:
    theirs = (deliveries.c.notice_id == found.id) & (deliveries.c.member_id == member_id)
    return tx.execute(select(deliveries.c.id).where(theirs).limit(1)).first() is not None


def _in_groups(tx: Connection, found: Notice) -> bool:
    """Was it shown in a group? Then whoever is there may open it."""
    shown = (deliveries.c.notice_id == found.id) & deliveries.c.payload["group"].as_string().is_not(None)
    return tx.execute(select(deliveries.c.id).where(shown).limit(1)).first() is not None


def opened(tx: Connection, member_id: int, notice_ids: Iterable[int], *, now: datetime) -> None:
    """The member has seen these; the first time counts."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    known = select(notices.c.id).where(notices.c.id.in_(set(notice_ids)))
    rows = [{"notice_id": one, "member_id": member_id, "read_at": now} for one in tx.execute(known).scalars()]
    if not rows:
        return
    statement = insert(receipts)
    keep = func.coalesce(receipts.c.read_at, statement.excluded.read_at)
    tx.execute(statement.on_conflict_do_update(index_elements=["notice_id", "member_id"], set_={"read_at": keep}), rows)


def unseen(tx: Connection, channel: str, address: str, notice_ids: Iterable[int]) -> tuple[int, set[int]] | None:
    """Who is at the address, and which of these notices they have not seen yet; None when there is nothing to note."""
    here = (addresses.c.channel == channel) & (addresses.c.address == address)
    member_id = tx.execute(select(addresses.c.member_id).where(here)).scalar()
    if member_id is None:
        return None
    read_it = (receipts.c.member_id == member_id) & receipts.c.read_at.is_not(None)
    left = set(notice_ids) - set(tx.execute(select(receipts.c.notice_id).where(read_it)).scalars())
    return (member_id, left) if left else None


def acknowledge(tx: Connection, member_id: int, notice_id: int, *, now: datetime) -> Notice:
    """The member confirms having read it; again changes nothing. Raises BadInput for a notice that was not theirs."""
    found = readable(tx, member_id, notice_id)
    opened(tx, member_id, [found.id], now=now)
    mine = (receipts.c.notice_id == found.id) & (receipts.c.member_id == member_id)
    first = update(receipts).where(mine, receipts.c.acknowledged_at.is_(None)).values(acknowledged_at=now)
    tx.execute(first)
    return found


def latest_to(tx: Connection, member_id: int) -> Notice | None:
    """The newest notice that the member was sent: what "no more of these" means."""
    sent = (deliveries.c.member_id == member_id) & (deliveries.c.state != Delivery.SKIPPED)
    query = select(notices).join(deliveries, deliveries.c.notice_id == notices.c.id).where(sent)
    row = tx.execute(query.order_by(deliveries.c.id.desc()).limit(1)).first()
    return read(row) if row else None


def mute(tx: Connection, member_id: int, organisation_id: int, *, now: datetime) -> None:
    """No more notices of this organisation, from this moment: what is queued is skipped."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    values = {"member_id": member_id, "organisation_id": organisation_id, "created_at": now}
    tx.execute(insert(notice_mutes).values(**values).on_conflict_do_nothing())


def unmute(tx: Connection, member_id: int, organisation_id: int | None = None) -> int:
    """Notices of the organisation (or of all) again; returns of how many."""
    mine = delete(notice_mutes).where(notice_mutes.c.member_id == member_id)
    if organisation_id is not None:
        mine = mine.where(notice_mutes.c.organisation_id == organisation_id)
    return tx.execute(mine).rowcount


def unwanted(tx: Connection, row: AnyRow) -> str | None:
    """Why a delivery of a notice must not go out any more. A pause of alerts does not hold back a notice."""
    about = tx.execute(select(notices.c.state, notices.c.organisation_id).where(notices.c.id == row.notice_id)).first()
    if about is None or about.state == State.CANCELLED:
        return CANCELLED
    if row.payload.get("group"):
        return None
    theirs = (notice_mutes.c.member_id == row.member_id) & (notice_mutes.c.organisation_id == about.organisation_id)
    return UNSUBSCRIBED if tx.execute(select(notice_mutes.c.id).where(theirs)).first() else None
