"""Signed webhooks: the shape, the signature, and that they never lead into a private network."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from bot.channels.webhook import is_public, resolved, signature
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.messages import Button, Reply
from bot.ports import Gone, Rejected, Sent, Temporary, Throttled, Unknown
from tests.channels.hook_desk import HookDesk, hook_desk
from tests.fakes.hook_server import SECRET, verified

Open = Callable[..., HookDesk]
CHOICES = (Button("受影响", "/give_feedback"),)


@pytest.fixture
def opened(db: Database, clock: FixedClock) -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda **more: stack.enter_context(hook_desk(db, clock, **more))


def test_the_shape_that_is_documented(opened: Open) -> None:
    here = opened()
    assert here.send(Reply("欧盟的新通报", CHOICES, custom={"notice": 3})) == Sent()
    [said] = here.server.seen
    assert set(said) == {"id", "at", "to", "language", "text", "choices", "page", "stop", "custom"}
    assert (said["id"], said["to"], said["language"], said["text"]) == ("1", "anna", "zh", "欧盟的新通报")
    assert said["choices"] == [{"title": "受影响", "url": f"{said['page']}?c=1"}]
    assert said["stop"] == f"{said['page']}/stop"
    assert said["at"] == "2026-11-22T09:00:00+00:00"


def test_the_signature_is_over_time_and_body(opened: Open) -> None:
    here = opened()
    here.send(Reply("hello"))
    [(path, headers, body)] = here.server.calls
    given = headers["fengsui-signature"]
    assert path == "/in?x=1"
    assert headers["host"] == f"anna.example:{here.server.port}"
    assert verified(given, body)
    assert not verified(given, body + b" ")
    assert not verified(given.replace("t=1", "t=2"), body)
    wanted = hmac.new(b"s", b"12." + b"{}", hashlib.sha256).hexdigest()
    assert signature("s", 12, b"{}") == f"t=12,v1={wanted}"


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (204, {}, Sent()),
        (410, {}, Gone("HTTP 410")),
        (404, {}, Rejected("HTTP 404")),
        (401, {}, Rejected("HTTP 401")),
        (500, {}, Temporary("HTTP 500")),
        (429, {"Retry-After": "9"}, Throttled(9.0)),
        (302, {"Location": "http://127.0.0.1:1/"}, Rejected("HTTP 302")),
        (307, {"Location": "/elsewhere"}, Rejected("HTTP 307")),
    ],
)
def test_what_an_answer_means_and_no_redirect_is_followed(
    opened: Open, status: int, headers: dict[str, str], outcome: Any
) -> None:
    here = opened()
    here.server.status, here.server.headers = status, headers
    assert here.send(Reply("hello")) == outcome
    assert len(here.server.calls) == 1


def test_a_time_out_is_unknown_and_the_receiver_drops_the_second(opened: Open) -> None:
    here = opened(timeout_seconds=0.3)
    here.server.hangs = True
    assert isinstance(here.send(Reply("hello")), Unknown)
    here.server.hangs = False
    assert here.send(Reply("hello")) == Sent()
    assert len(here.server.seen) == 1


def test_a_name_that_is_not_known_now_may_be_later(opened: Open) -> None:
    here = opened(url="http://unknown.example/{name}{port}")
    assert isinstance(here.send(Reply("hello")), Temporary)


PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
    "fe80::1%eth0", "ff02::1", "rubbish",
]  # fmt: skip


@pytest.mark.parametrize("number", PRIVATE)
def test_private_numbers_are_refused_after_the_name_was_looked_up(opened: Open, number: str) -> None:
    assert not is_public(number)
    here = opened(allow_private=False)
    here.names.numbers["anna.example"] = [number]
    assert here.send(Reply("hello")) == Rejected("the webhook lies in a private network")
    assert here.server.calls == []


@pytest.mark.parametrize("number", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_public_numbers_are_public(number: str) -> None:
    assert is_public(number)


def test_one_private_number_among_public_ones_is_enough(opened: Open) -> None:
    here = opened(allow_private=False)
    here.names.numbers["anna.example"] = ["93.184.216.34", "127.0.0.1"]
    assert isinstance(here.send(Reply("hello")), Rejected)


def test_the_name_is_asked_once_so_that_it_cannot_change_in_between(opened: Open) -> None:
    here = opened()
    here.send(Reply("hello"))
    assert here.names.asked == ["anna.example"]


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "localhost"])
def test_other_spellings_of_this_machine(host: str) -> None:
    numbers = asyncio.run(resolved(host, 80))
    assert numbers
    assert not any(is_public(number) for number in numbers)


@pytest.mark.parametrize("url", ["ftp://a.example/", "file:///etc/passwd", "http:///x", "nothing"])
def test_what_is_no_http_address_is_refused(opened: Open, url: str) -> None:
    assert isinstance(opened(url=url).send(Reply("hello")), Rejected)


def test_no_secret_is_sent_or_told(opened: Open) -> None:
    here = opened()
    outcome = here.send(Reply("hello"))
    [(_, headers, body)] = here.server.calls
    assert SECRET not in json.dumps(headers) + body.decode() + str(outcome) + repr(here.channel)
