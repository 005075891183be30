"""Organisations: centre, county offices, associations, enterprises; a tree by `parent`, associations beside it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Select, func, insert, or_, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.db.engine import AnyRow
from bot.db.models import affiliations, organisations, roles
from bot.errors import BadInput


class Kind(StrEnum):
    CENTRE = "centre"
    BUREAU = "bureau"
    ASSOCIATION = "association"
    ENTERPRISE = "enterprise"


@dataclass(frozen=True, slots=True)
class Organisation:
    id: int
    kind: Kind
    code: str
    name_zh: str
    name_en: str
    parent_id: int | None

    def name(self, language: str) -> str:
        return self.name_en if language == "en" else self.name_zh


FIELDS = (
    organisations.c.id,
    organisations.c.kind,
    organisations.c.code,
    organisations.c.name_zh,
    organisations.c.name_en,
    organisations.c.parent_id,
)


def _organisation(row: AnyRow) -> Organisation:
    return Organisation(row.id, Kind(row.kind), row.code, row.name_zh, row.name_en, row.parent_id)


def put(
    tx: Connection,
    code: str,
    *,
    kind: Kind,
    name_zh: str,
    name_en: str,
    now: datetime,
    parent: str | None = None,
    associations: tuple[str, ...] = (),
    demo: bool = False,
) -> Organisation:
    """Add the organisation, or change the one of that code. Raises BadInput for an unknown parent or association."""
    above = by_code(tx, parent).id if parent else _default_parent(tx, kind)
    values = {"kind": kind, "name_zh": name_zh, "name_en": name_en, "parent_id": above}
    known = update(organisations).where(organisations.c.code == code).values(**values)
    if not tx.execute(known).rowcount:
        tx.execute(insert(organisations).values(code=code, demo=demo, created_at=now, **values))
    organisation = by_code(tx, code)
    for association in associations:
        affiliate(tx, organisation.id, by_code(tx, association).id)
    return organisation


def _default_parent(tx: Connection, kind: Kind) -> int | None:
    if kind is Kind.CENTRE:
        return None
    centre = select(organisations.c.id).where(organisations.c.kind == Kind.CENTRE)
    centre = centre.order_by(organisations.c.demo, organisations.c.id)  # the real one before the demonstration's
    return tx.execute(centre.limit(1)).scalar()


def affiliate(tx: Connection, enterprise_id: int, association_id: int) -> None:
    """The enterprise is a member of the association."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    values = {"enterprise_id": enterprise_id, "association_id": association_id}
    tx.execute(dialect.insert(affiliations).values(**values).on_conflict_do_nothing())


def by_code(tx: Connection, code: str) -> Organisation:
    row = tx.execute(select(*FIELDS).where(organisations.c.code == code)).first()
    if row is None:
        raise BadInput("people.no_such_organisation", code=code)
    return _organisation(row)


def by_id(tx: Connection, organisation_id: int) -> Organisation:
    return _organisation(tx.execute(select(*FIELDS).where(organisations.c.id == organisation_id)).one())


def by_ids(tx: Connection, ids: Iterable[int]) -> dict[int, Organisation]:
    rows = tx.execute(select(*FIELDS).where(organisations.c.id.in_(set(ids))))
    return {row.id: _organisation(row) for row in rows}


def named(tx: Connection, text: str, *, limit: int = 5) -> list[Organisation]:
    """Organisations whose code or name is, or holds, the text; exact ones first."""
    words = text.strip()
    if not words:
        return []
    like = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    columns = (organisations.c.code, organisations.c.name_zh, organisations.c.name_en)
    holds = or_(*(column.ilike(like, escape="\\") for column in columns))
    found = [_organisation(row) for row in tx.execute(select(*FIELDS).where(holds).limit(200))]
    exact = words.casefold()
    found.sort(key=lambda o: (exact not in (o.code.casefold(), o.name_zh.casefold(), o.name_en.casefold()), o.id))
    return found[:limit]


def reached_from(tx: Connection, organisation_id: int) -> list[int]:
    """The organisation itself, its associations, and everything above them: whose people reach it, nearest first."""
    direct = select(affiliations.c.association_id).where(affiliations.c.enterprise_id == organisation_id)
    todo = [organisation_id, *tx.execute(direct).scalars()]
    seen: list[int] = []
    while todo:
        current = todo.pop(0)
        if current in seen:
            continue
        seen.append(current)
        parent = tx.execute(select(organisations.c.parent_id).where(organisations.c.id == current)).scalar()
        if parent is not None:
            todo.append(parent)
    return seen


def acting_for(tx: Connection, member_ids: Iterable[int]) -> dict[int, int]:
    """The enterprise for which each of these members speaks: the one they joined first. Who joined none is left out."""
    query = select(roles.c.member_id, roles.c.organisation_id).where(
        roles.c.member_id.in_(list(member_ids)), roles.c.role == "enterprise"
    )
    return {row.member_id: row.organisation_id for row in tx.execute(query.order_by(roles.c.id.desc()))}


def bureaus(tx: Connection, organisation_ids: Iterable[int]) -> dict[int, int]:
    """The county office above (or at) each of these organisations, nearest first; who has none is left out."""
    at = {start: start for start in organisation_ids}
    found: dict[int, int] = {}
    while at:
        query = select(organisations.c.id, organisations.c.kind, organisations.c.parent_id)
        rows = {row.id: row for row in tx.execute(query.where(organisations.c.id.in_(set(at.values()))))}
        found |= {start: here for start, here in at.items() if rows[here].kind == Kind.BUREAU}
        at = {start: up for start, here in at.items() if start not in found and (up := rows[here].parent_id)}
    return found


def below(tops: Collection[int]) -> Select[int]:
    """A query for the ids of these organisations and all that they reach: what lies below, associations' members."""
    edges = union_all(
        select(organisations.c.parent_id.label("above"), organisations.c.id.label("below")),
        select(affiliations.c.association_id, affiliations.c.enterprise_id),
    ).subquery()
    reached = select(organisations.c.id).where(organisations.c.id.in_(tops)).cte(recursive=True)
    reached = reached.union(select(edges.c.below).join(reached, edges.c.above == reached.c.id))
    return select(reached.c.id)


def all_below(tx: Connection, organisation_id: int) -> frozenset[int]:
    """`below` of one organisation, looked up."""
    return frozenset(tx.execute(below([organisation_id])).scalars())


def everyone(tx: Connection) -> list[Organisation]:
    return [_organisation(row) for row in tx.execute(select(*FIELDS).order_by(organisations.c.id))]


def has_own_centre(tx: Connection) -> bool:
    """Is there a centre besides the demonstration's?"""
    own = (organisations.c.kind == Kind.CENTRE) & organisations.c.demo.is_(False)
    return tx.execute(select(organisations.c.id).where(own).limit(1)).first() is not None


def count(tx: Connection) -> int:
    return int(tx.execute(select(func.count()).select_from(organisations)).scalar_one())
