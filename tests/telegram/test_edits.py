"""Edited messages: every version is kept, and none is taken for an answer that it is not."""

import pytest
from sqlalchemy import select

from bot.channels.telegram.edits import left_open
from bot.db.models import inbox
from tests.telegram.stage import Stage

pytestmark = pytest.mark.anyio


async def test_fault_34_an_edit_of_what_was_handled_is_kept_and_changes_nothing(stage: Stage) -> None:
    async with stage.up():
        chat = stage.person()
        sent = await chat.say("我们出口蓝牙音箱到欧盟，有通报提醒我")
        await chat.wait_for("HS编码")
        await chat.edit(sent, "我们出口玩具到日本，有通报提醒我")
        await chat.wait_for("新旧两个版本都留着")
    slots = stage.service.slots(str(chat.id), channel="telegram")
    assert (slots["product"], slots["market"]) == (["蓝牙音箱"], ["EU"])
    rows = stage.service.look(lambda tx: tx.execute(select(inbox.c.message).order_by(inbox.c.id)).scalars().all())
    assert [(row["text"][2:6], row["metadata"].get("edited")) for row in rows] == [
        ("出口蓝牙", None),
        ("出口玩具", sent.id),
    ]


async def test_an_edit_of_an_answer_that_was_none_answers_the_open_question(stage: Stage) -> None:
    async with stage.up():
        chat = stage.person()
        await chat.say("我们出口蓝牙音箱到欧盟，有通报提醒我")
        await chat.wait_for("HS编码")
        sent = await chat.say("851")  # no code: the question stays open
        await chat.wait_for(lambda message: message.from_bot)
        await stage.bot.confirmed()
        await stage.listener.lanes.idle()
        await chat.edit(sent, "8518.22")
        await chat.wait_for("请核对")
    assert stage.service.slots(str(chat.id), channel="telegram")["hs_code"] == ["851822"]


def user() -> dict[str, object]:
    return {"event": "user"}


def asks(slot: str | None) -> dict[str, object]:
    return {"event": "slot", "name": "requested_slot", "value": slot}


@pytest.mark.parametrize(
    ("events", "still_open"),
    [
        ([], False),
        ([user()], False),
        ([user(), asks("a")], False),
        ([user(), asks("a"), user(), asks("b")], False),
        ([user(), asks("a"), user(), asks("a")], True),
        ([user(), asks("a"), user()], True),
        ([user(), asks("a"), user(), asks(None)], False),
    ],
)
def test_whether_a_question_stayed_open(events: list[dict[str, object]], still_open: bool) -> None:
    assert left_open(events) is still_open
