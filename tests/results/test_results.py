"""Results from real rows: what was submitted counts, drafts and what was taken back do not."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from bot import comments, members, results
from bot.authority import Role
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.db.models import feedback, invitations, surveys
from bot.errors import BadInput, NotAllowed
from bot.results import Rate
from bot.results.money import set_rate
from tests.factories import Tree, alert, person, tree

DAY = date(2026, 11, 22)


def survey(tx: Connection, house: Tree, clock: FixedClock) -> int:
    values = {
        "organisation_id": house.centre.id, "title_zh": "玩具法规征集", "title_en": "Toys", "audience": {},
        "questions": [], "enterprise_due": DAY, "county_due": DAY, "centre_due": DAY, "spans": {}, "key": "s",
        "opened_at": clock.now(),
    }  # fmt: skip
    return int(tx.execute(insert(surveys).values(**values).returning(surveys.c.id)).scalar_one())


def said(tx: Connection, member: int, survey_id: int | None, clock: FixedClock, **more: Any) -> None:
    values = {
        "member_id": member, "survey_id": survey_id, "product": "toys", "affected": "serious", "more": {},
        "answers": {"estimated_loss": {"value": 7.0, "currency": "EUR"}, "comment": "=cmd", "contact": "__declined__"},
        "state": "submitted", "language": "zh", "channel": "memory", "address": "a", "key": f"f{member}{more}",
        "created_at": clock.now(), "updated_at": clock.now(), "submitted_at": clock.now(),
    }  # fmt: skip
    tx.execute(insert(feedback).values(**{**values, **more}))


def test_of_a_survey(db: Database, clock: FixedClock) -> None:
    house = db.now(tree, now=clock.now())
    asked = db.now(survey, house, clock)
    told = db.now(alert, now=clock.now())
    people = [db.now(person, f"p{n}", now=clock.now()) for n in range(7)]
    for number, member in enumerate(people):
        row = {"survey_id": asked, "member_id": member, "invited_at": clock.now()}
        db.now(lambda tx, row=row: tx.execute(insert(invitations).values(**row)))
        state = ("submitted", "submitted", "submitted", "submitted", "submitted", "draft", "withdrawn")[number]
        db.now(said, member, asked, clock, state=state, bureau_id=house.county.id)
    db.now(set_rate, Rate("eur", DAY, 1.1, "ECB"), by=None, now=clock.now())
    db.now(said, people[0], None, clock)  # outside of the survey
    found = db.look(results.of_survey, asked, now=clock.now(), today=DAY)
    assert (len(found.answers), found.enterprises, found.about.invited) == (5, 5, 7)
    assert found.sums[0].usd.value == pytest.approx(38.5)
    assert found.answers[0].texts == {"comment": "=cmd"}
    assert found.names[str(house.county.id)]["en"] == "The county"
    assert told
    db.now(members.erase, people[0])
    again = db.look(results.of_survey, asked, now=clock.now(), today=DAY)
    assert (len(again.answers), again.enterprises, again.sums[0].usd.value) == (5, 5, pytest.approx(38.5))


def test_a_survey_that_is_none(db: Database, clock: FixedClock) -> None:
    with pytest.raises(BadInput):
        db.look(results.of_survey, 99, now=clock.now(), today=DAY)


@pytest.mark.parametrize(("rate", "key"), [
    (Rate("EURO", DAY, 1.1, "ECB"), "report.bad_currency"),
    (Rate("USD", DAY, 1.0, "x"), "report.bad_currency"),
    (Rate("EUR", DAY, 0.0, "ECB"), "report.bad_rate"),
    (Rate("EUR", DAY, float("nan"), "ECB"), "report.bad_rate"),
    (Rate("EUR", DAY, 1.1, "  "), "report.no_rate_source"),
])  # fmt: skip
def test_a_rate_that_cannot_be_one_is_refused(db: Database, clock: FixedClock, rate: Rate, key: str) -> None:
    with pytest.raises(BadInput) as caught:
        db.now(set_rate, rate, by=None, now=clock.now())
    assert caught.value.key == key


def test_the_newest_rate_up_to_the_day_counts(db: Database, clock: FixedClock) -> None:
    for day, value in ((date(2026, 11, 1), 1.0), (date(2026, 11, 20), 1.2), (date(2026, 12, 1), 9.0)):
        db.now(set_rate, Rate("EUR", day, value, "ECB"), by=None, now=clock.now())
    db.now(set_rate, Rate("EUR", date(2026, 11, 20), 1.25, "corrected"), by=None, now=clock.now())
    known = db.look(results.rates, on=DAY).by_currency["EUR"]
    assert (known.usd, known.source) == (1.25, "corrected")
    assert [one.usd for one in db.look(results.rates_listed)] == [9.0, 1.25, 1.0]


def test_a_draft_comment_is_made_once_edited_by_version_and_approved(db: Database, clock: FixedClock) -> None:
    house = db.now(tree, now=clock.now())
    asked = db.now(survey, house, clock)
    analyst = db.now(person, "analyst", now=clock.now(), at=house.centre, role=Role.ANALYST)
    officer = db.now(person, "officer", now=clock.now(), at=house.centre, role=Role.OFFICER)
    blocks = {block: {"zh": "中", "en": "e"} for block in comments.BLOCKS}
    first = db.now(comments.keep, asked, blocks, by=analyst, now=clock.now())
    assert db.now(comments.keep, asked, {}, by=analyst, now=clock.now()) == first
    done = db.now(comments.approve, asked, version=1, by=officer, now=clock.now())
    assert (done.state, done.approved_by, done.version) == ("approved", officer, 2)
    with pytest.raises(BadInput) as caught:
        db.now(comments.edit, asked, blocks, version=1, by=analyst, now=clock.now())
    assert caught.value.key == "comment.changed_meanwhile"
    again = db.now(comments.edit, asked, {"subject": {"zh": "新"}}, version=2, by=analyst, now=clock.now())
    assert (again.state, again.approved_by, again.blocks["subject"]) == ("draft", None, {"zh": "新", "en": ""})


@pytest.mark.parametrize(("at", "role"), [
    ("county", Role.OFFICER), ("centre", Role.ANALYST), ("enterprise", Role.ENTERPRISE),
])  # fmt: skip
def test_a_comment_is_approved_by_the_centres_officer_only(
    db: Database, clock: FixedClock, at: str, role: Role
) -> None:  # fmt: skip
    house = db.now(tree, now=clock.now())
    asked = db.now(survey, house, clock)
    analyst = db.now(person, "analyst", now=clock.now(), at=house.centre, role=Role.ANALYST)
    db.now(comments.keep, asked, {}, by=analyst, now=clock.now())
    someone = db.now(person, "someone", now=clock.now(), at=getattr(house, at), role=role)
    with pytest.raises(NotAllowed):
        db.now(comments.approve, asked, version=1, by=someone, now=clock.now())
