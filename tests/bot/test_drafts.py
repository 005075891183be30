"""Drafts of entries: kept whatever they say, live only when the whole base checks clean."""

import shutil
from pathlib import Path

import pytest
import yaml

from bot.drafts import DraftError, Drafts
from knowledge import base

REAL = Path(__file__).parents[2] / "knowledge"
TOYS = "articles/toys/eu-toy-labels.yml"


@pytest.fixture
def drafts(tmp_path: Path) -> Drafts:
    small = tmp_path / "base"
    shutil.copytree(REAL.parent / "tests" / "knowledge" / "fixtures", small / "articles")
    return Drafts(small, tmp_path / "var")


def test_one_more_paraphrase_goes_live_and_takes_the_place_of_the_shipped_file(drafts: Drafts, tmp_path: Path) -> None:
    drafts.add_question(TOYS, "卖到法国的玩具警告语写什么语言", language="zh")
    assert drafts.names() == [TOYS]
    assert drafts.publish([TOYS]) == []
    read = base.read(tmp_path / "base", over=drafts.live)
    (toys,) = (article for article in read.articles if article.id == "eu-toy-labels")
    assert "卖到法国的玩具警告语写什么语言" in toys.questions.zh
    assert len(read.articles) == 4
    assert drafts.names() == []


def test_a_draft_with_an_error_does_not_go_live_and_nothing_else_with_it(drafts: Drafts, tmp_path: Path) -> None:
    drafts.add_question(TOYS, "卖到法国的玩具警告语写什么语言", language="zh")
    new = drafts.begin_article("articles/toys/br-toys.yml", {"zh": ["巴西玩具要什么认证"]})
    found = drafts.publish([TOYS, new])
    assert any(problem.file == new and "answer: zh is empty" in problem.what for problem in found)
    assert not drafts.live.exists()
    assert drafts.names() == sorted([TOYS, new])
    assert yaml.safe_load(drafts.text(new))["questions"]["zh"] == ["巴西玩具要什么认证"]


def test_a_question_that_another_article_has_is_an_error(drafts: Drafts) -> None:
    drafts.add_question(TOYS, "什么是TBT咨询点", language="zh")
    assert any("is asked twice" in problem.what for problem in drafts.problems())


def test_the_same_question_again_changes_nothing(drafts: Drafts) -> None:
    for _ in range(2):
        drafts.add_question(TOYS, "警告语用法语吗", language="zh")
    assert drafts.text(TOYS).count("警告语用法语吗") == 1


def test_a_draft_can_be_discarded(drafts: Drafts) -> None:
    drafts.add_question(TOYS, "警告语用法语吗", language="zh")
    drafts.discard(TOYS)
    assert "警告语用法语吗" not in drafts.text(TOYS)


@pytest.mark.parametrize("name", ["../config.yml", "articles/../../x.yml", "/etc/passwd", "articles/toys/x.py", ""])
def test_a_name_stays_below_its_folder(drafts: Drafts, name: str) -> None:
    with pytest.raises(DraftError):
        drafts.write(name, "x")


def test_what_is_there_is_not_begun_again(drafts: Drafts) -> None:
    with pytest.raises(DraftError, match="exists_already"):
        drafts.begin_article(TOYS, {})
