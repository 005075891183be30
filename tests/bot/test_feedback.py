"""Feedback in the database: a draft at once, versions, surveys and counties, lists in two queries."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select

from bot import feedback, members, notifications
from bot.db.engine import Database
from bot.db.models import feedback as table
from bot.db.models import feedback_versions, invitations, surveys
from bot.feedback import DECLINED, Feedback, Filled, Origin, Refusal
from tests import factories

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=3)
HERE = Origin("memory", "anna", "zh")
EU, US = "G/TBT/N/EU/9901", "G/TBT/N/USA/1"


def said(**answers: Any) -> Filled:
    filled = Filled()
    for slot, value in answers.items():
        filled.take(slot, value)
    return filled


def arrive(db: Database, symbol: str = EU) -> None:
    (record,) = notifications.normalise({"symbol": symbol, "title": "Power banks", "date": "2026-11-01"})
    db.now(notifications.upsert, record, source="test", now=NOW)


@pytest.fixture
def member(db: Database) -> int:
    arrive(db)
    return db.now(factories.person, now=NOW)


def begun(db: Database, member: int, key: str = "1", **answers: Any) -> Feedback:
    filled = said(**{"notification": EU, "product": "充电宝", **answers})
    return db.now(feedback.begin, member, filled, origin=HERE, key=key, now=NOW)


def submitted(db: Database, member: int, key: str = "1", **answers: Any) -> Feedback:
    one = begun(db, member, key, **answers)
    return db.now(feedback.submit, one, origin=HERE, key=f"{key}:submit", now=NOW)


def listed(db: Database, **filters: Any) -> feedback.Page:
    return db.look(feedback.listed, **filters)


# --- drafts --------------------------------------------------------------------------------------


def test_the_same_key_is_the_same_draft(db: Database, member: int) -> None:
    assert begun(db, member).id == begun(db, member).id
    assert listed(db, state="draft").total == 1


def test_every_answer_is_stored_and_an_open_question_has_none(db: Database, member: int) -> None:
    one = begun(db, member)
    refused = said(export_value={"value": 3e6, "currency": "USD"})
    refused.words["export_value"] = "大概300万美元"
    refused.refuse("estimated_loss", Refusal.UNKNOWN)
    one = db.now(feedback.save, one, refused, now=LATER)
    line = listed(db, state="draft").lines[0]
    assert (line.answers["export_value"], line.words) == (
        {"value": 3e6, "currency": "USD"},
        {"export_value": "大概300万美元"},
    )
    assert (line.answers["estimated_loss"], line.refused) == (DECLINED, {"estimated_loss": "unknown"})
    again = Filled()
    again.ask("export_value")
    one = db.now(feedback.save, one, again, now=LATER)
    assert "export_value" not in one.working.answers
    assert one.working.words == {}


def test_the_unfinished_one_of_the_same_notification_is_gone_on_with(db: Database, member: int) -> None:
    first = begun(db, member, "1", comment="太急")
    again = db.now(feedback.begin, member, said(notification=EU), origin=HERE, key="2", now=LATER)
    other = db.now(feedback.begin, member, said(notification=US), origin=HERE, key="3", now=LATER)
    assert (again.id, again.working.answers["comment"]) == (first.id, "太急")
    assert other.id != first.id
    assert [one.id for one in db.look(feedback.unfinished, member)] == [other.id, first.id]


def test_nobody_loads_what_is_another_persons(db: Database, member: int) -> None:
    other = db.now(factories.person, "ben", now=NOW)
    assert db.look(feedback.load, begun(db, member).id, other) is None


# --- versions ------------------------------------------------------------------------------------


def test_submitted_amended_and_withdrawn_are_versions(db: Database, member: int) -> None:
    one = submitted(db, member, comment="太急")
    change = db.now(feedback.save, feedback.amend(one), said(comment="请延期一年"), now=LATER)
    assert listed(db).lines[0].answers["comment"] == "太急"  # until it is submitted, what was said holds
    changed = db.now(feedback.submit, change, origin=HERE, key="2", now=LATER)
    gone = db.now(feedback.withdraw, changed, key="3", now=LATER)
    found = db.look(feedback.detail, one.id)
    assert found is not None
    assert [(v.version, v.state, v.record["answers"]["comment"]) for v in found.versions] == [
        (1, "submitted", "太急"),
        (2, "submitted", "请延期一年"),
        (3, "withdrawn", "请延期一年"),
    ]
    assert (gone.state, db.look(feedback.mine, member)) == ("withdrawn", [])


def test_submitting_twice_is_submitting_once(db: Database, member: int) -> None:
    one = submitted(db, member)
    assert db.now(feedback.submit, one, origin=HERE, key="1:submit", now=LATER).version == 1


def test_an_amendment_that_is_dropped_changes_nothing(db: Database, member: int) -> None:
    one = submitted(db, member, comment="太急")
    change = db.now(feedback.save, feedback.amend(one), said(comment="别的"), now=LATER)
    dropped = db.now(feedback.drop_amendment, change, now=LATER)
    assert (dropped.working.answers["comment"], dropped.editable, dropped.version) == ("太急", False, 1)


def test_one_tap_is_a_whole_feedback_and_a_second_tap_changes_it(db: Database, member: int) -> None:
    def tap(affected: str, key: str) -> Feedback:
        return db.now(feedback.tap, member, EU, affected, origin=HERE, key=key, now=NOW, product="充电宝")

    first, same, other = tap("none", "1"), tap("none", "2"), tap("unknown", "3")
    assert (first.state, first.version, same.version, other.version) == ("submitted", 1, 1, 2)
    assert listed(db).total == 1
    form = db.now(feedback.begin, member, said(notification=EU), origin=HERE, key="4", now=NOW, affected="yes")
    assert (form.id, form.amending, form.working.affected, form.affected) == (first.id, True, "yes", "unknown")


def test_consent_that_is_withdrawn_is_gone_at_once_and_a_version(db: Database, member: int) -> None:
    one = submitted(db, member)
    db.now(feedback.tell_more, one, "consent", "foreign", now=NOW)
    assert db.now(feedback.withdraw_consent, member, key="2", now=LATER) == 1
    assert listed(db).lines[0].consent == "withdrawn"
    assert db.now(feedback.withdraw_consent, member, key="3", now=LATER) == 0
    found = db.look(feedback.detail, one.id)
    assert found is not None
    assert [v.record["consent"] for v in found.versions] == [None, "withdrawn"]


# --- where it belongs ----------------------------------------------------------------------------


def survey(tx: Connection, *, now: datetime, organisation_id: int, family: str = EU) -> int:
    day = date(2026, 12, 1)
    values: dict[str, Any] = {
        "organisation_id": organisation_id, "family": family, "title_zh": "调查", "title_en": "Survey",
        "audience": {}, "questions": [], "state": "open", "enterprise_due": day, "county_due": day, "centre_due": day,
        "spans": {}, "key": f"survey:{family}", "opened_at": now,
    }  # fmt: skip
    return int(tx.execute(insert(surveys).values(**values).returning(surveys.c.id)).scalar_one())


def test_it_belongs_to_the_enterprise_its_county_and_the_survey_that_asked(db: Database) -> None:
    arrive(db, f"{EU}/ADD.1")
    tree = db.now(factories.tree, now=NOW)
    member = db.now(factories.person, now=NOW, at=tree.enterprise)
    asked = db.now(survey, now=NOW, organisation_id=tree.centre.id)
    invited = {"survey_id": asked, "member_id": member, "invited_at": NOW}
    db.now(lambda tx: tx.execute(insert(invitations).values(**invited)))
    one = submitted(db, member, notification=f"{EU}/ADD.1")
    line = listed(db, survey_id=asked).lines[0]
    assert (line.id, line.organisation_id, line.bureau_id) == (one.id, tree.enterprise.id, tree.county.id)
    answered = db.look(lambda tx: tx.execute(select(invitations.c.answered_at)).scalar_one())
    assert answered == NOW


def test_who_was_not_asked_answers_no_survey(db: Database, member: int) -> None:
    tree = db.now(factories.tree, now=NOW)
    db.now(survey, now=NOW, organisation_id=tree.centre.id)
    assert submitted(db, member).survey_id is None


# --- lists ---------------------------------------------------------------------------------------


def test_a_list_takes_every_filter(db: Database, member: int) -> None:
    tree = db.now(factories.tree, now=NOW)
    other = db.now(factories.person, "ben", now=NOW, at=tree.other_enterprise)
    arrive(db, f"{EU}/ADD.1")
    first = submitted(db, member, "1", comment="标签太小 100%")
    second = submitted(db, other, "2", notification=f"{EU}/ADD.1", product="音箱")
    draft = begun(db, other, "3", notification=US)
    cases: list[tuple[dict[str, Any], set[int]]] = [
        ({}, {first.id, second.id}),
        ({"notification": EU}, {first.id}),
        ({"family": EU}, {first.id, second.id}),
        ({"state": "draft"}, {draft.id}),
        ({"state": None}, {first.id, second.id}),
        ({"bureau_ids": [tree.other_county.id]}, {second.id}),
        ({"bureau_ids": []}, set()),
        ({"organisation_ids": [tree.other_enterprise.id]}, {second.id}),
        ({"text": "标签"}, {first.id}),
        ({"text": "100%"}, {first.id}),
        ({"text": "音箱"}, {second.id}),
        ({"text": "other-enterprise"}, {second.id}),
        ({"page": 1, "size": 1}, {first.id}),
    ]
    for filters, wanted in cases:
        assert {line.id for line in listed(db, **filters).lines} == wanted, filters
    assert listed(db, page=1, size=1).total == 2


def test_a_list_costs_the_same_queries_for_one_and_for_many(db: Database, member: int) -> None:
    counts = []
    for size in (1, 30):
        for number in range(size):
            submitted(db, member, f"{size}:{number}", notification=f"G/TBT/N/USA/{size}{number}")
        counts.append(_queries(db))
    assert counts == [2, 2]


def _queries(db: Database) -> int:
    seen: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        db.now(feedback.listed)
    finally:
        event.remove(db.engine, "before_cursor_execute", count)
    return len([one for one in seen if one.startswith("SELECT")])


def test_the_export_has_a_row_an_answer(db: Database, member: int) -> None:
    one = submitted(db, member, export_value={"value": 3e6, "currency": "USD"}, help_needed=DECLINED)
    begun(db, member, "2", notification=US)
    (row,) = db.look(lambda tx: list(feedback.export_rows(tx)))
    assert (row["number"], row["symbol"], row["product"]) == (one.number, EU, "充电宝")
    assert (row["export_value"], row["export_value_currency"]) == (3e6, "USD")


def test_what_is_erased_leaves_only_what_is_counted(db: Database, member: int) -> None:
    submitted(db, member, comment="太急", export_value={"value": 3e6, "currency": "USD"})
    db.now(members.erase, member)
    line = listed(db).lines[0]
    assert (line.member_id, line.answers) == (
        None,
        {"product": "充电宝", "export_value": {"value": 3e6, "currency": "USD"}},
    )
    assert db.look(lambda tx: tx.execute(select(feedback_versions)).all()) == []
    assert db.look(lambda tx: tx.execute(select(table.c.key)).scalar_one()).startswith("erased:")
