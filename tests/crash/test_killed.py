"""kill -9 at every point of a turn and of a delivery: nothing is lost, nothing is done twice."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.crash.dying import TRIGGER
from tests.faults.processes import until
from tests.server import House, Server
from tests.web.site import PATIENCE, Visitor

POINTS = ["before_the_inbox", "after_the_inbox", "inside_the_action", "before_the_reply", "before_it_is_marked"]
BEFORE = ["我们出口蓝牙音箱到欧盟和美国，有新通报请提醒我", "跳过"]
NUMBER = re.compile(r"I-\d{6}")
ALERT = {
    "symbol": "G/TBT/N/EU/7001",
    "members": ["EU"],
    "date": "2026-11-21",
    "title": "Bluetooth loudspeakers",
    "title_zh": "蓝牙音箱",
    "products": "Bluetooth loudspeakers",
    "hs_codes": ["851822"],
    "comment_deadline": "2027-01-20",
}


def dying(house: House, point: str, *, port: int = 0) -> Server:
    return house.start(port=port, program=("-m", "tests.crash.dying", point))


def rows(house: House, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(house.data / "fengsui.db")) as db:
        found = db.execute(query).fetchall()
        db.commit()
        return found


@contextmanager
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, headers={"Origin": server.url}, timeout=PATIENCE) as made:
        yield made


def rest(caller: httpx.Client, text: str) -> list[str]:
    answer = caller.post("/webhooks/rest/webhook", json={"sender": "anna", "message": text}).raise_for_status()
    return [str(reply.get("text")) for reply in answer.json()]


def said(messages: list[dict[str, Any]]) -> list[str]:
    return [str(message.get("text")) for message in messages if not message["mine"]]


def is_one_answer(texts: list[str], number: str) -> None:
    """One final answer, or the same one twice."""
    final = [text for text in texts if NUMBER.search(text)]
    assert len(final) in (1, 2)
    assert len(set(final)) == 1
    assert number in final[0]


@pytest.mark.parametrize("point", POINTS)
def test_a_client_that_asks_again_is_answered_once(house: House, point: str) -> None:
    """First the process dies of a web visitor's message, then the next one of a REST sender's."""
    first = dying(house, point)
    with client(first) as caller:
        visitor, heard = Visitor(caller), list[str]()
        caller.get("/")
        for text in BEFORE:
            visitor.ask(text)
            rest(caller, text)
        with suppress(httpx.TransportError):
            visitor.post(TRIGGER, key="the-same-message")
        assert first.gone() == -9

        second = dying(house, point, port=first.port)
        if point != "before_the_inbox":  # what was taken is answered, even if nobody asks again
            assert any("I-000001" in text for text in said(visitor.history()))
        visitor.post(TRIGGER, key="the-same-message").raise_for_status()
        with visitor.listen() as stream:
            stream.until(lambda message: "I-000001" in message.get("text", ""))
        with suppress(httpx.TransportError):
            heard += rest(caller, TRIGGER)
        assert second.gone() == -9

        with house.up(port=first.port):
            heard += rest(caller, TRIGGER)
            visitor.ask("谢谢")  # turns follow one another: a double would be there by now
            is_one_answer(said(visitor.history()), "I-000001")
            is_one_answer(heard, "I-000002")
            assert [m["text"] for m in visitor.history() if m["mine"]] == [*BEFORE, TRIGGER, "谢谢"]
            tracker = caller.get("/conversations/anna/tracker").json()
            assert [event["text"] for event in tracker["events"] if event["event"] == "user"] == [*BEFORE, TRIGGER]
    assert rows(house, "SELECT state FROM interests") == [("active",), ("active",)]


ANSWERS = {
    "没有通报": "__declined__", "玩具": "玩具", "300万美元": {"value": 3e6, "currency": "USD"},
    "不知道": "__declined__", "20万元": {"value": 2e5, "currency": "CNY"}, "换了供应商": "换了供应商", "太急": "太急",
    "培训": "培训", "李四 13812345678": "李四 13812345678",
}  # fmt: skip


@pytest.mark.slow
def test_killed_between_the_answers_of_a_feedback_none_is_lost(house: House) -> None:
    """Stored, and the turn is not: the answer is there once, and the next process asks the next question."""
    server = dying(house, "after_answers")
    with client(server) as caller:
        visitor = Visitor(caller)
        caller.get("/")
        visitor.ask("反馈")
        for number, text in enumerate([*ANSWERS, "提交"], 1):
            server = _answered_or_dead(house, server, visitor, text, key=f"the-answer-{number}")
            _all_are_there(house, list(ANSWERS.values())[:number])
        assert sum("F-000001" in text for text in said(visitor.history())) == 1
    server.stop()
    assert rows(house, "SELECT state, version FROM feedback") == [("submitted", 1)]
    assert rows(house, "SELECT count(*) FROM feedback_versions") == [(1,)]


def _answered_or_dead(house: House, server: Server, visitor: Visitor, text: str, *, key: str) -> Server:
    """Say it. Where the process dies of it, the next one takes its place and answers."""
    with suppress(httpx.TransportError):
        row = visitor.post(text, key=key).raise_for_status().json()["row"]
        with visitor.listen(after=row) as stream:
            if stream.until(lambda message: not message["mine"]):
                return server
    assert server.gone() == -9
    return dying(house, "after_answers", port=server.port)


def _all_are_there(house: House, given: list[Any]) -> None:
    ((stored,),) = rows(house, "SELECT answers FROM feedback")
    assert list(json.loads(stored).values()) == given


def test_an_alert_between_send_and_settle(house: House, tmp_path: Path) -> None:
    house.env["FENGSUI_DELIVERY__LEASE_SECONDS"] = "0.5"
    file = tmp_path / "new.jsonl"
    file.write_text(json.dumps(ALERT) + "\n", "utf-8")
    first = dying(house, "between_send_and_settle")
    with client(first) as caller:
        visitor = Visitor(caller)
        caller.get("/")
        for text in (*BEFORE, TRIGGER):
            visitor.ask(text)
        house.run("import", "notifications", str(file))
        assert first.gone() == -9
        assert [state for (state,) in rows(house, "SELECT state FROM deliveries")] == ["leased"]
        with house.up(port=first.port):
            _settled(house)
            assert sum("G/TBT/N/EU/7001" in text for text in said(visitor.history())) == 1
    assert rows(house, "SELECT state, attempts FROM deliveries") == [("sent", 2)]


@pytest.mark.slow
def test_a_survey_while_it_invites(house: House, tmp_path: Path) -> None:
    """Of two visitors one has been asked when the process dies with the second half written, and not committed."""
    house.env |= {"FENGSUI_SURVEYS__CHUNK": "1", "FENGSUI_SURVEYS__AUTO__MARKETS": "EU"}
    house.env["FENGSUI_DELIVERY__LEASE_SECONDS"] = "0.5"  # the dead may have held the first one's message
    house.run("member", "add", "--name", "Li Wei", "--org", "CENTRE", "--role", "administrator")
    file = tmp_path / "new.jsonl"
    file.write_text(json.dumps(ALERT) + "\n", "utf-8")
    first = dying(house, "while_inviting")
    with client(first) as one, client(first) as two:
        visitors = [Visitor(one), Visitor(two)]
        for caller, visitor in zip((one, two), visitors, strict=True):
            caller.get("/")
            for text in (*BEFORE, TRIGGER):
                visitor.ask(text)
        house.run("import", "notifications", str(file))
        assert first.gone() == -9
        assert len(rows(house, "SELECT 1 FROM invitations")) == 1
        rows(house, "DELETE FROM leases")  # the dead scheduler's: its minute is tried elsewhere
        with house.up(port=first.port):
            _until(house, "SELECT count(*) = 2 FROM deliveries WHERE kind = 'survey'")
            _settled(house)
            assert [sum("S-000001" in text for text in said(one.history())) for one in visitors] == [1, 1]
    assert len(rows(house, "SELECT 1 FROM invitations")) == 2
    assert len(rows(house, "SELECT 1 FROM deliveries WHERE kind = 'survey' AND state = 'sent'")) == 2


def _settled(house: House) -> None:
    """Until nothing is queued or leased: the worker takes it over when the lease has ended."""
    _until(house, "SELECT count(*) = 0 FROM deliveries WHERE state IN ('queued', 'leased')")


def _until(house: House, query: str) -> None:
    """Until the database says so: what a job does comes with its next tick and is no answer to be waited for."""
    until(lambda: rows(house, query) == [(1,)], seconds=60)
