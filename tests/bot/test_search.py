"""One search over the base and the notifications: across languages, within the market, one list."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot import notifications
from bot.db.engine import Database
from bot.notifications.record import normalise
from bot.search import Search
from knowledge.entry import Kind
from knowledge.library import Library

FIXTURES = Path(__file__).parents[1] / "knowledge" / "fixtures"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def put(db: Database, symbol: str, **values: Any) -> None:
    (record,) = normalise({"symbol": symbol, **values})
    db.now(notifications.upsert, record, source="test", now=NOW)


@pytest.fixture
def search(db: Database) -> Search:
    put(db, "G/TBT/N/EU/1", title="Ecodesign requirements for power banks", members=["EU"])
    put(db, "G/TBT/N/USA/2", title="Flammability of children's sleepwear", members=["US"])
    put(db, "G/TBT/N/USA/3", title="Energy conservation of electric kettles", members=["US"])
    return Search()


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("移动电源", ["G/TBT/N/EU/1"]),  # a Chinese word, an English notification
        ("移動電源", ["G/TBT/N/EU/1"]),  # traditional
        ("kettle", ["G/TBT/N/USA/3"]),
        ("美国的电热水壶", ["G/TBT/N/USA/3"]),
        ("德国的移动电源", ["G/TBT/N/EU/1"]),  # what the EU notifies holds in a member state
        ("日本的移动电源", []),
        ("轮胎", []),
        ("怎么办", []),
    ],
)
def test_notifications_are_found_by_what_they_cover(
    db: Database, search: Search, text: str, symbols: list[str]
) -> None:
    assert [one.symbol for one in db.look(search.find, text)] == symbols


def test_a_change_is_found_at_once(db: Database, search: Search) -> None:
    assert not db.look(search.find, "tyres")
    put(db, "G/TBT/N/EU/1", title="Labels of tyres", members=["EU"])
    assert [one.symbol for one in db.look(search.find, "tyres")] == ["G/TBT/N/EU/1"]


def test_what_changed_is_taken_in_once_piece_by_piece(
    db: Database, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.search.CHUNK", 2)
    assert [db.look(search.refresh) for _ in range(2)] == [3, 0]
    put(db, "G/TBT/N/EU/1", title="Labels of tyres", members=["EU"])
    assert [db.look(search.refresh) for _ in range(2)] == [1, 0]
    assert [one.symbol for one in db.look(search.find, "kettle")] == ["G/TBT/N/USA/3"]


def test_entries_and_notifications_come_in_one_list(db: Database, search: Search) -> None:
    library = Library.load(FIXTURES)
    found = db.look(search.everything, library, "移动电源有什么要求")
    assert found[0].kind is Kind.NOTIFICATION
    assert (found[0].key, found[0].sure) == ("notification:G/TBT/N/EU/1", True)
    known = next(iter(library.articles.values()))
    found = db.look(search.everything, library, known.questions.zh[0])
    assert (found[0].key, found[0].sure) == (known.id, True)
