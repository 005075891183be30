"""Finding recalls: by market, goods, origin, kind and day, newest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from bot.db.models import recalls
from bot.matching import Profile, match, profile
from bot.recalls.noticed import noticed
from bot.recalls.record import Record
from bot.recalls.store import SELECTED, SEPARATOR, Recall, read
from nlu import markets

CANDIDATES = 2000  # word searches look at the newest ones
NEWEST_FIRST = (recalls.c.date.desc(), recalls.c.id.desc())


@dataclass(frozen=True, slots=True)
class Criteria:
    """What to look for; every empty field is no filter. Values within a field are alternatives, fields add up."""

    products: Sequence[str] = ()
    hs_codes: Sequence[str] = ()
    markets: Sequence[str] = ()
    origins: Sequence[str] = ()
    kind: str | None = None
    since: date | None = None
    sources: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A page of what was found, and how many there are in all."""

    found: Sequence[Recall] = field(default_factory=tuple)
    total: int = 0


def search(tx: Connection, criteria: Criteria, *, limit: int = 10, offset: int = 0) -> Page:
    """Goods are found by the rules by which members are told of them."""
    where = and_(True, *_filters(criteria))
    if not (criteria.products or criteria.hs_codes):
        total = int(tx.execute(select(func.count()).select_from(recalls).where(where)).scalar_one())
        query = SELECTED.where(where).order_by(*NEWEST_FIRST).limit(limit).offset(offset)
        return Page([read(row) for row in tx.execute(query)], total)
    wanted = _profile(tuple(criteria.products), tuple(criteria.hs_codes))
    candidates = map(read, tx.execute(SELECTED.where(where).order_by(*NEWEST_FIRST).limit(CANDIDATES)))
    found = [one for one in candidates if _fits(one.record, wanted)]
    return Page(found[offset : offset + limit], len(found))


def newest(tx: Connection) -> date | None:
    """The day of the newest record: how far the base reaches."""
    found: date | None = tx.execute(select(func.max(recalls.c.date))).scalar()
    return found


@lru_cache(maxsize=200)
def _profile(products: tuple[str, ...], codes: tuple[str, ...]) -> Profile:
    return profile({"products": products, "hs_codes": codes})


def _fits(record: Record, wanted: Profile) -> bool:
    return match(wanted, noticed(record)) is not None


def _filters(criteria: Criteria) -> Iterator[ColumnElement[bool]]:
    table = recalls.c
    if criteria.markets:
        yield table.market.in_(sorted({code for one in criteria.markets for code in markets.expand(one)}))
    if criteria.origins:
        marks = [f"{SEPARATOR}{code}{SEPARATOR}" for code in criteria.origins]
        yield or_(*(table.origins.contains(mark, autoescape=True) for mark in marks))
    if criteria.kind:
        yield table.kind == criteria.kind
    if criteria.since:
        yield table.date >= criteria.since
    if criteria.sources:
        yield table.source.in_(list(criteria.sources))
