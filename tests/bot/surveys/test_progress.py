"""Who answered, who is silent, who is late: per county and association, for those who may see it, in few queries."""

from typing import Any

import pytest
from sqlalchemy import event

from bot import alerts, organisations, surveys
from bot.authority import Deed, Role
from bot.db.engine import Database
from bot.errors import BadInput, NotAllowed
from bot.surveys import Count
from tests.bot.surveys.conftest import SYMBOL, House


@pytest.fixture
def asked(house: House) -> House:
    house.open()
    house.work()
    return house


def counts(house: House, *, by: str = "chief") -> dict[str | None, Count]:
    found = house.do(surveys.progress, 1, by=by)
    rows = [*found.counties, *found.associations]
    return {"total": found.total, **{row.organisation.code if row.organisation else None: row.count for row in rows}}


def test_an_enterprise_counts_once_and_one_answer_of_it_is_enough(asked: House) -> None:
    assert counts(asked) == {
        "total": Count(3), "county": Count(1), "other-county": Count(1), None: Count(1), "association": Count(1),
    }  # fmt: skip
    asked.answer("ben")
    found = counts(asked)
    assert found["total"] == Count(3, answered=1)
    assert found["county"] == found["association"] == Count(1, answered=1)
    assert found["other-county"].silent == 1


def test_who_says_not_mine_is_no_longer_silent_unless_a_colleague_is(asked: House) -> None:
    asked.db.now(alerts.mute, asked.members["anna"], SYMBOL, now=asked.now)
    assert counts(asked)["county"] == Count(1)
    asked.db.now(alerts.mute, asked.members["ben"], SYMBOL, now=asked.now)
    assert counts(asked)["county"] == Count(1, declined=1)
    asked.answer("ben")
    assert counts(asked)["county"] == Count(1, answered=1)


def test_late_is_who_was_not_in_by_the_end_of_the_day(asked: House) -> None:
    asked.at("2026-12-15", 23)
    asked.answer("carl")
    assert counts(asked)["total"] == Count(3, answered=1)
    asked.at("2026-12-16", 1)
    asked.answer("dora")
    found = counts(asked)
    assert found["total"] == Count(3, answered=2, late=2)
    assert (found["county"].late, found["other-county"].late, found[None].late) == (1, 0, 1)


def test_the_centre_sees_which_county_is_late_with_its_sheet(asked: House) -> None:
    asked.do(surveys.pass_up, 1, asked.tree.other_county.id, by="other_officer")
    asked.at("2026-12-19")
    found = asked.do(surveys.progress, 1)
    assert [(row.organisation.code, row.sheet, row.sheet_late) for row in found.counties if row.organisation] == [
        ("county", "open", True),
        ("other-county", "passed", False),
    ]


def test_each_sees_what_they_reach(asked: House) -> None:
    assert counts(asked, by="officer") == {"total": Count(1), "county": Count(1)}
    assert counts(asked, by="secretary") == {"total": Count(1), "association": Count(1)}
    assert not asked.do(surveys.progress, 1, by="officer").whole
    with pytest.raises(NotAllowed):
        counts(asked, by="anna")
    with pytest.raises(BadInput):
        asked.do(surveys.progress, 99)


def test_who_exactly_is_silent_is_shown_to_those_who_reach_them(asked: House) -> None:
    asked.answer("carl")
    found = asked.do(surveys.silent, 1)
    names = {number: name for name, number in asked.members.items()}
    assert [names[one.member_id] for one in found if one.member_id] != []
    assert sorted(names[one.member_id] for one in found) == ["anna", "ben", "dora"]
    by_name = {names[one.member_id]: one for one in found}
    assert by_name["anna"].organisation == asked.tree.enterprise
    assert by_name["anna"].bureau == asked.tree.county
    assert by_name["dora"].organisation is None
    assert sorted(names[one.member_id] for one in asked.do(surveys.silent, 1, by="officer")) == ["anna", "ben"]
    assert sorted(names[one.member_id] for one in asked.do(surveys.silent, 1, by="secretary")) == ["anna", "ben"]
    assert asked.do(surveys.silent, 1, by="other_officer") == []
    with pytest.raises(NotAllowed):
        asked.do(surveys.silent, 1, by="dora")


def test_the_number_of_queries_does_not_grow_with_the_network(house: House) -> None:
    house.open()
    house.work()
    few = _queries(house.db, lambda: house.do(surveys.progress, 1))
    for number in range(30):
        place = house.db.now(_enterprise, number, house.now)
        house.person(f"more-{number}", at=place)
        house.interest(f"more-{number}")
    house.do(surveys.revise, 1, audience={"concerned": True})
    house.work()
    assert counts(house)["total"].asked == 33
    assert _queries(house.db, lambda: house.do(surveys.progress, 1)) == few
    listing = _queries(house.db, lambda: house.do(surveys.listed))
    assert listing <= few + 3


def _enterprise(tx: Any, number: int, now: Any) -> organisations.Organisation:
    county = organisations.put(
        tx, f"county-{number}", kind=organisations.Kind.BUREAU, name_zh="县", name_en="C", now=now, parent="centre"
    )
    kind = organisations.Kind.ENTERPRISE
    return organisations.put(tx, f"more-{number}", kind=kind, name_zh="企", name_en="E", now=now, parent=county.code)


def _queries(db: Database, do: Any) -> int:
    seen: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        do()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


def test_the_list_and_the_page_show_what_is_within_reach(asked: House) -> None:
    asked.answer("carl")
    [line] = asked.do(surveys.listed)
    assert (line.asked, line.answered, line.sheets, line.passed, line.overdue) == (4, 1, 2, 0, False)
    assert len(asked.do(surveys.listed, by="secretary")) == 1
    assert asked.do(surveys.listed, by="anna") == []
    assert asked.do(surveys.listed, state="closed") == []
    whole, part = asked.do(surveys.detail, 1), asked.do(surveys.detail, 1, by="officer")
    assert [one.code for one in whole.counties] == ["county", "other-county"]
    assert [one.code for one in part.counties] == ["county"]
    assert Deed.CLOSE_SURVEY in whole.may
    assert part.may == frozenset()
    with pytest.raises(NotAllowed):
        asked.do(surveys.detail, 1, by="dora")


def test_a_survey_of_another_county_is_not_in_the_list(house: House) -> None:
    house.open(by="officer")
    house.work()
    assert len(house.do(surveys.listed, by="chief")) == 1
    assert house.do(surveys.listed, by="other_officer") == []
    house.person("other_secretary", at=house.tree.other_enterprise, role=Role.SECRETARY)
    assert house.do(surveys.listed, by="other_secretary") == []
