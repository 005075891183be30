"""What is said while a notice is written: title and text, the audience in words, times, changes."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.audience import Audience
from bot.notices import said
from bot.notices.said import Edit, Part, Written
from bot.organisations import Kind, Organisation
from nlu import entities

CHINA = ZoneInfo("Asia/Shanghai")
SUNDAY = datetime(2026, 11, 22, 17, 0, tzinfo=CHINA)
CENTRE = Organisation(
    1, Kind.CENTRE, "C", "示范市技术性贸易措施通报咨询中心", "Model City TBT/SPS Enquiry Centre", None
)
PLACES = [
    Organisation(2, Kind.BUREAU, "YW", "义乌市市场监督管理局", "Yiwu Market Supervision Bureau", 1),
    Organisation(3, Kind.BUREAU, "QX", "清溪县市场监督管理局（演示）", "Qingxi County Market Supervision Bureau", 1),
    Organisation(4, Kind.ASSOCIATION, "TOYS", "示范市玩具婴童用品行业协会", "Model City Toys Association", 1),
]

WRITTEN = [
    ("年会通知\n请到会。", Written("zh", "年会通知", "请到会。")),
    ("标题：年会\n正文：请到会。\n谢谢", Written("zh", "年会", "请到会。\n谢谢")),
    ("Annual meeting", Written("en", "Annual meeting", "")),
    ("Title: Fair\nText: Come.", Written("en", "Fair", "Come.")),
    ("  \n ", None),
]


@pytest.mark.parametrize(("text", "found"), WRITTEN, ids=[text[:20] for text, _ in WRITTEN])
def test_the_first_line_is_the_title(text: str, found: Written | None) -> None:
    assert said.written(text) == found


def test_a_long_single_line_is_a_text_that_begins_with_its_title() -> None:
    line = "欧盟发布了新的玩具安全法规，要求所有玩具附带数字产品护照。" * 4
    found = said.written(line)
    assert found is not None
    assert found.title == "欧盟发布了新的玩具安全法规，要求所有玩具附带数字产品护照"
    assert found.body == line


# (what is said, who is meant; roles are enterprises unless given)
HEARD: list[tuple[str, dict[str, Any]]] = [
    ("全部会员", {}),
    ("发给所有会员", {}),
    ("大家", {}),
    ("all members", {}),
    ("send it to everyone", {}),
    ("义乌的企业", {"regions": [2]}),
    ("只发给清溪县的会员", {"regions": [3]}),
    ("firms in Qingxi", {"regions": [3]}),
    ("玩具婴童用品行业协会的会员", {"associations": [4]}),
    ("出口玩具到欧盟的会员", {"products": ["玩具"], "markets": ["EU"]}),
    ("only members exporting toys to the EU", {"products": ["toys"], "markets": ["EU"]}),
    ("义乌做灯具的企业", {"regions": [2], "products": ["灯具"]}),
    ("看英文的会员", {"languages": ["en"]}),
    ("those who read Chinese", {"languages": ["zh"]}),
    ("各县局工作人员", {"roles": ["officer"]}),
]


@pytest.mark.parametrize(("text", "wanted"), HEARD, ids=[text for text, _ in HEARD])
def test_whom_the_words_mean(text: str, wanted: dict[str, Any]) -> None:
    found = said.heard(text, _entities(text), PLACES)
    assert found.audience == Audience.of(**{"roles": ["enterprise"], **wanted}), found.unknown


UNKNOWN = [
    ("杭州的企业", "杭州"), ("全部杭州企业", "杭州"), ("杭州做玩具的企业", "杭州"),
    ("firms in Springfield", "Springfield"),
    ("嗯", "嗯"), ("企业", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "unknown"), UNKNOWN, ids=[text for text, _ in UNKNOWN])
def test_what_is_not_known_is_never_taken_for_all(text: str, unknown: str) -> None:
    found = said.heard(text, _entities(text), PLACES)
    assert (found.audience, found.unknown) == (None, unknown)


def _entities(text: str) -> list[dict[str, Any]]:
    return [one.to_rasa() for one in entities.extract(text, now=SUNDAY)]


MOMENTS = [
    ("现在", "2026-11-22T17:00"), ("right away", "2026-11-22T17:00"), ("明天上午九点", "2026-11-23T09:00"),
    ("明天下午三点半", "2026-11-23T15:30"), ("12月5日 14:30", "2026-12-05T14:30"),
    ("tomorrow at 9 am", "2026-11-23T09:00"),
    ("tomorrow at 2:15 pm", "2026-11-23T14:15"), ("晚上8点", "2026-11-22T20:00"), ("上午九点", "2026-11-23T09:00"),
    ("后天", "2026-11-24T09:00"), ("25点", None), ("随便", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "at"), MOMENTS, ids=[text for text, _ in MOMENTS])
def test_when(text: str, at: str | None) -> None:
    days = [one["value"] for one in _entities(text) if one["entity"] == "date"]
    found = said.moment(text, days, now=SUNDAY)
    assert found == (datetime.fromisoformat(at).replace(tzinfo=CHINA) if at else None)


def test_an_hour_that_is_over_is_tomorrows() -> None:
    found = said.moment("16:00", [], now=SUNDAY)
    assert found == SUNDAY - timedelta(hours=1) + timedelta(days=1)


EDITS = [
    ("标题改成年会", Edit(Part.TITLE, "年会", "zh")),
    ("把标题改为：年会", Edit(Part.TITLE, "年会", "zh")),
    ("英文标题是 Fair", Edit(Part.TITLE, "Fair", "en")),
    ("the title is Annual fair", Edit(Part.TITLE, "Annual fair", "en")),
    ("正文改成第一行\n第二行", Edit(Part.BODY, "第一行\n第二行", "zh")),
    ("change the text to Come early", Edit(Part.BODY, "Come early", "en")),
    ("要确认已阅", Edit(Part.ACKNOWLEDGE)),
    ("不用确认已阅", Edit(Part.ACKNOWLEDGE, yes=False)),
    ("ask them to confirm", Edit(Part.ACKNOWLEDGE)),
    ("去掉附件", Edit(Part.FILE, yes=False)),
    ("remove the attachment", Edit(Part.FILE, yes=False)),
    ("只发给做玩具的", Edit(Part.AUDIENCE, "只发给做玩具的")),
    ("only to toy makers", Edit(Part.AUDIENCE, "only to toy makers")),
    ("确认", None),
    ("confirm", None),
    ("明天九点发", None),
]


@pytest.mark.parametrize(("text", "found"), EDITS, ids=[text for text, _ in EDITS])
def test_what_is_to_change(text: str, found: Edit | None) -> None:
    assert said.edit(text) == found


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("以义乌局的名义发公告", 2),
        ("以玩具婴童用品行业协会的名义发公告", 4),
        ("new notice in the name of Qingxi", 3),
        ("发公告", None),
    ],
)
def test_in_whose_name(text: str, number: int | None) -> None:
    found = said.named(text, [CENTRE, *PLACES])
    assert (found.id if found else None) == number
