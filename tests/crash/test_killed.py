"""kill -9 at every point of a turn and of a delivery: nothing is lost, nothing is done twice."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.crash.dying import TRIGGER
from tests.server import House, Server
from tests.web.site import Visitor

POINTS = ["before_the_inbox", "after_the_inbox", "inside_the_action", "before_the_reply", "between_reply_and_mark"]
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
        return db.execute(query).fetchall()


@contextmanager
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, headers={"Origin": server.url}, timeout=10) as made:
        yield made


def rest(caller: httpx.Client, text: str) -> list[str]:
    answer = caller.post("/webhooks/rest/webhook", json={"sender": "anna", "message": text}).raise_for_status()
    return [str(reply.get("text")) for reply in answer.json()]


def said(messages: list[dict[str, Any]]) -> list[str]:
    return [str(message.get("text")) for message in messages if not message["mine"]]


def is_registered_once(house: House) -> None:
    assert rows(house, "SELECT state FROM interests") == [("active",)]
    events = [json.loads(data) for (data,) in rows(house, "SELECT data FROM events ORDER BY seq")]
    assert [event["text"] for event in events if event["event"] == "user"] == [*BEFORE, TRIGGER]


def is_one_answer(texts: list[str]) -> None:
    """One final answer, or the same one twice."""
    final = [found[0] for text in texts if (found := NUMBER.search(text))]
    assert len(final) in (1, 2)
    assert set(final) == {"I-000001"}
    assert len({text for text in texts if NUMBER.search(text)}) == 1


@pytest.mark.parametrize("point", POINTS)
def test_a_rest_client_that_asks_again(house: House, point: str) -> None:
    first = dying(house, point)
    heard: list[str] = []
    with client(first) as caller:
        for text in BEFORE:
            rest(caller, text)
        try:
            heard += rest(caller, TRIGGER)
        except httpx.TransportError:
            pass
    assert first.gone() == -9
    with house.up() as again, client(again) as caller:
        heard += rest(caller, TRIGGER)
    is_one_answer(heard)
    is_registered_once(house)


@pytest.mark.parametrize("point", POINTS)
def test_a_web_client_that_sends_again(house: House, point: str) -> None:
    first = dying(house, point)
    with client(first) as caller:
        visitor = Visitor(caller)
        caller.get("/")
        for text in BEFORE:
            visitor.ask(text)
        try:
            visitor.post(TRIGGER, key="the-same-message")
        except httpx.TransportError:
            pass
        assert first.gone() == -9
        with house.up(port=first.port):
            visitor.post(TRIGGER, key="the-same-message").raise_for_status()
            with visitor.listen() as stream:
                stream.until(lambda message: "I-000001" in message.get("text", ""))
            visitor.ask("谢谢")  # turns follow one another: a double would be there by now
            is_one_answer(said(visitor.history()))
            assert [m["text"] for m in visitor.history() if m["mine"]] == [*BEFORE, TRIGGER, "谢谢"]
    assert rows(house, "SELECT state FROM interests") == [("active",)]


@pytest.mark.parametrize("point", ["after_the_inbox", "before_the_reply"])
def test_a_web_visitor_who_only_waits(house: House, point: str) -> None:
    """What was answered 202 is answered, whether or not anybody asks again."""
    first = dying(house, point)
    with client(first) as caller:
        visitor = Visitor(caller)
        caller.get("/")
        for text in BEFORE:
            visitor.ask(text)
        try:
            visitor.post(TRIGGER)
        except httpx.TransportError:
            pass
        assert first.gone() == -9
        with house.up(port=first.port):
            is_one_answer(said(visitor.history()))  # it is ready when what was left has been answered


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


def _settled(house: House) -> None:
    """Until nothing is queued or leased: the worker takes it over when the lease has ended."""
    import time

    for _ in range(200):
        if not rows(house, "SELECT 1 FROM deliveries WHERE state IN ('queued', 'leased')"):
            return
        time.sleep(0.05)
    raise AssertionError("nothing was settled")
