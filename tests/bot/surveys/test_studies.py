"""Special studies: given to somebody, delivered, returned, accepted; who may, who is told, who is reminded."""

from datetime import date
from typing import Any

import pytest

from bot import surveys
from bot.errors import BadInput, NotAllowed
from tests.bot.surveys.conftest import House

FILE = {"name": "study.pdf", "media_type": "application/pdf", "path": "abc/study.pdf", "size": 12}


def assign(house: House, **more: Any) -> surveys.Study:
    values: dict[str, Any] = {
        "organisation_id": house.tree.centre.id, "assignee_id": house.members["secretary"], "title": "电水壶能效",
        "task": "请测算达标成本", "due": date(2026, 12, 10),
    }  # fmt: skip
    found: surveys.Study = house.do(surveys.assign_study, **{**values, **more})
    return found


def told(house: House) -> list[tuple[str, str]]:
    return [(name, what) for name, what, _ in house.told() if what.startswith("study_")]


def test_from_task_to_acceptance(house: House) -> None:
    given = assign(house)
    assert (given.number, given.state) == ("R-0001", "assigned")
    with pytest.raises(BadInput) as caught:
        house.do(surveys.decide_study, given.id, accept=True)
    assert caught.value.key == "survey.study_is_assigned"
    delivered = house.do(surveys.deliver_study, given.id, by="secretary", result="成本约 3%", file=FILE)
    assert (delivered.state, delivered.result, delivered.file) == ("delivered", "成本约 3%", FILE)
    house.clock.move(hours=1)
    returned = house.do(surveys.decide_study, given.id, accept=False, note="请分机型")
    assert returned.state == "returned"
    house.do(surveys.deliver_study, given.id, by="secretary", result="分机型见附件")
    house.clock.move(hours=1)
    accepted = house.do(surveys.decide_study, given.id, accept=True)
    assert (accepted.state, accepted.file) == ("accepted", FILE)
    assert told(house) == [
        ("secretary", "study_assigned"),
        ("chief", "study_delivered"),
        ("secretary", "study_returned"),
        ("chief", "study_delivered"),
        ("secretary", "study_accepted"),
    ]
    with pytest.raises(BadInput):
        house.do(surveys.deliver_study, given.id, by="secretary", result="再交")


def test_how_it_reads(house: House) -> None:
    given = assign(house)
    house.do(surveys.deliver_study, given.id, by="secretary", result="好")
    house.do(surveys.decide_study, given.id, accept=False, note="请分机型")
    rows = {row.payload["what"]: row for row in house.rows()}
    task = house.read(rows["study_assigned"], "zh").text
    assert "专题研究（R-0001）：电水壶能效" in task
    assert "请测算达标成本" in task
    assert "12月10日前提交" in task
    assert "Due on 10 December" in house.read(rows["study_assigned"], "en").text
    assert "说明：请分机型" in house.read(rows["study_returned"], "zh").text
    assert "Note: 请分机型" in house.read(rows["study_returned"], "en").text


def test_who_may(house: House) -> None:
    with pytest.raises(NotAllowed):
        assign(house, by="secretary")
    given = assign(house)
    with pytest.raises(NotAllowed):
        house.do(surveys.deliver_study, given.id, by="anna", result="x")
    house.do(surveys.deliver_study, given.id, by="chief", result="代交")
    with pytest.raises(NotAllowed):
        house.do(surveys.decide_study, given.id, by="secretary", accept=True)


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"title": " "}, "study_empty"),
        ({"task": ""}, "study_empty"),
        ({"due": date(2026, 11, 1)}, "date_past"),
        ({"assignee_id": 999}, "no_assignee"),
        ({"survey_id": 999}, "no_such"),
    ],
)
def test_what_is_missing_is_said(house: House, more: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadInput) as caught:
        assign(house, **more)
    assert caught.value.key == f"survey.{problem}"


def test_an_empty_result_is_none(house: House) -> None:
    given = assign(house)
    with pytest.raises(BadInput):
        house.do(surveys.deliver_study, given.id, by="secretary", result=" ")
    assert house.do(surveys.deliver_study, given.id, by="secretary", result="", file=FILE).state == "delivered"


def test_the_assignee_is_reminded_before_and_after_until_it_is_delivered(house: House) -> None:
    given = assign(house)
    for day in ("2026-12-08", "2026-12-09", "2026-12-09", "2026-12-11"):
        house.at(day)
        house.work()
    assert told(house) == [("secretary", "study_assigned"), ("secretary", "study_due"), ("secretary", "study_late")]
    other = assign(house, due=date(2026, 12, 20))
    house.do(surveys.deliver_study, other.id, by="secretary", result="好")
    house.at("2026-12-18")
    house.work()
    assert ("secretary", "study_due") not in told(house)[3:]
    assert [one.id for one in house.do(surveys.studies_listed, by="secretary")] == [given.id, other.id]
    assert house.do(surveys.studies_listed, by="anna") == []
    assert len(house.do(surveys.studies_listed, by="chief")) == 2
