"""What members think of answers, and the questions without a good one, clustered for the editors."""

from datetime import timedelta

import pytest

from bot import members, ratings, tickets
from bot.db.engine import Database
from bot.ratings import Origin, Verdict
from bot.tickets import Desk, Kind
from tests.conftest import NOW


@pytest.fixture
def anna(db: Database) -> int:
    return db.now(members.at_address, "memory", "anna", now=NOW)


def rate(db: Database, member: int, question: str, verdict: Verdict, **more: object) -> None:
    key = str(more.get("key", question))
    given = {"language": "zh", "entry": "eu-toys", "verdict": verdict, "key": key, "now": NOW}
    db.now(ratings.rate, member, question=question, **given)


def unanswered(db: Database, member: int, question: str, minutes: int = 0) -> None:
    db.now(
        tickets.open_ticket,
        member,
        kind=Kind.UNANSWERED,
        question=question,
        language="zh",
        channel="memory",
        address="anna",
        key=question,
        now=NOW + timedelta(minutes=minutes),
        desk=Desk(),
    )


def test_a_second_thought_takes_the_place_of_the_first(db: Database, anna: int) -> None:
    rate(db, anna, "玩具要什么", Verdict.USEFUL, key="1")
    rate(db, anna, "玩具要什么", Verdict.NOT_ASKED, key="1")
    assert db.look(ratings.counts) == {"eu-toys": {Verdict.USEFUL: 0, Verdict.NOT_ASKED: 1}}


def test_like_questions_are_one_gap_and_the_most_asked_comes_first(db: Database, anna: int) -> None:
    unanswered(db, anna, "秘鲁宠物食品登记要多久", 1)
    unanswered(db, anna, "斯里兰卡水泥强制检验", 2)
    unanswered(db, anna, "宠物食品出口秘鲁怎么登记", 3)
    rate(db, anna, "秘鲁的宠物食品要登记吗", Verdict.NOT_ASKED)
    first, second = db.look(ratings.gaps)
    assert {one.text for one in first.questions} == {
        "秘鲁宠物食品登记要多久",
        "宠物食品出口秘鲁怎么登记",
        "秘鲁的宠物食品要登记吗",
    }
    assert {one.origin for one in first.questions} == {Origin.UNANSWERED, Origin.NOT_ASKED}
    assert [one.text for one in second.questions] == ["斯里兰卡水泥强制检验"]
    assert first.newest == NOW + timedelta(minutes=3)


def test_what_was_useful_or_dealt_with_is_no_gap(db: Database, anna: int) -> None:
    rate(db, anna, "评议期多长", Verdict.USEFUL)
    rate(db, anna, "欧盟玩具标签", Verdict.NOT_ASKED)
    (gap,) = db.look(ratings.gaps)
    db.now(ratings.settle, gap.questions)
    assert db.look(ratings.gaps) == []


def test_only_what_came_since_a_moment(db: Database, anna: int) -> None:
    unanswered(db, anna, "斯里兰卡水泥强制检验", 1)
    assert db.look(ratings.gaps, since=NOW + timedelta(hours=1)) == []


def test_erasing_a_person_takes_their_ratings_along(db: Database, anna: int) -> None:
    rate(db, anna, "欧盟玩具标签", Verdict.NOT_ASKED)
    db.now(members.erase, anna)
    assert db.look(ratings.gaps) == []
