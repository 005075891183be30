"""The delivery worker: it looks again before it sends, tells what came of it, and survives being killed."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Row, select, update
from sqlalchemy.exc import OperationalError

from bot import deliveries, members
from bot.channels.memory import MemoryChannel
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.db.models import addresses, interests
from bot.db.models import deliveries as table
from bot.deliveries import State
from bot.i18n import Texts
from bot.messages import Recipient, Reply
from bot.ports import Gone, Outcome, Rejected, Temporary, Throttled, Unknown
from bot.settings import Delivery
from bot.worker import Worker, language_of, text_renderer
from tests.delivering import plain
from tests.factories import delivery, interest, person


class Post:
    """A worker with its channel, and what has become of the rows."""

    def __init__(self, db: Database, clock: FixedClock, **settings: Any) -> None:
        self.db, self.clock, self.channel = db, clock, MemoryChannel()
        self.anna = db.now(person, "anna", now=clock.now())
        self.worker = self.of(self.channel, plain, **settings)

    def of(self, channel: Any, renderer: Any, **settings: Any) -> Worker:
        kinds = {"text": renderer, "alert": renderer}
        return Worker(self.db, self.clock, {"memory": channel}, kinds, Delivery(**settings))

    def put(self, key: str = "one", **more: Any) -> None:
        self.db.now(deliveries.enqueue, [delivery(self.anna, key, **more)], now=self.clock.now())

    def once(self) -> int:
        return asyncio.run(self.worker.once())

    def row(self, key: str = "one") -> Row[Any]:
        return self.db.look(lambda tx: tx.execute(select(table).where(table.c.key == key)).one())

    @property
    def said(self) -> list[str]:
        return [reply.text for _, reply in self.channel.sent]


@pytest.fixture
def post(db: Database, clock: FixedClock) -> Post:
    return Post(db, clock)


def test_it_sends_what_is_due_and_marks_it(post: Post) -> None:
    post.put("a")
    post.put("b")
    assert post.once() == 2
    assert post.said == ["a", "b"]
    assert post.row("a").state == State.SENT
    assert post.once() == 0


def test_it_takes_one_batch_at_a_time(db: Database, clock: FixedClock) -> None:
    post = Post(db, clock, batch=2)
    for key in "abc":
        post.put(key)
    assert [post.once(), post.once(), post.once()] == [2, 1, 0]


# --- still wanted? --------------------------------------------------------------------------------

Change = Callable[[Connection, Post], object]


def _pause(tx: Connection, post: Post) -> None:
    members.pause(tx, post.anna, post.clock.now() + timedelta(days=1))


def _gone(tx: Connection, post: Post) -> None:
    tx.execute(update(addresses).values(state="gone", reason="blocked"))


def _unsubscribe(tx: Connection, post: Post) -> None:
    tx.execute(update(interests).values(state="ended"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [(_pause, "paused"), (_gone, "address_gone"), (_unsubscribe, "unsubscribed")],
    ids=["paused", "address gone", "unsubscribed"],
)
def test_what_is_not_wanted_any_more_is_skipped_with_its_reason(post: Post, change: Change, reason: str) -> None:
    wanted = post.db.now(interest, post.anna, now=post.clock.now())
    post.put(kind="alert", interest_id=wanted)
    post.db.now(change, post)
    post.once()
    assert post.said == []
    row = post.row()
    assert (row.state, row.reason, row.settled_at) == (State.SKIPPED, reason, post.clock.now())


def test_a_pause_holds_back_alerts_only_and_ends(post: Post) -> None:
    post.db.now(_pause, post)
    post.put("receipt", kind="text")
    post.once()
    assert post.said == ["receipt"]
    post.clock.move(days=1)
    post.put("alert", kind="alert")
    post.once()
    assert post.said == ["receipt", "alert"]


# --- outcomes -------------------------------------------------------------------------------------


def _answer(post: Post, *outcomes: Outcome) -> None:
    post.channel.next_outcome.extend(outcomes)


def test_told_to_wait_it_waits_and_then_sends(post: Post) -> None:
    _answer(post, Throttled(30))
    post.put()
    post.once()
    assert (post.row().state, post.row().reason) == (State.QUEUED, "throttled")
    assert post.once() == 0
    _make_due(post)
    post.once()
    assert post.said == ["one"]


def _make_due(post: Post) -> None:
    post.db.now(lambda tx: tx.execute(update(table).values(next_at=0)))


def test_of_unknown_fate_it_is_tried_once_more(post: Post) -> None:
    _answer(post, Unknown("timeout"), Unknown("timeout"))
    post.put()
    post.once()
    assert post.row().state == State.QUEUED
    _make_due(post)
    post.once()
    assert (post.row().state, post.row().reason) == (State.UNKNOWN, "timeout")
    _make_due(post)
    assert post.once() == 0


def test_gone_marks_the_address_and_the_next_message_is_not_tried(post: Post) -> None:
    _answer(post, Gone("blocked by the user"))
    post.put("a")
    post.once()
    assert post.row("a").state == State.FAILED
    post.put("b")
    post.once()
    assert (post.row("b").state, post.row("b").reason) == (State.SKIPPED, "address_gone")


def test_who_writes_again_is_reached_again(post: Post) -> None:
    _answer(post, Gone("blocked"))
    post.put("a")
    post.once()
    post.db.now(members.at_address, "memory", "anna", now=post.clock.now())
    post.put("b")
    post.once()
    assert post.said == ["b"]


def test_a_passing_fault_ends_after_all_tries(db: Database, clock: FixedClock) -> None:
    post = Post(db, clock, max_attempts=2)
    _answer(post, Temporary("busy"), Temporary("busy"))
    post.put()
    post.once()
    _make_due(post)
    post.once()
    assert (post.row().state, post.row().reason, post.row().attempts) == (State.FAILED, "busy", 2)


def test_one_bad_message_does_not_hold_up_the_rest(post: Post) -> None:
    _answer(post, Rejected("too long"))
    post.put("a")
    post.put("b")
    post.once()
    assert (post.row("a").state, post.row("b").state) == (State.FAILED, State.SENT)


class Broken:
    """A channel that has a bug."""

    name = "memory"

    async def send(self, to: Recipient, reply: Reply, *, key: str) -> Outcome:
        raise RuntimeError("a bug")


def test_a_channel_with_a_bug_is_tried_again(post: Post) -> None:
    post.put()
    asyncio.run(post.of(Broken(), plain).once())
    assert (post.row().state, post.row().reason) == (State.QUEUED, "RuntimeError('a bug')")


def test_what_breaks_at_a_place_that_nobody_knows_is_tried_once_more_and_marked(post: Post) -> None:
    """The message may be on its way: a bug after the provider's yes must not send it eight times."""
    post.put()
    for _ in range(2):
        asyncio.run(post.of(Broken(), plain).once())
        _make_due(post)
    assert (post.row().state, post.row().attempts) == (State.UNKNOWN, 2)


class Storeless:
    """A channel that finds no store before it sends."""

    name = "memory"

    async def send(self, to: Recipient, reply: Reply, *, key: str) -> Outcome:
        raise OperationalError("select", {}, Exception("the server is starting up"))


def test_without_its_store_a_channel_has_not_sent(post: Post) -> None:
    post.put()
    for _ in range(3):
        asyncio.run(post.of(Storeless(), plain).once())
        _make_due(post)
    assert (post.row().state, post.row().attempts) == (State.QUEUED, 3)


def _unwritable(tx: Connection, row: Row[Any], *, language: str, now: datetime) -> Reply:
    raise KeyError("title")


def _nothing_left(tx: Connection, row: Row[Any], *, language: str, now: datetime) -> None:
    return None


@pytest.mark.parametrize(
    ("renderer", "reason"), [(_unwritable, "not rendered: KeyError('title')"), (_nothing_left, "nothing to say")]
)
def test_what_cannot_be_written_fails_with_the_reason(post: Post, renderer: Any, reason: str) -> None:
    post.put()
    asyncio.run(post.of(post.channel, renderer).once())
    assert (post.row().state, post.row().reason) == (State.FAILED, reason)


def test_a_kind_that_nobody_can_write_fails_with_the_reason(post: Post) -> None:
    post.put(kind="poem")
    post.once()
    assert post.row().state == State.FAILED
    assert "poem" in post.row().reason


# --- language -------------------------------------------------------------------------------------


def test_it_writes_in_the_readers_own_language_at_the_moment_of_sending(post: Post, texts: Texts) -> None:
    key = "web.send"
    post.put("a", payload={"key": key})
    post.put("b", payload={"key": key, "buttons": [{"key": key, "payload": "/go"}]})
    post.db.now(members.choose_language, post.anna, "en")
    asyncio.run(post.of(post.channel, text_renderer(texts)).once())
    assert post.said == [texts(key, "en")] * 2
    assert post.channel.sent[1][1].buttons[0].title == texts(key, "en")


def test_without_a_choice_the_default_is_chinese(post: Post) -> None:
    assert post.db.look(language_of, post.anna) == "zh"


# --- the loop -------------------------------------------------------------------------------------


def test_the_loop_survives_a_fault_and_is_woken(db: Database, clock: FixedClock) -> None:
    """A nudge makes it look at once: the idle wait of an hour is never waited for."""
    post = Post(db, clock, poll_seconds=3600)
    looked = asyncio.Event()

    class Once(Worker):
        faults = 1

        async def step(self) -> int:
            if self.faults:
                self.faults -= 1
                looked.set()
                raise OSError("disk full")
            return await Worker.step(self)

    async def scenario() -> None:
        looping = Once(db, clock, {"memory": post.channel}, {"text": plain}, post.worker.settings)
        task = asyncio.create_task(looping.run())
        await looked.wait()
        post.put()
        looping.nudge()
        while not post.said:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(scenario(), 30))
