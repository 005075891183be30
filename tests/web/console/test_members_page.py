"""Members, organisations and requests in the console: nobody sees or does anything beyond their reach."""

import re

import pytest
from sqlalchemy import Connection, select

from bot import authority, enrolment, members, organisations
from bot.authority import Grant, Role
from bot.db.models import accounts as account_table
from bot.db.models import organisations as table
from bot.organisations import Kind
from tests import factories
from tests.conftest import NOW
from tests.web.console.counting import statements
from tests.web.console.desk import Desk


@pytest.fixture
def anna(desk: Desk) -> int:
    """At the first enterprise, which is in the first county and in the association."""
    return desk.site.service.run(named, "Anna", desk)


def named(tx: Connection, name: str, desk: Desk, *, other: bool = False) -> int:
    at = desk.tree.other_enterprise if other else desk.tree.enterprise
    member_id = factories.person(tx, name, now=NOW, at=at)
    members.rename(tx, member_id, name)
    return member_id


def test_one_sees_those_within_reach_and_no_others(desk: Desk, anna: int) -> None:
    boris = desk.site.service.run(named, "Boris", desk, other=True)
    seen = {
        "centre": desk.staff(Role.OFFICER).see("/members"),
        "county": desk.staff(Role.OFFICER, desk.tree.county).see("/members"),
        "association": desk.staff(Role.SECRETARY, desk.tree.association).see("/members"),
    }
    assert {place: ("Anna" in page, "Boris" in page) for place, page in seen.items()} == {
        "centre": (True, True), "county": (True, False), "association": (True, False)
    }  # fmt: skip
    assert desk.staff(Role.SECRETARY, desk.tree.association).get(f"/members/{boris}").status_code == 403


def test_who_has_joined_nothing_is_seen_from_the_centre_only(desk: Desk) -> None:
    stranger = desk.site.service.run(factories.person, "visitor", now=NOW)
    assert desk.staff(Role.OFFICER).get(f"/members/{stranger}").status_code == 200
    assert desk.staff(Role.OFFICER, desk.tree.county).get(f"/members/{stranger}").status_code == 403


def test_the_list_is_filtered_and_asks_as_much_for_ten_as_for_two_hundred(desk: Desk, anna: int) -> None:
    staff, service = desk.staff(Role.ADMINISTRATOR), desk.site.service
    assert "Anna" in staff.see("/members", q="ann")
    assert "Anna" in staff.see("/members", q="The enterprise")
    assert "Anna" not in staff.see("/members", q="other-enterprise")
    assert "Anna" not in staff.see("/members", role="officer")
    assert "Nobody fits" in staff.see("/members", q="%")

    def asked() -> int:
        return statements(service.db, lambda: staff.see("/members"))

    def many(tx: Connection, numbers: range) -> None:
        for number in numbers:
            named(tx, f"person {number}", desk)

    service.run(many, range(10))
    few = asked()
    service.run(many, range(10, 200))
    assert asked() == few


def test_a_request_is_approved_once_and_who_asked_is_told(desk: Desk) -> None:
    service, tree = desk.site.service, desk.tree
    asker = service.run(factories.person, "asker", now=NOW, language="en")
    request = service.run(enrolment.ask, asker, tree.enterprise.id, now=NOW, note="I am <b>Li</b>")
    officer = desk.staff(Role.OFFICER, tree.county)
    page = officer.see("/requests")
    assert "I am &lt;b&gt;Li" in page
    assert "Nobody is waiting" in desk.staff(Role.OFFICER, tree.other_county).see("/requests")
    assert officer.do(f"/requests/{request.id}/approve") == "/console/requests?said=approved"
    assert "decided already" in officer.post(f"/requests/{request.id}/refuse").text
    assert service.look(authority.grants, asker) == [Grant(Role.ENTERPRISE, tree.enterprise.id)]
    service.deliver()
    assert ["granted" in reply.text for _, reply in service.memory.sent] == [True]


def test_roles_are_given_and_taken_back_within_ones_rights(desk: Desk, anna: int) -> None:
    service, tree = desk.site.service, desk.tree
    officer, boss = desk.staff(Role.OFFICER, tree.county), desk.staff(Role.ADMINISTRATOR)
    place = {"organisation": str(tree.county.id)}
    assert officer.post(f"/members/{anna}/grant", role="officer", **place).status_code == 403
    assert officer.post(f"/members/{anna}/grant", role="king", **place).status_code == 400
    assert officer.post(f"/members/{anna}/grant", role="enterprise", organisation="x").status_code == 400
    elsewhere = {"organisation": str(tree.other_enterprise.id)}
    assert officer.post(f"/members/{anna}/grant", role="enterprise", **elsewhere).status_code == 403
    boss.do(f"/members/{anna}/grant", role="officer", **place)
    assert Grant(Role.OFFICER, tree.county.id) in service.look(authority.grants, anna)
    assert officer.post(f"/members/{anna}/revoke", role="officer", **place).status_code == 403
    boss.do(f"/members/{anna}/revoke", role="officer", **place)
    assert Grant(Role.OFFICER, tree.county.id) not in service.look(authority.grants, anna)
    own = boss.post(f"/members/{boss.member_id}/revoke", role="administrator", organisation=str(tree.centre.id))
    assert "cannot take your own" in own.text


def test_a_new_link_is_shown_once_and_opens_no_door_that_is_not_ones_own(desk: Desk, anna: int) -> None:
    boss = desk.staff(Role.ADMINISTRATOR)
    page = boss.post(f"/members/{anna}/link")
    (link,) = re.findall(r"http://127.0.0.1:\d+/enter/\S+?(?=<)", page.text)
    assert link not in boss.see(f"/members/{anna}")
    assert desk.stranger().post(link).status_code == 303
    # Somebody of the centre who also works for the county's enterprise is more than that county's administrator.
    high = desk.site.service.run(named, "High", desk)
    desk.site.service.run(enrolment.grant, high, desk.tree.centre.id, Role.ADMINISTRATOR, now=NOW)
    county = desk.staff(Role.ADMINISTRATOR, desk.tree.county)
    assert county.get(f"/members/{high}").status_code == 200
    assert "/link" not in county.see(f"/members/{high}")
    assert county.post(f"/members/{high}/link").status_code == 403


def test_an_invitation_code_is_made_shown_once_and_works(desk: Desk) -> None:
    service, tree = desk.site.service, desk.tree
    secretary = desk.staff(Role.SECRETARY, tree.association)
    page = secretary.post(f"/organisations/{tree.enterprise.id}/invite", uses="2").text
    (code,) = re.findall(r'class="secret">([A-Z0-9]{4}-[A-Z0-9]{4})<', page)
    assert "2 uses left" in page
    assert code not in secretary.see(f"/organisations/{tree.enterprise.id}")
    joined = service.run(factories.person, "newcomer", now=NOW)
    service.run(enrolment.redeem, code, member_id=joined, now=NOW)
    assert service.look(authority.grants, joined) == [Grant(Role.ENTERPRISE, tree.enterprise.id)]
    assert secretary.post(f"/organisations/{tree.association.id}/invite", role="secretary").status_code == 403


def test_an_organisation_is_added_below_and_no_code_is_taken_twice(desk: Desk) -> None:
    tree, service = desk.tree, desk.site.service
    officer = desk.staff(Role.OFFICER, tree.county)
    new = {"code": "NEW-1", "name_zh": "新厂", "name_en": "", "kind": "enterprise"}
    officer.do(f"/organisations/{tree.county.id}/add", **new)
    made = service.look(organisations.by_code, "NEW-1")
    assert (made.kind, made.parent_id, made.name_en) == (Kind.ENTERPRISE, tree.county.id, "新厂")
    for broken in ({"code": "NEW-1"}, {"code": "other-enterprise"}, {"code": "a b"}, {"kind": "centre"}):
        assert officer.post(f"/organisations/{tree.county.id}/add", **{**new, **broken}).status_code == 400
    assert officer.post(f"/organisations/{tree.county.id}/add", **{**new, "kind": "bureau"}).status_code == 403
    assert service.look(organisations.by_code, "other-enterprise").parent_id == tree.other_county.id


def test_an_enterprise_joins_and_leaves_an_association(desk: Desk) -> None:
    tree, service = desk.tree, desk.site.service
    boss = desk.staff(Role.ADMINISTRATOR)
    where, what = f"/organisations/{tree.other_enterprise.id}/affiliate", {"association": str(tree.association.id)}
    boss.do(where, **what)
    assert tree.association.id in service.look(organisations.reached_from, tree.other_enterprise.id)
    boss.do(where, end="1", **what)
    assert tree.association.id not in service.look(organisations.reached_from, tree.other_enterprise.id)
    assert boss.post(where, association=str(tree.county.id)).status_code == 400
    secretary = desk.staff(Role.SECRETARY, tree.association)  # cannot draw a strange enterprise to itself
    assert secretary.post(where, **what).status_code == 403


def test_the_second_approval_is_switched_by_an_administrator(desk: Desk) -> None:
    place = desk.tree.association.id

    def on(tx: Connection) -> bool:
        return bool(tx.execute(select(table.c.second_approval).where(table.c.id == place)).scalar())

    desk.staff(Role.ADMINISTRATOR).do(f"/organisations/{place}/approvals", second_approval="1")
    assert desk.site.service.look(on)
    assert (
        desk.staff(Role.SECRETARY, desk.tree.association).post(f"/organisations/{place}/approvals").status_code == 403
    )
    assert desk.site.service.look(on)
    desk.staff(Role.ADMINISTRATOR).do(f"/organisations/{place}/approvals")
    assert not desk.site.service.look(on)


def test_the_tree_and_the_search_show_what_is_within_reach(desk: Desk) -> None:
    page = desk.staff(Role.OFFICER).see("/organisations")
    assert page.index("The centre") < page.index("The county")
    assert "The enterprise" not in page  # counted, and found by name
    assert "The enterprise" in desk.staff(Role.OFFICER).see("/organisations", q="enter")
    assert "The other-county" not in desk.staff(Role.OFFICER, desk.tree.county).see("/organisations")
    assert "No organisation fits" in desk.staff(Role.OFFICER, desk.tree.county).see("/organisations", q="other")


def test_no_password_is_on_any_page(desk: Desk) -> None:
    boss = desk.staff(Role.ADMINISTRATOR)

    def secret(tx: Connection) -> None:
        tx.execute(account_table.update().values(password="$argon2id$secret"))

    desk.site.service.run(secret)
    assert "argon2" not in boss.see(f"/members/{boss.member_id}")
