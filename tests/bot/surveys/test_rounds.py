"""Reminders go to the silent alone, on their days, while people work; how a survey ends is told once."""

from datetime import date

import pytest
from sqlalchemy import select

from bot import alerts, surveys
from bot.db import models
from bot.errors import BadInput, NotAllowed
from bot.settings import Settings
from bot.surveys import State, rounds
from tests.bot.surveys.conftest import SYMBOL, House

# enterprises 15 December (a Tuesday), counties 18, centre 24: reminders on 8, 14 and 16 December


@pytest.fixture
def asked(house: House) -> House:
    house.open()
    house.work()
    return house


def test_only_the_silent_are_reminded_each_once_on_each_rung(asked: House) -> None:
    asked.answer("carl")
    asked.at("2026-12-07")
    asked.work()
    assert asked.names("remind") == []
    asked.at("2026-12-08")
    asked.work()
    asked.work()
    assert asked.names("remind") == ["anna", "ben", "dora"]
    asked.answer("ben")  # and with that anna's enterprise has answered
    asked.at("2026-12-14")
    asked.work()
    assert asked.names("remind") == ["anna", "ben", "dora", "dora"]
    asked.at("2026-12-16")
    asked.work()
    assert asked.names("late") == ["dora"]
    asked.at("2026-12-18")
    asked.work()
    asked.at("2026-12-28")
    asked.work()
    assert (len(asked.told("remind")), len(asked.told("late"))) == (4, 1)


def test_a_reminder_is_counted_with_who_was_asked(asked: House) -> None:
    asked.at("2026-12-08")
    asked.work()
    rows = asked.db.look(lambda tx: tx.execute(select(models.invitations)).all())
    assert {(row.reminders, row.reminded_at) for row in rows} == {(1, asked.now)}


def test_who_says_not_mine_is_left_alone_from_then_on(asked: House) -> None:
    asked.db.now(alerts.mute, asked.members["dora"], SYMBOL, now=asked.now)
    asked.at("2026-12-08")
    asked.work()
    assert ("dora", "remind", "not_mine") in asked.told()
    assert "dora" not in asked.names("remind")


@pytest.mark.parametrize(
    ("day", "hour", "told"),
    [("2026-12-08", 8, 0), ("2026-12-08", 9, 4), ("2026-12-08", 17, 0), ("2026-12-12", 10, 0), ("2026-12-11", 10, 4)],
)
def test_nobody_is_reminded_at_night_or_on_a_day_off_and_what_was_slept_through_is_made_up_for(
    asked: House, day: str, hour: int, told: int
) -> None:
    asked.at(day, hour)
    asked.work()
    assert len(asked.told("remind")) == told


def test_whoever_has_just_been_asked_is_not_reminded_already(house: House) -> None:
    house.at("2026-12-10")
    house.open()
    house.work()
    assert (house.names("ask"), house.names("remind")) == (["anna", "ben", "carl", "dora"], [])
    house.at("2026-12-16")
    house.work()
    assert house.names("remind") == ["anna", "ben", "carl", "dora"]


def test_killed_between_two_chunks_everybody_is_reminded_once(asked: House) -> None:
    asked.at("2026-12-08")
    [one] = asked.db.look(rounds.due, now=asked.now, rules=asked.rules)
    assert asked.db.now(rounds.tell_some, one, now=asked.now, chunk=3) == 3
    assert len(asked.told("remind")) == 3
    asked.work()
    assert asked.names("remind") == ["anna", "ben", "carl", "dora"]


def test_a_deadline_that_moved_has_reminders_of_its_own(asked: House) -> None:
    asked.at("2026-12-08")
    asked.work()
    asked.arrive(comment_deadline="2027-02-26")
    asked.at("2027-01-12")
    asked.work()
    assert asked.names("remind") == sorted(["anna", "ben", "carl", "dora"] * 2)


def test_nobody_is_reminded_of_what_was_withdrawn(asked: House) -> None:
    asked.arrive(symbol=f"{SYMBOL}/Add.1", title="Ecodesign of kettles; withdrawal", comment_deadline=None)
    asked.at("2026-12-08")
    asked.work()
    assert asked.names("remind") == []


def test_a_reminder_says_how_much_time_is_left(asked: House) -> None:
    asked.at("2026-12-14")
    asked.work()
    row = next(row for row in asked.rows() if row.payload["what"] == "remind")
    assert "还有 1 天截止" in asked.read(row, "zh").text
    assert "there is 1 day left" in asked.read(row, "en").text
    asked.at("2026-12-15")
    assert "今天截止" in asked.read(row, "zh").text
    asked.at("2026-12-16")
    asked.work()
    late = next(row for row in asked.rows() if row.payload["what"] == "late")
    assert "已过答复日期（12月15日）" in asked.read(late, "zh").text
    assert "has passed" in asked.read(late, "en").text
    assert len(asked.read(late, "en").buttons) == 3


def test_the_rungs_are_settings(house: House) -> None:
    house.settings = Settings.model_validate({"surveys": {"remind_before": [2], "remind_after": []}})
    house.rules = surveys.Rules.of(house.settings)
    house.open()
    house.work()
    for day in ("2026-12-08", "2026-12-11", "2026-12-14", "2026-12-16"):
        house.at(day)
        house.work()
    assert house.names("remind") == ["anna", "ben", "carl", "dora"]
    assert house.names("late") == []


# --- counties -----------------------------------------------------------------------------------------


def test_officers_are_reminded_until_their_sheet_is_passed_up(asked: House) -> None:
    survey = asked.db.look(surveys.by_id, 1)
    assert survey.county_due == date(2026, 12, 18)
    asked.do(surveys.pass_up, 1, asked.tree.other_county.id, by="other_officer")
    asked.at("2026-12-17")
    asked.work()
    asked.work()
    assert asked.names("county_remind") == ["officer"]
    asked.at("2026-12-21")
    asked.work()
    assert asked.names("county_late") == ["officer"]
    row = next(row for row in asked.rows() if row.payload["what"] == "county_late")
    text = asked.read(row, "zh").text
    assert "county机构的汇总表已过上报日期（12月18日）" in text
    assert "企业 1 家，已答复 0 家，未答复 1 家" in text


# --- the end --------------------------------------------------------------------------------------------


def test_closing_thanks_who_answered_with_the_conclusion(asked: House) -> None:
    asked.answer("carl")
    asked.answer("dora")
    closed = asked.do(surveys.close, 1, conclusion="已按企业意见提出延长过渡期。")
    assert (closed.state, closed.conclusion) == (State.CLOSED, "已按企业意见提出延长过渡期。")
    asked.work()
    asked.work()
    assert asked.names("thanks") == ["carl", "dora"]
    assert asked.db.look(surveys.by_id, 1).told_at == asked.now
    row = next(row for row in asked.rows() if row.payload["what"] == "thanks")
    assert "延长过渡期" in asked.read(row, "zh").text
    assert "Thank you" in asked.read(row, "en").text
    asked.at("2026-12-08")
    asked.work()
    assert asked.names("remind") == []


def test_cancelling_tells_those_who_need_not_answer_any_more(asked: House) -> None:
    asked.answer("carl")
    asked.do(surveys.cancel, 1, reason="企业已通过别的渠道答复")
    asked.work()
    assert asked.names("cancelled") == ["anna", "ben", "dora"]
    row = next(row for row in asked.rows() if row.payload["what"] == "cancelled")
    assert "不用再答复" in asked.read(row, "zh").text
    assert "别的渠道" in asked.read(row, "zh").text


def test_only_the_centre_ends_it_once_and_with_a_conclusion(asked: House) -> None:
    for who in ("anna", "officer", "secretary"):
        with pytest.raises(NotAllowed):
            asked.do(surveys.close, 1, by=who, conclusion="完")
        with pytest.raises(NotAllowed):
            asked.do(surveys.cancel, 1, by=who)
    with pytest.raises(BadInput) as caught:
        asked.do(surveys.close, 1, conclusion="  ")
    assert caught.value.key == "survey.no_conclusion"
    asked.do(surveys.close, 1, conclusion="完")
    for deed, more in (
        (surveys.close, {"conclusion": "又"}),
        (surveys.cancel, {}),
        (surveys.revise, {"title_zh": "新"}),
    ):
        with pytest.raises(BadInput) as caught:
            asked.do(deed, 1, **more)
        assert caught.value.key == "survey.is_closed"
