"""The contract of every channel: each implementation of the port does the same with a message."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.channels.memory import MemoryChannel
from bot.channels.robots import written
from bot.channels.rows import RowChannel
from bot.channels.terminal import TerminalChannel, render
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.messages import Attachment, Button, Recipient, Reply
from bot.ports import Channel, Gone, Outcome, Rejected, Sent, Throttled
from tests.channels.hook_desk import hook_desk
from tests.channels.mail_desk import PEOPLE, mail_desk
from tests.channels.robot_desk import Patient, desk
from tests.channels.tail_desk import tail_desk
from tests.channels.telegram_desk import telegram_desk

# A plugin of Apprise loads a module that Python 3.13 has no more.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63fcffff3f0300050001"
    "ffa5f645400000000049454e44ae426082"
)
NAUGHTY = {
    "chinese": "欧盟通报：充电宝（锂电池），评议期60天。",
    "newlines": "one\ntwo\n\n  three\t\ttabs\r\n",
    "markup": "<b>bold</b> &amp; <script>alert(1)</script> **stars** _lines_ [link](x) `code`",
    "sql": "Robert'); DROP TABLE chat_messages;-- \\' \" %s ? :name $1 {text} {{x}}",
    "emoji": "👩‍👩‍👧‍👦 🇨🇳 ✔️ é (combining) \U0002070e",
    "right to left": "\u202eabc\u202c العربية",
    "invisible": "zero\u200bwidth\ufeff\u00a0space",
    "json": '{"text": null, "buttons": [[]]}',
    "slash": "/restart /intent{not json",
    "long": "长" * 30_000,
}


def _same(reply: Reply) -> Reply | None:
    return reply


@dataclass
class Probe:
    """A channel, and what a person at an address has seen of it.

    `expected` is what such a channel can show of a reply; None: nothing, so it refuses. `run` keeps one event loop.
    """

    channel: Channel
    shown: Callable[[str], list[Reply]]
    expected: Callable[[Reply], Reply | None] = _same
    addresses: tuple[str, str, str] = ("anna", "ben", "carl")
    run: Callable[[Any], Any] = asyncio.run

    def send(self, reply: Reply, *, key: str, to: str = "anna") -> Outcome:
        outcome: Outcome = self.run(self.channel.send(self.to(to), reply, key=key))
        return outcome

    def to(self, name: str) -> Recipient:
        return Recipient(self.channel.name, self._address(name))

    def seen(self, name: str) -> list[Reply]:
        return self.shown(self._address(name))

    def _address(self, name: str) -> str:
        return self.addresses[("anna", "ben", "carl").index(name)]


Make = Callable[[Database, FixedClock, ExitStack, Path], Probe]


def _memory(db: Database, clock: FixedClock, stack: ExitStack, folder: Path) -> Probe:
    channel = MemoryChannel()
    return Probe(channel, channel.shown)


def _terminal(db: Database, clock: FixedClock, stack: ExitStack, folder: Path) -> Probe:
    channel = TerminalChannel(show=lambda text: None)
    return Probe(channel, channel.shown)


def _rows(name: str) -> Make:
    def make(db: Database, clock: FixedClock, stack: ExitStack, folder: Path) -> Probe:
        channel = RowChannel(name, db, clock)
        return Probe(channel, channel.shown)

    return make


def _robot(name: str) -> Make:
    """A robot names the files that it cannot carry, and has nothing for programs."""

    def make(db: Database, clock: FixedClock, stack: ExitStack, folder: Path) -> Probe:
        here = stack.enter_context(desk(name, db, clock))

        def expected(reply: Reply) -> Reply | None:
            text = written(reply)
            return Reply(text, reply.buttons) if text or reply.buttons else None

        def send(work: Any) -> Any:
            before = len(here.server.shown)
            outcome = asyncio.run(work)
            if isinstance(outcome, Sent):
                here.together.append(len(here.server.shown) - before)
            return outcome

        return Probe(Patient(here.channel, here.machine), here.replies, expected, run=send)

    return make


def _mail(db: Database, clock: FixedClock, stack: ExitStack, folder: Path) -> Probe:
    """Mail ends its lines in its own way, brings files along, and has nothing for programs."""
    for path in (folder / "chart.png", folder / "ab" / "报告.xlsx"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"twelve bytes")
    here = stack.enter_context(mail_desk(db, clock, folder))

    def expected(reply: Reply) -> Reply | None:
        file = reply.file and Attachment(reply.file.name, XLSX, "", reply.file.size)
        text = reply.text.replace("\r\n", "\n")
        shown = Reply(text, reply.buttons, reply.image, file)
        return None if shown == Reply() else shown

    return Probe(Patient(here.channel, here.machine), here.replies, expected, PEOPLE)


def _webhook(db: Database, clock: FixedClock, stack: ExitStack, folder: Path) -> Probe:
    """Another system: files are named, and what is for programs comes along."""
    here = stack.enter_context(hook_desk(db, clock))
    return Probe(here.channel, here.replies, lambda reply: Reply(written(reply), reply.buttons, custom=reply.custom))


def _telegram(db: Database, clock: FixedClock, stack: ExitStack, folder: Path) -> Probe:
    """Telegram shows a picture or a file by its name, and has nothing for programs."""
    for path in (folder / "chart.png", folder / "ab" / "报告.xlsx"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(PNG)
    here = stack.enter_context(telegram_desk(db, clock, folder))

    def expected(reply: Reply) -> Reply | None:
        file = Attachment(reply.file.name, "", "", 0) if reply.file and not reply.image else None
        # As Telegram itself does it: no marks of direction, no tabs, nothing invisible at the ends.
        text = reply.text.replace("\t", " ").replace("\u202e", "").replace("\u202c", "").strip()
        shown = Reply(text, reply.buttons, reply.image, file)
        return None if shown == Reply() else shown

    return Probe(here.channel, here.replies, expected, here.addresses, run=here.run)


def _apprise(db: Database, clock: FixedClock, stack: ExitStack, folder: Path) -> Probe:
    """What Apprise hands on to a JSON receiver: text without its last line end, links below; files are named."""
    pytest.importorskip("apprise", reason="NO APPRISE: it is an extra")
    here = stack.enter_context(tail_desk(db, clock))

    def expected(reply: Reply) -> Reply | None:
        text = written(reply)
        return Reply(text if reply.buttons else text.rstrip("\r\n"), reply.buttons) if text.strip() else None

    return Probe(here.channel, here.replies, expected)


CHANNELS: dict[str, Make] = {
    "memory": _memory, "terminal": _terminal, "web": _rows("web"), "rest": _rows("rest"),
    "email": _mail,
    "webhook": _webhook,
    "apprise": _apprise,
    "telegram": _telegram,
    **{name: _robot(name) for name in ("dingtalk", "feishu", "wecom", "wecom_robot")},
}  # fmt: skip


@pytest.fixture(params=sorted(CHANNELS))
def probe(request: pytest.FixtureRequest, db: Database, clock: FixedClock, tmp_path: Path) -> Iterator[Probe]:
    with ExitStack() as stack:
        yield CHANNELS[request.param](db, clock, stack, tmp_path)


def test_it_has_the_name_that_addresses_use(probe: Probe) -> None:
    assert probe.channel.name in CHANNELS


def test_a_message_is_sent_and_seen(probe: Probe) -> None:
    assert isinstance(probe.send(Reply("hello"), key="1"), Sent)
    assert probe.seen("anna") == [Reply("hello")]


def test_the_same_key_is_shown_once(probe: Probe) -> None:
    """A try whose answer was lost is repeated: the reader must not see it."""
    for text in ("first", "again"):
        assert isinstance(probe.send(Reply(text), key="1"), Sent)
    assert probe.seen("anna") == [Reply("first")]


def test_the_order_is_kept(probe: Probe) -> None:
    for number in range(20):
        probe.send(Reply(f"message {number}"), key=str(number))
    assert [reply.text for reply in probe.seen("anna")] == [f"message {number}" for number in range(20)]


def test_nobody_sees_what_is_for_somebody_else(probe: Probe) -> None:
    probe.send(Reply("for anna"), key="1", to="anna")
    probe.send(Reply("for ben"), key="2", to="ben")
    assert probe.seen("anna") == [Reply("for anna")]
    assert probe.seen("ben") == [Reply("for ben")]
    assert probe.seen("carl") == []


@pytest.mark.parametrize("text", NAUGHTY.values(), ids=NAUGHTY.keys())
def test_text_arrives_unchanged(probe: Probe, text: str) -> None:
    probe.send(Reply(text), key=text[:100])
    assert probe.seen("anna") == [probe.expected(Reply(text))]


def test_buttons_arrive_with_what_is_shown_and_what_comes_back(probe: Probe) -> None:
    buttons = (Button("受影响", '/give_feedback{"notification": "G/TBT/N/EU/1"}'), Button("Not <mine>", "/not_mine"))
    probe.send(Reply("Does it concern you?", buttons), key="1")
    assert probe.seen("anna")[0].buttons == buttons


def test_a_reply_arrives_whole(probe: Probe) -> None:
    file = Attachment("报告.xlsx", "application/vnd.ms-excel", "ab/报告.xlsx", 12)
    reply = Reply("your file", (Button("a", "b"),), "chart.png", file, {"kind": "alert", "days": 3})
    probe.send(reply, key="1")
    assert probe.seen("anna") == [probe.expected(reply)]


@pytest.mark.parametrize("reply", [Reply(image="chart.png"), Reply(custom={"kind": "x"})], ids=["picture", "custom"])
def test_a_reply_without_text_arrives_or_is_refused(probe: Probe, reply: Reply) -> None:
    outcome, expected = probe.send(reply, key="1"), probe.expected(reply)
    assert isinstance(outcome, Rejected if expected is None else Sent)
    assert probe.seen("anna") == ([] if expected is None else [expected])


def test_several_at_once_are_all_sent_once(probe: Probe) -> None:
    async def both() -> list[Outcome]:
        sends = [probe.channel.send(probe.to("anna"), Reply(f"{n % 5}"), key=str(n % 5)) for n in range(20)]
        return list(await asyncio.gather(*sends))

    assert all(isinstance(outcome, Sent) for outcome in probe.run(both()))
    assert sorted(reply.text for reply in probe.seen("anna")) == list("01234")


# --- what is special to one -----------------------------------------------------------------------


def test_the_memory_channel_fails_on_request() -> None:
    channel = MemoryChannel(next_outcome=[Throttled(3), Gone("blocked"), Sent()])
    probe = Probe(channel, channel.shown)
    outcomes = [probe.send(Reply("a"), key="1") for _ in range(4)]
    assert outcomes[:2] == [Throttled(3), Gone("blocked")]
    assert probe.shown("anna") == [Reply("a")]


def test_the_terminal_numbers_buttons_and_knows_what_a_number_means() -> None:
    printed: list[str] = []
    channel = TerminalChannel(show=printed.append)
    probe = Probe(channel, channel.shown)
    probe.send(Reply("Which?", (Button("One", "/one"), Button("Two", "/two"))), key="1")
    assert printed == ["Which?\n  [1] One\n  [2] Two"]
    assert channel.pressed(" 2 ") == Button("Two", "/two")
    assert [channel.pressed(typed) for typed in ("0", "3", "-1", "two", "", "²", "1.0")] == [None] * 7


def test_a_reply_without_buttons_leaves_the_choices_open() -> None:
    channel = TerminalChannel(show=lambda text: None)
    probe = Probe(channel, channel.shown)
    probe.send(Reply("Which?", (Button("One", "/one"),)), key="1")
    probe.send(Reply("By the way"), key="2")
    assert channel.pressed("1") == Button("One", "/one")


def test_the_terminal_prints_where_a_file_lies() -> None:
    file = Attachment("a.xlsx", "application/vnd.ms-excel", "ab/a.xlsx", 1)
    assert render(Reply("here", file=file, image="chart.png")) == "here\n  chart.png\n  ab/a.xlsx"
