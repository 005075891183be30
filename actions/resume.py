""" "Continue": which of the things that were left is meant - a feedback, a registration, or alerts that were paused."""

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.feedback import FORM, go_on
from actions.interests import resume_alerts
from actions.turn import Turn, turn
from bot import feedback
from bot.feedback import Feedback
from bot.registration import LISTS

FEEDBACK = re.compile(r"反馈|问卷|调查|损失|\b(?:feedback|survey|questionnaire|impact|report)\b", re.IGNORECASE)
REGISTRATION = re.compile(r"登记|关注|订阅|\b(?:registration|registering|subscri\w+|follow\w*)\b", re.IGNORECASE)
ALERTS = re.compile(r"提醒|推送|通知|静音|暂停|\b(?:alerts?|notifications?|unpause|unmute)\b", re.IGNORECASE)


class Resume(Action):
    def name(self) -> str:
        return "action_resume"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        drafts = await now.services.db.read(feedback.unfinished, now.member_id)
        meant = _meant(now, drafts)
        if meant == "feedback":
            return await _feedback(now, drafts)
        if meant == "registration" and tracker.get_slot("draft"):
            return _registration(now)
        await resume_alerts(now)
        return []


def _meant(now: Turn, drafts: list[Feedback]) -> str:
    """What the words name; else what was left last, what is kept here, and what is kept from another channel."""
    for kind, words in (("feedback", FEEDBACK), ("registration", REGISTRATION), ("alerts", ALERTS)):
        if words.search(now.text) or (kind == "feedback" and now.entities("feedback")):
            return kind
    if drafts and now.tracker.get_slot("left_form") == FORM:
        return "feedback"
    return "registration" if now.tracker.get_slot("draft") else "feedback" if drafts else "alerts"


async def _feedback(now: Turn, drafts: list[Feedback]) -> list[EventType]:
    wanted = [int(value) for value in now.entities("feedback") if str(value).isdecimal()]
    chosen = [one for one in drafts if one.id in wanted] or drafts
    if not chosen:
        now.say("feedback.nothing_to_resume", buttons=[now.button("feedback.start", "give_feedback")])
        return []
    if len(drafts) > 1 and not wanted:
        now.say("feedback.others_too", n=len(drafts) - 1)
    return await go_on(now, chosen[0])


def _registration(now: Turn) -> list[EventType]:
    """The form starts with the kept answers."""
    now.say("subscribe.resumed")
    draft = now.tracker.get_slot("draft") or {}
    kept = [SlotSet(slot, draft.get(slot)) for slot in (*LISTS, "until")]
    ended = [SlotSet(slot, None) for slot in ("confirm", "form_outcome", "draft", "offered", "left_form")]
    return [*kept, *ended, FollowupAction("subscribe_form")]
