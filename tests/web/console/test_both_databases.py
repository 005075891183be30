"""The console's own queries run on either database."""

from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot import accounts, authority
from bot.authority import Role
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.settings import Settings
from bot.web.console import audit, deliveries, gate, imports, members, notifications, organisations, surveys, today
from tests import factories
from tests.factories import Tree, tree


@pytest.fixture
def visit(db: Database, clock: FixedClock) -> Any:
    """What the queries need of a visit: an administrator of the centre."""
    house: Tree = db.now(tree, now=clock.now())
    boss = db.now(factories.person, "boss", now=clock.now(), at=house.centre, role=Role.ADMINISTRATOR)
    held = tuple(db.look(authority.grants, boss))
    settings = Settings()
    staff = SimpleNamespace(can=lambda deed: True, grants=held)
    return SimpleNamespace(
        staff=staff, me=boss, now=clock.now(), today=clock.now().date(), language="en", page_number=1,
        within=lambda deed: authority.within(held, deed), asked=lambda name: "ent", zone=ZoneInfo("Asia/Shanghai"),
        web=SimpleNamespace(services=SimpleNamespace(settings=settings)), number=lambda name: house.enterprise.id,
    )  # fmt: skip


def test_every_list_is_read(db: Database, visit: Any) -> None:
    none = dict.fromkeys(("q", "role", "language", "state", "kind", "channel", *deliveries.BY_NUMBER), "")
    assert set(db.look(today._parts, visit)) >= {"clocks", "surveys", "tickets", "requests", "deliveries", "imports"}
    assert len(db.look(members._found, visit, {**none, "q": "boss"})[0]) == 0
    assert len(db.look(members._found, visit, {**none, "q": "centre", "role": "administrator"})[0]) == 1
    assert db.look(organisations._tree, visit)["total"] == 4
    assert db.look(organisations._found, visit)["total"] == 3
    assert db.look(organisations._one, visit, visit.number(""))["people"] == []
    assert db.look(deliveries._found, visit, {**none, "q": "x", "member": "1"})[0] == []
    assert db.look(audit._found, visit, dict.fromkeys(audit.FILTERS, ""))[0]
    assert db.look(notifications._alerted, visit, [1]) == {}
    assert db.look(imports._newest) == []
    assert db.look(members._requests, visit) == ([], [])
    assert [one.id for one in db.look(surveys.assignees, visit)] == [visit.me]
    assert db.look(gate.centre, {})


def test_an_account_and_its_session(db: Database, clock: FixedClock, visit: Any) -> None:
    rules, now = Settings().console, clock.now()
    db.now(accounts.put, visit.me, login="boss", password="hash", now=now)
    secret = db.now(accounts.open_session, visit.me, now=now, rules=rules)
    found = db.look(accounts.session, secret, now=now, rules=rules)
    assert found
    assert (found.login, found.by_link) == ("boss", False)
    for _ in range(rules.tries):
        assert db.now(accounts.take_try, "boss", now=now, rules=rules)
    assert db.now(accounts.take_try, "boss", now=now, rules=rules) is None
    assert db.now(accounts.close_all, visit.me) == 1
