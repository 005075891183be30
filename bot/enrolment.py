"""How a visitor comes to act for an organisation: one-time codes, and requests that its officer approves."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot import authority, members, organisations
from bot.alerts.reach import reach
from bot.authority import Deed, Role
from bot.db.engine import AnyRow
from bot.db.models import codes, enrolments, roles
from bot.deliveries import NewDelivery, enqueue
from bot.errors import BadInput

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0/O, 1/I/L: people read codes to each other
AMOUNT = re.compile(r"\d[BKMW]")  # "723W" is 7.23 million, and a code must be nothing else
LIFETIME = {
    "invite": timedelta(days=14), "link": timedelta(minutes=15), "enter": timedelta(hours=24),
    "address": timedelta(minutes=30),
}  # fmt: skip
MOST_CODES = 5  # for addresses, of one member and to one address, in a day: nobody's mailbox is flooded through us
DAY = timedelta(days=1)


class Purpose(StrEnum):
    INVITE = "invite"  # join an organisation in a role
    LINK = "link"  # this address is mine too
    ENTER = "enter"  # open the web page as this member (the first staff account)
    ADDRESS = "address"  # whoever got it there reads that address


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What a code did."""

    purpose: Purpose
    member_id: int
    organisation: organisations.Organisation | None = None
    role: Role | None = None
    address: members.Address | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request to join, as the officer sees it."""

    id: int
    member_id: int
    organisation: organisations.Organisation
    state: str
    fresh: bool = True


def make_code(
    tx: Connection,
    purpose: Purpose,
    *,
    now: datetime,
    member_id: int | None = None,
    organisation_id: int | None = None,
    role: Role | None = None,
    by: int | None = None,
    uses: int = 1,
    address: members.Address | None = None,
) -> str:
    """A new code, shown once, stored as its hash. INVITE needs an organisation and a role, all others a member."""
    code = secrets.token_urlsafe(32) if purpose is Purpose.ENTER else _short_code()
    values = {
        "hash": _hash(code),
        "purpose": purpose,
        "member_id": member_id,
        "organisation_id": organisation_id,
        "role": role,
        "channel": address and address.channel,
        "address": address and address.address,
        "uses_left": uses,
        "expires_at": now + LIFETIME[purpose],
        "created_at": now,
        "created_by": by,
    }
    tx.execute(insert(codes).values(**values))
    return code


def _short_code() -> str:
    while True:
        letters = "".join(secrets.choice(LETTERS) for _ in range(8))
        if not AMOUNT.search(letters):
            return f"{letters[:4]}-{letters[4:]}"


def _hash(code: str) -> str:
    # Short codes are typed by people, with or without the dash and in any case; a long one is part of a link.
    plain = code if len(code) > 20 else "".join(code.upper().split()).replace("-", "")
    return hashlib.sha256(plain.encode()).hexdigest()


def redeem(tx: Connection, code: str, *, member_id: int, now: datetime) -> Redeemed:
    """Use the code for this member. Raises BadInput when it is unknown, used up or too old: which, is not told."""
    living = (codes.c.hash == _hash(code)) & (codes.c.uses_left > 0) & (codes.c.expires_at > now)
    used = update(codes).where(living).values(uses_left=codes.c.uses_left - 1).returning(codes)
    row = tx.execute(used).first()
    if row is None:
        raise BadInput("people.bad_code")
    purpose = Purpose(row.purpose)
    if purpose is Purpose.INVITE:
        return _join(tx, member_id, row.organisation_id, Role(row.role), by=row.created_by, now=now)
    if purpose is Purpose.ADDRESS:
        return _confirm(tx, row, member_id, now=now)
    if row.member_id != member_id:
        members.merge(tx, keep=row.member_id, gone=member_id)
    return Redeemed(purpose, row.member_id)


def ask_address(tx: Connection, member_id: int, address: members.Address, *, key: str, now: datetime) -> None:
    """Send a code to an address that is to become the member's; nothing else goes there before it is typed here.

    Raises BadInput when too many were asked for.
    """
    theirs = (codes.c.member_id == member_id) | (codes.c.address == address.address)
    recent = select(func.count()).where(theirs, codes.c.purpose == Purpose.ADDRESS, codes.c.created_at > now - DAY)
    if tx.execute(recent).scalar_one() >= MOST_CODES:
        raise BadInput("people.too_many_codes")
    code = make_code(tx, Purpose.ADDRESS, now=now, member_id=member_id, address=address)
    payload = {"key": "people.address_code", "values": {"code": code}}
    mail = NewDelivery(f"{key}:address", member_id, address.channel, address.address, "text", payload, priority=1)
    enqueue(tx, [mail], now=now)


def _confirm(tx: Connection, row: AnyRow, member_id: int, *, now: datetime) -> Redeemed:
    """The code was read there: from now on the address is the member's, and the first one."""
    owner = members.known_at(tx, row.channel, row.address)
    if row.member_id != member_id:
        raise BadInput("people.bad_code")
    if owner not in (None, member_id):
        raise BadInput("people.address_taken")
    if owner is None:
        members.add_address(tx, member_id, row.channel, row.address, now=now)
    address = members.Address(row.channel, row.address)
    members.prefer(tx, member_id, [address])
    return Redeemed(Purpose.ADDRESS, member_id, address=address)


def _join(
    tx: Connection, member_id: int, organisation_id: int, role: Role, *, by: int | None, now: datetime
) -> Redeemed:
    grant(tx, member_id, organisation_id, role, by=by, now=now)
    return Redeemed(Purpose.INVITE, member_id, organisations.by_id(tx, organisation_id), role)


def grant(
    tx: Connection, member_id: int, organisation_id: int, role: Role, *, now: datetime, by: int | None = None
) -> bool:
    """Give the role; False if the member has it already. Who may call this is decided by `authority`."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    values = {"member_id": member_id, "organisation_id": organisation_id, "role": role, "granted_at": now}
    fresh = dialect.insert(roles).values(**values, granted_by=by).on_conflict_do_nothing().returning(roles.c.id)
    written = tx.execute(fresh).scalar()
    authority.record(tx, by, "grant", allowed=True, now=now, subject=f"member {member_id}", detail={"role": role})
    return written is not None


def revoke(
    tx: Connection, member_id: int, organisation_id: int, role: Role, *, now: datetime, by: int | None = None
) -> bool:
    mine = (roles.c.member_id == member_id) & (roles.c.organisation_id == organisation_id) & (roles.c.role == role)
    gone = tx.execute(roles.delete().where(mine)).rowcount
    authority.record(tx, by, "revoke", allowed=True, now=now, subject=f"member {member_id}", detail={"role": role})
    return bool(gone)


def invite(tx: Connection, by: int, organisation_id: int, *, now: datetime) -> str:
    """A code with which one person joins the organisation as its enterprise member. Raises NotAllowed."""
    authority.require(tx, by, Deed.INVITE, organisation_id)
    return make_code(tx, Purpose.INVITE, now=now, organisation_id=organisation_id, role=Role.ENTERPRISE, by=by)


def ask(tx: Connection, member_id: int, organisation_id: int, *, now: datetime, note: str | None = None) -> Request:
    """Ask to join. The same open request is returned, not doubled."""
    organisation = organisations.by_id(tx, organisation_id)
    mine = (enrolments.c.member_id == member_id) & (enrolments.c.organisation_id == organisation_id)
    waiting = tx.execute(select(enrolments.c.id).where(mine, enrolments.c.state == "asked")).scalar()
    if waiting is not None:
        return Request(waiting, member_id, organisation, "asked", fresh=False)
    values = {
        "member_id": member_id,
        "organisation_id": organisation_id,
        "state": "asked",
        "note": note,
        "asked_at": now,
    }
    key = tx.execute(insert(enrolments).values(**values)).inserted_primary_key
    assert key is not None
    return Request(int(key[0]), member_id, organisation, "asked")


def decide(tx: Connection, by: int, request_id: int, *, approve: bool, now: datetime) -> Request:
    """Approve or refuse a request, and tell who asked.

    Raises BadInput if there is none or it was decided, NotAllowed out of reach.
    """
    row = tx.execute(select(enrolments).where(enrolments.c.id == request_id)).first()
    if row is None:
        raise BadInput("people.no_such_request", number=request_id)
    authority.require(tx, by, Deed.APPROVE, row.organisation_id)
    state = "approved" if approve else "refused"
    open_one = (enrolments.c.id == request_id) & (enrolments.c.state == "asked")
    values = {"state": state, "decided_at": now, "decided_by": by}
    if not tx.execute(update(enrolments).where(open_one).values(**values)).rowcount:
        raise BadInput("people.request_decided", number=request_id)
    subject = f"member {row.member_id}"
    authority.record(tx, by, "decide_enrolment", allowed=True, now=now, subject=subject, detail={"state": state})
    if approve:
        grant(tx, row.member_id, row.organisation_id, Role.ENTERPRISE, by=by, now=now)
    request = Request(request_id, row.member_id, organisations.by_id(tx, row.organisation_id), state)
    _announce(tx, request, now=now)
    return request


def _announce(tx: Connection, request: Request, *, now: datetime) -> None:
    """Who asked is told, wherever the decision was made."""
    names = {"organisation_zh": request.organisation.name_zh, "organisation_en": request.organisation.name_en}
    payload = {"key": f"people.{request.state}", "values": names}
    for member_id, where in reach(tx, [request.member_id], (), now=now).addresses.items():
        told = NewDelivery(f"enrolled:{request.id}:{member_id}", member_id, *where, "text", payload, priority=3)
        enqueue(tx, [told], now=now)
