"""What Telegram keeps in the database, on SQLite and PostgreSQL: updates, buttons, gaps, moves, questions to repeat."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from bot import deliveries, inbox, members
from bot.channels.telegram import intake, keyboard, reask, watch
from bot.channels.telegram.intake import Intake, Item, Refusal
from bot.channels.telegram.keyboard import Press, Refused
from bot.channels.telegram.places import Place
from bot.channels.telegram.updates import Me
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.db.models import addresses, channel_gaps, conversations, events, telegram_updates
from bot.deliveries import NewDelivery
from bot.i18n import Texts
from bot.messages import Button, Reply

ME = Me(99, "fengsui_bot")
ANNA = {"id": 7, "is_bot": False, "first_name": "安娜", "language_code": "zh-hans"}


def said(update_id: int, text: str, *, user: int = 7, **more: Any) -> dict[str, Any]:
    chat = {"id": user, "type": "private"}
    body = {"message_id": update_id, "chat": chat, "from": {**ANNA, "id": user}, "text": text, **more}
    return {"update_id": update_id, "message": body}


def pressed(update_id: int, data: str, *, user: int = 7, chat: int = 7) -> dict[str, Any]:
    message = {"message_id": 1, "chat": {"id": chat, "type": "private"}}
    return {
        "update_id": update_id,
        "callback_query": {"id": "c", "from": {**ANNA, "id": user}, "data": data, "message": message},
    }


@pytest.fixture
def take(db: Database, clock: FixedClock, texts: Texts) -> Any:
    return lambda *batch: db.now(Intake(ME, texts).take, list(batch), now=clock.now())


def test_an_update_is_taken_once_and_in_the_order_of_its_number(take: Any) -> None:
    work = take(said(12, "b"), said(11, "a"))
    assert [one.message.text for one in work if isinstance(one, Item)] == ["a", "b"]
    assert take(said(11, "a"), said(12, "b"), said(13, "c"))[0].message.text == "c"
    assert take(said(13, "something else")) == []


def test_what_cannot_be_read_or_stored_is_marked_and_passed_over(db: Database, take: Any, clock: FixedClock) -> None:
    assert len(take({"update_id": 1, "message": {"chat": 5}}, said(2, "x"))) == 1
    db.now(intake.give_up, {"update_id": 3}, "no", now=clock.now())
    rows = db.look(lambda tx: tx.execute(select(telegram_updates).order_by(telegram_updates.c.update_id)).all())
    assert [(row.update_id, bool(row.problem)) for row in rows] == [(1, True), (2, False), (3, True)]


def board(db: Database, clock: FixedClock, place: Place, *buttons: Button, question: int | None = None) -> list[str]:
    made = db.now(keyboard.make, place, buttons, key="turn:1:0#0", question=question, now=clock.now())
    db.now(keyboard.sent, made.id, 5)
    return [data for _, data in made.data]


def test_a_button_is_its_persons(db: Database, clock: FixedClock, take: Any) -> None:
    yes, page = board(db, clock, Place(7), Button("是", "/affirm"), Button("x", "/help"), question=3)
    (item,) = take(pressed(1, yes))
    assert isinstance(item, Item)
    assert (item.message.text, item.message.shown, item.message.metadata["question"]) == ("/affirm", "是", 3)
    (item,) = take(pressed(2, page))
    assert item.message.metadata["question"] is None
    assert take(pressed(3, yes, user=8)) == [Refusal("c", Refused.NOT_YOURS, "zh")]
    assert take(pressed(4, "forged")) == [Refusal("c", Refused.UNKNOWN, "zh")]


def test_in_a_group_a_notices_buttons_are_everybodys_and_an_answers_are_not(db: Database, clock: FixedClock) -> None:
    notice = board(db, clock, Place(-5, 4), Button("x", "/help"))[0]
    answer = board(db, clock, Place(-5, 4, 7), Button("x", "/help"))[0]
    found = db.look(keyboard.pressed, notice, user=8, chat=-5)
    assert isinstance(found, Press)
    assert found.place == Place(-5, 4, 8)
    assert db.look(keyboard.pressed, answer, user=8, chat=-5) is Refused.NOT_YOURS


def test_outdated_boards_are_found_until_they_are_closed(db: Database, clock: FixedClock) -> None:
    for question in (None, 1, 2):
        board(db, clock, Place(7), Button("是", "/affirm"), question=question)
    old = db.look(keyboard.outdated, "7", 2)
    assert [row.message_id for row in old] == [5]
    db.now(keyboard.close, [row.id for row in old])
    assert db.look(keyboard.outdated, "7", 2) == []


@pytest.mark.parametrize(
    ("payload", "page"),
    [
        ('/search_notifications{"page": 2}', 2),
        ("/help", None),
        ("跳过", None),
        ("/x{broken", None),
        ('/x{"page": "2"}', None),
    ],
)
def test_which_buttons_turn_a_page(payload: str, page: int | None) -> None:
    assert keyboard.page_of(payload) == page


def test_a_silence_is_an_outage_and_a_jump_is_a_gap(db: Database, clock: FixedClock) -> None:
    db.now(watch.heard, {"mode": "polling"}, now=clock.now(), at=1000.0)
    db.now(watch.heard, {}, now=clock.now(), at=1100.0)
    db.now(watch.heard, {}, now=clock.now(), at=1700.0)
    db.now(watch.note_holes, [watch.Hole(5, 9), watch.Hole(5, 9)], now=clock.now())
    db.now(watch.trouble, "telegram.busy", {}, at=1710.0)
    db.now(watch.know, {"pending": 4}, at=1720.0)
    assert db.look(watch.counts, at=1730.0) == {
        "last_heard_seconds": 30.0, "pending_updates": 4.0, "missing_updates": 5.0, "outages": 1.0, "trouble": 1.0,
    }  # fmt: skip
    assert len(db.look(watch.unasked)) == 1
    db.now(watch.heard, {}, now=clock.now(), at=1731.0)
    assert db.look(watch.state).data == {"mode": "polling", "problem": None, "values": {}, "pending": 4}  # type: ignore[union-attr]


def test_a_webhooks_holes_are_noted_when_nothing_can_come_any_more(db: Database, take: Any, clock: FixedClock) -> None:
    take(said(1, "a"), said(4, "b"))
    assert db.look(watch.settled_holes, now=clock.now()) == []
    clock.move(minutes=5)
    assert db.look(watch.settled_holes, now=clock.now()) == [watch.Hole(2, 3)]
    assert db.look(intake.missing, 1, 5) == 2
    take(said(2, "late"), said(3, "later"))
    assert db.look(watch.settled_holes, now=clock.now()) == []


@pytest.mark.parametrize(
    ("hours", "first", "found"), [(25, 9, [watch.Hole(5, 8)]), (200, 9, []), (200, 2, []), (25, 5, [])]
)
def test_after_an_outage_a_webhooks_first_number_is_compared_with_the_last_one_before(
    db: Database, take: Any, clock: FixedClock, hours: int, first: int, found: list[watch.Hole]
) -> None:
    """After a week of silence any number may come."""
    take(said(3, "a"), said(4, "b"))
    clock.move(hours=hours)
    take(said(first, "c"), said(first + 1, "d"))
    clock.move(minutes=5)
    assert db.look(watch.settled_holes, now=clock.now()) == found


def test_old_things_are_forgotten_but_the_newest_number(db: Database, take: Any, clock: FixedClock) -> None:
    take(said(1, "a"), said(2, "b"))
    clock.move(days=20)
    db.now(watch.forget, now=clock.now())
    assert db.look(lambda tx: tx.execute(select(telegram_updates.c.update_id)).scalars().all()) == [2]


def test_who_writes_is_alive_again_and_who_blocks_is_not(db: Database, take: Any, clock: FixedClock) -> None:
    def state() -> Any:
        return db.look(lambda tx: tx.execute(select(addresses.c.state, addresses.c.reason)).one())

    db.now(members.at_address, "telegram", "7", now=clock.now())
    chat = {"id": 7, "type": "private"}
    take({"update_id": 1, "my_chat_member": {"chat": chat, "new_chat_member": {"status": "kicked"}}})
    assert tuple(state()) == ("gone", "the bot was kicked")
    take(said(2, "hello"))
    assert tuple(state()) == ("active", None)


def test_a_moved_group_takes_everything_along(db: Database, clock: FixedClock) -> None:
    now = clock.now()

    def fill(tx: Any) -> None:
        member = members.at_address(tx, "telegram", "-5", now=now)
        talk = {"member_id": member, "channel": "telegram", "language": "zh", "snapshot": {}, "updated_at": now}
        tx.execute(insert(conversations), [{**talk, "sender": sender} for sender in ("-5:0:7", "-55:0:7", "7")])
        rows = [NewDelivery(at, member, "telegram", at) for at in ("-5", "-5:4", "-55")]
        deliveries.enqueue(tx, rows, now=now)

    db.now(fill)
    db.now(intake.move, -5, -1005)
    senders = db.look(lambda tx: tx.execute(select(conversations.c.sender)).scalars().all())
    assert sorted(senders) == ["-1005:0:7", "-55:0:7", "7"]
    there = db.look(lambda tx: tx.execute(select(deliveries.deliveries.c.address)).scalars().all())
    assert sorted(there) == ["-1005", "-1005:4", "-55"]


def talking(db: Database, clock: FixedClock, sender: str, slot: str | None, *said: dict[str, Any]) -> None:
    """A conversation that waits for this slot, after three turns."""

    def begin(tx: Any) -> None:
        member = members.at_address(tx, "telegram", sender, now=clock.now())
        snapshot = {"state": {"slots": {"requested_slot": slot}, "loop": None}}
        talk = {"member_id": member, "channel": "telegram", "sender": sender, "language": "zh", "snapshot": snapshot}
        row = tx.execute(insert(conversations).values(**talk, version=3, updated_at=clock.now()))
        rows = [{"conversation_id": row.inserted_primary_key[0], "seq": n, "data": one} for n, one in enumerate(said)]
        tx.execute(insert(events), rows)

    db.now(begin)


def spoken(text: str, *buttons: tuple[str, str]) -> dict[str, Any]:
    data = {"buttons": [{"title": title, "payload": payload} for title, payload in buttons] or None}
    return {"event": "bot", "text": text, "data": data}


@pytest.mark.parametrize(
    ("seconds", "buttons", "why"),
    [(600, (), "asked_again"), (600, (("是", "/affirm"),), "asked_again_button"), (90_000, (), "asked_again_lost")],
)
def test_open_questions_are_asked_again_once(
    db: Database, clock: FixedClock, texts: Texts, seconds: int, buttons: Any, why: str
) -> None:
    talking(db, clock, "7", "confirm", spoken("首先"), spoken("请核对", *buttons), {"event": "slot", "name": "x"})
    talking(db, clock, "8", None, spoken("没有问题"))
    db.now(watch.heard, {}, now=clock.now(), at=1000.0)
    clock.move(seconds=seconds)
    now = clock.now()
    db.now(watch.heard, {}, now=now, at=1000.0 + seconds)
    talking(db, clock, "9", "confirm", spoken("刚刚问过"))
    assert db.now(reask.ask_again, now=now) == 1
    assert db.now(reask.ask_again, now=now) == 0
    row = db.look(lambda tx: tx.execute(select(deliveries.deliveries)).one())
    reply = db.look(reask.renderer(texts), row, language="zh", now=now)
    assert reply == Reply(
        f"{texts(f'telegram.{why}', 'zh')}\n\n请核对", tuple(Button(*one) for one in buttons), custom={"question": 3}
    )
    db.now(lambda tx: tx.execute(conversations.update().values(version=4)))
    assert db.look(reask.renderer(texts), row, language="zh", now=now) is None
    asked = db.look(lambda tx: tx.execute(select(channel_gaps.c.asked_again_at)).scalars().all())
    assert asked == [now]


def test_what_a_crash_left_is_found_oldest_first(db: Database, take: Any, clock: FixedClock) -> None:
    take(said(1, "a"), said(2, "b"))
    assert [one.update_id for one in db.look(intake.left)] == [1, 2]
    assert db.look(intake.left, before=clock.now() - timedelta(seconds=1)) == []
    assert db.look(intake.newest, "7") == 2


def test_a_failure_of_the_database_is_not_the_messages(db: Database, take: Any) -> None:
    (item,) = take(said(1, "a"))
    row = db.look(lambda tx: inbox.open_rows(tx, channels=("telegram",)))[0]
    for _ in range(3):
        db.now(inbox.start, row.id)
    db.now(intake.forgive, item.message)
    assert db.look(inbox.find, row.id).attempts == 0
