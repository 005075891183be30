"""A county's sheet: live, completed, passed up with its figures frozen, given back, and by whom."""

from typing import Any

import pytest

from bot import surveys
from bot.db import models
from bot.errors import BadInput, NotAllowed
from tests.bot.surveys.conftest import House


@pytest.fixture
def asked(house: House) -> House:
    house.open()
    house.work()
    return house


def mine(house: House, **more: Any) -> surveys.Sheet:
    found: surveys.Sheet = house.do(surveys.sheet, 1, house.tree.county.id, **{"by": "officer", **more})
    return found


def money(value: float, currency: str = "USD") -> dict[str, Any]:
    return {"value": value, "currency": currency}


def test_the_figures_are_live_until_it_is_passed_up(asked: House) -> None:
    assert mine(asked).figures == {
        "asked": 1, "answered": 0, "silent": 1, "declined": 0, "late": 0, "answers": 0, "affected": {}, "amounts": {},
    }  # fmt: skip
    asked.answer("anna", answers={"export_value": money(3e6), "estimated_loss": "__declined__", "extra_cost": None})
    asked.answer("ben", affected="none", answers={"export_value": money(1e6), "estimated_loss": money(2e5, "CNY")})
    live = mine(asked).figures
    assert (live["answered"], live["answers"]) == (1, 2)
    assert live["affected"] == {"none": 1, "serious": 1}
    assert live["amounts"] == {"export_value": {"USD": 4e6}, "estimated_loss": {"CNY": 2e5}}
    asked.do(surveys.complete_sheet, 1, asked.tree.county.id, by="officer", opinion=" 建议延长过渡期 ")
    passed = asked.do(surveys.pass_up, 1, asked.tree.county.id, by="officer")
    assert (passed.state, passed.version, passed.opinion, passed.figures) == ("passed", 1, "建议延长过渡期", live)
    assert not passed.changed_since
    asked.answer("ben", key="answer:later", affected="minor")
    later = mine(asked)
    assert later.figures == live
    assert later.live["affected"] == {"minor": 1, "none": 1, "serious": 1}
    assert later.changed_since


def test_the_centre_hears_of_it_and_can_give_it_back(asked: House) -> None:
    county = asked.tree.county.id
    asked.do(surveys.complete_sheet, 1, county, by="officer", opinion="无意见")
    asked.do(surveys.pass_up, 1, county, by="officer")
    assert asked.names("county_passed") == ["chief"]
    with pytest.raises(BadInput) as caught:
        asked.do(surveys.complete_sheet, 1, county, by="officer", opinion="还有")
    assert caught.value.key == "survey.sheet_passed"
    with pytest.raises(NotAllowed):
        asked.do(surveys.reopen_sheet, 1, county, by="officer")
    given_back = asked.do(surveys.reopen_sheet, 1, county, reason="请补充损失金额")
    assert (given_back.state, given_back.opinion) == ("open", "无意见")
    assert asked.names("county_reopened") == ["officer"]
    row = next(row for row in asked.rows() if row.payload["what"] == "county_reopened")
    assert "退回说明：请补充损失金额" in asked.read(row, "zh").text
    assert "What the centre says" in asked.read(row, "en").text
    again = asked.do(surveys.pass_up, 1, county, by="officer")
    assert again.version == 2
    assert asked.names("county_passed") == ["chief", "chief"]
    with pytest.raises(BadInput) as caught:
        asked.do(surveys.reopen_sheet, 1, asked.tree.other_county.id)
    assert caught.value.key == "survey.sheet_open"


@pytest.mark.parametrize("who", ["anna", "other_officer", "secretary"])
def test_nobody_else_sees_or_completes_it(asked: House, who: str) -> None:
    for deed, more in ((surveys.sheet, {}), (surveys.complete_sheet, {"opinion": "x"}), (surveys.pass_up, {})):
        with pytest.raises(NotAllowed):
            asked.do(deed, 1, asked.tree.county.id, by=who, **more)
    assert mine(asked, by="chief").county == asked.tree.county


def test_there_is_none_for_a_county_that_nobody_was_asked_in_nor_after_the_end(asked: House) -> None:
    with pytest.raises(BadInput) as caught:
        asked.do(surveys.sheet, 1, asked.tree.centre.id)
    assert caught.value.key == "survey.sheet_none"
    with pytest.raises(BadInput) as caught:
        asked.do(surveys.complete_sheet, 1, asked.tree.county.id, by="officer", opinion="长" * 20_001)
    assert caught.value.key == "survey.opinion_long"
    asked.do(surveys.cancel, 1)
    with pytest.raises(BadInput) as caught:
        asked.do(surveys.pass_up, 1, asked.tree.county.id, by="officer")
    assert caught.value.key == "survey.is_cancelled"


def test_deeds_are_in_the_log(asked: House) -> None:
    asked.do(surveys.pass_up, 1, asked.tree.county.id, by="officer")
    asked.do(surveys.reopen_sheet, 1, asked.tree.county.id)
    asked.do(surveys.close, 1, conclusion="完")
    log = asked.db.look(lambda tx: tx.execute(models.audit_log.select()).all())
    deeds = [(row.action, row.allowed) for row in log if row.action != "grant"]
    assert deeds == [("open_survey", True), ("pass_up", True), ("reopen_sheet", True), ("survey_closed", True)]
