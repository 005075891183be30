"""The action server that a Rasa server asks: the same actions, run here, for turns that are under way here."""

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.rasa_server import ActionExecutionRejection, UnknownTurn
from bot.web import guard
from bot.web.body import json_object
from bot.web.state import state

log = structlog.get_logger()


async def webhook(request: Request) -> Response:
    """Rasa's protocol: 200 with events and responses, 400 when the action declines, 500 when it fails."""
    web = state(request)
    if web.rasa is None or not guard.may_use_api(request, web.services.settings):
        return guard.refused("token")
    call = await json_object(request)
    name = str((call or {}).get("next_action") or "")
    if call is None or not name:
        return JSONResponse({"error": "expected Rasa's action call", "action_name": name}, status_code=422)
    try:
        return JSONResponse(await web.rasa.act(call))
    except UnknownTurn:
        return guard.refused("turn")
    except ActionExecutionRejection as declined:
        return JSONResponse({"error": str(declined), "action_name": name}, status_code=400)
    except Exception as error:
        log.exception("action_failed", action=name)
        return JSONResponse({"error": repr(error), "action_name": name}, status_code=500)


routes = [Route("/actions/webhook", webhook, methods=["POST"])]
