"""Finding notifications: by codes, markets, product words, kind and dates, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from bot.db.models import notification_terms, notifications
from bot.matching.notice import mentions, notice
from bot.matching.profile import market_codes
from bot.matching.words import Term, product
from bot.notifications.record import to_hs
from bot.notifications.store import SELECTED, Notification, read
from nlu import markets

CANDIDATES = 2000  # word searches look at the newest ones that the database finds by letters
TEXT_KEYS = ("title", "title_zh", "products", "products_en")
LEVELS = (2, 4, 5, 6, 8)


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
    where = and_(True, *_filters(criteria), *_about(criteria, terms))
    query = SELECTED.where(where).order_by(notifications.c.date.desc(), notifications.c.id.desc())
    if not terms:
        total = int(tx.execute(select(func.count()).select_from(notifications).where(where)).scalar_one())
        return [read(row) for row in tx.execute(query.limit(limit).offset(offset))], total
    codes = tuple(to_hs(criteria.hs_codes))
    candidates = (read(row) for row in tx.execute(query.limit(CANDIDATES)))
    found = [one for one in candidates if _is_about(one, terms, codes)]
    return found[offset : offset + limit], len(found)


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


def _about(criteria: Criteria, terms: Sequence[Term]) -> list[ColumnElement[bool]]:
    if not terms and not criteria.hs_codes:
        return []
    codes = [*to_hs(criteria.hs_codes), *(code for term in terms for code in term.hs_codes)]
    parts: list[ColumnElement[bool]] = [_covers(code) for code in dict.fromkeys(codes)]
    return [or_(*parts, *_letters(terms))]


def _covers(code: str) -> ColumnElement[bool]:
    value = notification_terms.c.value
    above = [code[:level] for level in LEVELS if level < len(code)]
    return _has_term("hs", or_(value.in_([*above, code]), value.like(f"{code}%")))


def _letters(terms: Sequence[Term]) -> list[ColumnElement[bool]]:
    """A coarse filter by letters, wider than the words; the words are looked at afterwards."""
    seeds = dict.fromkeys(
        seed for term in terms for seed in (*term.chinese, *(_seed(phrase) for phrase, _ in term.phrases))
    )
    columns = [func.lower(notifications.c.record[key].as_string()) for key in TEXT_KEYS]
    return [column.like(f"%{_plain(seed)}%", escape="\\") for seed in seeds for column in columns]


def _seed(phrase: str) -> str:
    """The longest stem without its last letters, which a plural or a spelling may change: batter(y), batter(ies)."""
    longest = max(phrase.split(), key=len)
    return longest[: max(3, len(longest) - 2)] if len(longest) > 3 else longest


def _plain(seed: str) -> str:
    return seed.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _has_term(kind: str, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    terms = notification_terms.c
    return exists().where(terms.notification_id == notifications.c.id, terms.kind == kind, condition)


def _is_about(one: Notification, terms: Sequence[Term], codes: tuple[str, ...]) -> bool:
    prepared = notice(one.record)
    stated = any(code.startswith(mine) or mine.startswith(code) for mine in codes for code in prepared.hs_codes)
    return stated or any(mentions(prepared, term) or _meant(term, prepared.hs_codes) for term in terms)


def _meant(term: Term, codes: Sequence[Any]) -> bool:
    return any(
        code.startswith(mine) or (len(code) > 2 and mine.startswith(code)) for mine in term.hs_codes for code in codes
    )
