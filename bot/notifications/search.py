"""Finding notifications: by codes, markets, product words, kind and dates, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from bot.db.models import notification_terms, notifications
from bot.matching.notice import Notice, mentions
from bot.matching.profile import market_codes
from bot.matching.terms import seeds
from bot.matching.words import Term, product
from bot.notifications.prepared import heads, prepared, stored
from bot.notifications.record import to_hs
from bot.notifications.spelled import spelled
from bot.notifications.store import SELECTED, Notification, read
from nlu import markets

CANDIDATES = 2000  # word searches look at the newest ones that use the words or have the codes
LEVELS = (2, 4, 5, 6, 8)
LAST = "9" * 10  # no code is behind this end of a code
NEWEST_FIRST = (notifications.c.date.desc(), notifications.c.id.desc())


@dataclass(frozen=True, slots=True)
class Criteria:
    """What to look for; every empty field is no filter. Values within a field are alternatives, fields add up."""

    hs_codes: Sequence[str] = ()
    markets: Sequence[str] = ()
    products: Sequence[str] = ()
    agreement: str | None = None  # TBT | SPS
    types: Sequence[str] = ()
    open_on: date | None = None  # still open for comment on that day, withdrawn ones left out
    since: date | None = None


def search(tx: Connection, criteria: Criteria, *, limit: int = 10, offset: int = 0) -> tuple[list[Notification], int]:
    """(the page asked for, how many there are in all), newest first. Product words and HS codes are one OR-group."""
    terms = [product(word) for word in criteria.products]
    where = and_(True, *_filters(criteria), *_about(tx, criteria, terms))
    if not terms:
        query = SELECTED.where(where).order_by(*NEWEST_FIRST)
        total = int(tx.execute(select(func.count()).select_from(notifications).where(where)).scalar_one())
        return [read(row) for row in tx.execute(query.limit(limit).offset(offset))], total
    codes = tuple(to_hs(criteria.hs_codes))
    candidates = prepared(tx, tx.execute(heads(where).order_by(*NEWEST_FIRST).limit(CANDIDATES)).all())
    found = [one.id for one in candidates if _is_about(one.notice, terms, codes)]
    page = stored(tx, found[offset : offset + limit])
    return [page[row_id] for row_id in found[offset : offset + limit] if row_id in page], len(found)


def _filters(criteria: Criteria) -> list[ColumnElement[bool]]:
    table = notifications.c
    found: list[ColumnElement[bool]] = []
    if criteria.markets:
        reach = {code for name in criteria.markets for one in market_codes(name) for code in markets.expand(one)}
        found.append(_has_term("market", notification_terms.c.value.in_(sorted(reach))))
    if criteria.agreement:
        found.append(table.agreement == criteria.agreement.upper())
    if criteria.types:
        found.append(table.type.in_(list(criteria.types)))
    if criteria.open_on:
        found.append(and_(table.comment_deadline >= criteria.open_on, table.state == "active"))
    if criteria.since:
        found.append(table.date >= criteria.since)
    return found


def _about(tx: Connection, criteria: Criteria, terms: Sequence[Term]) -> list[ColumnElement[bool]]:
    if not terms and not criteria.hs_codes:
        return []
    codes = [*to_hs(criteria.hs_codes), *(code for term in terms for code in term.hs_codes)]
    parts: list[ColumnElement[bool]] = []
    if codes:
        parts.append(_has_term("hs", or_(*(_covers(code) for code in dict.fromkeys(codes)))))
    if terms:
        parts.append(notifications.c.id.in_(_using(tx, terms)))
    return [or_(*parts)]


def _using(tx: Connection, terms: Sequence[Term]) -> list[int]:
    """The newest of those that use the words of a term somewhere; whether they mean it is looked at afterwards."""
    using = spelled(tx).rows(tx, (seed for term in terms for seed in seeds(term)))
    return sorted(using)[-CANDIDATES:]


def _covers(code: str) -> ColumnElement[bool]:
    """A code above this one, itself, or one below it: a range, because an index knows ranges and not LIKE."""
    value = notification_terms.c.value
    above = [code[:level] for level in LEVELS if level < len(code)]
    return or_(value.in_([*above, code]), value.between(code, code + LAST))


def _has_term(kind: str, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    terms = notification_terms.c
    return notifications.c.id.in_(select(terms.notification_id).where(terms.kind == kind, condition))


def _is_about(found: Notice, terms: Sequence[Term], codes: tuple[str, ...]) -> bool:
    stated = any(code.startswith(mine) or mine.startswith(code) for mine in codes for code in found.hs_codes)
    return stated or any(mentions(found, term) or _meant(term, found.hs_codes) for term in terms)


def _meant(term: Term, codes: Sequence[Any]) -> bool:
    return any(
        code.startswith(mine) or (len(code) > 2 and mine.startswith(code)) for mine in term.hs_codes for code in codes
    )
