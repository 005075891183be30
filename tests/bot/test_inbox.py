"""A message is committed before anyone is told that it arrived; it is handled once and answered once."""

from bot import inbox
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.inbox import Received
from bot.messages import Attachment, Button, Inbound, Reply

REPLIES = (Reply("您好", (Button("关注", "/subscribe"),)), Reply("Hello"))


def _message(key: str = "1", *, sender: str = "anna", text: str = "hello") -> Inbound:
    return Inbound("memory", sender, key, text)


def _receive(db: Database, clock: FixedClock, message: Inbound) -> Received:
    return db.now(inbox.receive, message, now=clock.now())


def test_a_message_is_stored_whole(db: Database, clock: FixedClock) -> None:
    files = (Attachment("清单.xlsx", "application/vnd.ms-excel", "ab/清单.xlsx", 12),)
    message = Inbound("memory", "安娜", "k-1", "😀\n你好 'x' \\", "pressed", {"language": "en"}, files)
    received = _receive(db, clock, message)
    assert received == Received(received.id, message, 0, False, False, (), True)
    assert db.look(inbox.find, received.id).message == message


def test_the_same_key_is_the_same_message(db: Database, clock: FixedClock) -> None:
    first = _receive(db, clock, _message(text="first"))
    again = _receive(db, clock, _message(text="changed"))
    assert (again.id, again.fresh, again.message.text) == (first.id, False, "first")
    assert _receive(db, clock, _message(sender="ben")).fresh
    assert _receive(db, clock, _message("2")).fresh


def test_tries_are_counted(db: Database, clock: FixedClock) -> None:
    row = _receive(db, clock, _message()).id
    assert [db.now(inbox.start, row) for _ in range(3)] == [1, 2, 3]
    assert db.look(inbox.find, row).attempts == 3


def test_it_is_handled_once(db: Database, clock: FixedClock) -> None:
    row = _receive(db, clock, _message()).id
    assert db.now(inbox.handled, row, REPLIES, now=clock.now())
    assert not db.now(inbox.handled, row, [Reply("other")], now=clock.now())
    found = db.look(inbox.find, row)
    assert (found.handled, found.replied, found.replies) == (True, False, REPLIES)


def test_a_turn_that_failed_cannot_undo_one_that_was_handled(db: Database, clock: FixedClock) -> None:
    row = _receive(db, clock, _message()).id
    db.now(inbox.handled, row, REPLIES, now=clock.now())
    db.now(inbox.failed, row, [Reply("sorry")], failure="late", reference="R1", now=clock.now())
    assert db.look(inbox.find, row).replies == REPLIES


def test_a_failed_turn_has_an_honest_sentence_to_send(db: Database, clock: FixedClock) -> None:
    row = _receive(db, clock, _message()).id
    db.now(inbox.failed, row, [Reply("sorry R1")], failure="ValueError()", reference="R1", now=clock.now())
    found = db.look(inbox.find, row)
    assert (found.handled, found.replies) == (True, (Reply("sorry R1"),))
    assert not db.now(inbox.handled, row, REPLIES, now=clock.now())


def test_a_crash_leaves_what_is_not_replied_oldest_first(db: Database, clock: FixedClock) -> None:
    rows = [_receive(db, clock, _message(key)).id for key in "abc"]
    other = _receive(db, clock, Inbound("mail", "anna", "a", "hello")).id
    db.now(inbox.handled, rows[0], REPLIES, now=clock.now())
    db.now(inbox.handled, rows[1], REPLIES, now=clock.now())
    db.now(inbox.replied, rows[0], now=clock.now())
    left = db.look(inbox.open_rows, channels=["memory"])
    assert [(row.id, row.handled) for row in left] == [(rows[1], True), (rows[2], False)]
    assert [row.id for row in db.look(inbox.open_rows, channels=["memory", "mail"], limit=2)] == rows[1:]
    assert [row.id for row in db.look(inbox.open_rows, channels=["mail"])] == [other]


def test_a_client_that_asks_again_is_recognised_while_unanswered(db: Database, clock: FixedClock) -> None:
    def again(text: str = "hello") -> Received | None:
        return db.look(inbox.unanswered, channel="memory", sender="anna", text=text)

    assert again() is None
    row = _receive(db, clock, _message()).id
    found = again()
    assert found is not None
    assert found.id == row
    assert again("something else") is None
    db.now(inbox.replied, row, now=clock.now())
    assert again() is None
    _receive(db, clock, _message("2", text="newer"))
    assert again() is None
