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
from bot.settings import Settings
from knowledge.advice import Composed, Definition, Reply
from knowledge.answer import SURE, Found, NotFound
from knowledge.response import state_of
from knowledge.sheets import Comparison, SheetView
from nlu.interpreter import Context

CHANNEL = "ask"
ANSWERING = {"ask_question", "ask_countermeasure", "ask_case", "nlu_fallback", "out_of_scope"}


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
        """{"text", "intent", "language", "replies", "found", "form", "article", "sources", "checked_on", "nearest"}."""
        sender, db, now = secrets.token_hex(8), self._app.services.db, self._app.services.clock
        member_id = db.now(_stranger, sender, now.now())
        try:
            message = Inbound(CHANNEL, sender, "1", text)
            answer = self._loop.run_until_complete(self._app.conversations.handle(message))
        finally:
            db.now(members.erase, member_id)
        context = Context(now=now.now(), language=answer.language)
        intent = self._app.conversations.understand(text, context).intent.name
        told = self._told(intent, text, answer.language) if intent in ANSWERING else {}
        replies = [render(reply) for reply in answer.replies]
        return {"text": text, "intent": intent, "language": answer.language, "replies": replies, **told}

    def ranked(self, text: str, *, limit: int = 5) -> list[str]:
        """The ids of the articles that fit best, whether or not they answer."""
        return self._app.services.advice.library.ranked(text)[:limit]

    def _told(self, intent: str, text: str, language: str) -> dict[str, Any]:
        """What of the base answers, as the actions choose it."""
        advice, today = self._app.services.advice, self._today()
        reply = advice.reply(text, language=language, today=today)
        if intent == "ask_case":
            return _entries("case", [case.id for case in advice.responses.like(text)])
        if intent == "ask_countermeasure":
            state = state_of(text)
            special = advice.special(text, language=language, today=today)
            if special or (state is None and (special := advice.library.covers(text))):
                return _article(special, language)
            found = advice.responses.to(state, text).measures if state else ()
            return _entries("countermeasure", [one.id for one in found])
        if intent == "out_of_scope" and isinstance(reply, Found) and reply.confidence < SURE:
            return {"found": False, "form": "none", "article": None, "nearest": [reply.article.id]}
        return _reply(reply, language)

    def _today(self) -> date:
        services = self._app.services
        return services.clock.now().astimezone(ZoneInfo(services.settings.desk.time_zone)).date()


def _entries(form: str, ids: list[str]) -> dict[str, Any]:
    first = next(iter(ids), None)
    return {"found": bool(ids), "form": form if ids else "none", "article": first, "nearest": ids[1:]}


def _reply(reply: Reply, language: str) -> dict[str, Any]:
    match reply:
        case Found():
            return _article(reply, language)
        case Definition():
            return _entries("term", [reply.term.id])
        case Composed(of=SheetView(unspecific=True) as view):
            return {"found": False, "form": "none", "article": None, "nearest": [view.sheet.id]}  # said to be general
        case Composed(of=SheetView() as view):
            return _entries("market", [view.sheet.id, *([reply.article.id] if reply.article else [])])
        case Composed(of=Comparison() as comparison):
            return _entries("compare", [sheet.id for sheet, _ in comparison.columns])
        case NotFound():
            nearest = [article.id for article in reply.nearest]
            return {"found": False, "form": "none", "article": None, "reason": reply.reason.value, "nearest": nearest}
    raise AssertionError(reply)


def _article(found: Found, language: str) -> dict[str, Any]:
    article = found.article
    return {
        "found": True,
        "form": "article",
        "article": article.id,
        "answer": article.answer[language],
        "confidence": round(found.confidence, 3),
        "sources": [{"title": one.title[language], "url": one.url, "read": one.read} for one in article.sources],
        "checked_on": article.checked_on,
        "nearest": [one.id for one in found.also],
    }


def _stranger(tx: Any, sender: str, now: Any) -> int:
    """A sender who has seen the privacy notice: this answer is for the person at the keyboard."""
    member_id = members.at_address(tx, CHANNEL, sender, now=now)
    members.privacy_shown(tx, member_id, now=now)
    return member_id
