"""Notices, tickets and the base's open questions in the console."""

import re
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from bot import members, notices, tickets
from bot.authority import Role
from bot.db.models import notices as notice_table
from bot.db.models import organisations as place_table
from bot.drafts import Drafts
from bot.tickets import Desk as Hours
from bot.tickets import Kind
from bot.web.console.tickets import KNOWLEDGE
from tests import factories
from tests.conftest import NOW
from tests.web.console.counting import statements
from tests.web.console.desk import Desk, Staff

TEXTS = {
    "title_zh": "培训通知",
    "body_zh": "下周二培训",
    "title_en": "Training",
    "body_en": "Next Tuesday",
    "key": "once",
}


def enterprise(tx: Connection, desk: Desk, name: str, *, other: bool = False) -> int:
    at = desk.tree.other_enterprise if other else desk.tree.enterprise
    member_id = factories.person(tx, name, now=NOW, at=at, language="en")
    members.rename(tx, member_id, name)
    return member_id


def sent(desk: Desk) -> list[str]:
    service = desk.site.service
    notices.run(service.db, service.clock)
    service.deliver()
    return [reply.text for _, reply in service.memory.sent]


def written(desk: Desk, staff: Staff, at: Any, **more: str) -> str:
    where = staff.do("/notices", organisation=str(at.id), **{**TEXTS, **more})
    return where.removeprefix("/console").split("?")[0]


# --- notices --------------------------------------------------------------------------------------


def test_a_notice_from_draft_to_reminder(desk: Desk) -> None:
    service, tree = desk.site.service, desk.tree
    for name, other in (("Anna", False), ("Boris", True)):
        service.run(enterprise, desk, name, other=other)
    secretary = desk.staff(Role.SECRETARY, tree.association)
    assert "1 member" in secretary.see("/notices/count", organisation=tree.association.id)
    here = written(desk, secretary, tree.association)
    assert written(desk, secretary, tree.association) == here  # pressed twice
    page = secretary.see(here)
    assert "1 member" in page
    assert "Anna" in page
    assert "Next Tuesday" in page
    secretary.do(f"{here}/edit", **{**TEXTS, "title_en": "Training moved"})
    assert secretary.do(f"{here}/confirm").endswith("notice_scheduled")
    told = sent(desk)
    assert len(told) == 1  # nobody beyond the association
    assert "Training moved" in told[0]
    assert "Read by 0" in secretary.see(here)
    assert "Anna" in secretary.see(here, unread="1")
    secretary.do(f"{here}/remind")
    assert len(sent(desk)) == 2
    assert "reminder 1" in secretary.see(here)


def test_a_second_person_approves_where_the_organisation_says_so(desk: Desk) -> None:
    service, tree = desk.site.service, desk.tree
    service.run(enterprise, desk, "Anna")
    service.run(lambda tx: tx.execute(update(place_table).values(second_approval=True)))
    author, second = (desk.staff(Role.SECRETARY, tree.association) for _ in range(2))
    here = written(desk, author, tree.association)
    assert author.do(f"{here}/confirm").endswith("notice_waiting")
    assert author.post(f"{here}/approve").status_code == 403
    assert sent(desk) == []
    second.do(f"{here}/refuse", reason="写清楚时间")
    assert "写清楚时间" in author.see(here)
    author.do(f"{here}/confirm")
    second.do(f"{here}/approve")
    assert len([one for one in sent(desk) if "Training" in one]) >= 1


def test_nobody_writes_beyond_their_reach_and_what_was_typed_stays(desk: Desk) -> None:
    tree = desk.tree
    secretary = desk.staff(Role.SECRETARY, tree.association)
    beyond = secretary.post("/notices", organisation=str(tree.centre.id), **TEXTS)
    assert beyond.status_code == 403
    refused = secretary.post("/notices", organisation=str(tree.association.id), **{**TEXTS, "title_en": "x" * 201})
    assert refused.status_code == 400
    assert "下周二培训" in refused.text
    other = written(desk, desk.staff(Role.OFFICER), tree.centre)
    assert secretary.get(other).status_code == 403


def test_an_attachment_goes_along_and_comes_off(desk: Desk) -> None:
    tree, secretary = desk.tree, desk.staff(Role.SECRETARY, desk.tree.association)
    file = {"file": ("..\\议程.pdf", b"%PDF-1.4", "application/pdf")}
    where = secretary.do("/notices", organisation=str(tree.association.id), files=file, **TEXTS)
    here = where.removeprefix("/console").split("?")[0]
    assert "议程.pdf" in secretary.see(here)
    assert secretary.get(f"{here}/file").content == b"%PDF-1.4"
    secretary.do(f"{here}/edit", no_file="1", **TEXTS)
    assert secretary.get(f"{here}/file").status_code == 404


def test_it_is_scheduled_and_stopped(desk: Desk) -> None:
    tree, secretary = desk.tree, desk.staff(Role.SECRETARY, desk.tree.association)
    desk.site.service.run(enterprise, desk, "Anna")
    here = written(desk, secretary, tree.association)
    assert secretary.post(f"{here}/confirm", send_at="tomorrow").status_code == 400
    secretary.do(f"{here}/confirm", send_at="2026-12-01T09:00")
    assert "2026-12-01 09:00" in secretary.see(here)  # the desk's time, as it was typed
    secretary.do(f"{here}/cancel")
    desk.site.service.clock.move(days=20)
    assert sent(desk) == []


# --- tickets --------------------------------------------------------------------------------------


def asked(desk: Desk, member_id: int, question: str = "Wann?", key: str = "t") -> int:
    def put(tx: Connection) -> int:
        return tickets.open_ticket(
            tx, member_id, kind=Kind.UNANSWERED, question=question, language="en", channel="memory", address="Anna",
            key=key, now=NOW, desk=Hours(),
        ).id  # fmt: skip

    return desk.site.service.run(put)


def test_a_ticket_is_taken_answered_once_noted_and_closed(desk: Desk) -> None:
    anna = desk.site.service.run(enterprise, desk, "Anna")
    ticket = asked(desk, anna, "<i>When</i> does it apply?")
    officer = desk.staff(Role.OFFICER, desk.tree.county)
    assert "&lt;i&gt;When" in officer.see("/tickets")
    assert f"/console/tickets/{ticket}" in officer.see("/")
    officer.do(f"/tickets/{ticket}/take")
    for _ in range(2):  # pressed twice
        officer.do(f"/tickets/{ticket}/answer", text="From May on.", key="same")
    officer.do(f"/tickets/{ticket}/note", text="internal word", key="note")
    page = officer.see(f"/tickets/{ticket}")
    assert page.count("From May on.") == 1
    told = sent(desk)
    assert ["From May on." in one for one in told if "answered" in one] == [True]
    assert not any("internal word" in one for one in told)
    officer.do(f"/tickets/{ticket}/close")
    assert "No ticket fits" in officer.see("/tickets")
    officer.do(f"/tickets/{ticket}/reopen")
    assert officer.post(f"/tickets/{ticket}/answer", text=" ", key="empty").status_code == 400
    assert desk.staff(Role.OFFICER, desk.tree.other_county).get(f"/tickets/{ticket}").status_code == 403


def test_one_click_makes_a_ticket_a_draft_article(desk: Desk) -> None:
    anna = desk.site.service.run(enterprise, desk, "Anna")
    ticket = asked(desk, anna, "Which label does Ruritania want?")
    analyst = desk.staff(Role.ANALYST)
    analyst.do(f"/tickets/{ticket}/answer", text="The round one.", key="a")
    where = analyst.do(f"/tickets/{ticket}/article").removeprefix("/console").split("?")[0]
    page = analyst.see(where)
    assert "Which label does Ruritania want?" in page
    assert "The round one." in page
    assert where.split("/drafts/")[1] in analyst.see("/knowledge")


def test_the_queue_asks_as_much_for_ten_as_for_a_hundred(desk: Desk) -> None:
    service, staff = desk.site.service, desk.staff(Role.OFFICER)
    anna = service.run(enterprise, desk, "Anna")

    def many(numbers: range) -> None:
        for number in numbers:
            asked(desk, anna, f"question {number}?", key=f"t{number}")

    many(range(10))
    few = statements(service.db, lambda: staff.see("/tickets"))
    many(range(10, 100))
    assert statements(service.db, lambda: staff.see("/tickets")) == few
    beyond = re.search(r"from=(\d+)", staff.see("/tickets"))
    assert beyond
    assert "question 60?" in staff.see("/tickets", **{"from": beyond[1]})


# --- the base -------------------------------------------------------------------------------------


def test_open_questions_become_a_draft_that_is_checked_before_it_goes_live(desk: Desk) -> None:
    service = desk.site.service
    anna = service.run(enterprise, desk, "Anna")
    ticket = asked(desk, anna, "Does Ruritania want a round label?")
    analyst = desk.staff(Role.ANALYST)
    assert "Does Ruritania want a round label?" in analyst.see("/knowledge")
    fields = {"question": f"unanswered:{ticket}", "name": "labelling/ruritania-label", "how": "new"}
    here = analyst.do("/knowledge/drafts", **fields).removeprefix("/console").split("?")[0]
    assert analyst.post("/knowledge/drafts", **fields).status_code == 400  # there is one already
    shown = analyst.see(here)
    assert "Does Ruritania want a round label?" in shown
    text = Drafts(KNOWLEDGE, service.app.services.settings.data).text(here.split("/drafts/")[1])
    answer = analyst.post(here, text=text, how="publish")
    assert answer.status_code == 200
    assert "nothing went live" in answer.text  # a skeleton has no sources
    analyst.do(here, text=text, how="discard")
    assert analyst.get(here).status_code == 404
    assert analyst.post("/knowledge/drafts", **{**fields, "question": "unanswered:999"}).status_code == 400


@pytest.mark.parametrize("name", ["../../etc/passwd", "articles/../../x.yml", "articles/a/b.py", "x"])
def test_a_draft_lies_nowhere_else(desk: Desk, name: str) -> None:
    analyst = desk.staff(Role.ANALYST)
    assert analyst.get(f"/knowledge/drafts/{name}").status_code == 404
    assert analyst.post(f"/knowledge/drafts/{name}", text="x", how="check").status_code == 404


def test_a_notice_keeps_its_audience_when_it_is_changed(desk: Desk) -> None:
    tree, secretary = desk.tree, desk.staff(Role.SECRETARY, desk.tree.association)
    here = written(desk, secretary, tree.association, products="toys, 充电宝", languages="en")
    form = secretary.see(f"{here}/edit")
    assert 'value="toys, 充电宝"' in form
    stored = desk.site.service.look(lambda tx: tx.execute(select(notice_table.c.audience)).scalar_one())
    assert stored["products"] == ["toys", "充电宝"]
