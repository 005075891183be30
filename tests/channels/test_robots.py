"""Group robots and the WeCom app: signatures, byte limits, the verdict in the body, rates and bans, tokens."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer_links import Offer
from bot.channel_settings import Robots, Wecom
from bot.channels import dingtalk, feishu
from bot.channels.dingtalk import DingTalk
from bot.channels.feishu import Feishu
from bot.channels.robots import JOINER, written
from bot.channels.wecom import WecomApp, WecomRobot
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.db.models import sent_messages
from bot.messages import Attachment, Button, Reply
from bot.ports import Gone, Outcome, Rejected, Sent, Temporary, Throttled, Unknown
from tests.channels.robot_desk import ANY_TIME, Desk, desk, read, size
from tests.fakes.robots_server import SECRET, Fault

NAMES = ("dingtalk", "feishu", "wecom", "wecom_robot")
CHOICES = (Button("受影响", "/give_feedback"), Button("Not <mine> [x]", "/not_mine"))
Open = Callable[..., Desk]


@pytest.fixture
def opened(db: Database, clock: FixedClock) -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda name, **more: stack.enter_context(desk(name, db, clock, **more))


# --- signatures: the examples were computed apart from this code, with openssl ----------------------


def test_the_signature_of_dingtalk() -> None:
    assert dingtalk.sign("1795338600000", "SEC000") == "cy6b2UjZQ3ox22AMcSbzlBTPGJiaRqMZNmBzTga7ga0="


def test_the_signature_of_feishu() -> None:
    found = feishu.signature(1795338600, "SEC000")
    assert found == {"timestamp": "1795338600", "sign": "wRveQDoTZNHtMiMJBimBgtkdpkEzuB7wpZLQKV7Vs00="}


@pytest.mark.parametrize("name", ["dingtalk", "feishu"])
def test_fault_28_a_wrong_secret_is_refused_inside_an_http_200_and_that_is_no_success(opened: Open, name: str) -> None:
    here = opened(name, robots={})
    here.channel.provider = type(here.channel.provider)(  # type: ignore[call-arg]
        Robots.model_validate({"robots": {"anna": {"url": _url(here, name), "secret": "wrong"}}})
    )
    outcome = here.send(Reply("hello"))
    assert isinstance(outcome, Rejected)
    assert "sign" in outcome.reason
    assert here.server.shown == []


def _url(here: Desk, name: str) -> str:
    path = {"dingtalk": "/robot/send?access_token=anna", "feishu": "/open-apis/bot/v2/hook/anna"}
    return here.server.url + path[name]


# --- the verdict stands in the body ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "said", "outcome"),
    [
        ("dingtalk", {"errcode": 130101, "errmsg": "send too fast"}, Throttled(600.0)),
        ("dingtalk", {"errcode": 410100, "errmsg": "limited"}, Throttled(600.0)),
        ("dingtalk", {"errcode": 300001, "errmsg": "token is not exist"}, Gone("300001 token is not exist")),
        ("dingtalk", {"errcode": -1, "errmsg": "busy"}, Temporary("-1 busy")),
        ("dingtalk", {"errcode": 430102, "errmsg": "bad word"}, Rejected("430102 bad word")),
        ("feishu", {"code": 11232, "msg": "frequency limited"}, Throttled(60.0)),
        ("feishu", {"code": 19001, "msg": "invalid"}, Gone("19001 invalid")),
        ("feishu", {"code": 19024, "msg": "Key Words Not Found"}, Rejected("19024 Key Words Not Found")),
        ("feishu", {"StatusCode": 0, "StatusMessage": "success"}, Sent()),
        ("wecom_robot", {"errcode": 45009, "errmsg": "freq"}, Throttled(60.0)),
        ("wecom_robot", {"errcode": 93000, "errmsg": "invalid webhook url"}, Gone("93000 invalid webhook url")),
        ("wecom_robot", {"errcode": 40058, "errmsg": "too long"}, Rejected("40058 too long")),
        ("wecom", {"errcode": 81013, "errmsg": "all invalid"}, Gone("81013 all invalid")),
        ("wecom", {"errcode": 60020, "errmsg": "not allow to access from your ip"},
         Temporary("60020 not allow to access from your ip")),
        ("wecom", {"errcode": 45009, "errmsg": "freq"}, Throttled(60.0, everyone=True)),
    ],
)  # fmt: skip
def test_fault_28_what_a_body_means(opened: Open, name: str, said: dict[str, Any], outcome: Any) -> None:
    here = opened(name)
    here.server.faults = [Fault(body=said)]
    assert here.send(Reply("hello")) == outcome


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault(429, headers={"Retry-After": "7"}), Throttled(7.0)),
        (Fault(429), Throttled(60.0)),
        (Fault(503), Temporary("HTTP 503")),
        (Fault(404), Rejected("HTTP 404")),
        (Fault(302, headers={"Location": "http://127.0.0.1:1/"}), Rejected("HTTP 302")),
        (Fault(200, "<html>please log in</html>"), Temporary("an answer without a verdict")),
        (Fault(200, "[]"), Temporary("an answer without a verdict")),
        (Fault(200, {}), Temporary("an answer without a verdict")),
    ],
)
def test_what_http_means(opened: Open, name: str, fault: Fault, outcome: Any) -> None:
    here = opened(name)
    here.server.faults = [fault]
    assert here.send(Reply("hello")) == outcome


@pytest.mark.parametrize("name", NAMES)
def test_a_time_out_after_it_was_taken_is_unknown_and_the_group_has_it(opened: Open, name: str) -> None:
    here = opened(name, timeout_seconds=0.3)
    here.server.faults = [Fault(accepted=True, hangs=True)]
    assert isinstance(here.send(Reply("hello")), Unknown)
    assert len(here.server.shown) == 1


@pytest.mark.parametrize("name", NAMES)
def test_when_nobody_listens_it_was_certainly_not_sent(opened: Open, name: str) -> None:
    here = opened(name)
    closed = "http://127.0.0.1:9"
    if name == "wecom":
        here.channel.provider = WecomApp(here.channel.provider.settings.model_copy(update={"api_url": closed}))  # type: ignore[attr-defined]
    else:
        values = {"robots": {"anna": {"url": closed + "/cgi-bin/webhook/send?key=anna", "secret": SECRET}}}
        kind = {"dingtalk": DingTalk, "feishu": Feishu, "wecom_robot": WecomRobot}[name]
        here.channel.provider = kind((Wecom if name == "wecom_robot" else Robots).model_validate(values))  # type: ignore[arg-type]
    assert isinstance(here.send(Reply("hello")), Temporary)


@pytest.mark.parametrize("name", NAMES)
def test_a_group_that_is_gone_is_gone(opened: Open, name: str) -> None:
    here = opened(name)
    here.server.gone.add("anna")
    assert isinstance(here.send(Reply("hello")), Gone)
    assert isinstance(here.send(Reply("hello"), to="ben", key="2"), Sent)


@pytest.mark.parametrize("name", ["dingtalk", "feishu", "wecom_robot"])
def test_a_robot_that_no_setting_names_is_refused(opened: Open, name: str) -> None:
    assert isinstance(opened(name).send(Reply("hello"), to="nobody"), Rejected)


# --- lengths --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_long_text_comes_in_parts_that_fit_and_the_links_once(opened: Open, name: str) -> None:
    here = opened(name, step=60.0)
    text = "长" * 9000 + "\n" + "x" * 3000
    assert isinstance(here.send(Reply(text, CHOICES)), Sent)
    [reply] = here.replies("anna")
    assert (reply.text, reply.buttons) == (text, CHOICES)
    assert len(here.server.shown) > 1


@given(text=st.text(st.sampled_from('长a\n*[](<>#`_\x00"\\👩'), max_size=6000))
@pytest.mark.parametrize("name", NAMES)
def test_every_message_fits_whatever_the_text(name: str, text: str) -> None:
    values = Robots() if name in ("dingtalk", "feishu") else Wecom()
    kinds: dict[str, Any] = {"dingtalk": DingTalk, "feishu": Feishu, "wecom": WecomApp, "wecom_robot": WecomRobot}
    links = tuple((button.title, "https://bot.example/a/" + "x" * 24 + "?c=1") for button in CHOICES)
    for body in kinds[name](values).bodies(text, Offer(links)):
        assert size(body) <= 20_000
        if "card" not in body and body["msgtype"] != "actionCard":
            most = {"dingtalk": 20_000, "wecom": 2048, "wecom_robot": 2048 if body["msgtype"] == "text" else 4096}
            assert len(body[body["msgtype"]]["content"].encode()) <= most[name]


def test_the_part_that_was_refused_for_now_goes_on_where_it_stopped(opened: Open) -> None:
    here = opened("wecom_robot", step=60.0)
    text = "长" * 2000
    ok = Fault(accepted=True, body={"errcode": 0})
    here.server.faults = [ok, Fault(body={"errcode": 45009, "errmsg": "freq"})]
    assert isinstance(here.send(Reply(text)), Throttled)
    assert isinstance(here.send(Reply(text)), Sent)
    assert "".join(read(body)[0] for _, _, body in here.server.shown) == text


# --- nothing in a text is markup ------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "text",
    ["[click](http://evil.example)", '<a href="http://evil.example">x</a>', "<@all> <at user_id=\"all\"></at>",
     "# big\n> quote\n- list\n1. one\n**bold** `code` ![](x)"],
)  # fmt: skip
def test_what_looks_like_markup_is_shown_as_it_is(opened: Open, name: str, text: str) -> None:
    here = opened(name)
    here.send(Reply(text, CHOICES))
    [(_, _, body)] = here.server.shown
    assert here.replies("anna")[0].text == text
    if "card" not in body:  # Feishu's text is plain by its tag
        kind = body["msgtype"]
        whole = body[kind]["text" if kind == "actionCard" else "content"]
        assert "](http://evil" not in whole or kind == "text"  # a text knows no Markdown
        assert '<a href="http://evil' not in whole
        assert "<@all" not in whole or kind == "text"
    else:
        assert {one["text"]["tag"] for one in body["card"]["elements"] if one["tag"] == "div"} == {"plain_text"}


def test_the_lines_of_a_card_stay_lines() -> None:
    assert dingtalk.plain("one\ntwo") == "one  \ntwo"
    assert dingtalk.plain("a_b") == f"a_{JOINER}b"


def test_what_a_robot_cannot_carry_is_named() -> None:
    file = Attachment("报告.xlsx", "application/vnd.ms-excel", "ab/报告.xlsx", 12)
    assert written(Reply("your file", file=file, image="ab/chart.png")) == "your file\n[chart.png]\n[报告.xlsx]"


# --- rates and bans -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_fault_29_a_rush_is_spread_so_that_nobody_is_banned(opened: Open, name: str) -> None:
    """Sixty at once to one group: each comes as soon as it may, and the provider never has to refuse."""
    here, waits = opened(name), 0
    for number in range(60):
        while isinstance(outcome := here.send(Reply(f"{number}"), key=str(number)), Throttled):
            waits += 1
            here.machine.at += outcome.seconds
        assert isinstance(outcome, Sent)
    assert len(here.server.calls) == 60  # not one was refused there
    assert [reply.text for reply in here.replies("anna")] == [str(number) for number in range(60)]
    if name in ("dingtalk", "wecom_robot"):
        assert waits > 30
        assert 150 < here.machine.at - ANY_TIME < 260  # 20 a minute, a little below


def test_fault_29_banned_by_dingtalk_nothing_is_asked_for_ten_minutes(opened: Open) -> None:
    here = opened("dingtalk")
    here.server.faults = [Fault(body={"errcode": 130101, "errmsg": "send too fast"})]
    assert here.send(Reply("one"), key="1") == Throttled(600.0)
    asked = len(here.server.calls)
    for _ in range(5):
        here.machine.at += 100
        assert isinstance(here.send(Reply("one"), key="1"), Throttled)
    assert len(here.server.calls) == asked
    assert isinstance(here.send(Reply("two"), key="2", to="ben"), Sent)  # another group is not concerned
    here.machine.at += 111
    assert isinstance(here.send(Reply("one"), key="1"), Sent)


def test_a_halt_holds_for_every_process(opened: Open, db: Database, clock: FixedClock) -> None:
    first, second = opened("dingtalk"), opened("dingtalk")
    first.server.faults = [Fault(body={"errcode": 130101, "errmsg": "send too fast"})]
    first.send(Reply("one"), key="1")
    assert isinstance(second.send(Reply("two"), key="2"), Throttled)
    assert second.server.calls == []


@pytest.mark.parametrize("half", [0, 1800])
def test_fault_29_feishu_is_left_alone_on_the_hour_and_the_half_hour(opened: Open, half: int) -> None:
    here = opened("feishu")
    here.machine.at = ANY_TIME - 600 + 3600 + half
    waits = []
    for key in ("a", "b", "c"):
        outcome = here.send(Reply(key), key=key)
        assert isinstance(outcome, Throttled)
        waits.append(outcome.seconds)
    assert here.server.calls == []
    assert all(60 <= wait < 120 for wait in waits)
    assert len(set(waits)) == 3  # each a little later than another
    here.machine.at += 120
    assert isinstance(here.send(Reply("a"), key="a"), Sent)


# --- the token of the WeCom app -------------------------------------------------------------------


def test_one_token_serves_many_messages_and_is_renewed_before_it_ends(opened: Open) -> None:
    here = opened("wecom")
    for number in range(4):
        here.machine.at += 60
        assert isinstance(here.send(Reply(f"{number}"), key=str(number)), Sent)
    assert here.server.tokens == 1
    here.machine.at += 7200 - 299
    assert isinstance(here.send(Reply("later"), key="later"), Sent)
    assert here.server.tokens == 2


def test_a_token_that_ended_before_its_time_is_renewed_and_the_message_goes_out(opened: Open) -> None:
    here = opened("wecom")
    here.send(Reply("one"), key="1")
    here.server.token = "somebody else asked for another"
    here.machine.at += 60
    assert isinstance(here.send(Reply("two"), key="2"), Sent)
    assert here.server.tokens == 2


def test_a_wrong_secret_of_the_app_is_no_fault_of_the_message(opened: Open) -> None:
    here = opened("wecom", secret="wrong")
    assert here.send(Reply("hello")) == Temporary("40001 invalid credential")


def test_after_a_time_out_wecom_shows_the_same_text_once(opened: Open) -> None:
    here = opened("wecom", timeout_seconds=0.3)
    here.server.faults = [Fault(accepted=True, hangs=True)]
    here.send(Reply("hello"))
    assert isinstance(here.send(Reply("hello")), Sent)
    assert len(here.server.shown) == 1


# --- secrets --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_no_secret_reaches_a_log_or_a_reason(
    opened: Open, name: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    here = opened(name, timeout_seconds=0.2)
    here.server.faults = [Fault(hangs=True), Fault(429), Fault(500)]
    said = [str(here.send(Reply("hello"), key=str(number))) for number in range(4)]
    told = "".join([*said, *capsys.readouterr(), repr(here.channel.provider)])
    assert SECRET not in told
    assert "access_token=" not in told
    assert not [record for record in caplog.records if record.levelname not in ("INFO", "DEBUG")]


@dataclass(frozen=True)
class Breaking(DingTalk):
    """The store breaks when the provider has said yes."""

    db: Database | None = None

    async def ship(self, address: str, body: dict[str, Any], *, now: float) -> Outcome:
        outcome = await DingTalk.ship(self, address, body, now=now)
        assert self.db
        self.db.now(sent_messages.drop)
        return outcome


def test_what_was_taken_is_sent_also_when_it_cannot_be_noted(opened: Open) -> None:
    here = opened("dingtalk")
    provider = here.channel.provider
    assert isinstance(provider, DingTalk)
    here.channel.provider = Breaking(provider.settings, db=here.db)
    assert here.send(Reply("hello")) == Sent()
    assert len(here.server.shown) == 1
