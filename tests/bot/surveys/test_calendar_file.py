"""The calendar file: what is in it, and that any calendar can read it."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot import alerts, i18n, surveys
from bot.surveys.calendar_file import OCTETS, Entry, file
from tests.bot.surveys.conftest import SYMBOL, House

TEXTS = i18n.load()
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ONE = Entry("official-77@fengsui", date(2027, 1, 22), "评议截止：G/TBT/N/EU/77", "电水壶；生态, 设计\n第二行")


def entries(house: House, name: str, language: str = "zh") -> list[Entry]:
    today = house.rules.today(house.now)
    return house.db.look(
        surveys.calendar_entries, house.members[name], today=today, texts=TEXTS, language=language
    )  # fmt: skip


def test_both_deadlines_of_what_one_follows_are_in_it_until_one_has_answered(house: House) -> None:
    house.open()
    house.work()
    assert [(one.day.isoformat(), one.summary) for one in entries(house, "anna")] == [
        ("2026-12-15", f"答复本地征集：{SYMBOL}"),
        ("2027-01-22", f"评议截止：{SYMBOL}"),
    ]
    assert [one.summary for one in entries(house, "carl", "en")] == [
        f"Answer the survey: {SYMBOL}",
        f"Comments close: {SYMBOL}",
    ]
    assert entries(house, "anna")[0].description == "电水壶生态设计"
    house.answer("anna")
    assert [one.day.isoformat() for one in entries(house, "anna")] == ["2027-01-22"]


def test_what_is_open_and_concerns_a_new_interest_is_in_it_before_any_alert(house: House) -> None:
    house.person("late")
    assert entries(house, "late") == []
    house.interest("late")
    assert [one.summary for one in entries(house, "late")] == [f"评议截止：{SYMBOL}"]


def test_what_is_past_withdrawn_or_muted_is_not_in_it(house: House) -> None:
    assert len(entries(house, "anna")) == 1
    house.db.now(alerts.mute, house.members["anna"], SYMBOL, now=house.now)
    assert entries(house, "anna") == []
    house.clock.move(days=100)
    assert entries(house, "ben") == []
    house.clock.move(days=-100)
    house.arrive(symbol=f"{SYMBOL}/Add.1", title="Ecodesign of kettles; withdrawal", comment_deadline=None)
    assert entries(house, "ben") == []


def test_a_moved_date_is_the_same_entry_with_a_higher_number(house: House) -> None:
    before = entries(house, "anna")
    first = file(before, name="x", now=house.now).decode()
    house.clock.move(days=1)
    house.arrive(comment_deadline="2027-02-26")
    [after] = entries(house, "anna")
    second = file([after], name="x", now=house.now).decode()
    assert after.uid == before[0].uid
    assert _value(second, "SEQUENCE") > _value(first, "SEQUENCE")
    assert _value(second, "DTSTART;VALUE=DATE") == "20270226"


def _value(content: str, name: str) -> str:
    return next(line.removeprefix(f"{name}:") for line in content.split("\r\n") if line.startswith(f"{name}:"))


def test_the_file_is_what_the_standard_asks_for() -> None:
    content = file([ONE], name="烽燧通报日期", now=NOW)
    lines = content.decode().split("\r\n")
    assert lines[:5] == [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Fengsui//EN", "METHOD:PUBLISH", "X-WR-CALNAME:烽燧通报日期",
    ]  # fmt: skip
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert {"DTSTART;VALUE=DATE:20270122", "DTEND;VALUE=DATE:20270123", "DTSTAMP:20261122T090000Z"} <= set(lines)
    assert "DESCRIPTION:电水壶；生态\\, 设计\\n第二行" in lines
    assert b"\n" not in content.replace(b"\r\n", b"")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=300))
def test_long_lines_are_folded_between_characters_and_unfold_to_what_they_were(summary: str) -> None:
    content = file([Entry("u", date(2027, 1, 22), summary, "")], name="x", now=NOW).decode()
    assert all(len(line.encode()) <= OCTETS for line in content.split("\r\n"))
    unfolded = content.replace("\r\n ", "")
    written = _value(unfolded, "SUMMARY")
    plain = written.replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")
    if not any(one in summary for one in "\\\n\x85\u2028\u2029"):
        assert plain == summary.strip()


def test_days_are_whole_whatever_the_time_zone() -> None:
    content = file([ONE], name="x", now=NOW + timedelta(hours=20)).decode()
    assert "TZID" not in content
    assert "DTSTART;VALUE=DATE:20270122" in content
