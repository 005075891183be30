"""What the base's words weigh is kept from start to start; a file that is damaged or another's is never used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from knowledge import keeping
from knowledge.article import Article
from knowledge.calibration import Calibration
from knowledge.library import Library
from knowledge.weighing import Weighed, arrays

QUESTIONS = ("欧盟玩具要什么标志", "how long is the comment period", "2023/988", "移动电源 labels 第2.9.4条", "zzz")


class Told:
    """What was told."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def __call__(self, event: str, *, problem: str) -> None:
        assert problem
        self.events.append(event)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / keeping.FILE


@pytest.fixture
def told() -> Told:
    return Told()


def same(one: Weighed, other: Weighed) -> bool:
    """Every number of theirs."""
    first, second = arrays(one), arrays(other)
    return first.keys() == second.keys() and all(np.array_equal(first[key], second[key]) for key in first)


def test_what_is_kept_answers_exactly_as_what_was_weighed(articles: list[Article], file: Path, told: Told) -> None:
    made = keeping.weighed(articles, file, told)
    before = file.stat().st_mtime_ns
    kept = keeping.weighed(articles, file, told)
    assert same(made, kept)
    assert (file.stat().st_mtime_ns, told.events) == (before, [])
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    fresh, restored = (Library(articles, Calibration.load(), own) for own in (None, kept))
    for question in QUESTIONS:
        assert restored.nearest(question) == fresh.nearest(question)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-2000])


def _turned(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)


def _emptied(file: Path) -> None:
    file.write_bytes(b"")


def _pickled(file: Path) -> None:
    with file.open("wb") as out:
        np.savez(out, mark=np.array([{"a": 1}], dtype=object))


def _short_of_a_part(file: Path) -> None:
    with np.load(file) as stored:
        kept = {key: part for key, part in stored.items() if key != "passages.owners"}
    with file.open("wb") as out:
        np.savez(out, allow_pickle=False, **kept)


@pytest.mark.parametrize("spoil", [_cut, _turned, _emptied, _pickled, _short_of_a_part])
def test_a_damaged_file_is_told_of_once_and_made_anew(
    articles: list[Article], file: Path, told: Told, spoil: Callable[[Path], None]
) -> None:
    made = keeping.weighed(articles, file, told)
    spoil(file)
    assert same(keeping.weighed(articles, file, told), made)
    assert same(keeping.weighed(articles, file, told), made)
    assert told.events == ["kept_base_not_used"]


def test_one_of_other_entries_is_not_used(articles: list[Article], file: Path, told: Told) -> None:
    keeping.weighed(articles[1:], file, told)
    made = keeping.weighed(articles, file, told)
    assert told.events == ["kept_base_not_used"]
    assert len(made.references) == len(articles)


def test_where_nothing_can_be_written_it_is_weighed_at_each_start(articles: list[Article], told: Told) -> None:
    nowhere = Path("/proc/fengsui") / keeping.FILE
    assert same(keeping.weighed(articles, nowhere, told), keeping.weighed(articles, nowhere, told))
    assert told.events == ["base_not_kept"] * 2


def test_the_mark_is_of_the_entries_and_of_the_code(
    articles: list[Article], real_articles: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = keeping.mark_of(articles)
    assert mark == keeping.mark_of(list(articles)) != keeping.mark_of(articles[:-1])
    assert "set({" not in repr(real_articles)  # the order of a set is another in every process
    monkeypatch.setattr(keeping, "FORMAT", "other")
    assert keeping.mark_of(articles) != mark
