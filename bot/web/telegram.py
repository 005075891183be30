"""Telegram's webhook: 200 only when the update is committed; whoever does not show the secret is turned away."""

import hmac

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.web import guard
from bot.web.body import json_object
from bot.web.state import state

log = structlog.get_logger()

HEADER = "x-telegram-bot-api-secret-token"
AGAIN_SECONDS = "5"


async def webhook(request: Request) -> Response:
    """Take one update. Anything but 2xx makes Telegram bring it again, for a day."""
    telegram = state(request).telegram
    if telegram is None or not _shows(request, telegram.secret):
        return guard.refused("secret")
    update = await json_object(request)
    if update is None or not isinstance(update.get("update_id"), int):
        return JSONResponse({"status": "failure", "reason": "NotAnUpdate", "code": 400}, status_code=400)
    try:
        await telegram.take(update)
    except Exception as error:
        log.warning("telegram_update_not_stored", update_id=update["update_id"], error=repr(error))
        return JSONResponse({"status": "failure"}, status_code=503, headers={"Retry-After": AGAIN_SECONDS})
    return JSONResponse({})


def _shows(request: Request, secret: str) -> bool:
    return hmac.compare_digest(request.headers.get(HEADER, "").encode(), secret.encode())


routes = [Route("/telegram/webhook", webhook, methods=["POST"])]
