"""What is held for its reader's hours: quiet hours, digests, and what is let go of them once, also after a kill."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot import alerts, deliveries, interests, members
from bot.channels.memory import MemoryChannel
from bot.db.engine import Database
from bot.db.models import deliveries as table
from bot.db.models import members as people
from bot.deliveries import State
from bot.i18n import Texts
from bot.messages import Reply
from bot.ports import Outcome, Rejected
from bot.settings import Alerts, Delivery
from bot.timing import Quiet, Rhythm
from bot.worker import Worker
from tests.bot.test_alerts import KETTLES, NOW, House
from tests.factories import delivery
from tests.faults.processes import died, finish, url

FAR = KETTLES | {"comment_deadline": "2027-01-20"}
NEXT_MORNING = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # 08:00 in Shanghai


class Hall(House):
    """A house in which messages are let go and sent."""

    def __init__(self, db: Database, texts: Texts) -> None:
        super().__init__(db)
        self.texts, self.channel = texts, MemoryChannel()

    def reader(self, name: str = "anna", frequency: str = "daily", **values: Any) -> int:
        member_id = self.member(f"memory:{name}", frequency=frequency, language="en", **values)
        self.interest(member_id, hs_codes=["8516"])
        return member_id

    def let_go(self) -> int:
        return self.db.now(alerts.release, now=self.clock.now())

    def deliver(self, channel: Any = None) -> None:
        def alert(tx: Any, row: Any, *, language: str, now: datetime) -> Reply:
            return alerts.render(tx, row, texts=self.texts, language=language, today=now.date())

        def digest(tx: Any, row: Any, *, language: str, now: datetime) -> Reply | None:
            return alerts.render_digest(tx, row.id, texts=self.texts, language=language, today=now.date())

        kinds = {"alert": alert, "digest": digest, "text": alert, "notice": digest}
        channels = {"memory": channel or self.channel}
        asyncio.run(Worker(self.db, self.clock, channels, kinds, Delivery()).once())

    @property
    def said(self) -> list[str]:
        return [reply.text for _, reply in self.channel.sent]

    def states(self, kind: str = "alert") -> list[tuple[str, str | None]]:
        return [(row.state, row.reason) for row in self.rows() if row.kind == kind]


@pytest.fixture
def hall(db: Database, texts: Texts) -> Hall:
    return Hall(db, texts)


def test_several_come_as_one_message_sorted_by_days_left(hall: Hall) -> None:
    hall.reader()
    hall.put("G/TBT/N/EU/1", **FAR)
    hall.put("G/TBT/N/EU/2", **(FAR | {"comment_deadline": "2026-12-10"}))
    hall.send()
    assert (hall.let_go(), hall.states()) == (0, [("held", None)] * 2)
    hall.clock.at = NEXT_MORNING
    assert hall.let_go() == 2
    assert hall.let_go() == 0
    hall.deliver()
    (text,) = hall.said
    assert text.index("G/TBT/N/EU/2") < text.index("G/TBT/N/EU/1")
    (message,) = [row for row in hall.rows() if row.kind == "digest"]
    mine = [row for row in hall.rows() if row.kind == "alert"]
    assert {(row.state, row.digest_id, row.settled_at) for row in mine} == {("sent", message.id, NEXT_MORNING)}
    assert [button.payload for button in hall.channel.sent[0][1].buttons] == [
        '/show_again{"alert": "2"}', '/show_again{"alert": "1"}',
    ]  # fmt: skip


def test_a_single_alert_comes_as_itself(hall: Hall) -> None:
    hall.reader()
    hall.put("G/TBT/N/EU/1", **FAR)
    hall.send()
    hall.clock.at = NEXT_MORNING
    hall.let_go()
    hall.deliver()
    assert "Why you get this" in hall.said[0]
    assert hall.states("digest") == []


def test_fault_19_after_days_of_standstill_it_comes_late_and_once(hall: Hall) -> None:
    hall.reader()
    for day in range(3):
        hall.put(f"G/TBT/N/EU/{day + 1}", **FAR)
        hall.send()
        hall.clock.move(days=1)
    hall.clock.move(days=4)
    hall.let_go()
    hall.deliver()
    assert len(hall.said) == 1
    assert hall.states() == [("sent", None)] * 3


@pytest.mark.parametrize(
    ("values", "waits"),
    [
        (FAR, True),
        (FAR | {"comment_deadline": "2026-11-29"}, False),  # seven days are left
        (FAR | {"comment_deadline": "2026-11-30"}, True),
        (FAR | {"type": "emergency"}, False),
    ],
)
def test_what_is_urgent_does_not_wait_for_a_digest(hall: Hall, values: dict[str, Any], waits: bool) -> None:
    hall.reader()
    hall.put("G/TBT/N/EU/1", **values)
    (row,) = hall.send()
    assert (row.state == State.HELD) is waits


@pytest.mark.parametrize(("moved", "waits"), [("2026-11-27", False), ("2027-02-01", True), ("2026-11-20", True)])
def test_the_newest_date_of_the_family_says_whether_it_presses(hall: Hall, moved: str, waits: bool) -> None:
    """What an addendum before had said counts no longer, and what has closed already presses nobody."""
    hall.reader()
    hall.put("G/TBT/N/EU/1", **FAR)
    hall.put("G/TBT/N/EU/1/ADD.1", title="Addendum", date="2026-11-20", comment_deadline="2027-01-20")
    hall.send()
    hall.put("G/TBT/N/EU/1/ADD.2", title="Addendum", date="2026-11-21", comment_deadline=moved)
    (row,) = hall.send()
    assert (row.state == State.HELD) is waits


def test_a_withdrawal_comes_at_once_and_what_it_takes_back_is_left_out(hall: Hall) -> None:
    hall.reader()
    hall.put("G/TBT/N/EU/1", **FAR)
    hall.put("G/TBT/N/EU/2", **FAR)
    hall.put("G/TBT/N/EU/3", **FAR)
    hall.send()
    hall.put("G/TBT/N/EU/1/ADD.1", title="Kettles; withdrawal", date="2026-11-21")
    hall.send()
    hall.deliver()
    assert len(hall.said) == 1
    assert "takes back" in hall.said[0]
    hall.clock.at = NEXT_MORNING
    hall.let_go()
    hall.deliver()
    assert "G/TBT/N/EU/1 " not in hall.said[1]
    assert [state for state in hall.states() if state[0] == "skipped"] == [("skipped", "withdrawn")]


def test_quiet_hours_hold_alerts_and_notices_and_nothing_that_was_asked_for(hall: Hall) -> None:
    member_id = hall.reader(frequency="instant")
    hall.db.now(members.choose_quiet, member_id, Quiet(time(16), time(8)))  # it is 17:00 in Shanghai
    hall.put("G/TBT/N/EU/1", **FAR)
    hall.send()
    rows = [delivery(member_id, kind, kind=kind) for kind in ("notice", "text", "ticket")]
    rows.append(delivery(member_id, "late", kind="alert", latest=NOW + timedelta(hours=1)))
    hall.db.now(deliveries.enqueue, rows, now=NOW)
    assert [row.state for row in hall.rows()] == ["held", "held", "queued", "queued", "queued"]
    hall.clock.at = NEXT_MORNING - timedelta(seconds=1)
    assert hall.let_go() == 0
    hall.clock.at = NEXT_MORNING
    assert hall.let_go() == 2
    assert {row.state for row in hall.rows()} == {"queued"}


def test_a_member_elsewhere_has_their_own_morning(hall: Hall) -> None:
    hall.reader(time_zone="America/New_York")
    hall.put("G/TBT/N/EU/1", **FAR)
    (row,) = hall.send()
    assert row.due_at == datetime(2026, 11, 22, 13, 0, tzinfo=UTC)  # 08:00 there, the same day


def test_an_interest_has_a_rhythm_of_its_own_and_a_new_one_that_of_its_member(hall: Hall) -> None:
    member_id = hall.reader(frequency="weekly")
    tea = hall.interest(member_id, hs_codes=["0902"])
    assert [one.wanted.frequency for one in hall.db.look(interests.active, member_id)] == ["weekly", "weekly"]
    hall.db.now(interests.set_frequency, [tea], "instant")
    hall.put("G/SPS/N/EU/1", title="Tea", hs_codes=["0902"], date="2026-11-20", comment_deadline="2027-01-20")
    (row,) = hall.send()
    assert row.state == State.QUEUED


def test_what_is_held_follows_a_new_choice(hall: Hall) -> None:
    member_id = hall.reader(frequency="weekly", digest_weekday=4)
    hall.put("G/TBT/N/EU/1", **FAR)
    (row,) = hall.send()
    assert row.due_at == datetime(2026, 11, 27, 0, 0, tzinfo=UTC)

    def choose(tx: Any, frequency: str) -> None:
        members.choose_rhythm(tx, member_id, frequency, at=time(20), weekday=None)
        interests.set_frequency(tx, [row.interest_id], frequency)
        alerts.reschedule(tx, member_id, now=NOW, rhythm=Rhythm())

    hall.db.now(choose, "daily")
    assert hall.rows()[0].due_at == datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    hall.db.now(choose, "instant")
    assert hall.let_go() == 1


def test_what_is_of_no_use_after_a_moment_goes_before_it_whatever_hours_are_chosen(hall: Hall) -> None:
    """A reminder that comments close tonight waits for no morning, also if its reader wants quiet only now."""
    member_id = hall.reader()

    def choose(tx: Any, until: int) -> None:
        members.choose_quiet(tx, member_id, Quiet(time(16), time(until)))  # it is 17:00 in Shanghai
        alerts.reschedule(tx, member_id, now=NOW, rhythm=Rhythm())

    hall.db.now(choose, 20)
    late = delivery(member_id, kind="alert", priority=4, latest=NOW + timedelta(hours=4))
    hall.db.now(deliveries.enqueue, [late], now=NOW)
    assert hall.rows()[0].due_at == datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    hall.db.now(choose, 22)
    assert hall.rows()[0].due_at == NOW
    assert hall.let_go() == 1


def test_what_is_not_wanted_any_more_is_left_out_with_its_reason(hall: Hall) -> None:
    """Unsubscribed, muted, paused between binding and sending: no message after the commit."""
    anna, bob = hall.reader(), hall.reader("bob")
    for number in (1, 2, 3):
        hall.put(f"G/TBT/N/EU/{number}", **FAR)
    hall.send()
    hall.clock.at = NEXT_MORNING
    hall.let_go()
    hall.db.now(alerts.mute, anna, "G/TBT/N/EU/2", now=NOW)
    hall.db.now(members.pause, bob, NEXT_MORNING + timedelta(days=2))
    hall.deliver()
    assert len(hall.said) == 1
    assert "G/TBT/N/EU/2" not in hall.said[0]
    reasons = Counter(hall.states())
    assert reasons == {("sent", None): 2, ("skipped", "not_mine"): 1, ("skipped", "paused"): 3}
    assert Counter(hall.states("digest")) == {("sent", None): 1, ("skipped", "nothing_left"): 1}


class Refusing:
    name = "memory"

    async def send(self, to: Any, reply: Reply, *, key: str) -> Outcome:
        return Rejected("too long")


def test_its_rows_share_its_fate_and_a_replay_takes_them_along(hall: Hall) -> None:
    hall.reader()
    hall.put("G/TBT/N/EU/1", **FAR)
    hall.put("G/TBT/N/EU/2", **FAR)
    hall.send()
    hall.clock.at = NEXT_MORNING
    hall.let_go()
    hall.deliver(Refusing())
    assert {state for state, _ in hall.states()} == {"failed"}
    (message,) = [row for row in hall.rows() if row.kind == "digest"]
    assert hall.db.now(deliveries.replay, message.id)
    hall.deliver()
    assert [state for state, _ in hall.states()] == ["sent", "sent"]
    assert len(hall.said) == 1


def test_a_long_one_has_pages(hall: Hall) -> None:
    hall.reader()
    for number in range(1, 10):
        hall.put(f"G/TBT/N/EU/{number}", **FAR)
    hall.send()
    hall.clock.at = NEXT_MORNING
    hall.let_go()
    hall.deliver()
    (message,) = [row for row in hall.rows() if row.kind == "digest"]
    first = hall.channel.sent[0][1]
    assert first.buttons[-1].payload == f'/show_again{{"digest": "{message.id}", "page": 1}}'
    rest = hall.db.look(
        alerts.render_digest, message.id, texts=hall.texts, language="en", today=NOW.date(), page=1
    )  # fmt: skip
    assert rest is not None
    listed = [f"G/TBT/N/EU/{number} " in first.text for number in range(1, 10)]
    assert [f"G/TBT/N/EU/{number} " in rest.text for number in range(1, 10)] == [not one for one in listed]


def test_killed_between_sending_a_digest_and_marking_its_rows(hall: Hall, tmp_path: Path) -> None:
    """kill -9 in between: the one digest may come twice, every row points to it and is marked once."""
    hall.reader()
    for number in (1, 2, 3):
        hall.put(f"G/TBT/N/EU/{number}", **FAR)
    hall.send()
    hall.clock.at = NEXT_MORNING
    hall.let_go()
    arrived = tmp_path / "arrived"
    died("tests.delivering", url(hall.db), arrived, "--kill-after", 1)
    assert {state for state, _ in hall.states()} == {"held"}
    hall.let_go()
    finish(hall.db, arrived)
    (message,) = [row for row in hall.rows() if row.kind == "digest"]
    assert arrived.read_text("utf-8").splitlines() == [message.key] * 2
    assert {(row.state, row.digest_id) for row in hall.rows() if row.kind == "alert"} == {("sent", message.id)}


def test_a_kill_while_binding_leaves_it_to_be_done_again(hall: Hall) -> None:
    hall.reader()
    hall.put("G/TBT/N/EU/1", **FAR)
    hall.put("G/TBT/N/EU/2", **FAR)
    hall.send()
    hall.clock.at = NEXT_MORNING

    def cut_off(tx: Any) -> None:
        alerts.release(tx, now=NEXT_MORNING)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hall.db.now(cut_off)
    assert hall.states("digest") == []
    hall.let_go()
    hall.deliver()
    assert len(hall.said) == 1


def test_the_settings_say_when(hall: Hall) -> None:
    assert Alerts(digest_hour=7, digest_weekday="sunday").rhythm == Rhythm(at=time(7), weekday=6)
    member_id = hall.reader(frequency="weekly")
    hall.db.now(lambda tx: tx.execute(update(people).where(people.c.id == member_id).values(digest_at="18:30")))
    hall.put("G/TBT/N/EU/1", **FAR)
    hall.send(alerts={"digest_hour": 7, "digest_weekday": "tuesday"})
    due = hall.db.look(lambda tx: tx.execute(select(table.c.due_at)).scalar_one())
    assert due == datetime(2026, 11, 24, 10, 30, tzinfo=UTC)  # their own hour, the house's weekday
