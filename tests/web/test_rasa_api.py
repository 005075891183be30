"""Rasa's HTTP API: its shapes, who may use it, and that a REST sender is nobody else."""

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, func, select, update

from bot.db.models import chat_messages, inbox
from bot.messages import Recipient, Reply
from tests.service import Service
from tests.web.site import Site, listening

SPEAKERS = "我们出口蓝牙音箱到欧盟和美国，有新通报请提醒我"


def say(client: httpx.Client, message: str, *, sender: str = "anna", **more: Any) -> list[dict[str, Any]]:
    body = {"sender": sender, "message": message, **more}
    answer = client.post("/webhooks/rest/webhook", json=body)
    assert answer.status_code == 200, answer.text
    replies: list[dict[str, Any]] = answer.json()
    return replies


def tracker(client: httpx.Client, sender: str = "anna", **params: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/conversations/{sender}/tracker", params=params).raise_for_status().json()
    return found


# --- the contract ----------------------------------------------------------------------------------


def test_parse(site: Site) -> None:
    text = "欧盟最近有哪些关于充电宝的通报？"
    found = site.client().post("/model/parse", json={"text": text}).json()
    assert found["text"] == text
    assert found["intent"]["name"] == "search_notifications"
    assert 0 < found["intent"]["confidence"] <= 1
    assert found["intent_ranking"][0] == found["intent"]
    for entity in found["entities"]:
        assert {"entity", "start", "end", "value", "text", "extractor"} <= set(entity)
        assert text[entity["start"] : entity["end"]] == entity["text"]
    assert ("market", "EU") in {(one["entity"], one["value"]) for one in found["entities"]}


@pytest.mark.parametrize("text", ["", " ", "\u0000", "\ud800", "/greet", "x" * 100_000, "💥" * 2000])
def test_parse_takes_any_text(site: Site, text: str) -> None:
    answer = site.client().post("/model/parse", content=b'{"text": ' + _json(text) + b"}")
    assert answer.status_code == 200
    assert "name" in answer.json()["intent"]


def _json(text: str) -> bytes:
    return json.dumps(text).encode()


def test_a_turn(site: Site) -> None:
    replies = say(site.client(), "TBT通报的评议期是多久？")
    assert {reply["recipient_id"] for reply in replies} == {"anna"}
    assert "60" in replies[0]["text"]
    assert {frozenset(button) for button in replies[0]["buttons"]} == {frozenset({"title", "payload"})}


def test_a_payload_is_a_turn(site: Site) -> None:
    client = site.client()
    say(client, SPEAKERS)
    assert tracker(client)["latest_message"]["intent"]["name"] == "subscribe"
    say(client, "/stop")
    assert tracker(client)["slots"]["form_outcome"] == "cancelled"


def test_the_tracker(site: Site) -> None:
    client = site.client()
    say(client, SPEAKERS)
    found = tracker(client)
    assert found["sender_id"] == "anna"
    assert found["slots"]["market"] == ["EU", "US"]
    assert found["active_loop"]["name"] == "subscribe_form"
    assert found["latest_message"]["text"] == SPEAKERS
    assert found["latest_input_channel"] == "rest"
    assert [event["text"] for event in found["events"] if event["event"] == "user"] == [SPEAKERS]
    assert not tracker(client, include_events="NONE").get("events")


def test_the_tracker_of_a_stranger_is_empty(site: Site) -> None:
    found = tracker(site.client(), "nobody")
    assert found["sender_id"] == "nobody"
    assert found["latest_message"]["text"] in (None, "")
    assert site.service.look(lambda tx: tx.execute(select(func.count()).select_from(inbox)).scalar()) == 0


def test_status_and_version(site: Site) -> None:
    assert {"model_file", "num_active_training_jobs"} <= set(site.client().get("/status").json())
    assert site.client().get("/version").json()["version"].startswith("3.6")
    assert site.client().get("/webhooks/rest/").json() == {"status": "ok"}


@pytest.mark.parametrize("path", ["/model/parse", "/webhooks/rest/webhook"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"text": 1, "message": 1}', b"\xff", b"[" * 100_000])
def test_what_is_no_request_is_refused(site: Site, path: str, body: bytes) -> None:
    answer = site.client().post(path, content=body)
    assert answer.status_code == 400
    assert {"status", "reason", "message", "code"} <= set(answer.json())


@pytest.mark.parametrize("sender", ["x" * 200, "张三", "a/b", "a b", "..", "💥", "\x00", "\ud800", "' or 1=1"])
def test_any_sender_is_a_sender(site: Site, sender: str) -> None:
    answer = site.client().post(
        "/webhooks/rest/webhook", content=b'{"message": "hello", "sender": ' + _json(sender) + b"}"
    )
    assert answer.status_code == 200
    assert answer.json()


def test_a_sender_may_not_be_too_long(site: Site) -> None:
    body = {"sender": "x" * 201, "message": "hello"}
    assert site.client().post("/webhooks/rest/webhook", json=body).status_code == 400


# --- repeated requests -----------------------------------------------------------------------------


def test_the_same_message_id_is_one_turn(site: Site) -> None:
    client = site.client()
    first = say(client, "您好", message_id="one")
    assert say(client, "您好", message_id="one") == first
    assert [event["event"] for event in tracker(client)["events"]].count("user") == 1


def test_without_an_id_the_same_words_are_said_twice(site: Site) -> None:
    client = site.client()
    say(client, "您好")
    say(client, "您好")
    assert [event["event"] for event in tracker(client)["events"]].count("user") == 2


def test_after_a_crash_the_same_words_are_the_same_message(service: Service) -> None:
    with listening(service) as site:
        first = say(site.client(), "您好")
    # The process died before it could note that the response was written.
    service.run(lambda tx: tx.execute(update(inbox).values(replied_at=None)))
    with listening(service) as site:
        client = site.client()
        assert say(client, "您好") == first
        assert [event["event"] for event in tracker(client)["events"]].count("user") == 1


def test_a_message_id_is_its_senders(site: Site) -> None:
    client = site.client()
    say(client, "您好", message_id="one", sender="anna")
    say(client, "谢谢", message_id="one", sender="ben")
    assert tracker(client, "ben")["latest_message"]["text"] == "谢谢"


# --- a namespace of their own ----------------------------------------------------------------------


def test_a_rest_sender_is_never_a_web_visitor(site: Site) -> None:
    visitor = site.visitor()
    visitor.post(SPEAKERS)
    with visitor.listen() as stream:  # the privacy notice is the last of a first turn
        stream.until(lambda message: "导出我的数据" in message.get("text", ""))
    who = site.service.look(lambda tx: tx.execute(select(chat_messages.c.address).limit(1)).scalar_one())
    before, client = visitor.history(), site.client()
    for sender in (who, f"web:{who}", f"rest:{who}", "web", f"web/{who}"):
        assert tracker(client, sender)["latest_message"]["text"] in (None, "")
        assert not any("蓝牙" in str(reply) for reply in say(client, "我关注了哪些产品？", sender=sender))
    say(client, "不用了，取消", sender=f"web:{who}")
    assert visitor.history() == before
    visitor.ask("跳过")
    assert visitor.history()[: len(before)] == before


def test_a_web_visitor_never_gets_what_is_a_rest_senders(site: Site) -> None:
    visitor = site.visitor()
    visitor.post("您好")
    who = site.service.look(lambda tx: tx.execute(select(chat_messages.c.address).limit(1)).scalar_one())
    say(site.client(), "谢谢", sender=who)
    assert [m["text"] for m in visitor.history() if m["mine"]] == ["您好"]


# --- what was pushed -------------------------------------------------------------------------------


async def _push(site: Site, text: str) -> None:
    await site.service.app.channels["rest"].send(Recipient("rest", "anna"), Reply(text), key=text)


@pytest.mark.anyio
async def test_a_pushed_message_comes_with_the_next_turn_and_once(site: Site) -> None:
    client = site.client()
    say(client, "您好")
    await _push(site, "first alert")
    await _push(site, "second alert")
    assert "first alert" not in [r.get("text") for r in say(client, "您好", sender="ben")]
    assert [r["text"] for r in say(client, "谢谢")[:2]] == ["first alert", "second alert"]
    assert "first alert" not in [r.get("text") for r in say(client, "您好")]


def test_an_alert_comes_with_the_next_turn(site: Site) -> None:
    client, service = site.client(), site.service
    for text in (SPEAKERS, "跳过", "对"):
        say(client, text)
    service.arrive(
        symbol="G/TBT/N/EU/7001", members=["EU"], date="2026-11-22", title="Bluetooth loudspeakers: power use",
        title_zh="蓝牙音箱能耗要求", products="Bluetooth loudspeakers", hs_codes=["851822"],
        comment_deadline="2027-01-21",
    )  # fmt: skip
    service.deliver()
    assert any("G/TBT/N/EU/7001" in str(reply) for reply in say(client, "谢谢"))


# --- who may use it --------------------------------------------------------------------------------

CALLS: list[tuple[str, str, dict[str, str] | None]] = [
    ("POST", "/model/parse", {"text": "hello"}),
    ("POST", "/webhooks/rest/webhook", {"sender": "anna", "message": "hello"}),
    ("GET", "/conversations/anna/tracker", None),
    ("GET", "/status", None),
    ("GET", "/metrics", None),
]


def statuses(client: httpx.Client, headers: dict[str, str] | None = None, params: Any = None) -> set[int]:
    sent = [client.request(how, path, json=body, headers=headers, params=params) for how, path, body in CALLS]
    return {answer.status_code for answer in sent}


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "127.5.5.5:80", "[::1]:8000"])
def test_this_machine_may(site: Site, host: str) -> None:
    assert statuses(site.client(), {"Host": host}) == {200}


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "fengsui.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "localhost.evil.example:8000"},
        {"Host": "127.0.0.1@evil.example"},
        {"Host": "10.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-Host": "localhost"},
        {"X-Forwarded-Proto": "http"},
        {"X-Real-IP": "127.0.0.1"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_others_may_not(site: Site, headers: dict[str, str]) -> None:
    assert statuses(site.client(), headers) == {403}


def test_nobody_may_behind_a_public_address(service: Service) -> None:
    with listening(service, web={"public_url": "https://fengsui.example"}) as site:
        assert statuses(site.client()) == {403}


def test_with_a_token_only_who_has_it(service: Service) -> None:
    with listening(service, api_token="s3cret", web={"public_url": "https://fengsui.example"}) as site:
        client = site.client()
        assert statuses(client, {"Authorization": "Bearer s3cret", "Host": "fengsui.example"}) == {200}
        assert statuses(client, params={"token": "s3cret"}) == {200}
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic s3cret"}, {"Token": "s3cret"}):
            assert statuses(client, headers) == {403}
        assert statuses(client, params={"token": ""}) == {403}
        assert statuses(client, {"Authorization": "Bearer"}, {"token": "s3cret"}) == {403}


def test_a_refused_request_leaves_nothing_behind(site: Site) -> None:
    statuses(site.client(), {"Host": "fengsui.example"})
    assert site.service.run(lambda tx: tx.execute(delete(inbox)).rowcount) == 0


def test_without_a_rasa_server_nobody_runs_actions(site: Site) -> None:
    call = {"next_action": "action_export_data", "sender_id": "x", "tracker": {"sender_id": "x"}, "domain": {}}
    assert site.client().post("/actions/webhook", json=call).status_code == 403
