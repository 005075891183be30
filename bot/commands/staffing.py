"""`fengsui member`: people, their roles and their one-time links, by whoever runs the server."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, select

from bot import authority, clock, enrolment, imports, members, organisations
from bot.authority import Role
from bot.commands import listening
from bot.db.models import members as member_table
from bot.db.models import organisations as table
from bot.enrolment import Purpose
from bot.errors import BadInput
from bot.organisations import Kind
from bot.settings import Settings

CENTRE = "CENTRE"

Say = Callable[..., None]


def add(settings: Settings, *, name: str, org: str, role: str, address: str | None, say: Say) -> None:
    """Add a member with a role. The centre is made when its first member is."""
    chosen = _role(role)
    member_id, organisation, code = _with(settings, _add, settings, name, org, chosen, address)
    say("cli.member_added", name=name, number=member_id, organisation=organisation, role=chosen.value)
    say("cli.member_link", url=_url(settings, code))


def _add(
    tx: Connection, now: Any, settings: Settings, name: str, org: str, role: Role, address: str | None
) -> tuple[int, str, str]:
    if org == CENTRE and _is_new(tx):
        desk = settings.desk
        organisations.put(tx, CENTRE, kind=Kind.CENTRE, name_zh=desk.name_zh, name_en=desk.name_en, now=now)
    organisation = organisations.by_code(tx, org)
    if address and imports.member_at(tx, address) is not None:
        raise BadInput("cli.address_taken", address=address)
    member_id = members.add(tx, now=now, name=name)
    if address:
        members.add_address(tx, member_id, *imports.address(address), now=now)
    enrolment.grant(tx, member_id, organisation.id, role, now=now)
    code = enrolment.make_code(tx, Purpose.ENTER, now=now, member_id=member_id)
    return member_id, organisation.name_zh, code


def _is_new(tx: Connection) -> bool:
    """Is there no organisation yet but those of the demonstration?"""
    return tx.execute(select(table.c.id).where(~table.c.demo).limit(1)).first() is None


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError as error:
        raise BadInput("cli.unknown_kind", kind=name, kinds=", ".join(Role)) from error


def _url(settings: Settings, code: str) -> str:
    return f"{listening.base(settings)}/enter/{code}"


def show(settings: Settings, say: Say) -> None:
    rows = _with(settings, _rows)
    for row in rows:
        say("cli.member_line", **row)
    if not rows:
        say("cli.no_members")


def _rows(tx: Connection, _now: Any) -> list[dict[str, Any]]:
    found = tx.execute(select(member_table.c.id, member_table.c.name).order_by(member_table.c.id)).all()
    return [
        {
            "number": row.id,
            "name": row.name or "-",
            "roles": ", ".join(_grants(tx, row.id)) or "-",
            "addresses": ", ".join(f"{one.channel}:{one.address}" for one in members.addresses_of(tx, row.id)) or "-",
        }
        for row in found
    ]


def _grants(tx: Connection, member_id: int) -> list[str]:
    held = authority.grants(tx, member_id)
    return [f"{grant.role}@{organisations.by_id(tx, grant.organisation_id).code}" for grant in held]


def change(settings: Settings, number: int, *, org: str, role: str, grant: bool, say: Say) -> None:
    chosen = _role(role)
    done = _with(settings, _change, number, org, chosen, grant)
    word = "granted" if grant else "revoked"
    say(f"cli.{word}" if done else f"cli.{word}_before")


def _change(tx: Connection, now: Any, number: int, org: str, role: Role, grant: bool) -> bool:
    _known(tx, number)
    organisation_id = organisations.by_code(tx, org).id
    act = enrolment.grant if grant else enrolment.revoke
    return act(tx, number, organisation_id, role, now=now)


def link(settings: Settings, number: int, say: Say) -> None:
    code = _with(settings, _link, number)
    say("cli.member_link", url=_url(settings, code))


def _link(tx: Connection, now: Any, number: int) -> str:
    _known(tx, number)
    return enrolment.make_code(tx, Purpose.ENTER, now=now, member_id=number)


def _known(tx: Connection, number: int) -> None:
    if tx.execute(select(member_table.c.id).where(member_table.c.id == number)).first() is None:
        raise BadInput("cli.no_such_member", number=number)


def invite(settings: Settings, *, org: str, role: str, uses: int, say: Say) -> None:
    """Print an invitation code: whoever sends it to the bot joins the organisation in that role."""
    code = _with(settings, _invite, org, _role(role), uses)
    say("cli.invitation", code=code, uses=uses)


def _invite(tx: Connection, now: Any, org: str, role: Role, uses: int) -> str:
    organisation_id = organisations.by_code(tx, org).id
    return enrolment.make_code(tx, Purpose.INVITE, now=now, organisation_id=organisation_id, role=role, uses=uses)


def _with(settings: Settings, f: Callable[..., Any], *args: Any) -> Any:
    """Run `f(tx, now, ...)` in one transaction on the database of these settings."""
    from bot.db.migrate import open_database

    db = open_database(settings)
    try:
        return db.now(f, clock.from_setting(settings.clock).now(), *args)
    finally:
        db.close()
