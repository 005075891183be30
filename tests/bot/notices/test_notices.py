"""Notices: from the draft to the receipt, who may do what with them, and what is said at the end."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot import members, notices
from bot.audience import Audience
from bot.authority import Role
from bot.db.models import audit_log, deliveries
from bot.enrolment import grant
from bot.errors import BadInput, NotAllowed
from bot.messages import Attachment
from bot.notices import State
from bot.ports import Gone, Sent
from tests.bot.notices.conftest import TEXT, Hall
from tests.factories import person

EU_TOYS = Audience.of(products=["玩具"], markets=["EU"], roles=["enterprise"])


# --- writing --------------------------------------------------------------------------------------


def test_the_same_key_is_the_same_draft(hall: Hall) -> None:
    made = hall.draft()
    assert hall.draft() == made
    assert (made.number, made.state, made.languages) == ("N-000001", State.DRAFT, ("zh",))


def test_a_revision_changes_what_is_given_and_nothing_else(hall: Hall) -> None:
    made = hall.draft()
    file = Attachment("a.pdf", "application/pdf", "in/1/a.pdf", 3)
    hall.do(notices.revise, "secretary", made, titles={"en": " Annual meeting "}, acknowledge=True, file=file)
    revised = hall.do(notices.revise, "second", made, audience=EU_TOYS)
    assert revised.titles == {**TEXT, "en": "Annual meeting"}
    assert (revised.bodies, revised.acknowledge, revised.file) == (made.bodies, True, file)
    assert revised.audience == EU_TOYS
    assert hall.do(notices.revise, "second", made, file=None).file is None


@pytest.mark.parametrize(
    ("values", "key"),
    [({"titles": {"zh": "长" * 201}}, "notice.too_long"), ({"bodies": {"en": "x" * 10_001}}, "notice.too_long")],
)
def test_what_is_too_long_is_told_and_not_stored(hall: Hall, values: dict[str, Any], key: str) -> None:
    made = hall.draft()
    with pytest.raises(BadInput) as caught:
        hall.do(notices.revise, "secretary", made, **values)
    assert caught.value.key == key
    assert hall.db.look(notices.by_id, made.id) == made


def test_a_preview_counts_samples_and_shows_both_languages(hall: Hall) -> None:
    made = hall.draft()
    seen = hall.db.look(notices.preview, hall.people["secretary"], made.id, texts=hall.texts, now=hall.now)
    assert (seen.counted.total, seen.counted.languages, seen.groups) == (2, {"en": 1, "zh": 1}, 0)
    assert [one.member_id for one in seen.sample] == [hall.people["anna"], hall.people["bert"]]
    assert "关于召开年会的通知" in seen.looks["zh"].text
    assert "written in Chinese only" in seen.looks["en"].text
    assert "The association" in seen.looks["en"].text


def test_nobody_writes_beyond_their_own_members(hall: Hall) -> None:
    for who in ("beside", "anna", "carl"):
        with pytest.raises(NotAllowed):
            hall.draft(who)
    with pytest.raises(NotAllowed) as caught:
        hall.draft(audience=Audience(organisations=(hall.places.other_enterprise.id,)))
    assert caught.value.key == "audience.out_of_reach"
    made = hall.draft()
    for deed in (notices.revise, notices.schedule, notices.cancel, notices.ask_approval, notices.remind):
        with pytest.raises(NotAllowed):
            hall.do(deed, "beside", made)
    for reading in (notices.report, notices.recipients, notices.detail):
        with pytest.raises(NotAllowed):
            hall.db.look(reading, hall.people["anna"], made.id)
    assert hall.db.look(notices.listed, hall.people["beside"]) == []


def test_the_centre_writes_to_everybody_and_sees_all(hall: Hall) -> None:
    made = hall.draft("chief", at=hall.places.centre.id)
    seen = hall.db.look(notices.preview, hall.people["chief"], made.id, texts=hall.texts, now=hall.now)
    assert seen.counted.total == 3
    hall.draft(key="two")
    assert [line.notice.number for line in hall.db.look(notices.listed, hall.people["chief"])] == [
        "N-000002",
        "N-000001",
    ]
    assert [line.notice.number for line in hall.db.look(notices.listed, hall.people["secretary"])] == ["N-000002"]


# (what is wrong with it, the sentence)
NOT_READY = [
    ({"titles": {}, "bodies": {}}, {}, "notice.no_text"),
    ({"audience": EU_TOYS}, {}, "notice.nobody"),
    ({}, {"minutes": -1}, "notice.time_over"),
]


@pytest.mark.parametrize(("values", "when", "key"), NOT_READY, ids=[key for _, _, key in NOT_READY])
def test_what_is_not_ready_does_not_go_out(hall: Hall, values: dict[str, Any], when: dict[str, int], key: str) -> None:
    made = hall.draft(**values)
    send_at = hall.now + timedelta(**when) if when else None
    with pytest.raises(BadInput) as caught:
        hall.do(notices.schedule, "secretary", made, send_at=send_at)
    assert caught.value.key == key
    assert hall.fan_out() == 0


# --- a second person ------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_a_second_person_approves_and_the_author_never_does(hall: Hall) -> None:
    hall.second_approval()
    made = hall.draft()
    with pytest.raises(BadInput, match="needs_second"):
        hall.do(notices.schedule, "secretary", made)
    hall.do(notices.confirm, "secretary", made)
    with pytest.raises(NotAllowed, match="own_approval"):
        hall.do(notices.approve, "secretary", made)
    with pytest.raises(NotAllowed, match="not_yours"):
        hall.do(notices.approve, "beside", made)
    assert hall.fan_out() == 0
    await hall.deliver()
    asked = hall.memory.shown("second")[-1]
    assert "needs your approval" in asked.text
    assert [one.title for one in asked.buttons] == ["Approve", "Send back"]
    assert hall.do(notices.approve, "second", made).state is State.SCHEDULED
    with pytest.raises(BadInput, match="is_scheduled"):
        hall.do(notices.approve, "chief", made)
    assert hall.fan_out() == 2
    await hall.deliver()
    assert "已获批准" in hall.memory.shown("secretary")[-1].text


def test_whoever_changed_the_text_has_a_hand_in_it(hall: Hall) -> None:
    hall.second_approval()
    made = hall.draft()
    hall.do(notices.revise, "second", made, bodies={"zh": "另一段"})
    hall.do(notices.confirm, "second", made)
    for who in ("secretary", "second"):
        with pytest.raises(NotAllowed, match="own_approval"):
            hall.do(notices.approve, who, made)
    assert hall.do(notices.approve, "chief", made).approved_by == hall.people["chief"]


@pytest.mark.anyio
async def test_what_is_refused_is_told_revised_and_asked_again(hall: Hall) -> None:
    hall.second_approval()
    made = hall.draft()
    hall.do(notices.confirm, "secretary", made)
    assert hall.do(notices.refuse, "second", made, reason="日期不对").state is State.REFUSED
    await hall.deliver()
    assert "日期不对" in hall.memory.shown("secretary")[-1].text
    hall.clock.move(minutes=1)
    assert hall.do(notices.revise, "secretary", made, bodies={"zh": "改了日期"}).state is State.DRAFT
    assert hall.do(notices.confirm, "secretary", made).state is State.WAITING
    await hall.deliver()
    assert len([one for one in hall.memory.shown("second") if "needs your approval" in one.text]) == 2


def test_a_change_after_the_approval_needs_another(hall: Hall) -> None:
    hall.second_approval()
    made = hall.draft()
    hall.do(notices.ask_approval, "secretary", made, send_at=hall.now + timedelta(days=1))
    hall.do(notices.approve, "second", made)
    changed = hall.do(notices.revise, "secretary", made, titles={"zh": "换了标题"})
    assert (changed.state, changed.approved_by) == (State.DRAFT, None)
    hall.clock.move(days=2)
    assert hall.fan_out() == 0


def test_without_a_second_person_it_is_said(hall: Hall) -> None:
    hall.second_approval()
    made = hall.draft()
    hall.db.now(members.ask_erase, hall.people["second"])
    hall.db.now(members.erase, hall.people["second"])
    hall.db.now(members.ask_erase, hall.people["chief"])
    hall.db.now(members.erase, hall.people["chief"])
    with pytest.raises(BadInput, match="no_second"):
        hall.do(notices.confirm, "secretary", made)


# --- going out ------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_from_draft_to_receipt(hall: Hall) -> None:
    made = hall.draft(acknowledge=True, titles={"zh": "年会", "en": "Annual meeting"})
    hall.do(notices.schedule, "secretary", made)
    assert hall.fan_out() == 2
    assert hall.fan_out() == 0
    await hall.deliver()
    (to_anna,), (to_bert,) = hall.memory.shown("anna"), hall.memory.shown("bert")
    assert to_anna.text.splitlines()[:2] == ["【公告】association机构", "年会"]
    assert to_bert.text.splitlines()[:2] == ["Notice from The association", "Annual meeting"]
    assert [one.title for one in to_bert.buttons] == ["I have read it", "No more of these"]
    assert hall.memory.shown("carl") == []
    for _ in range(2):
        hall.db.now(notices.acknowledge, hall.people["anna"], made.id, now=hall.now)
    found = hall.db.look(notices.report, hall.people["secretary"], made.id)
    assert (found.first.total, found.first.sent, found.read, found.acknowledged) == (2, 2, 1, 1)
    with pytest.raises(BadInput):
        hall.db.now(notices.acknowledge, hall.people["carl"], made.id, now=hall.now)


def test_it_waits_for_its_time(hall: Hall) -> None:
    made = hall.draft()
    hall.do(notices.schedule, "secretary", made, send_at=hall.now + timedelta(hours=1))
    assert hall.fan_out() == 0
    hall.clock.move(hours=1)
    assert hall.fan_out() == 2
    assert hall.db.look(notices.by_id, made.id).sent_at == hall.now


@pytest.mark.anyio
async def test_a_pause_of_alerts_holds_no_notice_back(hall: Hall) -> None:
    hall.db.now(members.pause, hall.people["anna"], hall.now + timedelta(days=7))
    made = hall.sent()
    await hall.deliver()
    assert len(hall.memory.shown("anna")) == 1
    assert hall.states(made) == {("sent", None): 2}


@pytest.mark.anyio
async def test_no_more_of_these_counts_at_once_and_for_this_organisation_only(hall: Hall) -> None:
    first = hall.sent(key="one")
    hall.db.now(notices.mute, hall.people["anna"], hall.places.association.id, now=hall.now)  # queued, not sent yet
    second = hall.sent(key="two")
    central = hall.draft("chief", key="three", at=hall.places.centre.id)
    hall.do(notices.schedule, "chief", central)
    hall.fan_out()
    await hall.deliver()
    assert hall.states(first) == {("sent", None): 1, ("skipped", "unsubscribed"): 1}
    assert hall.states(second) == {("sent", None): 1, ("skipped", "unsubscribed"): 1}
    assert len(hall.memory.shown("anna")) == 1
    assert hall.db.now(notices.unmute, hall.people["anna"]) == 1
    third = hall.sent(key="four")
    await hall.deliver()
    assert hall.states(third) == {("sent", None): 2}


@pytest.mark.anyio
async def test_fault_35_unsubscribing_in_the_middle_of_a_fan_out(hall: Hall) -> None:
    made = hall.draft()
    hall.do(notices.schedule, "secretary", made)
    (part,) = hall.db.look(notices.plan, now=hall.now, chunk=1)
    hall.db.now(notices.write, part, now=hall.now)  # anna is in the outbox, bert is not
    for who in ("anna", "bert"):
        hall.db.now(notices.mute, hall.people[who], hall.places.association.id, now=hall.now)
    hall.fan_out()
    await hall.deliver()
    assert hall.states(made) == {("skipped", "unsubscribed"): 2}


@pytest.mark.anyio
async def test_cancelled_midway_the_rest_stays_unsent(hall: Hall) -> None:
    made = hall.draft()
    hall.do(notices.schedule, "secretary", made)
    (part,) = hall.db.look(notices.plan, now=hall.now, chunk=1)
    hall.db.now(notices.write, part, now=hall.now)
    await hall.deliver()
    (later,) = hall.db.look(notices.plan, now=hall.now, chunk=1)
    hall.do(notices.cancel, "secretary", made, reason="写错了")
    assert hall.db.now(notices.write, later, now=hall.now) == 0  # planned before, written after: not any more
    assert hall.fan_out() == 0
    assert hall.states(made) == {("sent", None): 1}
    assert hall.do(notices.cancel, "secretary", made).state is State.CANCELLED


@pytest.mark.anyio
async def test_cancelled_with_everything_queued(hall: Hall) -> None:
    made = hall.sent()
    hall.do(notices.cancel, "secretary", made)
    await hall.deliver()
    assert hall.states(made) == {("skipped", "cancelled"): 2}
    assert hall.memory.shown("anna") == []


@pytest.mark.anyio
async def test_what_is_leased_when_it_is_cancelled_is_not_sent_either(hall: Hall) -> None:
    made = hall.sent()
    leased = update(deliveries).values(state="leased", lease_until=0.0, lease_token="old")
    hall.db.now(lambda tx: tx.execute(leased))
    hall.do(notices.cancel, "secretary", made)
    await hall.deliver()
    assert hall.states(made) == {("skipped", "cancelled"): 2}


@pytest.mark.anyio
async def test_failures_and_unreachable_people_have_reasons(hall: Hall) -> None:
    bare = hall.db.now(members.add, now=hall.now, name="无地址")
    hall.db.now(grant, bare, hall.places.enterprise.id, Role.ENTERPRISE, now=hall.now)
    hall.memory.next_outcome += [Sent(), Gone("blocked")]  # anna and bert, whoever's turn comes first
    made = hall.sent()
    await hall.deliver()
    found = hall.db.look(notices.report, hall.people["secretary"], made.id)
    assert (found.first.sent, found.first.failed, found.first.skipped) == (1, {"blocked": 1}, {"no_address": 1})
    rows = hall.db.look(notices.recipients, hall.people["secretary"], made.id)
    assert {(one.name, one.state, one.reason) for one in rows} == {
        (None, "sent", None),
        (None, "failed", "blocked"),
        ("无地址", "skipped", "no_address"),
    }


@pytest.mark.anyio
async def test_the_rest_are_reminded_once_a_round(hall: Hall) -> None:
    made = hall.sent(acknowledge=True)
    await hall.deliver()
    hall.db.now(notices.opened, hall.people["anna"], [made.id], now=hall.now)  # seen is not confirmed
    hall.db.now(notices.acknowledge, hall.people["bert"], made.id, now=hall.now)
    hall.do(notices.remind, "secretary", made)
    with pytest.raises(BadInput, match="is_sending"):
        hall.do(notices.remind, "second", made)
    assert hall.fan_out() == 1
    assert hall.fan_out() == 0
    await hall.deliver()
    assert "还需要您确认" in hall.memory.shown("anna")[-1].text
    assert len(hall.memory.shown("bert")) == 1
    found = hall.db.look(notices.report, hall.people["secretary"], made.id)
    assert [(one.number, one.sent) for one in found.rounds] == [(0, 2), (1, 1)]
    hall.db.now(notices.acknowledge, hall.people["anna"], made.id, now=hall.now)
    with pytest.raises(BadInput, match="all_read"):
        hall.do(notices.remind, "secretary", made)


@pytest.mark.anyio
async def test_the_whole_goes_to_the_groups_and_a_part_does_not(hall: Hall) -> None:
    where: dict[str, Any] = {"organisation_id": hall.places.association.id, "channel": "memory", "address": "-100"}
    with pytest.raises(NotAllowed):
        hall.db.now(notices.groups.connect, hall.people["beside"], now=hall.now, **where)
    hall.db.now(notices.groups.connect, hall.people["second"], now=hall.now, **where)
    made = hall.sent()
    hall.sent(key="part", audience=Audience(languages=("zh",), roles=("enterprise",)))
    await hall.deliver()
    assert [one.text.splitlines()[0] for one in hall.memory.shown("-100")] == ["Notice from The association"]
    found = hall.db.look(notices.report, hall.people["secretary"], made.id)
    assert (found.groups, found.first.sent) == (1, 3)
    hall.db.now(notices.groups.disconnect, hall.people["second"], now=hall.now, channel="memory", address="-100")
    hall.sent(key="after")
    await hall.deliver()
    assert len(hall.memory.shown("-100")) == 1


@pytest.mark.anyio
async def test_a_group_that_threw_us_out_is_gone(hall: Hall) -> None:
    where: dict[str, Any] = {"organisation_id": hall.places.association.id, "channel": "memory", "address": "-100"}
    hall.db.now(notices.groups.connect, hall.people["second"], now=hall.now, **where)
    hall.memory.next_outcome += [Sent(), Sent(), Gone("kicked")]
    hall.sent()
    await hall.deliver()
    assert hall.db.look(notices.groups.at, "memory", "-100") is None


def test_every_deed_is_in_the_log(hall: Hall) -> None:
    made = hall.sent()
    hall.do(notices.cancel, "secretary", made)
    rows = hall.db.look(lambda tx: tx.execute(select(audit_log.c.action).where(audit_log.c.subject == "notice 1")))
    assert [row.action for row in rows] == ["write_notice", "send_notice", "cancel_notice"]


def test_many_members_in_chunks_each_once(hall: Hall) -> None:
    for number in range(7):
        hall.db.now(person, f"more{number}", now=hall.now, at=hall.places.enterprise)
    made = hall.draft()
    hall.do(notices.schedule, "secretary", made)
    assert hall.fan_out(chunk=4) == 9
    assert hall.states(made) == {("queued", None): 9}
    keys = hall.db.look(lambda tx: tx.execute(select(deliveries.c.key)).scalars().all())
    assert len(set(keys)) == 9


@pytest.mark.parametrize(
    ("language", "sentence", "more"),
    [("zh", "请提前准备问题。", "查看全文"), ("en", "Please prepare your questions. ", "Read all")],
)
def test_a_long_text_is_cut_at_a_sentence_and_can_be_read_whole(
    hall: Hall, language: str, sentence: str, more: str
) -> None:
    made = hall.draft(titles={language: "T"}, bodies={language: sentence * 100})
    shown = notices.rendering.message(made, "S", texts=hall.texts, language=language)
    assert more in [one.title for one in shown.buttons]
    assert len(shown.text) < 700
    assert shown.text.splitlines()[2].removesuffix("…").endswith(sentence.strip())
    whole = notices.whole(made, "S", texts=hall.texts, language=language)
    assert sentence.strip() * 3 in whole.text.replace(" ", "") or sentence * 3 in whole.text
    assert more not in [one.title for one in whole.buttons]
