"""China's site gives a title and a summary in Chinese: they come to what the WTO says, whichever arrives first."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot import intake, notifications
from bot.feeds import eping_file
from bot.notifications.merging import merged
from bot.ports import BadRow
from tests.feeds.eping_workbook import write_xlsx
from tests.service import Service, prototype, service

__all__ = ["prototype", "service"]

CHINESE: dict[str, Any] = {
    "spsid": "88123", "tbtype": "tbt", "tbtno": "G/TBT/N/EU/7101", "tbdate": "2026-11-20 00:00:00",
    "areaName": "欧盟", "tbtitle": "蓝牙音箱和耳机生态设计条例草案", "responsibleorganization": "欧洲委员会",
    "productscovered": "蓝牙音箱（HS：8518）", "hscode": "851822，8518", "icscode": "33.160",
    "tbcontent": "<p>待机功率不得超过0.5&nbsp;W；电池应可由用户拆下。</p>", "napprdate": "1900-01-01",
    "neffedate": "2027-06-01", "linkurl": "http://www.tbt-sps.gov.cn/tbt/tbt/88123", "tblanguage": "英语", "tbpage": 8,
    "accordingterms": "2.9.2", "purposereason": "保护环境",
}  # fmt: skip
WTO = {
    "symbol": "G/TBT/N/EU/7101", "members": ["EU"], "date": "2026-11-20", "title": "Ecodesign of loudspeakers",
    "description": "Standby power.", "products": "Bluetooth loudspeakers", "hs_codes": ["8518"],
    "comment_deadline": "2027-01-19",
}  # fmt: skip
PRINTED = {
    "通报号": "G/TBT/N/EU/7101", "发文日期": "2026-11-20", "通报成员": "欧盟", "标题": CHINESE["tbtitle"],
    "覆盖产品": "蓝牙音箱", "HS编码": "8518", "内容简述": "待机功率不得超过0.5 W。", "拟生效日期": "1900-01-01",
}  # fmt: skip


def read(path: Path) -> list[dict[str, Any]]:
    items = list(eping_file.open(path))
    assert not [item for item in items if isinstance(item, BadRow)]
    return [item[1] for item in items if not isinstance(item, BadRow)]


def write(path: Path, value: Any, *, indent: int | None = None) -> Path:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=indent), "utf-8")
    return path


@pytest.mark.parametrize("wrap", [
    lambda one: one, lambda one: [one], lambda one: {"code": 0, "data": {"total": 1, "rows": [one], "pages": []}},
])  # fmt: skip
@pytest.mark.parametrize("indent", [None, 2])
def test_its_json_is_read_in_every_wrapping(wrap: Any, indent: int | None, tmp_path: Path) -> None:
    (record,) = read(write(tmp_path / "x.json", wrap(CHINESE), indent=indent))
    assert record == {
        "symbol": "G/TBT/N/EU/7101", "agreement": "TBT", "members": ["EU"], "date": "2026-11-20", "type": "regular",
        "products": "蓝牙音箱（HS：8518）", "hs_codes": ["851822", "8518"], "ics_codes": ["33.160"],
        "title_zh": "蓝牙音箱和耳机生态设计条例草案", "description_zh": "待机功率不得超过0.5 W；电池应可由用户拆下。",
        "proposed_entry_into_force": "2027-06-01", "source": "tbt-sps.gov.cn",
        "links": {"en": "http://www.tbt-sps.gov.cn/tbt/tbt/88123"},
    }  # fmt: skip


def test_its_tables_are_read_by_the_headers_that_its_pages_print(tmp_path: Path) -> None:
    (record,) = read(write_xlsx(tmp_path / "x.xlsx", [PRINTED], list(PRINTED)))
    assert (record["title_zh"], record["source"]) == (CHINESE["tbtitle"], "tbt-sps.gov.cn")
    assert (record["description_zh"], record["hs_codes"]) == ("待机功率不得超过0.5 W。", ["8518"])
    assert "proposed_entry_into_force" not in record


def arrive(service: Service, folder: Path, value: Any) -> intake.ImportReport:
    config = service.app.services.settings
    feed = eping_file.open(write(folder / "arriving.json", value))
    report = intake.run_import(service.db, feed, clock=service.clock, settings=config)
    intake.fan_out(service.db, service.clock, config)
    return report


@pytest.mark.parametrize("order", [(CHINESE, WTO), (WTO, CHINESE), (CHINESE, WTO, CHINESE, WTO)])
def test_whatever_the_order_both_are_kept_and_the_alert_shows_both(
    service: Service, tmp_path: Path, order: tuple[Any, ...]
) -> None:
    for line in ("我们出口蓝牙音箱到欧盟，有新通报请提醒我", "跳过", "确认"):
        service.say(line)
    for one in order:
        arrive(service, tmp_path, one)
    found = service.look(notifications.by_symbol, "G/TBT/N/EU/7101")
    assert found is not None
    said = {key: found.record.get(key) for key in ("title", "title_zh", "description", "hs_codes", "source")}
    assert said == {
        "title": "Ecodesign of loudspeakers", "title_zh": CHINESE["tbtitle"], "description": "Standby power.",
        "hs_codes": ["8518"], "source": None,
    }  # fmt: skip
    assert found.record["description_zh"] == "待机功率不得超过0.5 W；电池应可由用户拆下。"
    service.deliver()
    alert = service.memory.sent[-1][1].text
    assert all(part in alert for part in (CHINESE["tbtitle"], "Ecodesign of loudspeakers", "待机功率不得超过0.5 W"))
    assert arrive(service, tmp_path, [CHINESE, WTO]).unchanged == 2


def test_the_same_again_is_unchanged_and_newer_words_replace_older_ones() -> None:
    known = merged(WTO, {**CHINESE_RECORD, "title_zh": "旧"})
    assert merged(known, CHINESE_RECORD)["title_zh"] == "新"
    assert merged(known, WTO) == known
    assert merged(known, {**WTO, "title_zh": "其他"})["title_zh"] == "其他"


CHINESE_RECORD = {"symbol": "G/TBT/N/EU/7101", "source": "tbt-sps.gov.cn", "title_zh": "新", "hs_codes": ["99"]}
