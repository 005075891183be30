"""Rasa's HTTP API for programs: parse, the REST channel, the tracker. Behind a token, or for this machine only."""

import secrets
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from nlu.interpreter import Context
from sqlalchemy import Connection
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot import conversation, inbox
from bot.channels import rows
from bot.conversation import Answer
from bot.dialogue.tracker import Tracker
from bot.messages import Inbound, Reply
from bot.web import guard
from bot.web.state import WebState, state

CHANNEL = "rest"
LONGEST_SENDER = 200
RASA_VERSION = "3.6.21"  # whose API this is

router = APIRouter(include_in_schema=False)


def _failure(reason: str, message: str, code: int = 400) -> Response:
    return JSONResponse({"status": "failure", "reason": reason, "message": message, "code": code}, status_code=code)


async def _json(request: Request) -> dict[str, Any] | None:
    try:
        body = await request.json()
    except (ValueError, UnicodeDecodeError):
        return None
    return body if isinstance(body, dict) else None


@router.post("/model/parse")
async def parse(request: Request) -> Response:
    """What a text means: {"text"} -> Rasa's parse data. An optional "now" (ISO) fixes relative dates."""
    web = state(request)
    if not guard.may_use_api(request, web.services.settings):
        return guard.refused("token")
    body = await _json(request)
    if body is None or not isinstance(body.get("text"), str):
        return _failure("BadRequest", 'expected a JSON object with a string "text"')
    now = web.services.clock.now().astimezone(ZoneInfo(web.services.settings.desk.time_zone))
    return JSONResponse(web.conversations.interpreter.parse(body["text"], Context(now=now)).to_rasa())


@router.post("/webhooks/rest/webhook")
async def webhook(request: Request) -> Response:
    """One turn: {"sender", "message"} -> the replies. An optional "message_id" makes repeating it harmless."""
    web = state(request)
    if not guard.may_use_api(request, web.services.settings):
        return guard.refused("token")
    body = await _json(request)
    if body is None or not isinstance(body.get("message"), str):
        return _failure("BadRequest", 'expected a JSON object with a string "message" (and "sender")')
    sender = str(body.get("sender") or "default")
    if len(sender) > LONGEST_SENDER:
        return _failure("BadRequest", f'"sender" is longer than {LONGEST_SENDER} characters')
    text = body["message"].replace("\x00", "")
    key, pushed = await web.services.db.read(_before, sender, text, web.inbox_floor)
    given = body.get("message_id")
    if isinstance(given, str) and 0 < len(given) <= LONGEST_SENDER:
        key = f"id:{given}"
    answer = await web.conversations.handle(Inbound(CHANNEL, sender, key or secrets.token_hex(12), text))
    late = await web.services.db.run(rows.take, CHANNEL, sender, now=web.services.clock.now()) if pushed else []
    replies = [*late, *answer.replies]
    return JSONResponse([_said(sender, reply) for reply in replies], background=_mark(web, answer))


def _before(tx: Connection, sender: str, text: str, floor: int) -> tuple[str | None, bool]:
    """What the sender's last request left: the key of a message that this one repeats, and whether pushes wait.

    A client whose connection broke asks again without an id: it is the same message, if no reply ever went out.
    """
    found = inbox.unanswered(tx, channel=CHANNEL, sender=sender, text=text)
    key = found.message.key if found and found.id <= floor else None
    return key, rows.waiting(tx, CHANNEL, sender)


def _said(sender: str, reply: Reply) -> dict[str, Any]:
    return {"recipient_id": sender, **reply.to_json()}


def _mark(web: WebState, answer: Answer) -> BackgroundTask | None:
    """Marked when the response has been written: a crash before that repeats it rather than losing it."""
    return None if answer.replied else BackgroundTask(web.conversations.replied, answer)


@router.get("/webhooks/rest/")
async def rest_health(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


@router.get("/conversations/{sender}/tracker")
async def tracker(request: Request, sender: str) -> Response:
    """A REST sender's conversation; ?include_events=NONE leaves the events out."""
    web = state(request)
    if not guard.may_use_api(request, web.services.settings):
        return guard.refused("token")
    snapshot = await web.services.db.read(conversation.snapshot, CHANNEL, sender)
    domain = web.conversations.domain
    found = Tracker.restore(sender, snapshot, domain) if snapshot else Tracker(sender, domain)
    events: list[dict[str, Any]] | None = None
    if request.query_params.get("include_events", "").upper() != "NONE":
        events = await web.services.db.read(conversation.history, CHANNEL, sender)
    return JSONResponse({**found.current_state(events=events), "sender_id": sender})


@router.get("/status")
async def status(request: Request) -> Response:
    web = state(request)
    if not guard.may_use_api(request, web.services.settings):
        return guard.refused("token")
    return JSONResponse({"model_file": "fengsui", "model_id": "fengsui", "num_active_training_jobs": 0})


@router.get("/version")
async def version(request: Request) -> Response:
    return JSONResponse({"version": RASA_VERSION, "minimum_compatible_version": RASA_VERSION})
