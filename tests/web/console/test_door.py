"""The way into the console: the link, login and password, lock-out, sessions that end."""

import re

import httpx
import pytest
from sqlalchemy import Connection, select

from bot import accounts, enrolment, members
from bot.authority import Role
from bot.db.models import accounts as account_table
from bot.db.models import audit_log
from bot.enrolment import Purpose
from bot.web.console.cookie import PLAIN
from tests.conftest import NOW
from tests.service import Service
from tests.web.console.desk import Desk, Staff, sessions
from tests.web.site import listening

GOOD = "a quiet lantern"


def link(desk: Desk, member_id: int) -> str:
    def code(tx: Connection) -> str:
        return enrolment.make_code(tx, Purpose.ENTER, now=NOW, member_id=member_id)

    return f"/enter/{desk.site.service.run(code)}"


def newcomer(desk: Desk, role: Role = Role.OFFICER) -> int:
    def add(tx: Connection) -> int:
        member_id = members.add(tx, now=NOW, name="Li Hua")
        enrolment.grant(tx, member_id, desk.tree.centre.id, role, now=NOW)
        return member_id

    return desk.site.service.run(add)


def token(page: httpx.Response) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page.text)
    assert found
    return found[1]


def entered(desk: Desk, member_id: int) -> Staff:
    """Somebody who came by the link and stands before the form."""
    client = desk.stranger()
    answer = client.post(link(desk, member_id))
    assert answer.headers["location"] == "/console/account"
    return Staff(member_id, client, token(client.get("/console/account")))


def chosen(desk: Desk, member_id: int, login: str = "li.hua", password: str = GOOD) -> Staff:
    staff = entered(desk, member_id)
    assert staff.do("/account", login=login, password=password, again=password) == "/console/?said=password_set"
    return Staff(member_id, staff.client, token(staff.client.get("/console/account")))


def sign_in(desk: Desk, login: str = "li.hua", password: str = GOOD, next_: str = "") -> httpx.Response:
    query = {"next": next_} if next_ else None
    return desk.stranger().post("/console/login", params=query, data={"login": login, "password": password})


def test_a_link_lets_staff_choose_login_and_password_and_then_these_open_the_console(desk: Desk) -> None:
    member_id = newcomer(desk)
    staff = entered(desk, member_id)
    assert staff.get("/").headers["location"] == "/console/account"  # first things first
    staff = chosen(desk, newcomer(desk), login="Someone")
    assert "Today" in staff.see("/")
    answer = sign_in(desk, " SOMEONE ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/")


def test_a_new_link_sets_a_new_password_and_ends_the_other_sessions(desk: Desk) -> None:
    member_id = newcomer(desk)
    first = chosen(desk, member_id)
    second = entered(desk, member_id)
    second.do("/account", login="li.hua", password="another lantern", again="another lantern")
    assert first.get("/").headers["location"].startswith("/console/login")
    assert sign_in(desk).status_code == 401
    assert sign_in(desk, password="another lantern").status_code == 303


def test_a_member_of_an_enterprise_is_refused_politely_and_chats_as_before(desk: Desk) -> None:
    client = desk.stranger()
    assert client.post(link(desk, newcomer(desk, Role.ENTERPRISE))).headers["location"] == "/"
    assert PLAIN not in client.cookies
    lost = desk.staff(Role.ENTERPRISE)  # had an account, and has no role of staff any more
    page = lost.get("/")
    assert page.status_code == 403
    assert "in the chat" in page.text


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short", "between 10 and 200"),
        ("password1234", "too easy"),
        ("1234567890", "too easy"),
        ("aaaaaaaaaaaa", "too easy"),
        ("li.hua2026!!", "too easy"),
        ("Welcome2026!", "too easy"),
        ("x" * 201, "between 10 and 200"),
    ],
)
def test_a_password_that_is_easily_guessed_is_not_taken(desk: Desk, password: str, said: str) -> None:
    staff = entered(desk, newcomer(desk))
    answer = staff.post("/account", login="li.hua", password=password, again=password)
    assert answer.status_code == 400
    assert said in answer.text
    assert 'value="li.hua"' in answer.text  # what was typed stays
    assert desk.site.service.look(lambda tx: tx.execute(account_table.select()).all()) == []


@pytest.mark.parametrize("login", ["x", "a b", "<script>", "y" * 65, ""])
def test_a_login_is_a_word(desk: Desk, login: str) -> None:
    staff = entered(desk, newcomer(desk))
    assert staff.post("/account", login=login, password=GOOD, again=GOOD).status_code == 400


def test_two_people_cannot_have_one_login_and_both_passwords_must_agree(desk: Desk) -> None:
    chosen(desk, newcomer(desk))
    other = entered(desk, newcomer(desk))
    assert "Somebody else" in other.post("/account", login="LI.HUA", password=GOOD, again=GOOD).text
    assert "differ" in other.post("/account", login="other", password=GOOD, again="a loud lantern").text


def test_the_password_is_changed_with_the_old_one_only(desk: Desk) -> None:
    staff = chosen(desk, newcomer(desk))
    fields = {"login": "li.hua", "password": "a new lantern", "again": "a new lantern"}
    assert staff.post("/account", old="wrong", **fields).status_code == 400
    assert staff.do("/account", old=GOOD, **fields) == "/console/?said=password_set"
    assert sign_in(desk).status_code == 401


def test_the_account_is_locked_for_a_while_and_an_unknown_login_is_answered_the_same(desk: Desk) -> None:
    chosen(desk, newcomer(desk))
    wrong = [sign_in(desk, password="wrong") for _ in range(5)]
    locked = sign_in(desk)  # with the right one
    unknown = sign_in(desk, login="nobody")
    assert {answer.status_code for answer in [*wrong, locked, unknown]} == {401}
    told = {re.sub(r'value="[^"]*"', "", answer.text) for answer in [*wrong, locked, unknown]}
    assert len(told) == 1
    assert "locked for 15 minutes" in told.pop()
    desk.site.service.clock.move(minutes=15, seconds=1)
    assert sign_in(desk).status_code == 303


def test_a_right_password_forgets_the_tries_before(desk: Desk) -> None:
    chosen(desk, newcomer(desk))
    for _ in range(3):
        for _ in range(4):
            sign_in(desk, password="wrong")
        assert sign_in(desk).status_code == 303


def test_a_password_is_stored_as_argon2_and_is_in_no_log(desk: Desk) -> None:
    chosen(desk, newcomer(desk))
    stored = desk.site.service.look(lambda tx: tx.execute(select(account_table.c.password)).scalar_one())
    assert stored.startswith("$argon2id$")
    log = desk.site.service.look(lambda tx: tx.execute(select(audit_log)).all())
    assert GOOD not in str(log)


def test_an_unknown_login_costs_as_much_as_a_known_one() -> None:
    good = accounts.hashed("x")
    assert accounts.NOBODY.split("$")[:4] == good.split("$")[:4]  # the same algorithm and cost
    assert not accounts.fits(accounts.NOBODY, "")


@pytest.mark.parametrize("moved", [{"minutes": 61}, {"hours": 13}], ids=str)
def test_a_session_ends(desk: Desk, moved: dict[str, int]) -> None:
    staff = desk.staff(Role.OFFICER)
    staff.see("/")
    desk.site.service.clock.move(**moved)
    assert staff.get("/").headers["location"].startswith("/console/login")


def test_a_session_that_is_used_does_not_idle_away_but_ends_after_its_hours(desk: Desk) -> None:
    staff = desk.staff(Role.OFFICER)
    for _ in range(12):
        desk.site.service.clock.move(minutes=59)
        staff.see("/")
    desk.site.service.clock.move(minutes=20)
    assert staff.get("/").status_code == 303
    desk.site.service.run(accounts.expire, now=desk.site.service.clock.now())
    assert desk.site.service.look(sessions) == 0


def test_a_page_that_refreshes_itself_does_not_keep_the_session_and_leads_to_the_sign_in_page(desk: Desk) -> None:
    staff, part = desk.staff(Role.ANALYST), {"HX-Request": "true"}
    for _ in range(2):
        desk.site.service.clock.move(minutes=29)
        assert staff.client.get("/console/imports/progress", headers=part).status_code == 200
    desk.site.service.clock.move(minutes=3)
    answer = staff.client.get("/console/imports/progress", headers=part)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/console/login")


def test_sign_out_here_and_everywhere(desk: Desk) -> None:
    staff = chosen(desk, newcomer(desk))
    other = desk.stranger()
    other.post("/console/login", data={"login": "li.hua", "password": GOOD})
    assert other.get("/console/").status_code == 200
    copied = dict(staff.client.cookies)
    staff.do("/leave/everywhere")
    assert other.get("/console/").status_code == 303
    thief = desk.stranger()
    thief.cookies.update(copied)
    assert thief.get("/console/").status_code == 303


def test_after_signing_in_one_is_where_one_wanted_to_be_and_never_elsewhere(desk: Desk) -> None:
    chosen(desk, newcomer(desk))
    wanted = desk.stranger().get("/console/notifications?q=toys").headers["location"]
    assert wanted == "/console/login?next=/console/notifications%3Fq%3Dtoys"
    assert sign_in(desk, next_="/console/notifications?q=toys").headers["location"] == "/console/notifications?q=toys"
    for evil in ("https://evil.example", "//evil.example", "/console//evil", "/console/\\evil", "/elsewhere"):
        assert sign_in(desk, next_=evil).headers["location"] == "/console/"


def test_a_form_needs_its_token_and_its_own_page(desk: Desk) -> None:
    staff = desk.staff(Role.OFFICER)
    assert Staff(staff.member_id, staff.client, "rubbish").post("/leave").status_code == 403
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = staff.client.post("/console/leave", data={"token": staff.token}, headers=headers)
        assert answer.status_code == 403
    evil = desk.site.client(headers={"Origin": "https://evil.example"})
    assert evil.post("/console/login", data={"login": "a", "password": "b"}).status_code == 403
    staff.see("/")  # nothing happened


def test_the_cookie_is_out_of_reach_of_scripts_and_bound_to_the_host_over_https(service: Service, desk: Desk) -> None:
    answer = desk.stranger().post(link(desk, newcomer(desk)))
    ours = next(one for one in answer.headers.get_list("set-cookie") if one.startswith(f"{PLAIN}="))
    assert {"httponly", "samesite=lax"} <= {part.strip().lower() for part in ours.split(";")}
    path = link(desk, newcomer(desk))
    with listening(service, web={"public_url": "https://fengsui.example"}) as site:
        answer = site.client(headers={"Origin": "https://fengsui.example"}).post(path)
        ours = next(one for one in answer.headers.get_list("set-cookie") if "staff" in one)
        assert ours.startswith("__Host-fengsui_staff=")
        assert "secure" in ours.lower()


def test_the_page_speaks_the_language_that_was_chosen(desk: Desk) -> None:
    client = desk.stranger()
    assert "Sign in" in client.get("/console/login").text
    assert "登录" in client.get("/console/login?language=zh").text
    assert "登录" in client.get("/console/login").text
    staff = desk.staff(Role.OFFICER)
    assert "今日" in staff.see("/", language="zh")
    assert "今日" in staff.see("/")
