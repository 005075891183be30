"""Where a member is reached, and why an alert may have to stay: no address, a pause, a family that is not theirs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, and_, select

from bot.db.engine import AnyRow
from bot.db.models import addresses, conversations, follows, members

REST = "rest"  # a REST sender gets what is pushed only with its next turn: any other address is better
SLICE = 500  # SQLite takes some thousand parameters at most
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reach:
    """The chosen address of each member, who is paused, and who has muted which family."""

    addresses: dict[int, tuple[str, str]]
    paused: frozenset[int]
    muted: frozenset[tuple[int, str]]

    def address(self, member_id: int) -> tuple[str, str] | None:
        return self.addresses.get(member_id)

    def skip_reason(self, member_id: int, family: str) -> str | None:
        if (member_id, family) in self.muted:
            return "not_mine"
        return "paused" if member_id in self.paused else None


def reach(tx: Connection, member_ids: Iterable[int], families: Iterable[str], *, now: datetime) -> Reach:
    """How these members are reached: the address they chose, else that of the newest talk, else the newest."""
    ids, names = sorted(member_ids), sorted(families)
    found: dict[int, tuple[str, str]] = {}
    paused: set[int] = set()
    muted: set[tuple[int, str]] = set()
    for part in _slices(ids):
        found |= {row.member_id: (row.channel, row.address) for row in _ranked(tx, part)}  # the best comes last
        paused |= set(
            tx.execute(select(members.c.id).where(members.c.id.in_(part), members.c.paused_until > now)).scalars()
        )
        silent = select(follows.c.member_id, follows.c.family).where(
            follows.c.member_id.in_(part), follows.c.family.in_(names), follows.c.state == "muted"
        )
        muted |= {(row.member_id, row.family) for row in tx.execute(silent)}
    return Reach(found, frozenset(paused), frozenset(muted))


def order(tx: Connection, member_id: int) -> list[tuple[str, str]]:
    """A member's living addresses, in the order in which they are tried: those that they chose, then the newest."""
    return [(row.channel, row.address) for row in reversed(_ranked(tx, [member_id]))]


def _ranked(tx: Connection, ids: list[int]) -> list[AnyRow]:
    """The living addresses of these members, the best ones last."""
    same = and_(conversations.c.channel == addresses.c.channel, conversations.c.sender == addresses.c.address)
    query = (
        select(addresses.c.member_id, addresses.c.channel, addresses.c.address, addresses.c.created_at, addresses.c.id,
               addresses.c.place, conversations.c.updated_at)
        .select_from(addresses.outerjoin(conversations, same))
        .where(addresses.c.member_id.in_(ids), addresses.c.state == "active")
    )  # fmt: skip
    return sorted(tx.execute(query), key=_rank)


def _rank(row: Any) -> tuple[bool, bool, int, datetime, datetime, int]:
    chosen = row.place is not None
    return row.channel != REST, chosen, -(row.place or 0), row.updated_at or LONG_AGO, row.created_at, row.id


def _slices(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), SLICE):
        yield ids[start : start + SLICE]
