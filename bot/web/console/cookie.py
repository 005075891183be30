"""The console's cookie: a secret of its own, bound to the host over https, gone with the session."""

from starlette.requests import Request
from starlette.responses import Response

from bot.web.state import state

PLAIN, SECURE = "fengsui_staff", "__Host-fengsui_staff"


def name(request: Request) -> str:
    return SECURE if state(request).sessions.https(request) else PLAIN


def secret(request: Request) -> str:
    return request.cookies.get(name(request), "")


def put(request: Request, response: Response, value: str) -> None:
    web = state(request)
    age, secure = web.services.settings.console.session_hours * 3600, web.sessions.https(request)
    response.set_cookie(name(request), value, max_age=age, path="/", httponly=True, samesite="lax", secure=secure)


def drop(request: Request, response: Response) -> None:
    secure = state(request).sessions.https(request)
    response.delete_cookie(name(request), path="/", httponly=True, samesite="lax", secure=secure)
