"""Reminders that comments close, where no survey reminds: who is reminded when, once, and why the others are not."""

from datetime import date, time
from typing import Any

import pytest
from sqlalchemy import insert, update

from bot import alerts, i18n, members
from bot.db import models
from bot.surveys import closing
from bot.timing import Quiet
from bot.worker import unwanted
from tests.bot.surveys.conftest import SYMBOL, House

CLOSES = date(2027, 1, 22)  # a Friday
FIRST, SECOND = "2027-01-13", "2027-01-20"  # seven and two working days before


@pytest.fixture
def told(house: House) -> House:
    """Anna, Ben, Carl and Dora have been sent their alert on 22 November."""
    house.arrive(comment_deadline=CLOSES.isoformat())
    sent = update(models.deliveries).values(state="sent", settled_at=house.now)
    house.db.now(lambda tx: tx.execute(sent))
    return house


def rows(house: House) -> list[Any]:
    query = models.deliveries.select().where(models.deliveries.c.key.startswith("closing:"))
    return list(house.db.look(lambda tx: tx.execute(query.order_by(models.deliveries.c.id)).all()))


def reasons(house: House) -> dict[str, str | None]:
    """Of the newest reminder of each."""
    names = {number: name for name, number in house.members.items()}
    return {names[row.member_id]: row.reason for row in rows(house)}


def test_seven_and_two_working_days_before_once_each(told: House) -> None:
    counts = []
    for day in ("2027-01-12", FIRST, FIRST, "2027-01-14", SECOND, "2027-01-21", "2027-01-22", "2027-01-25"):
        told.at(day)
        told.work()
        counts.append(len(rows(told)))
    assert counts == [0, 4, 4, 4, 8, 8, 8, 8]


def test_not_at_night_nor_on_a_day_off_and_late_when_the_service_was_down(told: House) -> None:
    told.at(FIRST, hour=7)
    told.work()
    assert rows(told) == []
    told.at("2027-01-16")  # a Saturday
    told.work()
    assert rows(told) == []
    told.at("2027-01-18")
    told.work()
    assert len(rows(told)) == 4


def test_who_needs_none_has_a_row_with_the_reason(told: House) -> None:
    answer = {
        "member_id": told.members["anna"], "organisation_id": told.tree.enterprise.id, "symbol": SYMBOL,
        "affected": "none", "answers": {}, "more": {}, "state": "submitted", "version": 1, "language": "zh",
        "channel": "memory", "address": "anna", "key": "answer", "created_at": told.now, "updated_at": told.now,
    }  # fmt: skip
    told.db.now(lambda tx: tx.execute(insert(models.feedback).values(answer)))
    told.db.now(alerts.mute, told.members["carl"], SYMBOL, now=told.now)
    told.at(FIRST)
    told.db.now(members.pause, told.members["dora"], told.rules.start_of(date(2027, 1, 14)))
    told.work()
    assert reasons(told) == {"anna": "answered", "ben": "answered", "carl": "not_mine", "dora": "paused"}
    told.at(SECOND)
    told.work()
    assert reasons(told)["dora"] is None


def test_where_a_survey_asks_it_reminds_by_itself(told: House) -> None:
    told.open()
    told.work()
    told.at(FIRST)
    told.work()
    assert set(reasons(told).values()) == {"asked_by_survey"}


def test_a_withdrawn_one_reminds_nobody(told: House) -> None:
    told.arrive(symbol=f"{SYMBOL}/ADD.1", title="Kettles; withdrawal", comment_deadline=None)
    told.at(FIRST)
    told.work()
    assert rows(told) == []


def test_an_addendum_that_moves_the_date_moves_the_reminders(told: House) -> None:
    told.at(FIRST)
    told.work()
    old = rows(told)[0]
    told.arrive(symbol=f"{SYMBOL}/ADD.1", title="More time", comment_deadline="2027-02-26")
    assert told.db.look(unwanted, old, now=told.now) == "deadline_moved"
    told.at(SECOND)
    told.work()
    assert len(rows(told)) == 4
    told.at("2027-02-24")
    told.work()
    assert len(rows(told)) == 8
    assert {row.payload["closing"] for row in rows(told)[4:]} == {"2027-02-26"}


def test_a_fresh_alert_is_reminder_enough(told: House) -> None:
    sent = update(models.deliveries).values(settled_at=told.rules.start_of(date(2027, 1, 14)))
    told.db.now(lambda tx: tx.execute(sent))
    told.at("2027-01-15")
    told.work()
    assert rows(told) == []


def test_quiet_hours_hold_it_only_as_long_as_it_is_of_use(told: House) -> None:
    told.db.now(members.choose_quiet, told.members["dora"], Quiet(time(9), time(18)))
    told.at(FIRST)
    told.work()
    assert {row.state for row in rows(told)} == {"held", "queued"}


def test_killed_between_two_chunks_nobody_is_reminded_twice(told: House) -> None:
    told.at(FIRST)
    (close,) = told.db.look(closing.due, now=told.now, rules=told.rules)

    def cut_off(tx: Any) -> None:
        closing.remind(tx, close, now=told.now, rules=told.rules)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        told.db.now(cut_off)
    assert rows(told) == []
    told.work()
    told.work()
    assert len(rows(told)) == 4


@pytest.mark.parametrize("language", ["zh", "en"])
def test_how_it_reads(told: House, language: str) -> None:
    told.at(FIRST)
    told.work()
    texts = i18n.load()
    reply = told.db.look(alerts.render, rows(told)[0], texts=texts, language=language, today=date(2027, 1, 13))
    assert reply.text.startswith({"zh": "提醒：欧盟", "en": "A reminder: comments on a TBT"}[language])
    assert any("not_affected" in button.payload or "none" in button.payload for button in reply.buttons)
