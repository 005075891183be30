"""Apprise: what it takes goes out, what it cannot tell is unknown, and without the library the start says so."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from bot import members
from bot.answer_links import Maker
from bot.channel_settings import Apprise
from bot.channels import long_tail
from bot.channels.long_tail import AppriseChannel
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.errors import SettingsError
from bot.i18n import Texts
from bot.messages import Button, Recipient, Reply
from bot.ports import Outcome, Rejected, Sent, Unknown
from tests.fakes.hook_server import Hooks, hooks

pytest.importorskip("apprise", reason="NO APPRISE: it is an extra")
# A plugin of the library loads a module that Python 3.13 has no more.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@contextmanager
def tail(db: Database, clock: FixedClock) -> Iterator[tuple[AppriseChannel, Hooks]]:
    with hooks() as server:
        db.now(members.at_address, "apprise", "pager", now=clock.now())
        urls = {"pager": f"json://127.0.0.1:{server.port}/in", "odd": "nothing://x"}
        settings, maker = Apprise.model_validate({"urls": urls}), Maker(b"k", "https://bot.example", timedelta(1))
        yield AppriseChannel(settings, db, clock, maker), server


@pytest.fixture
def opened(db: Database, clock: FixedClock) -> Iterator[tuple[AppriseChannel, Hooks]]:
    with tail(db, clock) as found:
        yield found


def send(channel: AppriseChannel, reply: Reply, *, to: str = "pager", key: str = "1") -> Outcome:
    return asyncio.run(channel.send(Recipient("apprise", to), reply, key=key))


def test_what_it_takes_goes_out_with_its_links_once(opened: tuple[AppriseChannel, Hooks]) -> None:
    channel, server = opened
    reply = Reply("欧盟：<b>新通报</b>", (Button("受影响", "/x"),))
    assert [send(channel, reply), send(channel, reply)] == [Sent(), Sent()]
    assert len(server.calls) == 1
    first, links = server.seen[0]["message"].split("\n")
    assert first == "欧盟：<b>新通报</b>"
    assert links.startswith("受影响 https://bot.example/a/")


def test_a_failure_is_unknown(opened: tuple[AppriseChannel, Hooks]) -> None:
    channel, server = opened
    server.status = 500
    assert isinstance(send(channel, Reply("hello")), Unknown)


def test_an_address_that_it_does_not_know_is_refused(opened: tuple[AppriseChannel, Hooks]) -> None:
    channel, _ = opened
    assert isinstance(send(channel, Reply("hello"), to="odd"), Rejected)
    assert isinstance(send(channel, Reply("hello"), to="nobody"), Rejected)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_without_the_library_the_start_says_how_to_get_it(texts: Texts, language: str) -> None:
    with pytest.raises(SettingsError) as caught:
        long_tail.wanted("a library that nobody has")
    assert "pip install" in texts(caught.value.key, language)
