"""What is older than its period goes, everything else stays; files go when nothing shows them any more."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, func, insert, select

from bot import retention
from bot.db.engine import Database
from bot.db.models import audit_log, chat_messages, conversations, deliveries, events, feedback, feedback_files, inbox
from bot.settings import Retention
from tests import factories

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
NONE = Retention(conversations=None, inbox=None, files=None, deliveries=None, audit=None)
TABLES = {"audit": audit_log, "inbox": inbox, "chat_messages": chat_messages, "events": events}
FILE = {"name": "a.png", "media_type": "image/png", "path": "in/x/a.png", "size": 1}


def put(tx: Connection, days: int, key: str, *, files: bool = False) -> None:
    """One of everything, so many days old."""
    at = NOW - timedelta(days=days)
    member = factories.person(tx, key, now=NOW)
    message = {"text": "x", "attachments": [FILE] if files else []}
    stored = {"channel": "web", "sender": key, "key": key, "message": message, "received_at": at, "handled_at": at}
    tx.execute(insert(inbox).values(**stored))
    shown = {"channel": "web", "address": key, "mine": True, "key": key, "body": {}, "at": at}
    tx.execute(insert(chat_messages).values(**shown))
    talk = {"channel": "web", "sender": key, "member_id": member, "language": "zh", "snapshot": {}, "updated_at": at}
    made = tx.execute(insert(conversations).values(**talk).returning(conversations.c.id)).scalar_one()
    tx.execute(insert(events).values(conversation_id=made, seq=1, data={"timestamp": at.timestamp()}))
    tx.execute(insert(audit_log).values(at=at, action="x", allowed=True))


def sent(tx: Connection, days: int, key: str) -> None:
    member = factories.person(tx, f"to-{key}", now=NOW)
    row = {
        "key": key, "member_id": member, "channel": "web", "address": key, "kind": "text", "payload": {},
        "state": "sent", "next_at": 0.0, "created_at": NOW, "settled_at": NOW - timedelta(days=days),
    }  # fmt: skip
    tx.execute(insert(deliveries).values(**row))


def run(db: Database, *, limit: int = 500, **periods: Any) -> None:
    settings = NONE.model_copy(update=periods)
    while old := db.look(retention.too_old, settings, now=NOW, limit=limit):
        for one in old:
            assert db.now(retention.drop, one) > 0


def left(db: Database, table: Table) -> int:
    return int(db.look(lambda tx: tx.execute(select(func.count()).select_from(table)).scalar_one()))


@pytest.fixture
def old_and_new(db: Database) -> Database:
    db.now(put, 400, "old")
    db.now(put, 3, "new")
    return db


def test_without_a_period_everything_stays(old_and_new: Database) -> None:
    run(old_and_new)
    assert [left(old_and_new, table) for table in TABLES.values()] == [2, 2, 2, 2]


@pytest.mark.parametrize(
    ("period", "gone"),
    [
        ("audit", {"audit"}),
        ("inbox", {"inbox"}),
        ("conversations", {"chat_messages", "events"}),
    ],
)
def test_each_period_is_its_own(old_and_new: Database, period: str, gone: set[str]) -> None:
    run(old_and_new, **{period: 365})
    assert {name for name, table in TABLES.items() if left(old_and_new, table) == 1} == gone


def test_more_than_a_slice_goes_slice_by_slice(db: Database) -> None:
    for number in range(5):
        db.now(put, 400, f"old-{number}")
    run(db, limit=2, audit=365, conversations=365)
    assert (left(db, audit_log), left(db, events), left(db, conversations)) == (0, 0, 0)


def test_what_was_sent_goes_by_the_day_it_was_sent(db: Database) -> None:
    db.now(sent, 400, "old")
    db.now(sent, 3, "new")
    run(db, deliveries=365)
    assert left(db, deliveries) == 1


def test_a_message_with_a_file_is_kept_as_long_as_files(db: Database) -> None:
    db.now(put, 400, "old", files=True)
    run(db, inbox=30)
    assert left(db, inbox) == 1
    assert db.look(retention.needed) == {FILE["path"]}
    run(db, files=365)
    assert (left(db, inbox), db.look(retention.needed)) == (0, set())


def test_a_file_on_a_feedback_stays_with_it(db: Database) -> None:
    def on_feedback(tx: Connection) -> None:
        given = {
            "answers": {}, "more": {}, "language": "zh", "channel": "web", "address": "a", "key": "f", "state": "draft",
            "created_at": NOW, "updated_at": NOW,
        }  # fmt: skip
        made = tx.execute(insert(feedback).values(**given).returning(feedback.c.id)).scalar_one()
        tx.execute(insert(feedback_files).values(**FILE, feedback_id=made, key="k", at=NOW))

    db.now(on_feedback)
    assert db.look(retention.needed) == {FILE["path"]}


def test_only_old_files_that_nothing_shows_are_swept(tmp_path: Path) -> None:
    ages = {"in/kept/a.png": 1.0, "in/gone/b.png": 1.0, "in/young/c.png": 9.0, "report/d.pdf": 1.0}
    for name, age in ages.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (age, age))
    assert retention.sweep(tmp_path, {"in/kept/a.png"}, older_than=5.0) == 1
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == {
        "in/kept/a.png",
        "in/young/c.png",
        "report/d.pdf",
    }
    assert not (tmp_path / "in" / "gone").exists()


def test_pictures_of_the_chat_go_by_the_day_they_were_last_shown(tmp_path: Path) -> None:
    for name, age in {"pictures/old/path.png": 1.0, "pictures/new/timeline.png": 9.0, "in/kept/a.png": 1.0}.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (age, age))
    assert retention.sweep_drawn(tmp_path, older_than=5.0) == 1
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"pictures/new/timeline.png", "in/kept/a.png"}
    assert not (tmp_path / "pictures" / "old").exists()
