"""One turn: done once, whole or not at all, in order, whatever dies in between."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from bot import conversation, enrolment, members
from bot.app import action_runner, load_assistant
from bot.conversation import Conversations, Overtaken
from bot.db import models
from bot.db.engine import AnyRow
from bot.dialogue.engine import EmbeddedEngine, TurnResult, UserMessage
from bot.dialogue.tracker import Tracker
from bot.enrolment import Purpose
from bot.messages import Inbound
from bot.ports import Temporary
from tests import service as services

Service = services.Service
prototype, service = services.prototype, services.service
DIALOGUE = ("我们出口茶叶到德国", "还有日本", "评议期多久？", "跳过", "不是日本，是法国", "确认")


class Killed(BaseException):
    """The process dies: nothing of ours may catch it."""


@dataclass(slots=True)
class Disturbed:
    """The real engine, with something that happens before it: an exception, or another process's turn."""

    engine: Any
    before: Callable[[], Awaitable[None]]
    turns: int = 0

    async def turn(self, tracker: Tracker, message: UserMessage) -> TurnResult:
        self.turns += 1
        await self.before()
        result: TurnResult = await self.engine.turn(tracker, message)
        return result


@dataclass(slots=True)
class Raises:
    """Fails so many times, then no more."""

    error: BaseException
    times: int = 1000
    raised: int = field(default=0)

    async def __call__(self) -> None:
        if self.raised < self.times:
            self.raised += 1
            raise self.error


def inbound(text: str, key: str, sender: str = "anna") -> Inbound:
    return Inbound("memory", sender, key, text)


def disturbed(service: Service, before: Callable[[], Awaitable[None]]) -> tuple[Conversations, Disturbed]:
    """Another process over the same database, in whose turns something happens."""
    engine = Disturbed(service.app.conversations.engine, before)
    return replace(service.app.conversations, engine=engine), engine


def count(service: Service, name: str) -> int:
    found = service.look(lambda tx: tx.execute(select(func.count()).select_from(getattr(models, name))).scalar())
    return int(found or 0)


def inbox_row(service: Service, key: str) -> AnyRow:
    query = select(models.inbox).where(models.inbox.c.key == key)
    return service.look(lambda tx: tx.execute(query).one())


def stored(tx: Connection) -> list[Any]:
    """Everything that a turn may change."""
    rows = (models.events, models.conversations, models.interests, models.tickets)
    return [tuple(row) for table in rows for row in tx.execute(select(table))]


# --- once


def test_the_same_key_is_the_same_turn(service: Service) -> None:
    first = service.say("我们出口茶叶到德国", key="k1")
    before = service.look(stored)
    assert service.say("我们出口茶叶到德国", key="k1") == first
    assert service.look(stored) == before
    assert len(service.memory.sent) == len(first)


def test_the_same_key_at_the_same_moment_is_one_turn(service: Service) -> None:
    async def twice() -> list[conversation.Answer]:
        both = (service.app.conversations.handle(inbound("转人工", "k1")) for _ in range(2))
        return list(await asyncio.gather(*both))

    one, other = asyncio.run(twice())
    assert one.replies == other.replies
    assert count(service, "tickets") == 1


def test_what_an_action_wrote_before_the_crash_is_not_written_again(service: Service) -> None:
    """The engine ran, then the process died before the turn was stored: the action's key makes it one ticket."""
    crashing = replace(service.app.conversations, engine=Dies(service.app.conversations.engine))
    with pytest.raises(Killed):
        asyncio.run(crashing.handle(inbound("转人工", "k1")))
    assert count(service, "tickets") == 1
    assert "T-000001" in service.say("转人工", key="k1")[0].text
    assert count(service, "tickets") == 1


@dataclass(slots=True)
class Dies:
    """Acts, and dies before anyone hears of it."""

    engine: Any

    async def turn(self, tracker: Tracker, message: UserMessage) -> TurnResult:
        await self.engine.turn(tracker, message)
        raise Killed


def test_two_messages_of_one_sender_are_two_turns_in_their_order(service: Service) -> None:
    async def both() -> None:
        talk = service.app.conversations
        await asyncio.gather(talk.handle(inbound("关注茶叶", "k1")), talk.handle(inbound("0902", "k2")))

    asyncio.run(both())
    slots = service.slots()
    assert (slots["product"], slots["hs_code"]) == (["茶叶"], ["0902"])


# --- overtaken


def test_an_overtaken_turn_starts_again_from_what_the_other_left(service: Service) -> None:
    service.say("关注茶叶")

    async def other_process() -> None:
        if engine.turns == 1:
            await replace(service.app.conversations, _locks=type(talk._locks)()).handle(inbound("0902", "k2"))

    talk, engine = disturbed(service, other_process)
    asyncio.run(talk.handle(inbound("德国", "k3")))
    slots = service.slots()
    assert engine.turns == 2
    assert (slots["product"], slots["hs_code"], slots["market"]) == (["茶叶"], ["0902"], ["DE"])
    assert slots["requested_slot"] == "confirm"
    seqs = service.look(
        lambda tx: tx.execute(select(models.events.c.seq).order_by(models.events.c.seq)).scalars().all()
    )
    assert seqs == list(range(1, len(seqs) + 1))


def test_a_turn_that_is_always_overtaken_gives_up_and_stays_in_the_inbox(service: Service) -> None:
    service.say("关注茶叶")

    async def other_process() -> None:
        number = engine.turns
        fresh = replace(service.app.conversations, _locks=type(talk._locks)())
        await fresh.handle(inbound("你好", f"other-{number}"))

    talk, engine = disturbed(service, other_process)
    with pytest.raises(Overtaken):
        asyncio.run(talk.handle(inbound("德国", "k3")))
    assert inbox_row(service, "k3").handled_at is None


def test_the_same_message_in_two_processes_is_one_turn(service: Service) -> None:
    async def other_process() -> None:
        if engine.turns == 1:
            await replace(service.app.conversations, _locks=type(talk._locks)()).handle(inbound("转人工", "k1"))

    talk, engine = disturbed(service, other_process)
    answer = asyncio.run(talk.handle(inbound("转人工", "k1")))
    assert "T-000001" in answer.replies[0].text
    assert (count(service, "inbox"), count(service, "tickets")) == (1, 1)


# --- failing


def test_a_failing_turn_is_told_with_a_number_and_stores_nothing(service: Service) -> None:
    service.say("我们出口茶叶到德国")
    before = service.look(stored)
    talk, _ = disturbed(service, Raises(RuntimeError("out of order"), times=1))
    (reply,) = asyncio.run(talk.handle(inbound("跳过", "k2"))).replies
    row = inbox_row(service, "k2")
    assert row.reference in reply.text
    assert "out of order" in row.failure
    assert service.look(stored) == before
    assert service.slots()["requested_slot"] == "hs_code"
    again = asyncio.run(talk.handle(inbound("跳过", "k2")))
    assert again.replies == (reply,), "the same message again is the same answer, with the same number"
    service.say("跳过")
    assert service.slots()["requested_slot"] == "confirm"


def test_a_failing_action_submits_no_form(service: Service, texts: Any) -> None:
    """Rasa goes on after a validation that raised; we do not."""
    good = action_runner()

    async def run(call: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        if call["next_action"] == "action_subscribe_submit":
            raise ConnectionError("the disk is full")
        return await good(call)

    for text in ("我们出口茶叶到德国", "跳过"):
        service.say(text)
    broken = replace(service.app.conversations, engine=EmbeddedEngine(load_assistant(), run))
    (reply,) = asyncio.run(broken.handle(inbound("确认", "k3"))).replies
    assert reply.text == texts("talk.turn_failed", "zh", reference=inbox_row(service, "k3").reference)
    assert count(service, "interests") == 0
    assert service.slots()["confirm"] is None
    service.say("确认")
    assert count(service, "interests") == 1


def test_poison_stops_after_the_attempts(service: Service) -> None:
    talk, engine = disturbed(service, Raises(Killed()))
    for _ in range(talk.max_attempts):
        with pytest.raises(Killed):
            asyncio.run(talk.handle(inbound("毒", "k1")))
    answer = asyncio.run(talk.handle(inbound("毒", "k1")))
    row = inbox_row(service, "k1")
    assert engine.turns == talk.max_attempts, "the engine is not tried again"
    assert row.reference in answer.replies[0].text
    assert row.failure == f"not handled in {talk.max_attempts} tries"
    assert count(service, "events") == 0


def test_a_reply_that_could_not_be_sent_is_sent_again_without_a_second_turn(service: Service) -> None:
    service.memory.next_outcome.append(Temporary("no line"))
    service.say("转人工", key="k1")
    assert service.memory.sent == []
    assert inbox_row(service, "k1").replied_at is None
    service.say("转人工", key="k1")
    assert "T-000001" in service.memory.sent[0][1].text
    assert inbox_row(service, "k1").replied_at is not None
    assert count(service, "tickets") == 1


# --- what is stored


def test_the_events_fold_to_the_snapshot_after_every_turn(service: Service) -> None:
    domain = service.app.conversations.domain
    for text in DIALOGUE:
        service.say(text)
        events = service.look(conversation.history, "memory", "anna")
        snapshot = service.look(conversation.snapshot, "memory", "anna")
        assert snapshot is not None
        folded, restored = Tracker.fold("anna", events, domain), Tracker.restore("anna", snapshot, domain)
        assert folded.slots == restored.slots
        assert folded.active_loop_name == restored.active_loop_name
        assert folded.latest_action_name == restored.latest_action_name
    assert service.slots()["form_outcome"] == "submitted"


def test_the_privacy_notice_comes_once_with_the_first_reply(service: Service, texts: Any) -> None:
    notice = texts("talk.privacy_notice", "zh", centre=texts_centre(service))
    said = [[reply.text for reply in service.say(text)] for text in ("你好", "帮助", "谢谢")]
    assert said[0][-1] == notice
    assert len(said[0]) == 2
    assert notice not in said[1] + said[2]


def texts_centre(service: Service) -> str:
    return service.app.services.settings.desk.name_zh


def test_a_linked_address_does_not_get_the_privacy_notice_again(service: Service) -> None:
    service.say("你好", sender="anna")
    member_id = service.run(members.at_address, "memory", "anna", now=service.clock.now())
    code = service.run(enrolment.make_code, Purpose.LINK, now=service.clock.now(), member_id=member_id)
    service.say(f"绑定码 {code}", sender="anna2")
    assert len(service.say("你好", sender="anna2")) == 1


def test_a_very_long_message_is_cut_and_answered(service: Service) -> None:
    limit = service.app.conversations.max_chars
    replies = service.say("玩具。" * limit)
    assert replies
    user = [event for event in service.look(conversation.history, "memory", "anna") if event["event"] == "user"]
    assert len(user[0]["text"]) == limit


def test_a_button_does_not_change_the_language(service: Service) -> None:
    service.say("你好")
    assert service.say("/help")[0].text.startswith("我可以")


def test_the_chosen_language_wins_over_the_written_one(service: Service) -> None:
    service.say("switch to English")
    assert service.say("你好")[0].text.startswith("Hello")


def test_senders_do_not_hear_of_each_other(service: Service) -> None:
    service.say("关注茶叶", sender="anna")
    service.say("你好", sender="bert")
    assert service.slots("bert")["product"] is None
    assert service.slots("anna")["product"] == ["茶叶"]
