"""Whom a notice or a survey means: places, products, markets, languages and roles, never more than its sender reaches.

What stands in one list is "or", different lists are "and"; an empty list asks for nothing. `products`, `hs_codes` and
`markets` are looked for in one and the same interest. A person without any role counts as an enterprise that has not
joined yet: only a centre reaches them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, or_, select

from bot import authority, organisations
from bot.alerts.reach import reach
from bot.authority import Deed, Role
from bot.db.models import addresses, conversations, interests, members, roles
from bot.db.models import organisations as places
from bot.errors import NotAllowed
from bot.i18n import LANGUAGES, Texts
from bot.matching.profile import market_codes
from bot.matching.words import product
from bot.organisations import Kind
from nlu import hs, markets

SHOWN = 5  # names in a sample
PLACES_SHOWN = 20  # organisations in a count, the largest first


@dataclass(frozen=True, slots=True)
class Audience:
    """`organisations`, `regions` (county offices) and `associations` are ids; markets are codes; the rest is words."""

    organisations: tuple[int, ...] = ()
    regions: tuple[int, ...] = ()
    associations: tuple[int, ...] = ()
    products: tuple[str, ...] = ()
    hs_codes: tuple[str, ...] = ()
    markets: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    @classmethod
    def of(cls, **values: Any) -> "Audience":
        """Clean values: none twice, codes as digits, markets canonical. An unknown language or role is left out."""
        lists = {key: tuple(dict.fromkeys(values.get(key) or ())) for key in KEYS}
        lists["markets"] = tuple(dict.fromkeys(code for name in lists["markets"] for code in market_codes(str(name))))
        lists["hs_codes"] = tuple(dict.fromkeys(filter(None, map(_digits, lists["hs_codes"]))))
        lists["languages"] = tuple(one for one in lists["languages"] if one in LANGUAGES)
        lists["roles"] = tuple(str(one) for one in lists["roles"] if one in set(Role))
        return cls(**lists)

    def to_json(self) -> dict[str, list[Any]]:
        """Only what is asked for."""
        return {key: list(value) for key, value in asdict(self).items() if value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Audience":
        return cls.of(**{key: data.get(key) for key in KEYS})

    @property
    def places(self) -> tuple[int, ...]:
        return (*self.organisations, *self.regions, *self.associations)

    @property
    def by_interest(self) -> bool:
        return bool(self.products or self.hs_codes or self.markets)


KEYS = tuple(field.name for field in fields(Audience))


@dataclass(frozen=True, slots=True)
class Meant:
    """A member whom an audience means, and where they are reached; no channel: nowhere."""

    member_id: int
    channel: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """An organisation and how many of its people are meant."""

    id: int
    name_zh: str
    name_en: str
    count: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How many an audience means. A person counts in the organisation that they joined first."""

    total: int
    without_address: int
    languages: dict[str, int]
    organisations: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """One of those who are meant, by name; a person without one is told by the organisation."""

    member_id: int
    name: str | None
    organisation_zh: str | None
    organisation_en: str | None


def check(tx: Connection, audience: Audience, *, by: int, deed: Deed, organisation_id: int) -> None:
    """May this member do the deed for the organisation, and do its people reach something of each place that is named?

    Raises NotAllowed; the caller writes the log, as this transaction is rolled back.
    """
    authority.require(tx, by, deed, organisation_id)
    beyond = [one for one in audience.places if not _overlap(tx, one, organisation_id)]
    if beyond:
        names = tx.execute(select(places.c.name_zh, places.c.name_en).where(places.c.id.in_(beyond))).all()
        zh, en = "、".join(one.name_zh for one in names), ", ".join(one.name_en for one in names)
        raise NotAllowed("audience.out_of_reach", names_zh=zh, names_en=en)


def _overlap(tx: Connection, place: int, organisation_id: int) -> bool:
    both = organisations.below([place]).intersect(organisations.below([organisation_id]))
    return tx.execute(both.limit(1)).first() is not None


def after(
    tx: Connection, audience: Audience, *, organisation_id: int, now: datetime, cursor: int = 0, chunk: int = 500
) -> list[Meant]:
    """The next members after the cursor (the last member's id), in order; fewer than `chunk`: these are the last."""
    query = _meant(tx, audience, organisation_id, now.date()).where(members.c.id > cursor)
    ids = [row.id for row in tx.execute(query.order_by(members.c.id).limit(chunk))]
    where = reach(tx, ids, (), now=now).addresses
    return [Meant(one, *where.get(one, (None, None))) for one in ids]


def count(tx: Connection, audience: Audience, *, organisation_id: int, today: date) -> Counted:
    """How many are meant, in three queries whatever their number."""
    meant = _meant(tx, audience, organisation_id, today).subquery()
    reachable = select(addresses.c.member_id).where(addresses.c.state == "active")
    without = func.count().filter(meant.c.id.not_in(reachable))
    total, bare = tx.execute(select(func.count(), without).select_from(meant)).one()
    return Counted(total, bare, _by_language(tx, meant), tuple(_by_place(tx, meant)))


def _by_language(tx: Connection, meant: Any) -> dict[str, int]:
    spoken = _language().label("language")
    each = select(spoken).where(members.c.id.in_(select(meant.c.id))).subquery()
    rows = tx.execute(select(each.c.language, func.count()).group_by(each.c.language).order_by(each.c.language))
    return {row.language: row[1] for row in rows}


def _by_place(tx: Connection, meant: Any) -> Iterator[Place]:
    first = _first_place().where(roles.c.member_id.in_(select(meant.c.id))).subquery()
    number = func.count().label("number")
    query = (
        select(places.c.id, places.c.name_zh, places.c.name_en, number)
        .join(first, first.c.organisation_id == places.c.id)
        .group_by(places.c.id, places.c.name_zh, places.c.name_en)
        .order_by(number.desc(), places.c.id)
    )
    yield from (Place(*row) for row in tx.execute(query.limit(PLACES_SHOWN)))


def _first_place() -> Select[Any]:
    """The organisation that each member joined first."""
    first = select(func.min(roles.c.id)).group_by(roles.c.member_id)
    return select(roles.c.member_id, roles.c.organisation_id).where(roles.c.id.in_(first))


def sample(tx: Connection, audience: Audience, *, organisation_id: int, today: date, most: int = SHOWN) -> list[Named]:
    """Some of those who are meant, by name."""
    meant = _meant(tx, audience, organisation_id, today).order_by(members.c.id).limit(most).subquery()
    first = _first_place().subquery()
    query = (
        select(members.c.id, members.c.name, places.c.name_zh, places.c.name_en)
        .where(members.c.id.in_(select(meant.c.id)))
        .outerjoin(first, first.c.member_id == members.c.id)
        .outerjoin(places, places.c.id == first.c.organisation_id)
    )
    return [Named(*row) for row in tx.execute(query.order_by(members.c.id))]


def described(tx: Connection, audience: Audience, *, texts: Texts, language: str) -> str:
    """Who is meant, in words: "toys; European Union; Qingxi County", or "all members"."""
    comma = texts("notification.comma", language)
    parts = [comma.join(part) for part in _described(tx, audience, texts, language) if part]
    return texts("audience.and", language).join(parts) or texts("audience.everyone", language)


def _described(tx: Connection, audience: Audience, texts: Texts, language: str) -> Iterator[list[str]]:
    for named in (audience.organisations, audience.regions, audience.associations):
        yield [organisations.by_id(tx, one).name(language) for one in named]
    yield [*audience.products, *(hs.display(code) for code in audience.hs_codes)]
    yield [markets.name(code, language) for code in audience.markets]
    yield [texts(f"audience.reads_{one}", language) for one in audience.languages]
    yield [texts(f"audience.role_{one}", language) for one in audience.roles]


# --- the query ------------------------------------------------------------------------------------


def _meant(tx: Connection, audience: Audience, organisation_id: int, today: date) -> Select[int]:
    """The ids of those who are meant and within reach of the organisation."""
    where = [members.c.state == "active", _reached(tx, audience, organisation_id)]
    if audience.languages:
        where.append(_language().in_(audience.languages))
    if audience.by_interest:
        where.append(members.c.id.in_(_interested(tx, audience, today)))
    return select(members.c.id).where(*where)


def _reached(tx: Connection, audience: Audience, organisation_id: int) -> ColumnElement[bool]:
    """A role at a place of each list that the organisation reaches; of a centre also people without any role."""
    lists = [[organisation_id], audience.organisations, audience.regions, audience.associations]
    where = [roles.c.organisation_id.in_(organisations.below(one)) for one in lists if one]
    if audience.roles:
        where.append(roles.c.role.in_(audience.roles))
    held = members.c.id.in_(select(roles.c.member_id).where(*where))
    return (
        or_(held, members.c.id.not_in(select(roles.c.member_id))) if _strangers(tx, audience, organisation_id) else held
    )


def _strangers(tx: Connection, audience: Audience, organisation_id: int) -> bool:
    enterprises = not audience.roles or Role.ENTERPRISE in audience.roles
    return enterprises and not audience.places and organisations.by_id(tx, organisation_id).kind is Kind.CENTRE


def _language() -> ColumnElement[Any]:
    """A member's own choice, else the language of their newest conversation, as when something is sent to them."""
    newest = (
        select(conversations.c.language).where(conversations.c.member_id == members.c.id)
        .order_by(conversations.c.updated_at.desc()).limit(1).scalar_subquery()
    )  # fmt: skip
    return func.coalesce(members.c.language, newest, "zh")


def _interested(tx: Connection, audience: Audience, today: date) -> Select[int]:
    alive = or_(interests.c.until.is_(None), interests.c.until >= today)
    where = [interests.c.state == "active", alive]
    if audience.products or audience.hs_codes:
        where.append(or_(*_goods(tx, audience)))
    if audience.markets:
        reached = frozenset[str]().union(*(markets.expand(code) for code in audience.markets))
        named = _holds(tx, interests.c.markets, lambda value: value.in_(sorted(reached)))
        where.append(or_(named, _length(tx, interests.c.markets) == 0))  # no market named: all of them
    return select(interests.c.member_id).where(*where)


def _goods(tx: Connection, audience: Audience) -> Iterator[ColumnElement[bool]]:
    terms = [product(word) for word in audience.products]
    codes = tuple(dict.fromkeys((*audience.hs_codes, *(code for term in terms for code in term.hs_codes))))
    if codes:
        yield _holds(tx, interests.c.hs_codes, lambda value: or_(*(_either_way(value, code) for code in codes)))
    chinese = [word for term in terms for word in term.chinese]
    latin = [form for term in terms for stems, written in term.phrases for form in _forms(stems.strip(), written)]
    if chinese or latin:
        for column in (interests.c.products, interests.c.keywords):
            yield _holds(tx, column, lambda value: or_(*_says(value, chinese, dict.fromkeys(latin))))


def _either_way(value: ColumnElement[Any], code: str) -> ColumnElement[bool]:
    """One code is the beginning of the other."""
    return or_(value.startswith(code), and_(value != "", literal(code).startswith(value)))


def _says(value: ColumnElement[Any], chinese: Sequence[str], latin: Collection[str]) -> Iterator[ColumnElement[bool]]:
    plain = func.lower(value)
    yield from (plain.contains(word, autoescape=True) for word in chinese)
    alone = literal(" ").concat(plain).concat(" ")  # a Latin word stands alone: toy is not in Toyota
    yield from (alone.contains(f" {word} ", autoescape=True) for word in latin)


def _forms(stem: str, written: str) -> tuple[str, ...]:
    plural = f"{stem[:-1]}ies" if stem.endswith("y") and stem[-2:-1] not in set("aeiou") else f"{stem}s"
    return stem, plural, written


def _holds(tx: Connection, column: Any, fits: Any) -> ColumnElement[bool]:
    """Does a value of this JSON list fit?"""
    each = func.jsonb_array_elements_text if tx.dialect.name == "postgresql" else func.json_each
    values = each(column).table_valued("value")
    return select(literal(1)).select_from(values).where(fits(values.c.value)).exists()


def _length(tx: Connection, column: Any) -> ColumnElement[int]:
    return (func.jsonb_array_length if tx.dialect.name == "postgresql" else func.json_array_length)(column)


def _digits(value: Any) -> str:
    return "".join(one for one in str(value) if one.isdigit())
