"""Who a member is: language, organisation, other addresses, their data."""

import json
import re
import secrets
from pathlib import Path
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Connection

from actions.addresses import CODE, use_code
from actions.excursion import leaving, returning
from actions.turn import Turn, turn
from bot import authority, disclosure, enrolment, members, organisations
from bot.alerts.reach import reach
from bot.deliveries import NewDelivery, enqueue
from bot.enrolment import Request
from bot.errors import BadInput, NotAllowed
from bot.messages import Attachment

ENGLISH = re.compile(r"英文|英语|\benglish\b", re.IGNORECASE)
CHINESE = re.compile(r"中文|汉语|普通话|简体|\b(?:chinese|mandarin|zhongwen)\b", re.IGNORECASE)
NAME = re.compile(
    r"(?:我是|我们是|本公司是|代表|加入|隶属|属于|来自|在)\s*(?P<zh>[^，,。.；;！!？?的\s]{2,40}?)"
    r"(?:的(?:员工|人|外贸|业务|负责人|会员)?)?(?=[，,。；;！!？?\s]|$)"
    r"|\b(?:i am (?:from|with|at)|we are|i'?m (?:from|with|at)|i work (?:for|at)|join|member of|on behalf of"
    r"|i represent)\s+(?P<en>[^,.;!?]{2,80})",
    re.IGNORECASE,
)


class SlotMappings(Action):
    """The language of the turn, as the conversation found it, becomes a slot that responses can depend on."""

    def name(self) -> str:
        return "action_validate_slot_mappings"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        language = (tracker.latest_message.get("metadata") or {}).get("language")
        if language is None or language == tracker.get_slot("language"):
            return []
        return [SlotSet("language", language)]


class SetLanguage(Action):
    """The member's own choice, which wins from now on. Without one named: the other one."""

    def name(self) -> str:
        return "action_set_language"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        english, chinese = ENGLISH.search(now.text), CHINESE.search(now.text)
        if english and chinese:  # "from Chinese to English": the one named last is meant
            chosen = "en" if english.start() > chinese.start() else "zh"
        else:
            chosen = "en" if english else "zh" if chinese else {"zh": "en", "en": "zh"}[now.language]
        await now.services.db.run(members.choose_language, now.member_id, chosen)
        dispatcher.utter_message(text=now.services.texts("people.language_chosen", chosen))
        return [SlotSet("language", chosen)]


class Enrol(Action):
    """Join an organisation: at once with an invitation code, else by a request that its officer decides."""

    def name(self) -> str:
        return "action_enrol"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        code = CODE.search(now.text)
        if code:
            await use_code(now, f"{code[1]}-{code[2]}")
            return []
        named = await now.services.db.read(_organisations, now.text)
        if len(named) == 1:
            request = await now.services.db.run(_ask, now, named[0].id)
            key = "people.asked" if request.fresh else "people.asked_before"
            now.say(key, organisation=named[0].name(now.language), number=request.id)
        elif named:
            names = now.said("notification.comma").join(one.name(now.language) for one in named)
            now.say("people.which_organisation", names=names)
        else:
            now.say("people.how_to_join")
        return []


def _organisations(tx: Connection, text: str) -> list[organisations.Organisation]:
    """The organisations that the sentence names: a whole known name in it, else what stands where a name would."""
    plain = text.casefold()
    known = [
        one
        for one in organisations.everyone(tx)
        if any(name and name.casefold() in plain for name in (one.name_zh, one.name_en, one.code))
    ]
    if known:
        return known[:5]
    found = NAME.search(text)
    return organisations.named(tx, (found["zh"] or found["en"]).strip()) if found else []


def _ask(tx: Connection, now: Turn, organisation_id: int) -> Request:
    request = enrolment.ask(tx, now.member_id, organisation_id, now=now.now, note=now.text[:500])
    if request.fresh:
        _tell(tx, now, authority.approvers(tx, organisation_id), request)
    return request


def _tell(tx: Connection, now: Turn, approvers: list[int], request: Request) -> None:
    """Everyone who may decide is asked, in their own chat."""
    buttons = [
        {"key": "people.approve", "payload": f'/approve_enrolment{{"request": "{request.id}"}}'},
        {"key": "people.refuse", "payload": f'/refuse_enrolment{{"request": "{request.id}"}}'},
    ]
    values = {
        "number": request.id,
        "organisation_zh": request.organisation.name_zh,
        "organisation_en": request.organisation.name_en,
        "note": now.text[:200],
    }
    notify(tx, now, approvers, f"enrolment:{request.id}", "people.please_decide", values, buttons)


def notify(
    tx: Connection,
    now: Turn,
    to: list[int],
    key: str,
    sentence: str,
    values: dict[str, Any],
    buttons: list[dict[str, str]] | None = None,
) -> None:
    """A message through the outbox to each member's best address."""
    where = reach(tx, to, (), now=now.now).addresses
    payload = {"key": sentence, "values": values, "buttons": buttons or []}
    rows = [
        NewDelivery(f"{key}:{member}", member, *where[member], kind="text", payload=payload, priority=3)
        for member in to
        if member in where
    ]
    enqueue(tx, rows, now=now.now)


class DecideEnrolment(Action):
    """The officer's answer to a request."""

    def name(self) -> str:
        return "action_decide_enrolment"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        asked = [int(value) for value in now.entities("request") if str(value).isdecimal()]
        if not asked:
            now.say("people.which_request")
            return []
        try:
            request = await now.services.db.run(_decide, now, asked[0], now.intent == "approve_enrolment")
        except NotAllowed as error:
            await now.services.db.run(
                authority.record, now.member_id, "decide_enrolment", allowed=False, now=now.now, subject=str(asked[0])
            )
            now.say(error.key)
        except BadInput as error:
            now.say(error.key, **error.values)
        else:
            now.say(f"people.you_{request.state}", number=request.id)
        return []


def _decide(tx: Connection, now: Turn, request_id: int, approve: bool) -> Request:
    return enrolment.decide(tx, now.member_id, request_id, approve=approve, now=now.now)


class ExportData(Action):
    """Everything that is stored about the member: a text to read, and JSON lines for programs."""

    def name(self) -> str:
        return "action_export_data"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        folder = now.services.settings.data / "files"
        rows = await now.services.db.read(_own_data, now.member_id)
        lines = "".join(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)
        text = disclosure.readable(rows, now.services.texts, now.language, today=now.today)
        now.show(now.said("people.exported"), file=_written(folder, "my-data.jsonl", "application/jsonl", lines))
        # with the mark, an old editor on Windows reads Chinese
        to_read = _written(folder, "my-data.txt", "text/plain", "\ufeff" + text)
        now.show(now.said("people.exported_to_read"), file=to_read)
        return []


def _own_data(tx: Connection, member_id: int) -> list[dict[str, Any]]:
    return list(members.own_data(tx, member_id))


def _written(folder: Path, name: str, media_type: str, text: str) -> Attachment:
    """A file in a folder whose name nobody can guess."""
    path = f"{secrets.token_hex(16)}/{name}"
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, "utf-8")
    return Attachment(name, media_type, path, len(text.encode()))


class EraseStart(Action):
    def name(self) -> str:
        return "action_erase_start"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        return [SlotSet("confirm", None), SlotSet("form_outcome", None), *leaving(tracker)]


class ValidateErase(Action):
    """Only a clear yes erases; anything else that is an answer keeps everything."""

    def name(self) -> str:
        return "validate_erase_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        if tracker.get_slot("requested_slot") != "confirm":
            return []
        if now.agrees:
            return [SlotSet("confirm", True)]
        return [SlotSet("confirm", False)] if now.intent in ("deny", "go_back") else []


class EraseSubmit(Action):
    """Marked now, nothing is sent any more; a job deletes the rows within minutes, when this turn has been stored."""

    def name(self) -> str:
        return "action_erase_submit"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        if not tracker.get_slot("confirm"):
            now.say("subscribe.erase_cancelled")
            return returning(tracker, [SlotSet("form_outcome", "cancelled")])
        await now.services.db.run(members.ask_erase, now.member_id)
        now.say("people.erasing")
        return [SlotSet("form_outcome", "submitted")]
