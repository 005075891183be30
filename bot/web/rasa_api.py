"""Rasa's HTTP API for programs: parse, the REST channel, the tracker. Behind a token, or for this machine only."""

import secrets
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot import conversation, inbox
from bot.channels import rows
from bot.conversation import Answer
from bot.db.engine import AnyRow
from bot.dialogue.tracker import Tracker
from bot.messages import Inbound, Reply
from bot.web import guard, receipts
from bot.web.body import clean, json_object
from bot.web.state import WebState, state
from nlu.interpreter import Context

CHANNEL = "rest"
LONGEST_SENDER = 200
LONGEST_KEY = 190
RASA_VERSION = "3.6.21"  # whose API this is


def _failure(reason: str, message: str, code: int = 400) -> Response:
    return JSONResponse({"status": "failure", "reason": reason, "message": message, "code": code}, status_code=code)


async def parse(request: Request) -> Response:
    """What a text means: {"text"} -> Rasa's parse data."""
    web = state(request)
    if not guard.may_use_api(request, web.services.settings):
        return guard.refused("token")
    body = await json_object(request)
    if body is None or not isinstance(body.get("text"), str):
        return _failure("BadRequest", 'expected a JSON object with a string "text"')
    metadata = body.get("metadata")
    if web.rasa and isinstance(metadata, dict) and (known := web.rasa.parse_of(metadata)):
        return JSONResponse(known)
    now = web.services.clock.now().astimezone(ZoneInfo(web.services.settings.desk.time_zone))
    return JSONResponse(web.conversations.interpreter.parse(body["text"], Context(now=now)).to_rasa())


async def webhook(request: Request) -> Response:
    """One turn: {"sender", "message"} -> the replies. An optional "message_id" makes repeating it harmless."""
    web = state(request)
    if not guard.may_use_api(request, web.services.settings):
        return guard.refused("token")
    body = await json_object(request)
    if body is None or not isinstance(body.get("message"), str):
        return _failure("BadRequest", 'expected a JSON object with a string "message" (and "sender")')
    sender, text, given = str(body.get("sender") or "default"), body["message"], body.get("message_id")
    if len(sender) > LONGEST_SENDER:
        return _failure("BadRequest", f'"sender" is longer than {LONGEST_SENDER} characters')
    key = await web.services.db.read(_repeated, sender, text, web.inbox_floor)
    if isinstance(given, str) and 0 < len(given) <= LONGEST_KEY:
        key = f"id:{given}"
    answer = await web.conversations.handle(Inbound(CHANNEL, sender, key or secrets.token_hex(12), text))
    leaving = set(web.leaving)  # as it was before we looked: what leaves meanwhile is still among what we see
    waiting = await web.services.db.read(rows.waiting, CHANNEL, sender)
    pushed = [row for row in waiting if row.id not in leaving | web.leaving]
    web.leaving.update(row.id for row in pushed)
    replies = [*(Reply.from_json(row.body) for row in pushed), *answer.replies]
    return JSONResponse(
        [_said(sender, reply) for reply in replies], background=BackgroundTask(_out, web, answer, pushed)
    )


def _repeated(tx: Connection, sender: str, text: str, floor: int) -> str | None:
    """The key of the message that this one repeats, if it does.

    A client whose connection broke asks again without an id: it is the same message, if no reply ever went out.
    """
    found = inbox.unanswered(tx, channel=CHANNEL, sender=sender, text=text)
    return found.message.key if found and found.id <= floor else None


def _said(sender: str, reply: Reply) -> dict[str, Any]:
    return {"recipient_id": sender, **reply.to_json()}


async def _out(web: WebState, answer: Answer, pushed: list[AnyRow]) -> None:
    """Marked when the response has been written: a crash before that repeats it rather than losing it."""
    if pushed:
        row_ids = [row.id for row in pushed]
        await web.services.db.run(rows.taken, row_ids, now=web.services.clock.now())
        await receipts.note(web, CHANNEL, pushed[0].address, pushed)
        web.leaving.difference_update(row_ids)
    if not (answer.replied or answer.waiting):
        await web.conversations.replied(answer)


async def rest_health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def tracker(request: Request) -> Response:
    """A REST sender's conversation; ?include_events=NONE leaves the events out."""
    web, sender = state(request), clean(request.path_params["sender"])
    if not guard.may_use_api(request, web.services.settings):
        return guard.refused("token")
    snapshot = await web.services.db.read(conversation.snapshot, CHANNEL, sender)
    domain = web.conversations.domain
    found = Tracker.restore(sender, snapshot, domain) if snapshot else Tracker(sender, domain)
    events: list[dict[str, Any]] | None = None
    if request.query_params.get("include_events", "").upper() != "NONE":
        events = await web.services.db.read(conversation.history, CHANNEL, sender)
    return JSONResponse({**found.current_state(events=events), "sender_id": sender})


async def status(request: Request) -> Response:
    web = state(request)
    if not guard.may_use_api(request, web.services.settings):
        return guard.refused("token")
    return JSONResponse({"model_file": "fengsui", "model_id": "fengsui", "num_active_training_jobs": 0})


async def version(_request: Request) -> Response:
    return JSONResponse({"version": RASA_VERSION, "minimum_compatible_version": RASA_VERSION})


routes = [
    Route("/model/parse", parse, methods=["POST"]),
    Route("/webhooks/rest/webhook", webhook, methods=["POST"]),
    Route("/webhooks/rest/", rest_health, methods=["GET"]),
    Route("/conversations/{sender:path}/tracker", tracker, methods=["GET"]),
    Route("/status", status, methods=["GET"]),
    Route("/version", version, methods=["GET"]),
]
