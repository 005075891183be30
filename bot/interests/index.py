"""The stored interests by what they ask for, so that an alert looks only at those that it can concern."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Select, and_, delete, insert, or_, select, update

from bot import matching
from bot.db.models import interest_terms, interests
from bot.matching import Profile
from bot.matching.terms import ANYWHERE, Net, asked, asked_in, places
from nlu import products

SLICE = 500  # SQLite takes some thousand parameters at most
RULES = 3  # counted up when terms are made in another way
BEYOND = ":"  # stands behind the digits

_table = interest_terms.c


@cache
def version() -> int:
    """What the terms depend on besides the interests: other tables of words make other terms."""
    files = [*sorted(Path(str(matching.__file__)).parent.glob("*.tsv")), products.TABLE]
    content = hashlib.sha256(str(RULES).encode())
    for file in files:
        content.update(file.read_bytes())
    return int(content.hexdigest()[:7], 16)


def write(tx: Connection, profiles: Sequence[tuple[int, Profile]]) -> None:
    """The terms of these active interests (id, profile) instead of what was there before."""
    ids = [interest_id for interest_id, _ in profiles]
    drop(tx, ids)
    insert_terms(tx, profiles)
    tx.execute(update(interests).where(interests.c.id.in_(ids)).values(indexed=version()))


def insert_terms(tx: Connection, profiles: Iterable[tuple[int, Profile]]) -> None:
    rows = [
        {"term": term, "place": place, "interest_id": interest_id}
        for interest_id, one in profiles
        for place in asked_in(one.reach)
        for term in asked(one)
    ]
    if rows:
        tx.execute(insert(interest_terms), rows)


def drop(tx: Connection, ids: Iterable[int]) -> None:
    """These interests ask for nothing any more."""
    tx.execute(delete(interest_terms).where(_table.interest_id.in_(list(ids))))


def to_write(most: int) -> Select[tuple[int]]:
    """The query for active interests whose terms are missing, or of other tables of words than today's."""
    other = or_(interests.c.indexed.is_(None), interests.c.indexed < version(), interests.c.indexed > version())
    return select(interests.c.id).where(interests.c.state == "active", other).limit(most)


def caught(tx: Connection, by: Net, *, after: int, most: int) -> list[int]:
    """The next ids behind `after`, in order, of interests that a notification with this net may concern."""
    mine = and_(_table.interest_id > after, _table.place.in_(sorted(places(by.markets) | {ANYWHERE})))
    found: set[int] = set()
    for query in _looks(by):  # one by one: joined, SQLite would read all interests in their order instead
        found.update(int(row.interest_id) for row in tx.execute(query.where(mine)))
    return sorted(found)[:most]


def _looks(by: Net) -> Iterator[Select[tuple[int]]]:
    ids = select(_table.interest_id)
    terms = sorted(by.terms)
    for at in range(0, len(terms), SLICE):
        yield ids.where(_table.term.in_(terms[at : at + SLICE]))
    for start in sorted(by.beginnings):
        yield ids.where(_table.term > start, _table.term < start + BEYOND)
