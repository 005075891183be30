"""Organisations: the tree within reach, one of them with its people, and what is set up there."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, func, select, update
from starlette.responses import Response

from bot import authority, enrolment, organisations
from bot.authority import Deed, Role
from bot.db.engine import AnyRow
from bot.db.models import affiliations, codes, members, roles
from bot.db.models import organisations as table
from bot.enrolment import Purpose
from bot.errors import BadInput
from bot.organisations import Kind, Organisation
from bot.web.body import row_number
from bot.web.console import groups
from bot.web.console.gate import form, organisation, page
from bot.web.console.visit import PAGE, Visit

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,63}")
USES = range(1, 501)


# --- the tree -------------------------------------------------------------------------------------


async def listing(visit: Visit) -> Response:
    asked = {"q": visit.asked("q")}
    shown = await visit.read(_found if asked["q"] else _tree, visit)
    return visit.page("organisations.html", asked=asked, number=visit.page_number, size=PAGE, **shown)


def _counted(visit: Visit) -> Select[Any]:
    """Organisations within reach with the number of their people and of what lies directly below."""
    people = select(func.count(func.distinct(roles.c.member_id))).where(roles.c.organisation_id == table.c.id)
    child = table.alias("child")
    below = select(func.count()).where(child.c.parent_id == table.c.id, child.c.kind == Kind.ENTERPRISE)
    joined = select(func.count()).where(affiliations.c.association_id == table.c.id)
    counts = (people.scalar_subquery().label("people"), below.scalar_subquery().label("below"))
    query = select(table, *counts, joined.scalar_subquery().label("joined"))
    return query.where(table.c.id.in_(visit.within(Deed.SEE_MEMBERS)))


def _tree(tx: Connection, visit: Visit) -> dict[str, Any]:
    """All that are no enterprises, each below the one above it; enterprises are counted where they belong."""
    rows = tx.execute(_counted(visit).where(table.c.kind != Kind.ENTERPRISE).order_by(table.c.kind, table.c.id)).all()
    known = {row.id for row in rows}
    by_parent: dict[int | None, list[AnyRow]] = {}
    for row in rows:
        by_parent.setdefault(row.parent_id if row.parent_id in known else None, []).append(row)
    lines: list[tuple[int, AnyRow]] = []
    _walk(by_parent, None, 0, lines)
    return {"lines": lines, "total": len(lines), "found": None}


def _walk(by_parent: Mapping[int | None, list[AnyRow]], above: int | None, depth: int, into: list[Any]) -> None:
    for row in by_parent.get(above, ()):
        into.append((depth, row))
        _walk(by_parent, row.id, depth + 1, into)


def _found(tx: Connection, visit: Visit) -> dict[str, Any]:
    words = visit.asked("q")
    holds = table.c.name_zh.icontains(words, autoescape=True) | table.c.name_en.icontains(words, autoescape=True)
    query = _counted(visit).where(holds | table.c.code.icontains(words, autoescape=True))
    total = func.count().over().label("total")
    page_ = query.add_columns(total).order_by(table.c.name_zh, table.c.id)
    rows = list(tx.execute(page_.limit(PAGE).offset((visit.page_number - 1) * PAGE)))
    return {"lines": [], "found": rows, "total": rows[0].total if rows else 0}


# --- one of them ----------------------------------------------------------------------------------


async def detail(visit: Visit) -> Response:
    return await _page(visit)


async def _page(visit: Visit, **more: Any) -> Response:
    shown = await visit.read(_one, visit, visit.number("organisation"))
    return visit.page("organisation.html", **{"code": None, **shown, **more})


def _one(tx: Connection, visit: Visit, organisation_id: int) -> dict[str, Any]:
    one = organisations.by_id(tx, organisation_id)
    row = tx.execute(select(table.c.second_approval, table.c.demo).where(table.c.id == organisation_id)).one()
    return {
        "one": one,
        "row": row,
        "above": organisations.by_id(tx, one.parent_id) if one.parent_id else None,
        "people": _people(tx, organisation_id),
        "below": _below(tx, organisation_id, visit.page_number),
        "number": visit.page_number,
        "size": PAGE,
        "associations": _associations(tx, organisation_id),
        "all_associations": _all_associations(tx, visit) if one.kind is Kind.ENTERPRISE else [],
        "codes": _codes(tx, organisation_id, visit.now),
        "may": _may(tx, visit, organisation_id),
        **(groups.shown(tx, visit, organisation_id) if one.kind is not Kind.ENTERPRISE else {}),
        "roles": [role.value for role in Role],
        "kinds": [kind.value for kind in Kind if kind is not Kind.CENTRE],
    }


def _may(tx: Connection, visit: Visit, organisation_id: int) -> dict[str, bool]:
    """What the buttons of the page are for; each form is asked again at the gate."""
    above = organisations.reached_from(tx, organisation_id)
    return {deed.value: bool(authority.tops(visit.staff.grants, deed).intersection(above)) for deed in Deed}


def _people(tx: Connection, organisation_id: int) -> list[AnyRow]:
    query = select(members.c.id, members.c.name, roles.c.role).join(roles, roles.c.member_id == members.c.id)
    mine = query.where(roles.c.organisation_id == organisation_id)
    return list(tx.execute(mine.order_by(roles.c.role, members.c.name, members.c.id).limit(500)))


def _below(tx: Connection, organisation_id: int, number: int) -> list[AnyRow]:
    """What lies directly below, and the members of an association."""
    joined = select(affiliations.c.enterprise_id).where(affiliations.c.association_id == organisation_id)
    here = (table.c.parent_id == organisation_id) | table.c.id.in_(joined)
    query = select(table, func.count().over().label("total")).where(here).order_by(table.c.kind, table.c.name_zh)
    return list(tx.execute(query.limit(PAGE).offset((number - 1) * PAGE)))


def _associations(tx: Connection, organisation_id: int) -> list[AnyRow]:
    joined = and_(affiliations.c.association_id == table.c.id, affiliations.c.enterprise_id == organisation_id)
    return list(tx.execute(select(table).join(affiliations, joined).order_by(table.c.id)))


def _all_associations(tx: Connection, visit: Visit) -> list[AnyRow]:
    mine = table.c.id.in_(visit.within(Deed.GRANT_ENTERPRISE))
    return list(tx.execute(select(table).where(table.c.kind == Kind.ASSOCIATION, mine).order_by(table.c.name_zh)))


def _codes(tx: Connection, organisation_id: int, now: datetime) -> list[AnyRow]:
    """Living invitation codes: not the codes themselves, which nobody stores."""
    living = and_(codes.c.organisation_id == organisation_id, codes.c.uses_left > 0, codes.c.expires_at > now)
    return list(tx.execute(select(codes).where(living, codes.c.purpose == Purpose.INVITE).order_by(codes.c.id)))


# --- what is done ---------------------------------------------------------------------------------


async def invite(visit: Visit) -> Response:
    """A new invitation code, shown once, on this page and nowhere else."""
    uses = row_number(visit.given("uses")) or 1
    code = await visit.run(_invite, visit, visit.given("role"), uses if uses in USES else 1, now=visit.now)
    return await _page(visit, code=code)


def _invite(tx: Connection, visit: Visit, role: str, uses: int, *, now: datetime) -> str:
    place, chosen = visit.number("organisation"), role_of(role)
    authority.require(tx, visit.me, granting(chosen), place)
    code = enrolment.make_code(
        tx, Purpose.INVITE, now=now, organisation_id=place, role=chosen, by=visit.me, uses=uses
    )  # fmt: skip
    detail = {"role": chosen, "uses": uses}
    authority.record(
        tx, visit.me, Deed.INVITE, allowed=True, now=now, subject=f"organisation {place}", detail=detail
    )  # fmt: skip
    return code


def role_of(name: str) -> Role:
    try:
        return Role(name or Role.ENTERPRISE)
    except ValueError as error:
        raise BadInput("console.members.no_role") from error


def granting(role: Role) -> Deed:
    """The deed that it takes to give a role."""
    return Deed.GRANT_ENTERPRISE if role is Role.ENTERPRISE else Deed.GRANT_STAFF


async def approvals(visit: Visit) -> Response:
    """Whether a second person approves the notices of this organisation."""
    await visit.run(_approvals, visit, bool(visit.given("second_approval")), now=visit.now)
    return visit.back(f"/organisations/{visit.number('organisation')}", "organisation_kept")


def _approvals(tx: Connection, visit: Visit, wanted: bool, *, now: datetime) -> None:
    place = visit.number("organisation")
    tx.execute(update(table).where(table.c.id == place).values(second_approval=wanted))
    _record(tx, visit, "second_approval", place, {"second_approval": wanted}, now)


async def affiliate(visit: Visit) -> Response:
    """The enterprise becomes, or is no longer, a member of an association; both must be within reach."""
    association = row_number(visit.given("association"))
    if association is None:
        raise BadInput("console.organisations.no_association")
    ending = visit.given("end") == "1"
    await visit.run(_affiliate, visit, association, ending, now=visit.now)
    return visit.back(f"/organisations/{visit.number('organisation')}", "organisation_kept")


def _affiliate(tx: Connection, visit: Visit, association: int, ending: bool, *, now: datetime) -> None:
    place = visit.number("organisation")
    authority.require(tx, visit.me, Deed.GRANT_ENTERPRISE, association)
    if (_kind(tx, place), _kind(tx, association)) != (Kind.ENTERPRISE, Kind.ASSOCIATION):
        raise BadInput("console.organisations.no_association")
    if ending:
        here = (affiliations.c.enterprise_id == place) & (affiliations.c.association_id == association)
        tx.execute(delete(affiliations).where(here))
    else:
        organisations.affiliate(tx, place, association)
    _record(tx, visit, "affiliate", place, {"association": association, "ended": ending}, now)


def _kind(tx: Connection, organisation_id: int) -> str | None:
    return tx.execute(select(table.c.kind).where(table.c.id == organisation_id)).scalar()


async def add(visit: Visit) -> Response:
    """A new organisation below this one."""
    given = {name: visit.given(name) for name in ("code", "name_zh", "name_en", "kind")}
    made = await visit.run(_add, visit, given, now=visit.now)
    return visit.back(f"/organisations/{made.id}", "organisation_added")


def _add(tx: Connection, visit: Visit, given: Mapping[str, str], *, now: datetime) -> Organisation:
    place = organisations.by_id(tx, visit.number("organisation"))
    names = [given["name_zh"] or given["name_en"], given["name_en"] or given["name_zh"]]
    if given["kind"] not in set(Kind) - {Kind.CENTRE} or not all(0 < len(name) <= 200 for name in names):
        raise BadInput("console.organisations.bad")
    if not CODE.fullmatch(given["code"]):
        raise BadInput("console.organisations.bad_code")
    kind = Kind(given["kind"])
    authority.require(tx, visit.me, Deed.GRANT_ENTERPRISE if kind is Kind.ENTERPRISE else Deed.GRANT_STAFF, place.id)
    if tx.execute(select(table.c.id).where(table.c.code == given["code"])).first():
        raise BadInput("console.organisations.taken", code=given["code"])
    above = place
    associations = (place.code,) if place.kind is Kind.ASSOCIATION and kind is Kind.ENTERPRISE else ()
    if associations:  # an enterprise is a member of its association, and lies where the association lies
        above = organisations.by_id(tx, place.parent_id) if place.parent_id else place
    made = organisations.put(
        tx, given["code"], kind=kind, name_zh=names[0], name_en=names[1], parent=above.code, associations=associations,
        now=now,
    )  # fmt: skip
    _record(tx, visit, "add_organisation", made.id, {"code": made.code}, now)
    return made


def _record(tx: Connection, visit: Visit, action: str, place: int, detail: dict[str, Any], now: datetime) -> None:
    authority.record(tx, visit.me, action, allowed=True, now=now, subject=f"organisation {place}", detail=detail)


routes = [
    page("/organisations", listing, deed=Deed.SEE_MEMBERS, nav="organisations"),
    page("/organisations/{organisation:int}", detail, deed=Deed.SEE_MEMBERS, on=organisation),
    form("/organisations/{organisation:int}/invite", invite, deed=Deed.INVITE, on=organisation),
    form("/organisations/{organisation:int}/approvals", approvals, deed=Deed.GRANT_STAFF, on=organisation),
    form("/organisations/{organisation:int}/affiliate", affiliate, deed=Deed.GRANT_ENTERPRISE, on=organisation),
    form("/organisations/{organisation:int}/add", add, deed=Deed.GRANT_ENTERPRISE, on=organisation),
]
