"""A file that came without words: hung on the feedback that it belongs to, and acknowledged."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Connection

from actions.turn import Turn, turn
from bot import attachments, feedback
from bot.feedback import Feedback


class SendFile(Action):
    def name(self) -> str:
        return "action_send_file"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        name, one = await now.services.db.run(_attach, now)
        if not name:
            now.say("attachments.none")
        elif one:
            now.say("attachments.on_feedback", name=name, number=one.number)
        else:
            now.say("attachments.for_what", name=name)
        return []


def _attach(tx: Connection, now: Turn) -> tuple[str, Feedback | None]:
    sent = attachments.find(tx, now.inbox_id, 0)
    if sent is None:
        return "", None
    one = feedback.attach(tx, now.member_id, [sent.file], key=now.key, now=now.now)
    return sent.file.name, one
