"""Around notices that are out: how one is doing, reminding, stopping, approving; reading, confirming, wanting no more;
and the groups that they go to."""

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Connection

from actions.turn import Turn, payload, safely, turn
from bot import notices, organisations
from bot.channels.telegram.places import Place
from bot.errors import NotAllowed
from bot.messages import Button
from bot.notices import Notice, Report, State
from bot.notices.notice import UNDER_WAY
from bot.organisations import Organisation

NO = re.compile(r"不同意|不批|退回|驳回|拒绝|\b(?:reject|refuse|send(?:ing)? back|return|decline|not)\b", re.IGNORECASE)
BECAUSE = re.compile(
    r"(?:因为|理由是?|原因是?|[,，:：；;]|\bbecause\b)\s*[:：]?\s*(?P<reason>\S.*)$", re.IGNORECASE | re.DOTALL
)
AGAIN = re.compile(
    r"恢复|重新|继续接收|再收|打开|开启|又想收|还是发给我|取消屏蔽|解除|"
    r"\b(?:again|back on|on again|resume|unmute|turn .*on)\b",
    re.IGNORECASE,
)
NO_MORE = re.compile(r"不|别|停|没|\b(?:no|not|never|don'?t|stop|off)\b", re.IGNORECASE)
DISCONNECT = re.compile(r"断开|解除|取消|\bdisconnect\b", re.IGNORECASE)
SHOWN_REASONS = 5


def _named(now: Turn) -> list[int]:
    """The notices that the message or the button names."""
    pressed = [int(one) for one in now.entities("notice") if str(one).isdecimal()]
    return pressed or notices.numbers(now.text)


def _subject(now: Turn) -> str | None:
    return ", ".join(f"notice {one}" for one in _named(now)) or None


class ShowNotice(Action):
    """Its staff see how it is doing, its readers see it again."""

    def name(self) -> str:
        return "action_show_notice"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        return await safely(now, "see_notice", _subject(now), _show_notice(now))


async def _show_notice(now: Turn) -> list[EventType]:
    named = _named(now)
    found = await now.services.db.read(_meant, now.member_id, named)
    if found is None:
        now.say("notice.which")
        return []
    try:
        seen = await now.services.db.read(notices.report, now.member_id, found.id)
    except NotAllowed:
        await _show(now, found)
        return []
    _show_report(now, seen)
    return []


def _meant(tx: Connection, member_id: int, named: list[int]) -> Notice | None:
    """The one that is named, else the newest that they wrote or were sent."""
    if named:
        return notices.readable(tx, member_id, named[0])
    mine = [line.notice for line in notices.listed(tx, member_id, limit=1)]
    return next(iter(mine), None) or notices.latest_to(tx, member_id)


async def _show(now: Turn, found: Notice) -> None:
    sender = await now.services.db.read(organisations.by_id, found.organisation_id)
    await now.services.db.run(notices.opened, now.member_id, [found.id], now=now.now)
    reply = notices.whole(found, sender.name(now.language), texts=now.services.texts, language=now.language)
    now.show(reply.text, buttons=reply.buttons, file=reply.file)


def _show_report(now: Turn, seen: Report) -> None:
    found, first = seen.notice, seen.first
    lines = [
        now.said(
            "notice.report", number=found.number, title=found.title(now.language),
            state=now.said(f"notice.state_{found.state}"), total=first.total, sent=first.sent + first.unknown,
            queued=first.queued, failed=sum((first.failed or {}).values()), skipped=first.not_sent, read=seen.read,
            acknowledged=seen.acknowledged,
        )
    ]  # fmt: skip
    for name, reasons in (("failed", first.failed), ("skipped", first.skipped)):
        if reasons:
            lines.append(now.said(f"notice.report_{name}", reasons=_reasons(now, reasons)))
    if first.unknown:
        lines.append(now.said("notice.report_unknown", n=first.unknown))
    if seen.groups:
        lines.append(now.said("notice.report_groups", n=seen.groups))
    lines += [
        now.said("notice.report_round", round=one.number, sent=one.sent + one.unknown, queued=one.queued)
        for one in seen.rounds[1:]
    ]
    now.show("\n".join(lines), buttons=_next_steps(now, found))


def _reasons(now: Turn, reasons: Any) -> str:
    shown = []
    for reason, number in list(reasons.items())[:SHOWN_REASONS]:
        key = f"notice.reason_{reason}"
        shown.append(
            now.said("notice.reason_line", reason=now.said(key) if now.services.texts.has(key) else reason, n=number)
        )
    return now.said("notification.comma").join(shown)


def _next_steps(now: Turn, found: Notice) -> list[Button]:
    about = {"notice": str(found.id)}
    if found.state is State.SENT:
        return [Button(now.said("notice.button_remind"), payload("remind_notice", **about))]
    if found.state in (*UNDER_WAY, State.WAITING):
        return [Button(now.said("notice.button_stop"), payload("cancel_notice", **about))]
    if found.state in (State.DRAFT, State.REFUSED):
        return [Button(now.said("notice.button_go_on"), payload("broadcast_notice", **about))]
    return []


class CancelNotice(Action):
    """Stop one that is going out or waiting to; without a number the only one there is."""

    def name(self) -> str:
        return "action_cancel_notice"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        return await safely(now, "cancel_notice", _subject(now), _cancel_notice(now))


async def _cancel_notice(now: Turn) -> list[EventType]:
    named = _named(now)
    if not named:
        if not await now.services.db.read(notices.senders, now.member_id):
            raise NotAllowed("notice.not_here")
        lines = await now.services.db.read(notices.listed, now.member_id, limit=20)
        named = [one.notice.id for one in lines if one.notice.state in (*UNDER_WAY, State.WAITING)]
    if not named:
        now.say("notice.none_under_way")
    elif len(named) > 1:
        numbers = now.said("notification.comma").join(map(notices.number, named))
        now.say("notice.which_to_cancel", numbers=numbers)
    else:
        found = await now.services.db.run(notices.cancel, now.member_id, named[0], now=now.now)
        seen = await now.services.db.read(notices.report, now.member_id, found.id)
        left = sum((one.skipped or {}).get("cancelled", 0) + one.queued for one in seen.rounds)
        began = any(one.total for one in seen.rounds)
        now.say("notice.cancelled" if began else "notice.cancelled_before", number=found.number, n=left)
    return []


class RemindNotice(Action):
    def name(self) -> str:
        return "action_remind_notice"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        return await safely(now, "remind_notice", _subject(now), _remind_notice(now))


async def _remind_notice(now: Turn) -> list[EventType]:
    named = _named(now)
    if not named:
        now.say("notice.which")
        return []
    found = await now.services.db.run(notices.remind, now.member_id, named[0], now=now.now)
    now.say("notice.reminding", number=found.number)
    return []


class DecideNotice(Action):
    """The second person's word, by button or typed: "approve N-12", "send back N-12 because ..."."""

    def name(self) -> str:
        return "action_decide_notice"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        return await safely(now, "approve_notice", _subject(now), _decide_notice(now))


async def _decide_notice(now: Turn) -> list[EventType]:
    named = _named(now)
    if not named:
        now.say("notice.which")
        return []
    pressed = next(iter(now.entities("answer")), None)
    if pressed == "refuse" or (pressed is None and NO.search(now.text)):
        reason = "" if pressed else _reason(now.text)
        found = await now.services.db.run(notices.refuse, now.member_id, named[0], now=now.now, reason=reason)
        now.say("notice.you_refused", number=found.number)
        return []
    found = await now.services.db.run(notices.approve, now.member_id, named[0], now=now.now)
    now.say("notice.you_approved", number=found.number)
    return []


def _reason(text: str) -> str:
    found = BECAUSE.search(text)
    return found["reason"].strip(" 。.") if found else ""


# --- readers --------------------------------------------------------------------------------------


class AcknowledgeNotice(Action):
    def name(self) -> str:
        return "action_acknowledge_notice"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        return await safely(now, "read_notice", _subject(now), _acknowledge_notice(now))


async def _acknowledge_notice(now: Turn) -> list[EventType]:
    named = _named(now)
    if not named:
        now.say("notice.which")
        return []
    found = await now.services.db.run(notices.acknowledge, now.member_id, named[0], now=now.now)
    now.say("notice.acknowledged", number=found.number)
    return []


class ReadNotice(Action):
    """All of it; that it was asked for is how Telegram tells that it was read."""

    def name(self) -> str:
        return "action_read_notice"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        return await safely(now, "read_notice", _subject(now), _read_notice(now))


async def _read_notice(now: Turn) -> list[EventType]:
    named = _named(now)
    found = await now.services.db.read(notices.readable, now.member_id, named[0]) if named else None
    if found is None:
        now.say("notice.which")
        return []
    await _show(now, found)
    return []


class MuteNotices(Action):
    """No more notices of an organisation, or again: the one of the button, the one named, else the last that wrote."""

    def name(self) -> str:
        return "action_mute_notices"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        return await safely(now, "mute_notices", _subject(now), _mute_notices(now))


async def _mute_notices(now: Turn) -> list[EventType]:
    again = now.intent == "unmute_notices" or _wants_again(now.text)
    place = await now.services.db.run(_sender_of, now)
    if again:
        number = await now.services.db.run(notices.unmute, now.member_id, place.id if place else None)
        now.say("notice.unmuted", n=number) if number else now.say("notice.nothing_muted")
    elif place is None:
        now.say("notice.nothing_to_mute")
    else:
        await now.services.db.run(notices.mute, now.member_id, place.id, now=now.now)
        undo = Button(now.said("notice.button_unmute"), payload("unmute_notices", organisation=str(place.id)))
        now.say("notice.muted", organisation=place.name(now.language), buttons=[undo])
    return []


def _wants_again(text: str) -> bool:
    return not text.startswith("/") and bool(AGAIN.search(text)) and not NO_MORE.search(text)


def _sender_of(tx: Connection, now: Turn) -> Organisation | None:
    pressed = [int(one) for one in now.entities("organisation") if str(one).isdecimal()]
    if pressed:
        return organisations.by_ids(tx, pressed).get(pressed[0])
    named = _named(now)
    if named:
        found = notices.readable(tx, now.member_id, named[0])
        notices.opened(tx, now.member_id, [found.id], now=now.now)
        return organisations.by_id(tx, found.organisation_id)
    plain = now.text.casefold()
    known = [one for one in organisations.everyone(tx) if one.kind != "enterprise"]
    said = [one for one in known if any(name.casefold() in plain for name in (one.name_zh, one.name_en, one.code))]
    if said:
        return said[0]
    if _wants_again(now.text):
        return None  # of all
    last = notices.latest_to(tx, now.member_id)
    return organisations.by_id(tx, last.organisation_id) if last else None


# --- groups ---------------------------------------------------------------------------------------


class ConnectGroup(Action):
    """Said in a group by someone who writes notices: it gets them from now on; "disconnect" ends that."""

    def name(self) -> str:
        return "action_connect_group"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        return await safely(now, "connect_group", _subject(now), _connect_group(now))


async def _connect_group(now: Turn) -> list[EventType]:
    group = group_of(now.channel, now.address)
    if group is None:
        now.say("notice.group_only")
        return []
    if DISCONNECT.search(now.text):
        gone = await now.services.db.run(
            notices.groups.disconnect, now.member_id, channel=now.channel, address=group, now=now.now
        )
        now.say("notice.group_gone" if gone else "notice.group_was_not")
        return []
    senders = await now.services.db.read(notices.senders, now.member_id)
    if not senders:
        raise NotAllowed("notice.not_here")
    await now.services.db.run(
        notices.groups.connect, now.member_id, organisation_id=senders[0].id, channel=now.channel, address=group,
        now=now.now,
    )  # fmt: skip
    now.say("notice.group_connected", organisation=senders[0].name(now.language))
    return []


def group_of(channel: str, address: str) -> str | None:
    """The address of the whole group in which this person speaks; None in a chat of their own."""
    try:
        place = Place.of(address)
    except ValueError:
        return None
    if channel in ("web", "rest") or not place.is_group:
        return None
    return Place(place.chat, place.thread).address
