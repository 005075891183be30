"""Real rows for tests: a small house with its people. Every function is a plain call of the service's own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from bot import enrolment, members, organisations
from bot.authority import Role
from bot.db.models import alerts, interests, notifications
from bot.deliveries import NewDelivery
from bot.organisations import Kind, Organisation


@dataclass(frozen=True, slots=True)
class Tree:
    """centre > two counties > an enterprise each; one association has the first enterprise as its member."""

    centre: Organisation
    county: Organisation
    other_county: Organisation
    association: Organisation
    enterprise: Organisation
    other_enterprise: Organisation


def tree(tx: Connection, *, now: datetime) -> Tree:
    def put(code: str, kind: Kind, **more: Any) -> Organisation:
        return organisations.put(tx, code, kind=kind, name_zh=f"{code}机构", name_en=f"The {code}", now=now, **more)

    return Tree(
        centre=put("centre", Kind.CENTRE),
        county=put("county", Kind.BUREAU, parent="centre"),
        other_county=put("other-county", Kind.BUREAU, parent="centre"),
        association=put("association", Kind.ASSOCIATION),
        enterprise=put("enterprise", Kind.ENTERPRISE, parent="county", associations=("association",)),
        other_enterprise=put("other-enterprise", Kind.ENTERPRISE, parent="other-county"),
    )


def person(
    tx: Connection,
    address: str = "anna",
    *,
    now: datetime,
    channel: str = "memory",
    language: str | None = None,
    at: Organisation | None = None,
    role: Role = Role.ENTERPRISE,
) -> int:
    """A member with one address and, if asked for, a role at an organisation."""
    member_id = members.at_address(tx, channel, address, now=now)
    if language:
        members.choose_language(tx, member_id, language)
    if at:
        enrolment.grant(tx, member_id, at.id, role, now=now)
    return member_id


def delivery(member_id: int, key: str = "one", **more: Any) -> NewDelivery:
    """A plain text to the memory channel."""
    values: dict[str, Any] = {"channel": "memory", "address": "anna", "kind": "text", "payload": {"text": key}}
    return NewDelivery(key=key, member_id=member_id, **{**values, **more})


def interest(tx: Connection, member_id: int, *, now: datetime, key: str = "interest", state: str = "active") -> int:
    lists = ("hs_codes", "ics_codes", "markets", "keywords", "negatives", "kinds")
    empty: dict[str, Any] = {name: [] for name in lists}
    values = {"member_id": member_id, "products": ["玩具"], **empty, "state": state, "key": key, "created_at": now}
    return int(tx.execute(insert(interests).values(**values).returning(interests.c.id)).scalar_one())


def alert(tx: Connection, *, now: datetime, symbol: str = "G/TBT/N/EU/1") -> int:
    """An alert of a notification that is stored with nothing but what it must have."""
    values = {
        "symbol": symbol, "family": symbol, "agreement": "TBT", "type": "regular", "members": ["EU"], "title": "Toys",
        "record": {"symbol": symbol}, "digest": "0" * 64, "changed_seq": 1, "source": "test", "created_at": now,
        "updated_at": now,
    }  # fmt: skip
    notification_id = tx.execute(insert(notifications).values(**values).returning(notifications.c.id)).scalar_one()
    opened = {
        "kind": "new", "notification_id": notification_id, "key": symbol, "detail": {}, "state": "open",
        "created_at": now,
    }  # fmt: skip
    return int(tx.execute(insert(alerts).values(**opened).returning(alerts.c.id)).scalar_one())
