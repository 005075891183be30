"""When one address fails the message goes to the next one, once, with a row that says so."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from bot import deliveries, fallback, members
from bot.alerts.reach import order
from bot.channels.memory import MemoryChannel
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.db.models import addresses
from bot.db.models import deliveries as table
from bot.deliveries import DIGEST, State
from bot.ports import Gone, Outcome, Rejected, Sent, Temporary, Throttled, Unknown
from bot.settings import Delivery
from bot.worker import Worker
from tests.delivering import plain
from tests.factories import delivery, person


class Post:
    """A person with three addresses, on channels that answer as told."""

    def __init__(self, db: Database, clock: FixedClock) -> None:
        self.db, self.clock = db, clock
        self.anna = db.now(person, "anna", now=clock.now())
        for name in ("post", "wire"):
            clock.at += timedelta(minutes=1)
            db.now(members.add_address, self.anna, name, "anna", now=clock.now())
        self.channels = {name: MemoryChannel(name) for name in ("memory", "post", "wire")}

    def choose(self, *names: str) -> None:
        for place, name in enumerate(names, start=1):
            here = addresses.c.channel == name
            self.db.now(
                lambda tx, here=here, place=place: tx.execute(update(addresses).where(here).values(place=place))
            )

    def put(self, key: str = "one", *, channel: str = "memory", **more: Any) -> None:
        self.db.now(deliveries.enqueue, [delivery(self.anna, key, channel=channel, **more)], now=self.clock.now())

    def work(self, **settings: Any) -> None:
        kinds = {"text": plain, "alert": plain, DIGEST: plain, "reask": plain}
        worker = Worker(self.db, self.clock, self.channels, kinds, Delivery(**settings))

        async def run() -> None:
            while await worker.once():
                pass

        asyncio.run(run())

    def answers(self, channel: str, *outcomes: Outcome) -> None:
        self.channels[channel].next_outcome = list(outcomes)

    @property
    def seen(self) -> list[tuple[str, str]]:
        return [(name, reply.text) for name, one in self.channels.items() for _, reply in one.sent]

    def rows(self) -> list[Row[Any]]:
        return self.db.look(lambda tx: tx.execute(select(table).order_by(table.c.id)).all())


@pytest.fixture
def post(db: Database, clock: FixedClock) -> Post:
    return Post(db, clock)


def test_the_order_is_what_the_member_chose_then_the_newest(post: Post) -> None:
    assert post.db.look(order, post.anna) == [("wire", "anna"), ("post", "anna"), ("memory", "anna")]
    post.choose("memory", "wire")
    assert post.db.look(order, post.anna) == [("memory", "anna"), ("wire", "anna"), ("post", "anna")]


@pytest.mark.parametrize(
    ("wanted", "tried", "next_one"),
    [
        ([("a", "1"), ("b", "1")], {("a", "1")}, ("b", "1")),
        ([("a", "1"), ("b", "1")], {("b", "1")}, ("a", "1")),
        ([("a", "1"), ("a", "2")], {("a", "1")}, ("a", "2")),
        ([("a", "1"), ("b", "1")], {("a", "1"), ("b", "1")}, None),
        ([], {("a", "1")}, None),
    ],
)
def test_the_first_that_was_not_tried_yet(wanted: Any, tried: Any, next_one: Any) -> None:
    assert fallback.following(wanted, tried) == next_one


@pytest.mark.parametrize("failure", [Gone("blocked"), Rejected("too odd"), Temporary("down")])
def test_what_failed_goes_to_the_next_address_with_a_row_that_says_so(post: Post, failure: Outcome) -> None:
    post.choose("memory", "post", "wire")
    post.put()
    post.answers("memory", failure)
    post.work(max_attempts=1)
    first, second = post.rows()
    assert (first.channel, first.state) == ("memory", State.FAILED)
    assert first.reason in ("blocked", "too odd", "down")
    assert (second.channel, second.state, second.instead_of) == ("post", State.SENT, first.id)
    assert post.seen == [("post", "one")]


def test_it_goes_down_the_list_and_ends_there(post: Post) -> None:
    post.choose("memory", "post", "wire")
    post.put()
    for name in post.channels:
        post.answers(name, Rejected("no"))
    post.work()
    assert [(row.channel, row.state) for row in post.rows()] == [
        ("memory", State.FAILED), ("post", State.FAILED), ("wire", State.FAILED),
    ]  # fmt: skip
    assert post.seen == []


@pytest.mark.parametrize("outcome", [Sent("1"), Throttled(60), Temporary("passing")])
def test_what_was_accepted_or_is_still_tried_goes_nowhere_else(post: Post, outcome: Outcome) -> None:
    post.put()
    post.answers("memory", outcome)
    post.work()
    assert len(post.rows()) == 1


def test_what_may_have_arrived_goes_nowhere_else(post: Post) -> None:
    """Of unknown fate it is tried once more where it may have arrived, and staff see it: nobody gets it twice."""
    post.put()
    post.answers("memory", Unknown("time-out"), Unknown("time-out"))
    for _ in range(2):
        post.work()
        post.db.now(lambda tx: tx.execute(update(table).values(next_at=0.0)))
    assert [(row.channel, row.state) for row in post.rows()] == [("memory", State.UNKNOWN)]
    assert post.seen == []


def test_what_was_queued_behind_it_goes_on_too(post: Post) -> None:
    """The address turned out to be gone with the first of two messages."""
    post.choose("memory", "post")
    post.put("a")
    post.put("b")
    post.answers("memory", Gone("blocked"))
    post.work()
    assert post.seen == [("post", "a"), ("post", "b")]
    assert [row.reason for row in post.rows()[:2]] == ["blocked", "address_gone"]


def test_what_belongs_to_one_chat_stays_there(post: Post) -> None:
    post.put("question", kind="reask")
    post.put("code", address="not mine yet")
    post.answers("memory", Rejected("no"), Rejected("no"))
    post.work()
    assert {row.channel for row in post.rows()} == {"memory"}


def test_a_digest_takes_its_own_along(post: Post) -> None:
    post.choose("memory", "post")
    post.put("digest", kind=DIGEST)
    whole = post.rows()[0]
    for key in ("a", "b"):
        post.put(key, kind="alert")
        held = {"state": State.HELD, "digest_id": whole.id}
        post.db.now(lambda tx, k=key, h=held: tx.execute(update(table).where(table.c.key == k).values(**h)))
    post.answers("memory", Gone("blocked"))
    post.work()
    assert post.seen == [("post", "digest")]
    *own, again = post.rows()[1:]
    assert again.instead_of == whole.id
    assert {(row.digest_id, row.state) for row in own} == {(again.id, State.SENT)}


def test_a_worker_that_lost_its_lease_moves_nothing(post: Post) -> None:
    post.put()
    claim = {"channels": ["memory"], "limit": 1, "lease_seconds": 0.0}
    old = post.db.now(deliveries.claim, **claim)[0]
    post.db.now(deliveries.claim, **claim, at=old.row.next_at + 1e6)
    now = post.clock.now()
    assert post.db.now(fallback.settle, old, Gone("blocked"), now=now, max_attempts=8) is None
    assert len(post.rows()) == 1
