"""To whom an alert goes, why it may not go, and how it reads."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot import alerts, intake, interests, notifications
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.db.models import addresses, conversations, deliveries, follows, members
from bot.i18n import LANGUAGES, Texts
from bot.messages import Reply
from bot.notifications.record import normalise
from bot.settings import Settings

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
KETTLES = {
    "title": "Ecodesign of kettles",
    "title_zh": "电水壶生态设计",
    "hs_codes": ["851679"],
    "date": "2026-11-20",
    "comment_deadline": "2026-12-04",
}


class House:
    """A database with members, and the two steps that bring a notification to them."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.clock = FixedClock(NOW)

    def member(self, *names: str, **values: Any) -> int:
        """A member with the addresses "channel:address", oldest first."""

        def write(tx: Any) -> int:
            row = {"created_at": NOW, **values}
            member_id = int(tx.execute(insert(members).values(row).returning(members.c.id)).scalar_one())
            for number, name in enumerate(names):
                channel, address = name.split(":")
                at = NOW + timedelta(minutes=number)
                tx.execute(
                    insert(addresses).values(member_id=member_id, channel=channel, address=address, created_at=at)
                )
            return member_id

        return self.db.now(write)

    def interest(self, member_id: int, **values: Any) -> int:
        key = f"{member_id}:{json.dumps(values, default=str)}"
        return self.db.now(interests.register, member_id, key=key, now=NOW, **values).interest.id

    def put(self, symbol: str, **values: Any) -> None:
        def write(tx: Any) -> None:
            for record in normalise({"symbol": symbol, **values}):
                change = notifications.upsert(tx, record, source="test", now=self.clock.now())
                alerts.open_alert(tx, change, now=self.clock.now(), recent_days=14)

        self.db.now(write)

    def send(self, **settings: Any) -> list[Any]:
        """Fan out, and what has been written since the last time."""
        before = {row.id for row in self.rows()}
        intake.fan_out(self.db, self.clock, Settings.model_validate(settings))
        return [row for row in self.rows() if row.id not in before]

    def rows(self) -> list[Any]:
        return list(self.db.look(lambda tx: tx.execute(select(deliveries).order_by(deliveries.c.id)).all()))

    def read(self, row: Any, texts: Texts, language: str) -> Reply:
        return self.db.look(alerts.render, row, texts=texts, language=language, today=self.clock.now().date())

    def alerts(self) -> list[tuple[str, str, str | None]]:
        from bot.db.models import alerts as table

        query = select(table.c.kind, table.c.state, table.c.reason).order_by(table.c.id)
        return [tuple(row) for row in self.db.look(lambda tx: tx.execute(query).all())]


@pytest.fixture
def house(db: Database) -> House:
    return House(db)


def test_an_alert_goes_once_to_each_member_it_concerns_with_the_best_reason(house: House) -> None:
    both, other, none = house.member("web:a"), house.member("web:b"), house.member("web:c")
    house.interest(both, keywords=["ecodesign"])
    best = house.interest(both, hs_codes=["851679"], markets=["EU"])
    house.interest(other, products=["电水壶"], markets=["DE"])
    house.interest(none, products=["toys"])
    house.put("G/TBT/N/EU/1", **KETTLES)
    rows = house.send()
    assert [(row.member_id, row.address, row.state) for row in rows] == [(both, "a", "queued"), (other, "b", "queued")]
    assert rows[0].interest_id == best
    assert rows[0].payload["reasons"][0]["kind"] == "hs"
    assert house.send() == []
    assert house.alerts() == [("new", "done", None)]


@pytest.mark.parametrize("chunk", [1, 2, 500])
def test_chunks_reach_everybody_once(house: House, chunk: int) -> None:
    people = [house.member(f"web:{n}") for n in range(5)]
    for person in people:
        house.interest(person, products=["kettle"])
        house.interest(person, hs_codes=["85"])
    house.put("G/TBT/N/EU/1", **KETTLES)
    house.put("G/TBT/N/EU/2", **KETTLES)
    assert sorted(row.member_id for row in house.send(alerts={"chunk": chunk})) == sorted(people * 2)


def test_a_kill_between_two_steps_loses_and_doubles_nothing(house: House) -> None:
    people = [house.member(f"web:{n}") for n in range(4)]
    for person in people:
        house.interest(person, products=["kettle"])
    house.put("G/TBT/N/EU/1", **KETTLES)

    def killed(tx: Any) -> None:
        alerts.step(tx, now=NOW, chunk=2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        house.db.now(killed)
    assert house.rows() == []
    house.db.now(alerts.step, now=NOW, chunk=2)  # the first chunk is committed, then the process is gone
    assert len(house.rows()) == 2
    assert len(house.send(alerts={"chunk": 2})) == 2
    assert [row.member_id for row in house.rows()] == people


def test_what_was_planned_twice_is_written_once(house: House) -> None:
    people = [house.member(f"web:{n}") for n in range(4)]
    for person in people:
        house.interest(person, products=["kettle"])
    house.put("G/TBT/N/EU/1", **KETTLES)
    mine = house.db.look(alerts.plan, now=NOW, chunk=2)
    other = house.db.look(alerts.plan, now=NOW, chunk=2)  # a second process, before the first one has written
    written = [house.db.now(alerts.write, part, now=NOW).queued for part in (*mine, *other)]
    assert written == [2, 0]
    while parts := house.db.look(alerts.plan, now=NOW, chunk=2):
        for part in parts:
            house.db.now(alerts.write, part, now=NOW)
    assert [row.member_id for row in house.rows()] == people
    assert house.alerts() == [("new", "done", None)]


def test_many_deliveries_are_written_in_several_transactions(house: House) -> None:
    for n in range(120):
        house.interest(house.member(f"web:{n}"), products=["kettle"])
    for number in range(1, 4):
        house.put(f"G/TBT/N/EU/{number}", **KETTLES)
    parts = house.db.look(alerts.plan, now=NOW, chunk=500)
    assert [[len(one.found) for one in part] for part in parts] == [[120], [120], [120]]
    house.db.now(alerts.write, parts[0], now=NOW)  # and then the process is gone
    assert len(house.send()) == 240
    assert len(house.rows()) == 360


def test_the_address_with_the_newest_conversation_is_chosen_and_rest_only_when_there_is_no_other(house: House) -> None:
    talking = house.member("telegram:1", "web:1")
    silent = house.member("telegram:2", "web:2", "rest:2")
    rest = house.member("rest:3")
    gone = house.member("web:4")
    for person in (talking, silent, rest, gone):
        house.interest(person, products=["kettle"])

    def write(tx: Any) -> None:
        row = {
            "member_id": talking,
            "channel": "telegram",
            "sender": "1",
            "language": "zh",
            "snapshot": {},
            "updated_at": NOW,
        }
        tx.execute(insert(conversations).values(version=0, seq=0, **row))
        tx.execute(update(addresses).where(addresses.c.member_id == gone).values(state="gone"))

    house.db.now(write)
    house.put("G/TBT/N/EU/1", **KETTLES)
    rows = {row.member_id: (row.channel, row.state, row.reason) for row in house.send()}
    assert rows == {
        talking: ("telegram", "queued", None), silent: ("web", "queued", None), rest: ("rest", "queued", None),
        gone: ("none", "skipped", "no_address"),
    }  # fmt: skip


def test_who_is_paused_or_said_not_mine_gets_a_row_with_the_reason(house: House) -> None:
    paused = house.member("web:a", paused_until=NOW + timedelta(days=1))
    muted = house.member("web:b")
    for person in (paused, muted):
        house.interest(person, products=["kettle"])
    house.db.now(alerts.mute, muted, "G/TBT/N/EU/1", now=NOW)
    house.put("G/TBT/N/EU/1", **KETTLES)
    assert [(row.member_id, row.state, row.reason) for row in house.send()] == [
        (paused, "skipped", "paused"), (muted, "skipped", "not_mine"),
    ]  # fmt: skip


@pytest.mark.parametrize(("values", "state"), [
    ({"date": "2026-11-08"}, ("new", "open", None)),
    ({"date": "2026-11-07"}, ("new", "skipped", "historic")),
    ({"date": "2020-01-01", "comment_deadline": "2026-11-22"}, ("new", "open", None)),
    ({"date": "2020-01-01", "comment_deadline": "2026-11-21"}, ("new", "skipped", "historic")),
    ({}, ("new", "skipped", "historic")),
])  # fmt: skip
def test_history_does_not_alert(house: House, values: dict[str, str], state: tuple[str, str, str | None]) -> None:
    house.put("G/TBT/N/EU/1", **values)
    assert house.alerts() == [state]


def test_a_joint_notification_is_one_alert_shown_with_the_document_of_the_readers_market(
    house: House, texts: Texts
) -> None:
    person = house.member("web:a")
    house.interest(person, products=["kettle"], markets=["KE"])
    house.put("G/TBT/N/BDI/600, G/TBT/N/KEN/1800, G/TBT/N/UGA/2154", **KETTLES)
    assert house.alerts() == [("new", "open", None), ("new", "skipped", "joint"), ("new", "skipped", "joint")]
    (row,) = house.send()
    text = house.read(row, texts, "zh").text
    assert "肯尼亚" in text
    assert "G/TBT/N/KEN/1800" in text


def test_an_addendum_goes_to_those_who_match_its_parent_and_to_followers(house: House, texts: Texts) -> None:
    matching, follower, stranger = house.member("web:a"), house.member("web:b"), house.member("web:c")
    house.interest(matching, hs_codes=["8516"])
    house.interest(stranger, products=["toys"])
    house.db.now(alerts.follow, follower, "G/TBT/N/EU/1/REV.1", now=NOW)
    house.put("G/TBT/N/EU/1", **KETTLES)
    assert [row.member_id for row in house.send()] == [matching]
    house.put("G/TBT/N/EU/1/ADD.1", title="More time", date="2026-11-21", comment_deadline="2027-01-15")
    rows = house.send()
    assert [row.member_id for row in rows] == [matching, follower]
    zh, en = (house.read(rows[0], texts, language).text for language in LANGUAGES)
    assert "评议截止日期由12月4日改为2027年1月15日" in zh
    assert "The deadline for comments moves from 4 December to 15 January 2027" in en
    assert "您此前收到过" in house.read(rows[1], texts, "zh").text


def test_an_addendum_that_an_interest_leaves_out_does_not_go_to_who_heard_of_its_family_by_it(house: House) -> None:
    limited, other, twice = house.member("web:a"), house.member("web:b"), house.member("web:c")
    by = house.interest(limited, products=["kettle"], negatives=["bamboo"])
    house.interest(other, products=["kettle"])
    house.interest(twice, products=["kettle"], negatives=["bamboo"])
    house.put("G/TBT/N/EU/1", **KETTLES)
    assert {row.interest_id for row in house.send()} >= {by}
    house.interest(twice, hs_codes=["851679"])  # which leaves nothing out
    house.put("G/TBT/N/EU/1/ADD.1", title="Kettles", description="Kettles with bamboo handles", date="2026-11-21")
    rows = {row.member_id: (row.state, row.reason) for row in house.send()}
    assert rows == {limited: ("skipped", "left_out"), other: ("queued", None), twice: ("queued", None)}
    house.put("G/TBT/N/EU/1/ADD.2", title="More time", date="2026-11-21", comment_deadline="2027-01-15")
    assert {row.member_id for row in house.send() if row.state == "queued"} == {limited, other, twice}


def test_a_withdrawal_is_told_also_to_who_leaves_its_words_out(house: House) -> None:
    person = house.member("web:a")
    house.interest(person, products=["kettle"], negatives=["bamboo"])
    house.put("G/TBT/N/EU/1", **KETTLES)
    house.send()
    house.put("G/TBT/N/EU/1/ADD.1", title="Kettles of bamboo; withdrawal", date="2026-11-22")
    assert [(row.member_id, row.state) for row in house.send()] == [(person, "queued")]


def test_a_withdrawal_tells_those_who_had_been_alerted(house: House, texts: Texts) -> None:
    person = house.member("web:a")
    house.interest(person, keywords=["descaling"])
    house.put("G/TBT/N/EU/1", **KETTLES, description="Descaling of kettles")
    (old,) = house.send()
    house.put("G/TBT/N/EU/1/ADD.1", title="Kettles; withdrawal", date="2026-11-22")
    (row,) = house.send()
    assert (row.member_id, row.priority) == (person, 4)
    assert "被撤回的文件：G/TBT/N/EU/1" in house.read(row, texts, "zh").text
    assert (
        "This notification was withdrawn by G/TBT/N/EU/1/ADD.1" in house.read(old, texts, "en").text
    )  # rendered when sent


@pytest.mark.parametrize("title", ["Kettles; withdrawal", "Kettles; addendum"])
def test_who_ended_an_interest_hears_no_more_of_what_came_by_it(house: House, title: str) -> None:
    person = house.member("web:a")
    interest = house.interest(person, products=["kettle"])
    house.put("G/TBT/N/EU/1", **KETTLES)
    house.send()
    house.db.now(interests.end, interest, now=NOW)
    house.put("G/TBT/N/EU/1/ADD.1", title=title, date="2026-11-22")
    assert house.send() == []
    house.interest(person, products=["kettle"], markets=["EU"])
    house.put("G/TBT/N/EU/1/ADD.2", title="Kettles; addendum", date="2026-11-22")
    (row,) = house.send()
    assert row.member_id == person


def test_history_that_is_opened_again_is_new_to_everybody(house: House) -> None:
    person = house.member("web:a")
    house.interest(person, products=["kettle"])
    past = {**KETTLES, "date": "2026-06-01", "comment_deadline": "2026-08-01"}
    house.put("G/TBT/N/EU/1", **past)
    assert house.send() == []
    house.put("G/TBT/N/EU/1", **{**past, "comment_deadline": "2027-01-15"})
    (row,) = house.send()
    assert row.member_id == person
    assert house.alerts()[-1] == ("new", "done", None)


def test_what_was_taken_back_before_it_was_imported_does_not_alert(house: House) -> None:
    house.put("G/TBT/N/EU/1/ADD.1/CORR.1", title="x", description="It is null and void.", date="2026-11-21")
    house.put("G/TBT/N/EU/1/ADD.1", title="x", date="2026-11-20")
    assert house.alerts()[-1] == ("new", "skipped", "withdrawn")


def test_a_changed_deadline_alerts_and_a_changed_title_does_not(house: House, texts: Texts) -> None:
    person, later = house.member("web:a"), house.member("web:b")
    house.interest(person, products=["kettle"])
    house.put("G/TBT/N/EU/1", **KETTLES)
    house.send()
    house.interest(later, products=["kettle"])
    house.put("G/TBT/N/EU/1", **KETTLES | {"title": "Ecodesign of kettles."})
    assert house.send() == []
    house.put("G/TBT/N/EU/1", **KETTLES | {"comment_deadline": "2026-12-24"})
    (row,) = house.send()
    assert row.member_id == person
    assert "评议截止日期由12月4日改为12月24日" in house.read(row, texts, "zh").text
    assert house.alerts() == [("new", "done", None), ("change", "skipped", "minor"), ("change", "done", None)]


def test_the_message_says_what_why_until_when_and_has_its_buttons(house: House, texts: Texts) -> None:
    person = house.member("web:a")
    house.interest(person, products=["电水壶"], hs_codes=["85167970"], markets=["DE"])
    house.put("G/TBT/N/EU/1", **KETTLES, description="Kettles must switch off by themselves.")
    (row,) = house.send()
    zh, en = (house.read(row, texts, language) for language in LANGUAGES)
    assert zh.text == (
        "欧盟有一份TBT常规通报可能影响您的电水壶\n"
        "电水壶生态设计\n原文标题：Ecodesign of kettles\n"
        "主要内容：Kettles must switch off by themselves.\n"
        "评议还有 12 天（12月4日截止）\n"
        "为什么发给您：HS 8516.79 包含您关注的 8516.79.70；通报产品提到“电水壶”；市场：欧盟\n"
        f"提醒编号 A-{row.alert_id:06d}，通报号 G/TBT/N/EU/1"
    )
    assert "12 days left to comment (until 4 December)" in en.text
    assert "Why you get this: HS 8516.79 covers your 8516.79.70" in en.text
    assert [button.payload for button in zh.buttons] == [
        '/show_notification{"symbol": "G/TBT/N/EU/1"}',
        '/give_feedback{"symbol": "G/TBT/N/EU/1", "affected": "yes"}',
        '/give_feedback{"symbol": "G/TBT/N/EU/1", "affected": "none"}',
        '/give_feedback{"symbol": "G/TBT/N/EU/1", "affected": "unknown"}',
        '/contact_expert{"symbol": "G/TBT/N/EU/1"}',
        '/not_mine{"symbol": "G/TBT/N/EU/1"}',
    ]  # fmt: skip


def test_without_a_title_in_ones_language_its_words_are_explained_and_the_full_text_is_linked(
    house: House, texts: Texts
) -> None:
    house.interest(house.member("web:a"), hs_codes=["851679"])
    bare = {key: value for key, value in KETTLES.items() if key != "title_zh"}
    title = "Draft Commission Regulation laying down ecodesign requirements for electric kettles"
    house.put("G/TBT/N/EU/1", **bare | {"title": title}, links={"en": "https://docs.wto.org/1"})
    (row,) = house.send()
    zh, en = (house.read(row, texts, language).text.splitlines() for language in LANGUAGES)
    assert zh[1] == title
    assert zh[2].startswith("标题里的词：draft commission regulation＝欧盟委员会条例草案、ecodesign requirements＝")
    assert zh[2].endswith("、electric kettles＝电热水壶")
    assert "Words of the title" not in "\n".join(en)
    assert all("https://docs.wto.org/1" in lines[-2] for lines in (zh, en))


def test_the_clock_is_that_of_the_day_on_which_it_is_sent(house: House, texts: Texts) -> None:
    house.interest(house.member("web:a"), products=["kettle"])
    house.put("G/TBT/N/EU/1", **KETTLES)
    (row,) = house.send()
    house.clock.move(days=11)
    assert "评议还有 1 天" in house.read(row, texts, "zh").text


def test_an_ended_or_outdated_interest_gets_nothing(house: House) -> None:
    person = house.member("web:a")
    house.interest(person, products=["kettle"], until=date(2026, 11, 21))
    house.db.now(interests.end, house.interest(person, hs_codes=["8516"]), now=NOW)
    house.put("G/TBT/N/EU/1", **KETTLES)
    assert house.send() == []


def test_whoever_was_alerted_follows_the_family(house: House) -> None:
    person = house.member("web:a")
    house.interest(person, products=["kettle"])
    house.put("G/TBT/N/EU/1", **KETTLES)
    house.send()
    following = house.db.look(lambda tx: tx.execute(select(follows.c.member_id, follows.c.family)).all())
    assert [tuple(row) for row in following] == [(person, "G/TBT/N/EU/1")]
