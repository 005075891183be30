"""`fengsui ask`: one message answered as the chat would, and forgotten."""

import asyncio
import secrets
from typing import Any, Self
from zoneinfo import ZoneInfo

from bot import app as root
from bot import members
from bot.channels.terminal import render
from bot.messages import Inbound
from bot.settings import Settings
from knowledge.answer import Found
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
        """{"text", "intent", "language", "replies": [text], "found", "article", "sources", "checked_on", "nearest"}."""
        sender, db, now = secrets.token_hex(8), self._app.services.db, self._app.services.clock
        member_id = db.now(_stranger, sender, now.now())
        try:
            message = Inbound(CHANNEL, sender, "1", text)
            answer = self._loop.run_until_complete(self._app.conversations.handle(message))
        finally:
            db.now(members.erase, member_id)
        context = Context(now=now.now(), language=answer.language)
        intent = self._app.conversations.interpreter.parse(text, context).intent.name
        told = self._article(text, answer.language) if intent in ANSWERING else {}
        replies = [render(reply) for reply in answer.replies]
        return {"text": text, "intent": intent, "language": answer.language, "replies": replies, **told}

    def _article(self, text: str, language: str) -> dict[str, Any]:
        services = self._app.services
        today = services.clock.now().astimezone(ZoneInfo(services.settings.desk.time_zone)).date()
        result = services.library.answer(text, language=language, today=today)
        if not isinstance(result, Found):
            return {"found": False, "article": None, "nearest": [article.id for article in result.nearest]}
        article = result.article
        return {
            "found": True,
            "article": article.id,
            "answer": article.answer[language],
            "confidence": round(result.confidence, 3),
            "sources": [{"title": one.title[language], "url": one.url, "read": one.read} for one in article.sources],
            "checked_on": article.checked_on,
            "nearest": [one.id for one in result.also],
        }


def _stranger(tx: Any, sender: str, now: Any) -> int:
    """A sender who has seen the privacy notice: this answer is for the person at the keyboard."""
    member_id = members.at_address(tx, CHANNEL, sender, now=now)
    members.privacy_shown(tx, member_id, now=now)
    return member_id
