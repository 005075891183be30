"""Every role at every door, from the routes themselves: a new page without a declared deed fails here."""

from typing import Any

import pytest
from sqlalchemy import Connection, insert, select
from starlette.routing import BaseRoute, Route

from bot import enrolment, feedback, notifications, recalls, surveys
from bot.authority import Deed, Role, permits
from bot.db.models import audit_log, deliveries, feedback_files, imports, notices, studies, tickets
from bot.deliveries import enqueue
from bot.web.console import door, gate, pages
from bot.web.console.gate import Guarded
from tests import factories
from tests.conftest import NOW
from tests.web.console.desk import Desk, Staff

ROUTES = [route for route in pages.routes() if isinstance(route, Guarded)]
ROUTES.sort(key=lambda route: route.path.endswith("/edit"))  # whoever wrote on a notice may not approve it


def rows(tx: Connection, desk: Desk) -> dict[str, Any]:
    """A row for every name that stands in the address of a page, all of them at the first county."""
    record = notifications.normalise({"symbol": "G/TBT/N/EU/7001", "members": ["EU"], "title": "Toys"})[0]
    started = {"kind": "notifications", "source": "export.xlsx", "started_at": NOW, "counts": {}}
    told = {"source": "cpsc", "number": "1", "kind": "recall", "date": "2026-11-20", "market": "US", "product": "Toys"}
    wanted = recalls.Interesting("CN", others=False, recent_days=30)
    return {
        "recall": recalls.upsert(tx, recalls.normalise(told), now=NOW, wanted=wanted).id,
        "notification": notifications.upsert(tx, record, source="test", now=NOW).id,
        "language": "zh",
        "import": tx.execute(insert(imports).values(**started).returning(imports.c.id)).scalar_one(),
        **_people(tx, desk),
        "kind": "csv",
    }


def asked(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """A survey of the centre that asks the first county, with an answer, and a study."""
    service, tree = desk.site.service, desk.tree
    member, now, rules = given["member"], NOW, surveys.Rules.of(desk.site.service.app.services.settings)
    origin = feedback.Origin(channel="memory", address="anna", language="en")

    def begin(tx: Connection) -> int:
        wanted = {"regions": [tree.county.id]}
        return surveys.open_survey(
            tx, "G/TBT/N/EU/7001", by=None, key="one", now=now, rules=rules, organisation_id=tree.centre.id,
            audience=wanted,
        ).id  # fmt: skip

    survey = service.run(begin)
    surveys.run(service.db, service.clock, rules)

    def go_on(tx: Connection) -> dict[str, int]:
        answer = feedback.tap(tx, member, "G/TBT/N/EU/7001", "none", origin=origin, key="tap", now=now)
        times = {"created_at": NOW, "updated_at": NOW, "due": NOW.date()}
        study = {"survey_id": survey, "organisation_id": tree.centre.id, "title": "A study", "task": "Look", **times}
        made = tx.execute(insert(studies).values(**study).returning(studies.c.id)).scalar_one()
        file = {"feedback_id": answer.id, "name": "label.png", "media_type": "image/png", "path": "x/label.png"}
        file |= {"size": 1, "key": "file", "at": NOW}
        kept = tx.execute(insert(feedback_files).values(**file).returning(feedback_files.c.id)).scalar_one()
        notice = {
            "organisation_id": tree.enterprise.id,
            "audience": {},
            "key": "n",
            "title_en": "Hello",
            "state": "draft",
        }
        notice |= {"created_at": NOW, "updated_at": NOW}
        written = tx.execute(insert(notices).values(**notice).returning(notices.c.id)).scalar_one()
        ticket = {"member_id": member, "channel": "memory", "address": "anna", "kind": "person", "question": "?"}
        ticket |= {"language": "en", "state": "open", "key": "t", "created_at": NOW, "due_at": NOW}
        opened = tx.execute(insert(tickets).values(**ticket).returning(tickets.c.id)).scalar_one()
        found = {"survey": survey, "feedback": answer.id, "study": made, "file": kept}
        return {**found, "notice": written, "ticket": opened, "draft": "articles/none/none.yml"}

    return {**given, **service.run(go_on)}


def given_rows(desk: Desk) -> dict[str, Any]:
    return asked(desk, desk.site.service.run(rows, desk))


# Pages that look at more than the deed: whoever has a study to do, or may give such studies, at the centre.
OF_THE_ASSIGNEE = {"/studies/{study}", "/studies/{study}/file", "/studies/{study}/deliver"}


def _people(tx: Connection, desk: Desk) -> dict[str, int]:
    tree = desk.tree
    member = factories.person(tx, now=NOW, at=tree.enterprise)
    enqueue(tx, [factories.delivery(member)], now=NOW)
    request = enrolment.ask(tx, member, tree.county.id, now=NOW)
    delivery = tx.execute(select(deliveries.c.id)).scalars().first()
    assert delivery
    return {"member": member, "organisation": tree.enterprise.id, "request": request.id, "delivery": delivery}


def address(route: Route, given: dict[str, Any]) -> str:
    return route.path_format.format(**{name: given[name] for name in route.param_convertors})


def ask(staff: Staff, route: Guarded, given: dict[str, Any]) -> int:
    path = address(route, given)
    answer = staff.post(path) if "POST" in (route.methods or ()) else staff.get(path)
    return answer.status_code


def test_every_page_is_behind_the_gate_but_the_sign_in_page() -> None:
    unguarded: list[BaseRoute] = [route for route in pages.routes() if not isinstance(route, Guarded)]
    assert unguarded == list(door.OPEN)
    assert all(route.path == "/login" for route in door.OPEN if isinstance(route, Route))


def test_every_page_names_a_deed_and_where() -> None:
    for route in ROUTES:
        assert isinstance(route.deed, Deed), route.path
        assert callable(route.on), route.path


def _leaves(route: Guarded) -> bool:
    """Ends the session that the test goes on with."""
    return route.path.startswith("/leave")


@pytest.mark.parametrize("role", [*Role, None], ids=lambda role: str(role or "nobody"))
def test_at_the_centre_a_role_opens_what_its_deeds_say(desk: Desk, role: Role | None) -> None:
    given = given_rows(desk)
    staff = desk.staff(role)
    for route in ROUTES:
        if _leaves(route):
            continue
        deed = Deed.ASSIGN_STUDY if route.path_format in OF_THE_ASSIGNEE else route.deed
        allowed = role is not None and permits(role, Deed.ENTER_CONSOLE) and permits(role, deed)
        status = ask(staff, route, given)
        assert (status != 403) == allowed, (route.methods, route.path, status)
        assert status < 500, (route.methods, route.path, status)


@pytest.mark.parametrize("role", [role for role in Role if permits(role, Deed.ENTER_CONSOLE)], ids=str)
def test_at_another_county_a_role_opens_only_what_is_its_own(desk: Desk, role: Role) -> None:
    """Pages about one row of the first county, and what concerns everybody, are refused."""
    given = given_rows(desk)
    staff = desk.staff(role, desk.tree.other_county)
    for route in ROUTES:
        if _leaves(route):
            continue
        own = route.path_format in OF_THE_ASSIGNEE
        allowed = permits(role, route.deed) and route.on is gate.anywhere and not own
        status = ask(staff, route, given)
        assert (status != 403) == allowed, (route.methods, route.path, status)


def test_who_is_not_signed_in_is_led_to_the_sign_in_page(desk: Desk) -> None:
    given = given_rows(desk)
    client = desk.stranger()
    for route in ROUTES:
        path = f"/console{address(route, given)}"
        answer = client.post(path) if "POST" in (route.methods or ()) else client.get(path)
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/console/login"), path


def test_a_refused_try_is_in_the_audit_log_and_is_told_politely(desk: Desk) -> None:
    staff = desk.staff(Role.SECRETARY, desk.tree.association)
    answer = staff.post("/imports")
    assert answer.status_code == 403
    assert "your role does not cover this" in answer.text
    logged = desk.site.service.look(lambda tx: tx.execute(select(audit_log).where(~audit_log.c.allowed)).one())
    assert (logged.member_id, logged.action, logged.subject) == (staff.member_id, "import", "/console/imports")


def test_the_navigation_shows_what_one_may_open(desk: Desk) -> None:
    assert "/console/imports" in desk.staff(Role.ANALYST).see("/")
    assert "/console/imports" not in desk.staff(Role.SECRETARY, desk.tree.association).see("/")


def test_what_is_not_there_is_said_so(desk: Desk) -> None:
    staff = desk.staff(Role.ADMINISTRATOR)
    answer = staff.get("/notifications/999999")
    assert answer.status_code == 404
    assert "not there" in answer.text
