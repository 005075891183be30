"""`fengsui ask`: one message answered as the chat would, and forgotten."""

import asyncio
import secrets
from datetime import date
from typing import Any, Self
from zoneinfo import ZoneInfo

from bot import app as root
from bot import members
from bot.channels.terminal import render
from bot.messages import Inbound
from bot.search import Hit
from bot.settings import Settings
from knowledge.advice import Composed, Definition, Doubt, Reply
from knowledge.answer import Found, NotFound
from knowledge.paths import PathView
from knowledge.response import state_of
from knowledge.sheets import Comparison, SheetView
from nlu.interpreter import Context

CHANNEL = "ask"
ANSWERING = {"ask_question", "ask_countermeasure", "ask_case", "nlu_fallback", "out_of_scope"}
LOOKING = ANSWERING | {"search_notifications"}


NOTHING = {"found": False, "form": "none", "article": None}


class Asker:
    """Answers single messages as a new sender each time, who is forgotten at once."""

    def __init__(self, settings: Settings) -> None:
        self._app = root.build(settings)
        self._loop = asyncio.new_event_loop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.close()
        self._app.close()

    def ask(self, text: str) -> dict[str, Any]:
        """{"text", "intent", "language", "replies", "found", "form", "article", "sources", "checked_on", "nearest",
        "hits"}: `hits` is what the search over all kinds found, best first.
        """
        sender, db, now = secrets.token_hex(8), self._app.services.db, self._app.services.clock
        member_id = db.now(_stranger, sender, now.now())
        try:
            message = Inbound(CHANNEL, sender, "1", text)
            answer = self._loop.run_until_complete(self._app.conversations.handle(message))
        finally:
            db.now(members.erase, member_id)
        context = Context(now=now.now(), language=answer.language)
        intent = self._app.conversations.understand(text, context).intent.name
        replies = [render(reply) for reply in answer.replies]
        told = self._told(intent, text, answer.language) if intent in ANSWERING else {}
        if told.get("answer") and not any(told["answer"] in one for one in replies):
            told = {**NOTHING, "nearest": [told["article"]]}  # in doubt, the chat asked back instead
        hits = [_hit(one, answer.language) for one in self.found(text)] if intent in LOOKING else []
        return {"text": text, "intent": intent, "language": answer.language, "replies": replies, **told, "hits": hits}

    def found(self, text: str, *, limit: int = 5) -> list[Hit]:
        """What the one search over all kinds finds, best first, whether or not it answers."""
        services = self._app.services
        return services.db.look(services.search.everything, services.advice.library, text, limit=limit)

    def _told(self, intent: str, text: str, language: str) -> dict[str, Any]:
        """What of the base answers, as the actions choose it."""
        advice, today = self._app.services.advice, self._today()
        reply = advice.reply(text, language=language, today=today, doubt=Doubt.of(intent))
        if intent == "ask_case":
            return _entries("case", [case.key for case in advice.responses.fitting(text)])
        if intent == "ask_countermeasure":
            state = state_of(text)
            special = advice.special(text, language=language, today=today)
            if special or (state is None and (special := advice.guidance(text))):
                return _entry(special, language)
            found = advice.responses.to(state, text) if state else None
            shown = (*found.measures[:1], *found.others) if found and found.measures else ()
            return _entries("countermeasure", [one.key for one in shown])
        return _reply(reply, language)

    def _today(self) -> date:
        services = self._app.services
        return services.clock.now().astimezone(ZoneInfo(services.settings.desk.time_zone)).date()


def _hit(one: Hit, language: str) -> dict[str, Any]:
    shown = {"kind": one.kind.value, "id": one.id, "title": one.title[language]}
    return {**shown, "confidence": round(one.confidence, 3), "sure": one.sure}


def _entries(form: str, ids: list[str]) -> dict[str, Any]:
    first = next(iter(ids), None)
    return {"found": bool(ids), "form": form if ids else "none", "article": first, "nearest": ids[1:]}


def _reply(reply: Reply, language: str) -> dict[str, Any]:
    match reply:
        case Found():
            return _entry(reply, language)
        case Definition():
            return _entries("term", [reply.term.key])
        case Composed(of=SheetView(unspecific=True) as view):
            return {"found": False, "form": "none", "article": None, "nearest": [view.sheet.key]}  # said to be general
        case Composed(of=SheetView() as view):
            return _entries("market", [view.sheet.key, *([reply.article.key] if reply.article else [])])
        case Composed(of=Comparison() as comparison):
            return _entries("compare", [sheet.key for sheet, _ in comparison.columns])
        case PathView():
            return _entries("path", [one.key for one in (reply.article, *reply.others)])
        case NotFound():
            nearest = [one.key for one in reply.nearest]
            return {"found": False, "form": "none", "article": None, "reason": reply.reason.value, "nearest": nearest}
    raise AssertionError(reply)


def _entry(found: Found, language: str) -> dict[str, Any]:
    entry = found.entry
    return {
        "found": True,
        "form": entry.kind.value,
        "article": entry.key,
        "answer": entry.gist[language],
        "confidence": round(found.confidence, 3),
        "sources": [{"title": one.title[language], "url": one.url, "read": one.read} for one in entry.sources],
        "checked_on": entry.checked_on,
        "nearest": [one.key for one in found.also],
    }


def _stranger(tx: Any, sender: str, now: Any) -> int:
    """A sender who has seen the privacy notice: this answer is for the person at the keyboard."""
    member_id = members.at_address(tx, CHANNEL, sender, now=now)
    members.privacy_shown(tx, member_id, now=now)
    return member_id
