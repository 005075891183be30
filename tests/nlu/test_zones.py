"""Time zones by city, country and offset, in both languages, and sentences that only look like one."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from nlu import markets, zones

NEW_YORK, BERLIN, DUBAI = "America/New_York", "Europe/Berlin", "Asia/Dubai"


@pytest.mark.parametrize(("text", "zone"), [
    ("我的时区是纽约", NEW_YORK), ("set my time zone to Dubai", DUBAI),
    ("我在德国", BERLIN), ("I'm in Germany", BERLIN),
    ("時區改成柏林", BERLIN), ("把时区设为UTC-5", "Etc/GMT+5"), ("时区改成东八区", "Etc/GMT-8"), ("时区：迪拜", DUBAI),
    ("My timezone: America/New_York", NEW_YORK), ("time zone UTC+5:30", "Asia/Kolkata"), ("my time zone is GMT", "UTC"),
    ("我现在在迪拜出差", DUBAI), ("按纽约时间发", NEW_YORK),
    ("please use New York time", NEW_YORK), ("时区 +8", "Etc/GMT-8"),
    ("以后按北京时间", "Asia/Shanghai"), ("I moved to Dubai", DUBAI), ("我的时区是台湾", "Asia/Taipei"),
    ("my time zone is eastern", NEW_YORK), ("my time zone is São Paulo", "America/Sao_Paulo"),
    ("我在西五区", "Etc/GMT+5"),
])  # fmt: skip
def test_what_is_meant(text: str, zone: str) -> None:
    found = zones.read(text)
    assert found
    assert found.zones == (zone,)


@pytest.mark.parametrize(("text", "zone"), [
    ("我在美国", NEW_YORK), ("my time zone is Canada", "America/Toronto"), ("时区：俄罗斯", "Europe/Moscow"),
    ("my timezone is IST", "Asia/Jerusalem"), ("我的时区是CST", "America/Chicago"),
    ("I'm in Indonesia", "Asia/Jakarta"),
])  # fmt: skip
def test_what_several_places_share_is_asked_back(text: str, zone: str) -> None:
    found = zones.read(text)
    assert found
    assert len(found.zones) > 1
    assert zone in found.zones


@pytest.mark.parametrize("text", ["时区改成火星", "set my time zone to Mars", "my time zone is the EU", "时区 +25"])
def test_a_place_that_nobody_knows_is_no_zone(text: str) -> None:
    found = zones.read(text)
    assert found
    assert found.said
    assert found.zones == ()


@pytest.mark.parametrize("text", ["我的时区是什么", "what is my time zone?", "怎么改时区", "change my timezone"])
def test_who_names_no_place_asks(text: str) -> None:
    assert zones.read(text) == zones.Wish()


@pytest.mark.parametrize("text", [
    "我在忙", "I'm in charge", "I'm in hospital, pause the pushes for now", "时间改成早上8点",
    "我们在德国有客户", "我在欧盟",
    "每天早上8点", "I am in the toy business", "我在盯哪几个国家", "we are in compliance",
    "德国", "Germany", "/set_time_zone",
])  # fmt: skip
def test_what_is_something_else(text: str) -> None:
    assert zones.read(text) is None


def test_within_a_dialogue_only_the_word_itself_counts() -> None:
    assert zones.read("我在德国", in_form=True) is None
    assert zones.read("我的时区是德国", in_form=True)
    assert zones.read("德国", asked=True)


def test_one_that_is_named_beside_the_hours() -> None:
    assert zones.beside("我在德国，晚上10点到早上7点别打扰") == BERLIN
    assert zones.beside("我在美国，晚上10点到早上7点别打扰") is None


def test_every_zone_of_the_table_exists_and_has_a_name_in_both_languages() -> None:
    lines = [line.split("\t") for line in zones.TABLE.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    for zone, countries, english, chinese, _ in lines:
        assert ZoneInfo(zone).key == zone
        assert set(countries.split()) <= set(markets.markets())
        assert bool(english) == bool(chinese)
        assert zones.name(zone, "zh") != zone
        assert zones.name(zone, "en") != zone or zone == "UTC"


def test_every_market_but_the_union_has_one() -> None:
    assert [code for code in markets.markets() if not zones.named(markets.name(code, "zh"))] == ["EU"]
    assert [code for code in markets.markets() if not zones.named(markets.name(code, "en"))] == ["EU"]


@pytest.mark.parametrize(("zone", "month", "offset"), [
    (NEW_YORK, 1, "UTC-5"), (NEW_YORK, 7, "UTC-4"), ("Asia/Kolkata", 1, "UTC+5:30"), ("Europe/London", 1, "UTC"),
    ("America/St_Johns", 1, "UTC-3:30"), ("Etc/GMT-8", 7, "UTC+8"),
])  # fmt: skip
def test_the_offset_follows_summer_time(zone: str, month: int, offset: str) -> None:
    assert zones.offset(zone, datetime(2026, month, 15, tzinfo=UTC)) == offset


def test_an_offset_is_called_as_it_is_said() -> None:
    assert zones.name("Etc/GMT+5", "en") == "UTC-5"
    assert zones.name("Europe/Busingen", "zh") == "Europe/Busingen"
