"""Opening and inviting: who is asked and who is not, why, by when; the rule; a kill in the middle; moved dates."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update

from bot import alerts, i18n, members, surveys, worker
from bot.authority import Role
from bot.db import models
from bot.db.engine import Database
from bot.errors import BadInput, NotAllowed
from bot.settings import Settings
from bot.surveys import State, inviting
from tests.bot.surveys.conftest import SYMBOL, House
from tests.conftest import NOW


def test_everyone_whom_the_notification_concerns_is_asked_once(house: House) -> None:
    opened = house.open()
    assert (opened.number, opened.symbol, opened.state) == (f"S-{opened.id:06d}", SYMBOL, State.OPEN)
    assert (opened.title_zh, opened.title_en) == ("电水壶生态设计", "Ecodesign of kettles")
    assert (opened.enterprise_due, opened.county_due) == (date(2026, 12, 15), date(2026, 12, 18))
    assert opened.provisional
    assert house.work().invited == 4
    assert house.names("ask") == ["anna", "ben", "carl", "dora"]
    assert house.names("county_opened") == ["officer", "other_officer"]
    rows = house.db.look(lambda tx: tx.execute(select(models.invitations).order_by("member_id")).all())
    at, tree = {row.member_id: (row.organisation_id, row.bureau_id) for row in rows}, house.tree
    assert at[house.members["anna"]] == (tree.enterprise.id, tree.county.id)
    assert at[house.members["carl"]] == (tree.other_enterprise.id, tree.other_county.id)
    assert at[house.members["dora"]] == (None, None)
    before = len(house.rows())
    house.work()
    assert len(house.rows()) == before


def test_the_same_key_is_the_same_survey_and_a_second_one_is_refused(house: House) -> None:
    first = house.open()
    assert house.open() == first
    with pytest.raises(BadInput) as caught:
        house.open(key="two")
    assert caught.value.key == "survey.already_open"
    assert caught.value.values["number"] == first.number


def test_who_said_not_mine_who_pauses_and_staff_are_not_asked_and_that_is_a_row(house: House) -> None:
    house.db.now(alerts.mute, house.members["anna"], SYMBOL, now=NOW)
    house.db.now(members.pause, house.members["ben"], NOW.replace(year=2027))
    house.person("analyst", at=house.tree.centre, role=Role.ANALYST)
    house.interest("analyst")
    house.open()
    house.work()
    assert sorted(house.told("ask")) == [
        ("analyst", "ask", "staff"),
        ("anna", "ask", "not_mine"),
        ("ben", "ask", "paused"),
        ("carl", "ask", None),
        ("dora", "ask", None),
    ]
    invited = house.db.look(lambda tx: set(tx.execute(select(models.invitations.c.member_id)).scalars()))
    assert invited == {house.members[name] for name in ("ben", "carl", "dora")}


def test_who_follows_the_family_is_asked_without_an_interest(house: House) -> None:
    house.person("emil")
    house.db.now(alerts.follow, house.members["emil"], SYMBOL, now=NOW)
    house.open()
    house.work()
    [row] = [row for row in house.rows() if row.member_id == house.members["emil"]]
    assert row.payload["followed"]
    assert "您关注着这份通报" in house.read(row, "zh").text


def test_a_county_asks_only_whom_it_reaches(house: House) -> None:
    opened = house.open(by="officer")
    assert opened.organisation_id == house.tree.county.id
    house.work()
    assert house.names("ask") == ["anna", "ben"]
    assert ("carl", "ask", "out_of_reach") in house.told()


def test_an_audience_that_staff_chose_is_asked_instead(house: House) -> None:
    county = house.tree.county.id
    opened = house.open(audience={"regions": [county]})
    house.work()
    assert opened.audience == {"regions": [county]}
    assert house.names("ask") == ["anna", "ben"]
    assert ("officer", "ask", "staff") in house.told()
    row = next(row for row in house.rows() if row.member_id == house.members["anna"])
    assert "您所在的单位在这次征集的范围内" in house.read(row, "zh").text
    house.do(surveys.revise, opened.id, audience={"markets": ["EU"], "hs_codes": ["8516"]})
    house.work()
    assert house.names("ask") == ["anna", "ben", "carl", "dora"]


def test_an_audience_that_names_a_role_asks_these_people(house: House) -> None:
    house.open(audience={"roles": ["secretary"]})
    house.work()
    assert house.names("ask") == ["secretary"]


def test_an_audience_that_is_not_understood_or_out_of_reach_asks_nobody(house: House) -> None:
    with pytest.raises(BadInput) as caught:
        house.open(audience={"shoe_sizes": [42]})
    assert caught.value.key == "survey.bad_audience"
    with pytest.raises(NotAllowed):
        house.open(by="officer", audience={"regions": [house.tree.other_county.id]})
    assert house.count(models.surveys) == 0


@pytest.mark.parametrize("who", ["anna", "secretary", "dora"])
def test_without_the_role_nothing_is_opened(house: House, who: str) -> None:
    with pytest.raises(NotAllowed):
        house.open(by=who)
    with pytest.raises(NotAllowed):
        house.open(by="officer", organisation_id=house.tree.centre.id)
    assert house.count(models.surveys) == 0


@pytest.mark.parametrize(
    ("questions", "problem"),
    [
        ([{"id": "Bad", "kind": "text", "zh": "一", "en": "one"}], "question_id"),
        ([{"id": "a", "kind": "text", "zh": "一", "en": "one"}] * 2, "question_id"),
        ([{"id": "a", "kind": "essay", "zh": "一", "en": "one"}], "question_kind"),
        ([{"id": "a", "kind": "text", "zh": "一", "en": " "}], "question_text"),
        ([{"id": "a", "kind": "choice", "zh": "一", "en": "one", "options": []}], "question_options"),
    ],
)
def test_a_broken_question_is_named_and_nothing_is_stored(house: House, questions: Any, problem: str) -> None:
    with pytest.raises(BadInput) as caught:
        house.open(questions=questions)
    assert caught.value.key == f"survey.{problem}"
    assert i18n.load().has(caught.value.key)
    assert house.count(models.surveys) == 0


def test_questions_of_its_own_are_kept_in_both_languages(house: House) -> None:
    options = [{"id": "own", "zh": "自有品牌", "en": "own brand"}, {"id": "oem", "zh": "代工", "en": "OEM"}]
    asked = [{"id": "brand", "kind": "choice", "zh": "品牌", "en": "Brand", "options": options}]
    assert list(house.open(questions=asked).questions) == asked


def test_killed_between_two_chunks_nobody_is_lost_and_nobody_is_asked_twice(house: House) -> None:
    house.settings = Settings.model_validate({"surveys": {"chunk": 1}})
    house.rules = surveys.Rules.of(house.settings)
    house.open()
    [step] = house.db.look(inviting.plan, now=house.now, rules=house.rules)
    house.db.now(inviting.write, step, now=house.now)
    assert house.names("ask") == ["anna"]
    # the process dies after planning; another one has taken the same step meanwhile
    [stale] = house.db.look(inviting.plan, now=house.now, rules=house.rules)
    house.work()
    assert house.db.now(inviting.write, stale, now=house.now) == inviting.Invited()
    assert house.names("ask") == ["anna", "ben", "carl", "dora"]
    assert house.count(models.invitations) == 4
    assert house.names("county_opened") == ["officer", "other_officer"]


def test_a_write_that_fails_leaves_the_chunk_to_be_done_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.open()
    [step] = house.db.look(inviting.plan, now=house.now, rules=house.rules)

    def cut_off(tx: Any) -> None:
        inviting.write(tx, step, now=house.now)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        house.db.now(cut_off)
    assert (house.count(models.invitations), house.rows()) == (0, [])
    assert house.work().invited == 4


def test_a_survey_that_was_cancelled_while_asking_asks_nobody_more(house: House) -> None:
    opened = house.open()
    [step] = house.db.look(inviting.plan, now=house.now, rules=house.rules)
    house.do(surveys.cancel, opened.id)
    assert house.db.now(inviting.write, step, now=house.now) == inviting.Invited()
    assert house.names("ask") == []


# --- how it reads ---------------------------------------------------------------------------------


def test_the_invitation_says_what_why_until_when_and_has_three_answers(house: House) -> None:
    house.open()
    house.work()
    row = next(row for row in house.rows() if row.member_id == house.members["anna"])
    zh, en = house.read(row, "zh"), house.read(row, "en")
    for part in (
        "centre机构征集意见",
        "电水壶生态设计",
        SYMBOL,
        "12月15日前答复",
        "2027年1月22日",
        "HS 8516.79",
        "2027年的放假安排",
    ):
        assert part in zh.text
    for part in ("The centre asks", "Ecodesign of kettles", "by 15 December", "22 January 2027", "HS 8516.79"):
        assert part in en.text
    assert [one.title for one in zh.buttons] == ["受影响", "不受影响", "说不准"]
    assert [one.title for one in en.buttons] == ["Affected", "Not affected", "Don't know"]
    assert all(SYMBOL in one.payload for one in zh.buttons)


def test_the_county_hears_how_many_of_its_enterprises_are_asked(house: House) -> None:
    house.open()
    house.work()
    row = next(row for row in house.rows() if row.payload["what"] == "county_opened")
    assert "有 1 家企业收到" in house.read(row, "zh").text
    assert "1 enterprise of The county is asked" in house.read(row, "en").text


# --- the rule ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("auto", "opened"),
    [
        ({}, 0),
        ({"markets": ["EU"]}, 1),
        ({"markets": ["EU"], "hs": ["8516"]}, 1),
        ({"hs": ["8516.79.70"]}, 1),
        ({"markets": ["US"]}, 0),
        ({"markets": ["EU"], "hs": ["9503"]}, 0),
    ],
)
def test_a_rule_opens_surveys_for_what_is_new(db: Database, auto: Any, opened: int) -> None:
    house = House(db, Settings.model_validate({"surveys": {"auto": auto}}))
    house.arrive()  # the same once more
    house.work()
    assert house.count(models.surveys) == opened
    assert house.names("ask") == (["anna", "ben", "carl", "dora"] if opened else [])


# --- dates that move ----------------------------------------------------------------------------------


def test_an_addendum_moves_the_deadlines_and_who_was_asked_is_told_once(house: House) -> None:
    opened = house.open()
    house.work()
    house.answer("carl")
    house.clock.move(days=1)
    house.arrive(symbol=f"{SYMBOL}/Add.1", comment_deadline="2027-02-26", date="2026-11-23")
    moved = house.db.look(surveys.by_id, opened.id)
    assert (moved.closes, moved.moved_from) == (date(2027, 2, 26), date(2026, 12, 15))
    assert moved.enterprise_due == date(2027, 1, 19)
    house.work()
    house.work()
    assert house.names("moved") == ["anna", "ben", "carl", "dora"]
    rows = {row.member_id: row for row in house.rows() if row.payload["what"] == "moved"}
    silent, answered = (rows[house.members[name]] for name in ("anna", "carl"))
    assert "由12月15日改为2027年1月19日" in house.read(silent, "zh").text
    assert len(house.read(silent, "zh").buttons) == 3
    assert "您已经答复过" in house.read(answered, "zh").text
    assert house.read(answered, "zh").buttons == ()


def test_a_changed_record_moves_them_too_and_back_again(house: House) -> None:
    opened = house.open()
    house.work()
    for number, (day, due) in enumerate([("2027-02-26", "2027-01-19"), ("2027-01-22", "2026-12-15")] * 2, 1):
        house.clock.move(hours=1)
        house.arrive(comment_deadline=day)
        moved = house.db.look(surveys.by_id, opened.id)
        assert (moved.enterprise_due.isoformat(), moved.moves) == (due, number)
        house.work()
        assert house.names("moved") == sorted(["anna", "ben", "carl", "dora"] * number)


def test_a_title_that_changes_moves_nothing(house: House) -> None:
    opened = house.open()
    house.arrive(title="Ecodesign of electric kettles")
    assert house.db.look(surveys.by_id, opened.id) == opened


def test_who_is_asked_after_the_move_knows_the_new_date_already(house: House) -> None:
    house.open()
    house.clock.move(hours=1)
    house.arrive(comment_deadline="2027-02-26")
    house.work()
    assert (house.names("ask"), house.names("moved")) == (["anna", "ben", "carl", "dora"], [])


def test_a_date_that_staff_set_stays(house: House) -> None:
    with pytest.raises(BadInput) as caught:
        house.open(closes=date(2026, 11, 1))
    assert caught.value.key == "survey.date_past"
    opened = house.open(closes=date(2027, 1, 8))
    house.arrive(comment_deadline="2027-02-26")
    assert house.db.look(surveys.by_id, opened.id).closes == date(2027, 1, 8)


def test_a_withdrawal_is_told_to_who_opened_it(house: House) -> None:
    house.open()
    house.work()
    house.arrive(symbol=f"{SYMBOL}/Add.1", title="Ecodesign of kettles; withdrawal", comment_deadline=None)
    assert house.names("withdrawn") == ["chief"]
    row = next(row for row in house.rows() if row.payload["what"] == "withdrawn")
    assert "已被撤回" in house.read(row, "zh").text


# --- changing it -----------------------------------------------------------------------------------------


def test_revising_changes_titles_questions_and_dates(house: House) -> None:
    opened = house.open()
    house.work()
    house.clock.move(hours=1)
    with pytest.raises(NotAllowed):
        house.do(surveys.revise, opened.id, by="officer", title_zh="别的")
    with pytest.raises(BadInput):
        house.do(surveys.revise, opened.id, closes=date(2026, 11, 1))
    with pytest.raises(BadInput):
        house.do(surveys.revise, opened.id, spans={"weeks": 2})
    changed = house.do(surveys.revise, opened.id, title_zh="电水壶调查", spans={"national": 14})
    assert (changed.title_zh, changed.title_en) == ("电水壶调查", "Ecodesign of kettles")
    assert changed.enterprise_due == date(2026, 12, 22)
    house.work()
    assert house.names("moved") == ["anna", "ben", "carl", "dora"]


def test_a_message_of_a_survey_that_ended_or_was_answered_is_not_sent(house: House) -> None:
    opened = house.open()
    house.work()
    ask = next(row for row in house.rows() if row.member_id == house.members["anna"])
    assert house.db.look(worker.unwanted, ask, now=house.now) is None
    house.answer("ben")  # a colleague answers for the enterprise
    remind = [row for row in house.rows() if row.id == ask.id]
    house.db.now(
        lambda tx: tx.execute(
            update(models.deliveries).where(models.deliveries.c.id == ask.id).values(payload={"what": "remind"})
        )
    )
    remind = [row for row in house.rows() if row.id == ask.id]
    assert house.db.look(worker.unwanted, remind[0], now=house.now) == "answered"
    house.do(surveys.cancel, opened.id)
    assert house.db.look(worker.unwanted, ask, now=house.now) == "survey_ended"


def test_a_pause_and_not_mine_count_in_the_moment_of_sending_too(house: House) -> None:
    house.open()
    house.work()
    rows = {row.member_id: row for row in house.rows() if row.payload["what"] == "ask"}
    anna, ben = (rows[house.members[name]] for name in ("anna", "ben"))
    house.db.now(members.pause, house.members["anna"], NOW.replace(year=2027))
    house.db.now(alerts.mute, house.members["ben"], SYMBOL, now=NOW)
    assert house.db.look(worker.unwanted, anna, now=house.now) == "paused"
    assert house.db.look(worker.unwanted, ben, now=house.now) == "not_mine"


def test_who_registers_later_is_asked_the_next_day_and_nobody_twice(house: House) -> None:
    house.open()
    house.work()
    house.person("late")
    house.interest("late")
    house.clock.move(hours=20)
    house.work()
    assert "late" not in house.names("ask")
    house.clock.move(hours=5)
    house.work()
    assert house.names("ask") == ["anna", "ben", "carl", "dora", "late"]
    house.at("2026-12-20")
    house.person("too_late")
    house.interest("too_late")
    house.work()
    assert "too_late" not in house.names("ask")


def test_whom_an_addendum_concerns_newly_is_asked_at_once(house: House) -> None:
    house.open()
    house.work()
    house.person("frida")
    house.interest("frida", hs_codes=["851610"], markets=["EU"])
    house.clock.move(hours=1)
    house.arrive(hs_codes=["851679", "851610"], comment_deadline="2027-02-26")
    house.work()
    assert house.names("ask") == ["anna", "ben", "carl", "dora", "frida"]
    assert house.names("moved") == ["anna", "ben", "carl", "dora"]
    assert house.names("county_opened") == ["officer", "other_officer"]


def test_when_the_holidays_are_known_provisional_dates_are_computed_anew(house: House) -> None:
    opened = house.open(closes=date(2027, 3, 1))
    house.work()
    assert (opened.enterprise_due, opened.provisional) == (date(2027, 1, 22), True)
    house.clock.move(hours=1)
    known = {"calendar": {"holidays": ["2027-02-08", "2027-02-05", "2027-01-22"], "worked": ["2027-01-23"]}}
    house.rules = surveys.Rules.of(Settings.model_validate(known))
    house.work()
    moved = house.db.look(surveys.by_id, opened.id)
    assert (moved.enterprise_due, moved.provisional, moved.moves) == (date(2027, 1, 20), False, 1)
    assert house.names("moved") == ["anna", "ben", "carl", "dora"]
    house.work()
    assert house.db.look(surveys.by_id, opened.id).moves == 1
