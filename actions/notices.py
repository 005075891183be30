"""Writing a notice in the chat: text, the other language, whom it is for, the preview, and the yes. Every answer is
stored at once, so what was left can be gone on with, on any channel."""

import re
from collections.abc import Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Connection

from actions.notice_file import file_of
from actions.notice_preview import send_at
from actions.turn import Turn, payload, turn
from bot import audience, notices, organisations
from bot.errors import BadInput, NotAllowed
from bot.messages import Attachment, Button
from bot.notices import Notice, State, said
from bot.notices.said import Edit, Heard, Part
from bot.organisations import Kind

FORM = "notice_form"
SLOTS = (
    "notice",
    "notice_sender",
    "notice_text",
    "notice_other",
    "notice_audience",
    "notice_when",
    "confirm",
    "form_outcome",
)
DECLINED = "__declined__"
AT_ONCE = 40  # characters: a longer message is more of the text
OWN = ("broadcast_notice", "affirm", "deny", "greet", "thanks", "more", "nlu_fallback")  # may be part of an answer
NO_OTHER = re.compile(
    r"^\W*(?:不用|不需要|不必|不要|不写|没有|跳过|就这样|只要(?:中文|英文)|"
    r"no(?: need| thanks?)?|skip|not needed|none|that's all|just (?:one|this))(?:了|吧|的)?\W*$",
    re.IGNORECASE,
)
READERS = re.compile(r"会员|的人|读者|企业|\b(?:who|members?|readers?|those|firms|companies)\b", re.IGNORECASE)
GO_ON = re.compile(r"继续|接着|没写完|草稿|修改|\b(?:go on|continue|resume|unfinished|draft)\b", re.IGNORECASE)
NEW = re.compile(r"起草|草拟|\bdraft (?:an?|the)\b", re.IGNORECASE)
START = re.compile(
    r"[我你]们?|想要?|需要|群发|发个|发条|发一[条则份]|写一?[个条则份]|拟一?[个条则份]|起草|新建|一[条则份个]|广播|"
    r"通告|消息|新|条|则|个|份|能|可以|怎么|如何|代表|"
    r"\b(?:i|we|want|would like|need|new|draft|write|broadcast|announcement|message|circular|issue|publish|can|you|"
    r"how|do)\b",
    re.IGNORECASE,
)


class Start(Action):
    """A new notice, or the one that was left. Who may not write any is told so, and the try is logged."""

    def name(self) -> str:
        return "action_notice_start"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        if (tracker.active_loop or {}).get("name") == FORM:
            return _sender_pressed(now)  # said in the middle of it: the question is asked again
        senders = await now.services.db.read(notices.senders, now.member_id)
        if not senders:
            await now.refused(NotAllowed("notice.not_here"), "write_notice")
            return []
        emptied: list[EventType] = [SlotSet(slot, None) for slot in SLOTS]
        named = [int(one) for one in now.entities("notice") if str(one).isdecimal()] or notices.numbers(now.text)
        if named or (GO_ON.search(now.text) and not NEW.search(now.text)):
            return await _go_on(now, named, emptied)
        sender = said.named(now.text, senders) or senders[0]
        known: list[EventType] = [SlotSet("notice_sender", sender.id)]
        meant = _heard(now, await now.services.db.read(_places), START.sub(" ", now.text))
        if meant.audience:
            known.append(SlotSet("notice_audience", meant.audience.to_json()))
        return [*emptied, *known, FollowupAction(FORM)]


def _sender_pressed(now: Turn) -> list[EventType]:
    """Another organisation, as long as nothing is written; whether they may write for it is checked then."""
    pressed = [int(one) for one in now.entities("organisation") if str(one).isdecimal()]
    return [SlotSet("notice_sender", pressed[0])] if pressed and not now.tracker.get_slot("notice") else []


async def _go_on(now: Turn, named: list[int], emptied: list[EventType]) -> list[EventType]:
    try:
        found = await now.services.db.read(_left, now.member_id, named)
    except BadInput as error:
        now.say(error.key, **error.values)
        return []
    if found is None:
        now.say("notice.nothing_to_resume", buttons=[now.button("notice.button_new", "broadcast_notice")])
        return []
    now.say("notice.resumed", number=found.number)
    kept: dict[str, Any] = {"notice": found.id}
    if found.titles:
        kept |= {
            "notice_text": found.languages[0],
            "notice_other": DECLINED,
            "notice_audience": found.audience.to_json(),
        }
    return [*emptied, *(SlotSet(slot, value) for slot, value in kept.items()), FollowupAction(FORM)]


def _left(tx: Connection, member_id: int, named: list[int]) -> Notice | None:
    """The notice to go on with: one that is named and theirs to change, else the draft they worked on last."""
    if not named:
        return notices.newest_draft(tx, member_id)
    found = notices.readable(tx, member_id, named[0])
    if found.organisation_id not in {one.id for one in notices.senders(tx, member_id)}:
        raise BadInput("notice.unknown", number=found.number)
    if found.state not in (State.DRAFT, State.REFUSED, State.WAITING, State.SCHEDULED):
        raise BadInput(f"notice.is_{found.state}", number=found.number)
    return found


class Validate(Action):
    """What the message does to the notice; what was not for it lets the rules answer."""

    def name(self) -> str:
        return "validate_notice_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        asked = tracker.get_slot("requested_slot")
        take = {"notice_text": _text, "notice_other": _other, "notice_audience": _audience, "confirm": _confirm}
        meant = asked == "notice_audience" and now.intent == "set_language" and READERS.search(now.text)
        if not meant and (asked not in take or now.intent not in (OWN if asked != "confirm" else (*OWN, "go_back"))):
            return []  # something in between: it is answered, and this is asked again
        try:
            file = await file_of(now)
            return await take[asked](now, file)
        except NotAllowed as error:
            await now.refused(error, "write_notice", _subject(tracker))
        except BadInput as error:
            now.say(error.key, **error.values)
        return [SlotSet(asked, None)]


def _subject(tracker: Tracker) -> str | None:
    number = tracker.get_slot("notice")
    return f"notice {number}" if number else None


async def _text(now: Turn, file: Attachment | None) -> list[EventType]:
    text = said.written(now.text) if not now.text.startswith("/") else None
    if text is None and file is None:
        return []
    values: dict[str, Any] = {"file": file} if file else {}
    if text:
        values |= {"titles": {text.language: text.title}, "bodies": {text.language: text.body}}
    kept = now.tracker.get_slot("notice_audience")
    if kept:
        values["audience"] = audience.Audience.from_json(kept)
    stored = await now.services.db.run(_store, now, values)
    if file:
        now.say("notice.has_file", name=file.name)
    return [SlotSet("notice", stored.id), SlotSet("notice_text", text.language if text else None)]


def _store(tx: Connection, now: Turn, values: Mapping[str, Any]) -> Notice:
    known = now.tracker.get_slot("notice")
    if known:
        return notices.revise(tx, now.member_id, int(known), now=now.now, **values)
    at = int(now.tracker.get_slot("notice_sender"))
    return notices.draft(tx, now.member_id, organisation_id=at, key=now.key, now=now.now, **values)


async def _other(now: Turn, file: Attachment | None) -> list[EventType]:
    """The same in the other language; more in the same one is added to the text."""
    if file:
        await _revise(now, file=file)
        now.say("notice.has_file", name=file.name)
    if now.intent == "deny" or NO_OTHER.match(now.text):
        return [SlotSet("notice_other", DECLINED)]
    text = said.written(now.text) if not now.text.startswith("/") else None
    if text is None:
        return [SlotSet("notice_other", None)]
    if text.language == now.tracker.get_slot("notice_text"):
        meant = _heard(now, await now.services.db.read(_places), now.text) if len(now.text) <= AT_ONCE else Heard(None)
        if meant.audience is not None:  # the next question answered before it was asked
            await _revise(now, audience=meant.audience)
            return [SlotSet("notice_other", DECLINED), SlotSet("notice_audience", meant.audience.to_json())]
        found = await now.services.db.read(notices.by_id, int(now.tracker.get_slot("notice")))
        more = "\n".join(part for part in (found.body(text.language), now.text.strip()) if part)
        await _revise(now, bodies={text.language: more})
        now.say("notice.added")
        return [SlotSet("notice_other", None)]
    await _revise(now, titles={text.language: text.title}, bodies={text.language: text.body})
    return [SlotSet("notice_other", text.language)]


async def _audience(now: Turn, file: Attachment | None) -> list[EventType]:
    if file:
        await _revise(now, file=file)
        now.say("notice.has_file", name=file.name)
    if now.entities("field"):  # the button
        meant = Heard(notices.MEMBERS)
    else:
        meant = _heard(now, await now.services.db.read(_places), now.text)
    if meant.audience is None:
        _not_understood(now, meant)
        return [SlotSet("notice_audience", None)]
    await _revise(now, audience=meant.audience)
    return [SlotSet("notice_audience", meant.audience.to_json())]


def _not_understood(now: Turn, meant: Heard) -> None:
    if meant.unknown:
        now.say("notice.audience_unknown_words", words=meant.unknown[:60])
    else:
        now.say("notice.audience_not_understood")


def _heard(now: Turn, places: list[organisations.Organisation], text: str) -> Heard:
    found = [one for one in now.tracker.latest_message.get("entities") or () if one.get("start") is not None]
    # Where words were taken out (the start of a notice), the offsets do not fit any more: go by what was written.
    shifted = text != now.text
    at = [{**one, **_where(text, now.text[one["start"] : one["end"]])} for one in found] if shifted else found
    return said.heard(text, at, places)


def _where(text: str, words: str) -> dict[str, Any]:
    start = text.find(words)
    return {"start": start, "end": start + len(words)} if start >= 0 else {"start": None, "end": None}


def _places(tx: Connection) -> list[organisations.Organisation]:
    """The offices and associations, and the centres, that people name; enterprises are named by what they make."""
    return [one for one in organisations.everyone(tx) if one.kind in (Kind.BUREAU, Kind.ASSOCIATION)]


async def _confirm(now: Turn, file: Attachment | None) -> list[EventType]:
    again: list[EventType] = [SlotSet("confirm", None)]
    if file:
        await _revise(now, file=file)
        now.say("notice.has_file", name=file.name)
        return again
    change = said.edit(now.text) if not now.text.startswith("/") else None
    if now.agrees and (change is None or change.part is Part.AUDIENCE):  # "yes, send it to them"
        return [SlotSet("confirm", True)]
    if change is not None:
        await _change(now, change)
        return again
    if now.intent == "broadcast_notice" and not now.text.startswith("/"):
        meant = _heard(now, await now.services.db.read(_places), now.text)
        if meant.audience is not None:  # said without "send it to"
            await _revise(now, audience=meant.audience)
            now.say("notice.changed")
            return again
    when = said.moment(now.text, [str(one) for one in now.entities("date")], now=now.local)
    if when is not None and now.intent not in ("ask_question", "deny"):
        now.say("notice.changed")
        return [SlotSet("notice_when", None if when <= now.local else when.isoformat()), *again]
    if now.intent in ("deny", "go_back", "broadcast_notice"):
        now.say("notice.what_to_change")
        return again
    return []


async def _change(now: Turn, change: Edit) -> None:
    """Do it, or say why not."""
    values: dict[str, Any] = {}
    match change.part:
        case Part.TITLE | Part.BODY:
            column = "titles" if change.part is Part.TITLE else "bodies"
            values = {column: {change.language: change.text}}
        case Part.ACKNOWLEDGE:
            values = {"acknowledge": change.yes}
        case Part.FILE:
            values = {"file": None}
        case Part.AUDIENCE:
            meant = _heard(now, await now.services.db.read(_places), now.text)
            if meant.audience is None:
                _not_understood(now, meant)
                return
            values = {"audience": meant.audience}
    await _revise(now, **values)
    now.say("notice.file_removed" if change.part is Part.FILE else "notice.changed")


async def _revise(now: Turn, **values: Any) -> Notice:
    number = int(now.tracker.get_slot("notice"))
    return await now.services.db.run(lambda tx: notices.revise(tx, now.member_id, number, now=now.now, **values))


class AskText(Action):
    def name(self) -> str:
        return "action_ask_notice_form_notice_text"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        senders = {one.id: one for one in await now.services.db.read(notices.senders, now.member_id)}
        chosen = senders.pop(tracker.get_slot("notice_sender"), None)
        lines = [now.said("notice.ask_text")]
        if chosen:
            lines.append(now.said("notice.in_name_of", organisation=chosen.name(now.language)))
        others = [
            Button(one.name(now.language), payload("broadcast_notice", organisation=str(one.id)))
            for one in senders.values()
        ]
        if others:
            lines.append(now.said("notice.other_senders"))
        now.show("\n".join(lines), buttons=others)
        return []


class AskOther(Action):
    def name(self) -> str:
        return "action_ask_notice_form_notice_other"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        other = "en" if tracker.get_slot("notice_text") == "zh" else "zh"
        no = now.said("notice.button_no_other")
        now.say(f"notice.ask_other_{other}", buttons=[Button(no, no)])
        return []


class AskAudience(Action):
    def name(self) -> str:
        return "action_ask_notice_form_notice_audience"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        everyone = now.said("notice.button_everyone")
        now.say("notice.ask_audience", buttons=[Button(everyone, everyone)])
        return []


class Submit(Action):
    """The author's yes: to the second person, or on its way. What cannot go out yet stays at the preview."""

    def name(self) -> str:
        return "action_notice_submit"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        number = int(tracker.get_slot("notice"))
        try:
            found, count = await now.services.db.run(_send, now, number)
        except NotAllowed as error:
            await now.refused(error, "send_notice", f"notice {number}")
            return [SlotSet("form_outcome", "cancelled")]
        except BadInput as error:
            now.say(error.key, **error.values)
            return [SlotSet("confirm", None), FollowupAction(FORM)]
        many = now.said("notice.count", n=count)
        if found.state is State.WAITING:
            now.say("notice.asked", number=found.number)
        elif when := send_at(now):
            now.say("notice.confirmed_at", number=found.number, n=many, time=f"{when:%Y-%m-%d %H:%M}")
        else:
            about = {"notice": str(found.id)}
            stop = Button(now.said("notice.button_stop"), payload("cancel_notice", **about))
            now.say("notice.confirmed", number=found.number, n=many, buttons=[stop])
        return [*(SlotSet(slot, None) for slot in SLOTS), SlotSet("form_outcome", "submitted")]


def _send(tx: Connection, now: Turn, number: int) -> tuple[Notice, int]:
    found = notices.by_id(tx, number)
    if found.state in (State.DRAFT, State.REFUSED):  # else this turn is done again after a crash
        found = notices.confirm(tx, now.member_id, number, now=now.now, send_at=send_at(now))
    counted = audience.count(tx, found.audience, organisation_id=found.organisation_id, today=now.now.date())
    return found, counted.total


class Leave(Action):
    """Not now: nothing is sent, and the draft is kept."""

    def name(self) -> str:
        return "action_notice_leave"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        number = tracker.get_slot("notice")
        if number:
            go_on = Button(now.said("notice.button_go_on"), payload("broadcast_notice", notice=str(number)))
            now.say("notice.kept", number=notices.number(int(number)), buttons=[go_on])
        else:
            now.say("notice.kept_empty")
        return [*(SlotSet(slot, None) for slot in SLOTS), SlotSet("form_outcome", "cancelled")]
