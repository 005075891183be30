"""Surveys in the chat: how far they are for staff, dates for everyone's calendar, a study that is delivered."""

import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Connection

from actions.turn import Turn, turn
from bot import attachments, authority, surveys
from bot.errors import BadInput, NotAllowed
from bot.messages import Attachment
from bot.surveys import Rules, Study
from nlu import studies

NAME = "fengsui.ics"


class SurveyProgress(Action):
    """The numbers of the open surveys, as far as who asks reaches."""

    def name(self) -> str:
        return "action_survey_progress"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        text = await now.services.db.read(
            surveys.progress_text, now.member_id, texts=now.services.texts, language=now.language, now=now.now,
            rules=Rules.of(now.services.settings),
        )  # fmt: skip
        now.show(text)
        return []


class CalendarFile(Action):
    """The dates of what the member follows, as a file for their calendar."""

    def name(self) -> str:
        return "action_calendar_file"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        found = await now.services.db.read(
            surveys.calendar_entries, now.member_id, today=now.today, texts=now.services.texts, language=now.language
        )
        if not found:
            now.say("survey.calendar.empty")
            return []
        content = surveys.calendar_file(found, name=now.said("survey.calendar.name"), now=now.now)
        made = _stored(now.services.settings.data / "files", content)
        now.show(now.said("survey.calendar.made", n=len(found)), file=made)
        return []


def _stored(folder: Path, content: bytes) -> Attachment:
    name = f"{secrets.token_hex(16)}/{NAME}"
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return Attachment(NAME, "text/calendar", name, len(content))


class DeliverStudy(Action):
    """ "Deliver study R-0003: …" from its assignee; a file that comes with the message goes with it."""

    def name(self) -> str:
        return "action_deliver_study"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        command = studies.delivered(now.text)
        if command is None:
            now.say("survey.study_which")
            return []
        try:
            found = await now.services.db.run(_deliver, now, *command)
        except NotAllowed as error:
            subject = f"study {command[0]}"  # what was not allowed is logged too
            await now.services.db.run(
                authority.record, now.member_id, "deliver_study", allowed=False, now=now.now, subject=subject
            )
            now.say(error.key)
        except BadInput as error:
            now.say(error.key, **error.values)
        else:
            now.say("survey.study_received", number=found.number)
        return []


def _deliver(tx: Connection, now: Turn, study_id: int, result: str) -> Study:
    sent = attachments.find(tx, now.inbox_id, 0)
    file = asdict(sent.file) if sent else None
    return surveys.deliver_study(tx, study_id, by=now.member_id, result=result, file=file, now=now.now)
