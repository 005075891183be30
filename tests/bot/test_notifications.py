"""Notifications stored, families kept in step, found again, and shown on a phone."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot import i18n, notifications
from bot.db.engine import Database
from bot.notifications import ChangeKind, Criteria
from bot.notifications.family import withdraws
from bot.notifications.record import normalise

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TODAY = NOW.date()


def put(db: Database, symbol: str, **values: Any) -> notifications.Change:
    (record,) = normalise({"symbol": symbol, **values})
    return db.now(notifications.upsert, record, source="test", now=NOW)


def get(db: Database, typed: str) -> notifications.Notification:
    found = db.look(notifications.by_symbol, typed)
    assert found
    return found


def test_the_same_record_again_changes_nothing(db: Database) -> None:
    first = put(db, "G/TBT/N/EU/1", title="A", hs_codes=["8516"])
    again = put(db, "G/TBT/N/EU/1", title="A", hs_codes=["8516"])
    other = put(db, "G/TBT/N/EU/1", title="A", hs_codes=["8516", "8517"], comment_deadline="2026-12-04")
    assert [one.kind for one in (first, again, other)] == [ChangeKind.NEW, ChangeKind.UNCHANGED, ChangeKind.CHANGED]
    assert first.id == again.id == other.id
    assert [(one.field, one.old, one.new) for one in other.fields] == [
        ("hs_codes", ["8516"], ["8516", "8517"]), ("comment_deadline", None, "2026-12-04"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "typed",
    ["G/TBT/N/USA/1234/Rev.1", "g/tbt/n/usa/1234/rev.1", "TBT/USA/1234 rev 1", "Ｇ／ＴＢＴ／Ｎ／ＵＳＡ／1234/Rev.1"],
)
def test_a_symbol_is_found_however_it_is_typed(db: Database, typed: str) -> None:
    put(db, "G/TBT/N/USA/1234/Rev.1")
    assert get(db, typed).symbol == "G/TBT/N/USA/1234/REV.1"


def test_an_addendum_moves_the_deadline_whichever_comes_first(db: Database) -> None:
    base = {"date": "2026-10-01", "comment_deadline": "2026-11-30"}
    later = {"date": "2026-11-10", "comment_deadline": "2026-12-20"}
    put(db, "G/TBT/N/EU/1", **base)
    change = put(db, "G/TBT/N/EU/1/ADD.1", **later)
    assert [(one.symbol, one.old, one.new) for one in change.moved] == [
        ("G/TBT/N/EU/1", date(2026, 11, 30), date(2026, 12, 20))
    ]
    put(db, "G/TBT/N/EU/2/ADD.1", **later)
    put(db, "G/TBT/N/EU/2", **base)
    for symbol in ("G/TBT/N/EU/1", "G/TBT/N/EU/2"):
        assert get(db, symbol).deadline == date(2026, 12, 20)
        assert get(db, symbol).record["comment_deadline"] == "2026-11-30"
        assert db.look(notifications.deadline, symbol) == date(2026, 12, 20)


def test_a_revision_opens_a_period_of_its_own(db: Database) -> None:
    put(db, "G/TBT/N/EU/1", date="2026-01-01", comment_deadline="2026-03-01")
    put(db, "G/TBT/N/EU/1/REV.1", date="2026-10-01", comment_deadline="2026-12-01")
    put(db, "G/TBT/N/EU/1/REV.1/ADD.1", date="2026-11-01", comment_deadline="2026-12-31")
    assert get(db, "G/TBT/N/EU/1").deadline == date(2026, 3, 1)
    assert get(db, "G/TBT/N/EU/1/REV.1").deadline == date(2026, 12, 31)
    assert [one.symbol for one in db.look(notifications.family, "G/TBT/N/EU/1/REV.1")] == [
        "G/TBT/N/EU/1", "G/TBT/N/EU/1/REV.1", "G/TBT/N/EU/1/REV.1/ADD.1",
    ]  # fmt: skip


@pytest.mark.parametrize("order", [1, -1])
def test_a_corrigendum_takes_an_addendum_back_whichever_comes_first(db: Database, order: int) -> None:
    documents = [
        ("G/TBT/N/BRA/366", {"date": "2026-06-01", "comment_deadline": "2026-12-01"}),
        ("G/TBT/N/BRA/366/ADD.1", {"date": "2026-11-01", "comment_deadline": "2026-12-30"}),
        ("G/TBT/N/BRA/366/ADD.1/CORR.1", {"date": "2026-11-05", "title": "G/TBT/N/BRA/366/Add.1 is null and void"}),
    ]  # fmt: skip
    for symbol, values in documents[::order]:
        put(db, symbol, **values)
    assert get(db, "G/TBT/N/BRA/366/ADD.1").withdrawn_by == "G/TBT/N/BRA/366/ADD.1/CORR.1"
    assert get(db, "G/TBT/N/BRA/366").withdrawn_by is None
    assert db.look(notifications.deadline, "G/TBT/N/BRA/366") == date(2026, 12, 1)


@pytest.mark.parametrize(("symbol", "record", "taken_back"), [
    ("G/TBT/N/USA/993/ADD.1", {"title": "Standard No. 218; Motorcycle Helmets; Withdrawal"}, "G/TBT/N/USA/993"),
    ("G/TBT/N/USA/993/ADD.2", {"description": "This withdraws the notice of proposed rulemaking."}, "G/TBT/N/USA/993"),
    ("G/SPS/N/THA/7/ADD.1", {"keywords": ["Withdrawal of the measure"]}, "G/SPS/N/THA/7"),
    ("G/TBT/N/CHN/1/ADD.1", {"title_zh": "该通报已撤销"}, "G/TBT/N/CHN/1"),
    ("G/TBT/N/EGY/2/ADD.31", {"description": "This standard cancels and supersedes its last version."}, None),
    ("G/SPS/N/EU/8/ADD.1", {"description": "It allows for the withdrawal of the additive from the market."}, None),
    ("G/SPS/N/USA/8/ADD.1", {"description": "The withdrawal period for the veterinary drug is seven days."}, None),
    ("G/TBT/N/USA/993", {"title": "Withdrawal of the notification"}, None),
])  # fmt: skip
def test_what_is_a_withdrawal(symbol: str, record: dict[str, Any], taken_back: str | None) -> None:
    assert withdraws({"symbol": symbol, **record}) == taken_back


def test_search(db: Database) -> None:
    put(
        db,
        "G/TBT/N/EU/1",
        title="Ecodesign of kettles",
        hs_codes=["851679"],
        date="2026-11-01",
        comment_deadline="2026-12-01",
    )
    put(db, "G/TBT/N/DEU/2", title="Toys", hs_codes=["9503"], date="2026-10-01")
    put(db, "G/SPS/N/USA/3", title="Steam 50%_off", products="Batteries", date="2026-09-01", type="emergency")
    put(db, "G/TBT/N/USA/4", title="Kettles", hs_codes=["85"], date="2020-01-01")

    def symbols(limit: int = 10, offset: int = 0, **criteria: Any) -> tuple[list[str], int]:
        rows, total = db.look(notifications.search, Criteria(**criteria), limit=limit, offset=offset)
        return [row.symbol.removeprefix("G/") for row in rows], total

    assert symbols() == (["TBT/N/EU/1", "TBT/N/DEU/2", "SPS/N/USA/3", "TBT/N/USA/4"], 4)
    assert symbols(limit=1, offset=1) == (["TBT/N/DEU/2"], 4)
    assert symbols(hs_codes=["8516"]) == (["TBT/N/EU/1", "TBT/N/USA/4"], 2)
    assert symbols(markets=["DE"]) == (["TBT/N/EU/1", "TBT/N/DEU/2"], 2)
    assert symbols(products=["电热水壶"]) == (["TBT/N/EU/1", "TBT/N/USA/4"], 2)
    assert symbols(products=["battery"]) == (["SPS/N/USA/3"], 1)
    assert symbols(products=["tea"]) == ([], 0)
    assert symbols(agreement="sps") == (["SPS/N/USA/3"], 1)
    assert symbols(types=["emergency"]) == (["SPS/N/USA/3"], 1)
    assert symbols(open_on=TODAY) == (["TBT/N/EU/1"], 1)
    assert symbols(since=date(2026, 9, 15)) == (["TBT/N/EU/1", "TBT/N/DEU/2"], 2)


def test_a_cursor_follows_every_change(db: Database) -> None:
    put(db, "G/TBT/N/EU/1", date="2026-10-01")
    first = db.look(notifications.changed_since, 0, limit=10)
    assert [one.symbol for one in first] == ["G/TBT/N/EU/1"]
    put(db, "G/TBT/N/EU/1/ADD.1", date="2026-11-01", comment_deadline="2026-12-20")
    later = db.look(notifications.changed_since, first[-1].changed_seq, limit=10)
    assert {one.symbol for one in later} == {"G/TBT/N/EU/1", "G/TBT/N/EU/1/ADD.1"}


@pytest.mark.parametrize(("deadline", "zh", "en"), [
    ("2026-12-04", "评议还有 12 天（12月4日截止）", "12 days left to comment (until 4 December)"),
    ("2026-11-23", "评议还有 1 天（11月23日截止）", "1 day left to comment (until 23 November)"),
    ("2026-11-22", "今天（11月22日）是评议的最后一天", "Today (22 November) is the last day to comment"),
    ("2025-11-21", "评议期已经结束（2025年11月21日截止）",
     "The comment period has ended (it ran until 21 November 2025)"),
    (None, "通报没有写明评议截止日期", "No deadline for comments is stated"),
])  # fmt: skip
def test_the_comment_clock(db: Database, texts: i18n.Texts, deadline: str | None, zh: str, en: str) -> None:
    put(db, "G/TBT/N/EU/1", **({"comment_deadline": deadline} if deadline else {}))
    found = get(db, "G/TBT/N/EU/1")
    assert notifications.clock(found, "zh", TODAY, texts) == zh
    assert notifications.clock(found, "en", TODAY, texts) == en


def test_a_card_has_the_original_title_always_and_the_chinese_one_where_it_is_read(
    db: Database, texts: i18n.Texts
) -> None:
    put(
        db,
        "G/TBT/N/EU/1",
        title="Kettles",
        title_zh="电水壶",
        hs_codes=["851679"],
        date="2026-11-01",
        documents=["https://e.org/a.pdf"],
    )
    put(db, "G/TBT/N/EU/1/ADD.1")
    found, family = get(db, "G/TBT/N/EU/1"), db.look(notifications.family, "G/TBT/N/EU/1")
    zh, en = (notifications.card(found, language, TODAY, texts, family=family) for language in ("zh", "en"))
    assert "电水壶\n原文标题：Kettles" in zh
    assert "Kettles" in en
    assert "电水壶" not in en
    for part in ("欧盟", "8516.79", "G/TBT/N/EU/1/ADD.1", "https://e.org/a.pdf", "11月1日"):
        assert part in zh


def test_export_rows_are_flat(db: Database) -> None:
    put(db, "G/TBT/N/EU/1", title="A", hs_codes=["8516", "8517"])
    (row,) = db.look(lambda tx: list(notifications.export_rows(tx)))
    assert (row["symbol"], row["hs_codes"], row["description"]) == ("G/TBT/N/EU/1", "8516; 8517", "")
