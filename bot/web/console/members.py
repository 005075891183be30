"""Members within reach: who they are, what they follow, their roles; and the requests to join."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, func, or_, select
from starlette.responses import Response

from bot import authority, enrolment, interests, members, organisations
from bot.authority import Deed, Role
from bot.db.engine import AnyRow
from bot.db.models import accounts, addresses, conversations, deliveries, enrolments, follows, roles
from bot.db.models import interests as interest_table
from bot.db.models import members as table
from bot.db.models import organisations as organisation_table
from bot.enrolment import Purpose
from bot.errors import BadInput, NotAllowed
from bot.i18n import LANGUAGES
from bot.web.body import row_number
from bot.web.console.gate import Missing, form, member, page
from bot.web.console.organisations import granting, role_of
from bot.web.console.reach import reached
from bot.web.console.visit import PAGE, ROOT, Visit
from nlu import hs, markets

DECIDED = 20  # decided requests that are still shown


# --- the list -------------------------------------------------------------------------------------


async def listing(visit: Visit) -> Response:
    asked = {name: visit.asked(name) for name in ("q", "role", "language")}
    rows, held = await visit.read(_found, visit, asked)
    total = rows[0].total if rows else 0
    return visit.page(
        "members.html", rows=rows, held=held, total=total, asked=asked, number=visit.page_number, size=PAGE,
        roles=[role.value for role in Role],
    )  # fmt: skip


def _found(tx: Connection, visit: Visit, asked: dict[str, str]) -> tuple[list[AnyRow], dict[int, list[AnyRow]]]:
    last = select(func.max(conversations.c.updated_at)).where(conversations.c.member_id == table.c.id)
    active = and_(interest_table.c.member_id == table.c.id, interest_table.c.state == "active")
    following = select(func.count()).where(active)
    query = select(
        table.c.id, table.c.name, table.c.language, table.c.state, last.scalar_subquery().label("last"),
        following.scalar_subquery().label("following"), func.count().over().label("total"),
    ).where(reached(visit, Deed.SEE_MEMBERS, table.c.id), *_filters(asked))  # fmt: skip
    rows = list(tx.execute(query.order_by(table.c.id.desc()).limit(PAGE).offset((visit.page_number - 1) * PAGE)))
    return rows, _held(tx, [row.id for row in rows])


def _filters(asked: dict[str, str]) -> list[Any]:
    found: list[Any] = []
    words = asked["q"]
    if words:
        places = roles.join(organisation_table, organisation_table.c.id == roles.c.organisation_id)
        named = [
            organisation_table.c[name].icontains(words, autoescape=True) for name in ("name_zh", "name_en", "code")
        ]
        there = exists().select_from(places).where(roles.c.member_id == table.c.id, or_(*named))
        found.append(or_(table.c.name.icontains(words, autoescape=True), there))
    if asked["role"] in set(Role):
        found.append(exists().where(roles.c.member_id == table.c.id, roles.c.role == asked["role"]))
    if asked["language"] in LANGUAGES:
        found.append(table.c.language == asked["language"])
    return found


def _held(tx: Connection, ids: list[int]) -> dict[int, list[AnyRow]]:
    """The roles of these members, each with its organisation."""
    query = select(roles, organisation_table.c.name_zh, organisation_table.c.name_en).join(
        organisation_table, organisation_table.c.id == roles.c.organisation_id
    )
    found: dict[int, list[AnyRow]] = {}
    for row in tx.execute(query.where(roles.c.member_id.in_(ids)).order_by(roles.c.id)):
        found.setdefault(row.member_id, []).append(row)
    return found


# --- one of them ----------------------------------------------------------------------------------


async def detail(visit: Visit) -> Response:
    return await _page(visit)


async def _page(visit: Visit, *, link: str | None = None) -> Response:
    return visit.page("member.html", link_once=link, **await visit.read(_one, visit, visit.number("member")))


def _one(tx: Connection, visit: Visit, member_id: int) -> dict[str, Any]:
    row = tx.execute(select(table).where(table.c.id == member_id)).first()
    if row is None:
        raise Missing
    held = _held(tx, [member_id]).get(member_id, [])
    counts = select(deliveries.c.state, func.count().label("n")).where(deliveries.c.member_id == member_id)
    account = select(accounts.c.login, accounts.c.locked_until).where(accounts.c.member_id == member_id)
    return {
        "one": row,
        "held": [(grant, _may_end(tx, visit, grant)) for grant in held],
        "addresses": tx.execute(_in_order(member_id)).all(),
        "interests": [_wanted(visit, one) for one in interests.active(tx, member_id)],
        "follows": tx.execute(select(follows).where(follows.c.member_id == member_id).limit(100)).all(),
        "counts": tx.execute(counts.group_by(deliveries.c.state)).all(),
        "account": tx.execute(account).first(),
        "choices": _choices(tx, visit),
        "roles": [role.value for role in Role if visit.staff.can(granting(role))],
        "may_link": _may_link(tx, visit, member_id),
    }


def _in_order(member_id: int) -> Select[Any]:
    """The member's addresses, first those that they put in an order."""
    mine = select(addresses).where(addresses.c.member_id == member_id)
    return mine.order_by(addresses.c.place.is_(None), addresses.c.place, addresses.c.id)


def _wanted(visit: Visit, one: interests.Interest) -> dict[str, str]:
    comma = visit.web.services.texts("notification.comma", visit.language)
    wanted = one.wanted
    return {
        "number": f"I-{one.id:06d}",
        "products": comma.join([*wanted.products, *wanted.keywords, *map(hs.display, wanted.hs_codes)]),
        "markets": comma.join(markets.name(code, visit.language) for code in wanted.markets),
        "negatives": comma.join(wanted.negatives),
        "until": wanted.until.isoformat() if wanted.until else "",
    }


def _may_end(tx: Connection, visit: Visit, grant: AnyRow) -> bool:
    above = organisations.reached_from(tx, grant.organisation_id)
    return bool(authority.tops(visit.staff.grants, granting(Role(grant.role))).intersection(above))


def _may_link(tx: Connection, visit: Visit, member_id: int) -> bool:
    """Everywhere the member has a role: whoever holds the link is that member, with all that they may do."""
    targets = member(tx, {"member": member_id}) or ()
    return all(authority.may(tx, visit.me, Deed.GRANT_STAFF, one) for one in targets)


def _choices(tx: Connection, visit: Visit) -> list[AnyRow]:
    """Where this person may give a role: named ones first, enterprises by name."""
    mine = organisation_table.c.id.in_(visit.within(Deed.GRANT_ENTERPRISE))
    columns = (organisation_table.c.id, organisation_table.c.code, organisation_table.c.name_zh)
    query = select(*columns, organisation_table.c.name_en).where(mine)
    return list(tx.execute(query.order_by(organisation_table.c.kind, organisation_table.c.name_zh).limit(2000)))


# --- what is done ---------------------------------------------------------------------------------


async def grant(visit: Visit) -> Response:
    await visit.run(_change, visit, visit.given("role"), visit.given("organisation"), True, now=visit.now)
    return visit.back(f"/members/{visit.number('member')}", "role_granted")


async def revoke(visit: Visit) -> Response:
    await visit.run(_change, visit, visit.given("role"), visit.given("organisation"), False, now=visit.now)
    return visit.back(f"/members/{visit.number('member')}", "role_revoked")


def _change(tx: Connection, visit: Visit, role: str, organisation: str, giving: bool, *, now: datetime) -> None:
    chosen, place, member_id = role_of(role), row_number(organisation), visit.number("member")
    if place is None or not tx.execute(select(organisation_table.c.id).where(organisation_table.c.id == place)).first():
        raise BadInput("console.members.no_organisation")
    authority.require(tx, visit.me, granting(chosen), place)
    if not giving and member_id == visit.me and chosen is Role.ADMINISTRATOR:
        raise BadInput("console.members.own_role")  # there would be nobody left to give it back
    act = enrolment.grant if giving else enrolment.revoke
    act(tx, member_id, place, chosen, now=now, by=visit.me)


async def link(visit: Visit) -> Response:
    """A new one-time link, shown once: for a lost password, or a first account."""
    code = await visit.run(_link, visit, now=visit.now)
    address = visit.web.services.settings.web.public_url or str(visit.request.base_url).removesuffix(f"{ROOT}/")
    return await _page(visit, link=f"{address.rstrip('/')}/enter/{code}")


def _link(tx: Connection, visit: Visit, *, now: datetime) -> str:
    member_id = visit.number("member")
    if not _may_link(tx, visit, member_id):
        raise NotAllowed("people.not_allowed")
    authority.record(tx, visit.me, "new_link", allowed=True, now=now, subject=f"member {member_id}")
    return enrolment.make_code(tx, Purpose.ENTER, now=now, member_id=member_id, by=visit.me)


# --- requests to join -----------------------------------------------------------------------------


async def requests(visit: Visit) -> Response:
    waiting, decided = await visit.read(_requests, visit)
    return visit.page("requests.html", waiting=waiting, decided=decided)


def _requests(tx: Connection, visit: Visit) -> tuple[list[AnyRow], list[AnyRow]]:
    query = _with_names().where(enrolments.c.organisation_id.in_(visit.within(Deed.APPROVE)))
    waiting = query.where(enrolments.c.state == "asked").order_by(enrolments.c.asked_at, enrolments.c.id).limit(200)
    decided = query.where(enrolments.c.state != "asked").order_by(enrolments.c.decided_at.desc()).limit(DECIDED)
    return list(tx.execute(waiting)), list(tx.execute(decided))


def _with_names() -> Select[Any]:
    by = table.alias("by")
    joined = (
        enrolments.join(table, table.c.id == enrolments.c.member_id)
        .join(organisation_table, organisation_table.c.id == enrolments.c.organisation_id)
        .outerjoin(by, by.c.id == enrolments.c.decided_by)
    )
    names = (table.c.name, organisation_table.c.name_zh, organisation_table.c.name_en, by.c.name.label("by"))
    return select(enrolments, *names).select_from(joined)


def of_request(tx: Connection, params: Any) -> list[int] | None:
    """The organisation that a request asks to join."""
    query = select(enrolments.c.organisation_id).where(enrolments.c.id == params["request"])
    return list(tx.execute(query).scalars()) or None


async def approve(visit: Visit) -> Response:
    return await _decide(visit, True)


async def refuse(visit: Visit) -> Response:
    return await _decide(visit, False)


async def _decide(visit: Visit, yes: bool) -> Response:
    await visit.run(enrolment.decide, visit.me, visit.number("request"), approve=yes, now=visit.now)
    return visit.back("/requests", "approved" if yes else "refused")


async def name(visit: Visit) -> Response:
    """What a member is called here."""
    given = visit.given("name")
    if not 0 < len(given) <= 200:
        raise BadInput("console.members.no_name")
    await visit.run(_rename, visit, given, now=visit.now)
    return visit.back(f"/members/{visit.number('member')}", "done")


def _rename(tx: Connection, visit: Visit, given: str, *, now: datetime) -> None:
    members.rename(tx, visit.number("member"), given)
    subject = f"member {visit.number('member')}"
    authority.record(tx, visit.me, "rename", allowed=True, now=now, subject=subject)


routes = [
    page("/requests", requests, deed=Deed.APPROVE, nav="requests"),
    form("/requests/{request:int}/approve", approve, deed=Deed.APPROVE, on=of_request),
    form("/requests/{request:int}/refuse", refuse, deed=Deed.APPROVE, on=of_request),
    page("/members", listing, deed=Deed.SEE_MEMBERS, nav="members"),
    page("/members/{member:int}", detail, deed=Deed.SEE_MEMBERS, on=member),
    form("/members/{member:int}/name", name, deed=Deed.GRANT_ENTERPRISE, on=member),
    form("/members/{member:int}/grant", grant, deed=Deed.GRANT_ENTERPRISE, on=member),
    form("/members/{member:int}/revoke", revoke, deed=Deed.GRANT_ENTERPRISE, on=member),
    form("/members/{member:int}/link", link, deed=Deed.GRANT_STAFF, on=member),
]
