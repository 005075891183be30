"""The one-time link: looking does not use it up, using it works once, and the conversation is there on every device."""

import pytest
from sqlalchemy import Connection, func, select

from bot import enrolment, members
from bot.db.models import addresses, web_sessions
from bot.enrolment import Purpose
from tests.conftest import NOW
from tests.service import Service
from tests.web.site import Site, Visitor, listening


def link(site: Site, member_id: int) -> str:
    """A new one-time link for the member."""
    code = site.service.run(_code, member_id)
    return f"/enter/{code}"


def _code(tx: Connection, member_id: int) -> str:
    return enrolment.make_code(tx, Purpose.ENTER, now=NOW, member_id=member_id)


@pytest.fixture
def member_id(site: Site) -> int:
    return site.service.run(members.add, now=NOW, name="Li Hua")


def enter(site: Site, path: str) -> Visitor:
    found = Visitor(site.client(headers={"Origin": site.url}))
    answer = found.client.post(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return found


def owners(tx: Connection, member_id: int) -> int:
    mine = (addresses.c.member_id == member_id) & (addresses.c.channel == "web")
    return int(tx.execute(select(func.count()).select_from(addresses).where(mine)).scalar_one())


def test_looking_at_a_link_does_not_use_it_up(site: Site, member_id: int) -> None:
    path, preview = link(site, member_id), site.client()
    for _ in range(3):
        assert preview.get(path).status_code == 200
        assert preview.head(path).status_code == 200
    assert "set-cookie" not in preview.get(path).headers
    assert '<form method="post">' in preview.get(path).text
    assert enter(site, path).history() == []


def test_a_link_works_once(site: Site, member_id: int) -> None:
    path = link(site, member_id)
    enter(site, path)
    again = site.client(headers={"Origin": site.url, "Accept-Language": "en"}).post(path)
    assert again.status_code == 400
    assert 'role="alert"' in again.text
    assert "set-cookie" not in again.headers


@pytest.mark.parametrize("moved", [{"hours": 24, "seconds": 1}, {"days": 300}], ids=str)
def test_an_old_link_is_refused(site: Site, member_id: int, moved: dict[str, float]) -> None:
    path = link(site, member_id)
    site.service.clock.move(**moved)
    assert site.client(headers={"Origin": site.url}).post(path).status_code == 400


def test_a_link_that_was_never_made_is_refused_the_same(site: Site, member_id: int) -> None:
    used = link(site, member_id)
    enter(site, used)
    client = site.client(headers={"Origin": site.url})
    answers = [client.post(path) for path in (used, "/enter/rubbish", "/enter/%00%ff", "/enter/" + "x" * 5000)]
    assert {answer.status_code for answer in answers} == {400}
    assert len({answer.text for answer in answers}) == 1  # which of them it is, is not told


def test_a_refused_link_leaves_nothing_behind(site: Site) -> None:
    site.client(headers={"Origin": site.url}).post("/enter/rubbish")
    assert site.service.look(lambda tx: tx.execute(select(func.count()).select_from(web_sessions)).scalar()) == 0


def test_another_site_cannot_press_the_button(site: Site, member_id: int) -> None:
    path = link(site, member_id)
    for headers in ({"Origin": "https://evil.example"}, {}):
        assert site.client(headers=headers).post(path).status_code == 403
    enter(site, path)


def test_who_enters_is_the_member(site: Site, member_id: int) -> None:
    browser = enter(site, link(site, member_id))
    browser.ask("您好")
    assert site.service.look(owners, member_id) == 1


def test_a_second_device_has_the_same_conversation(site: Site, member_id: int) -> None:
    desk = enter(site, link(site, member_id))
    desk.ask("TBT通报的评议期是多久？")
    phone = enter(site, link(site, member_id))
    assert phone.history() == desk.history()
    phone.ask("谢谢")
    assert phone.history() == desk.history()
    assert site.service.look(owners, member_id) == 1  # one address: an alert comes once


def test_over_https_the_new_cookie_is_bound_to_the_host(service: Service) -> None:
    with listening(service, web={"public_url": "https://fengsui.example"}) as site:
        path = link(site, site.service.run(members.add, now=NOW, name="Li Hua"))
        answer = site.client(headers={"Origin": "https://fengsui.example"}).post(path)
        assert answer.headers["set-cookie"].startswith("__Host-fengsui=")
