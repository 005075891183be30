"""The pages of the web app in the visitor's language: templates, their sentences, and plain problems."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from bot.i18n import LANGUAGES
from bot.web.state import state

COOKIE = "fengsui_language"
YEAR = 31_536_000  # seconds

TEMPLATES = Path(__file__).parent / "templates"

_templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)


def language(request: Request) -> str:
    """Asked for in the address, else chosen before, else the browser's first language that we speak."""
    for wanted in (request.query_params.get("language"), request.cookies.get(COOKIE)):
        if wanted in LANGUAGES:
            return str(wanted)
    for part in request.headers.get("accept-language", "").split(","):
        if part.strip()[:2].lower() in LANGUAGES:
            return part.strip()[:2].lower()
    return state(request).services.settings.default_language


def keep_language(request: Request, response: Response, chosen: str) -> None:
    """Remember the choice for a year."""
    secure = state(request).sessions.https(request)
    response.set_cookie(COOKIE, chosen, max_age=YEAR, samesite="lax", path="/", secure=secure)


def page(
    request: Request, template: str, *, status: int = 200, spoken: str | None = None, **values: Any
) -> HTMLResponse:
    """A template with `t`, the sentences of the web area, and `language`: the visitor's, or that `spoken`."""
    spoken = spoken or language(request)
    strings = {
        key.removeprefix("web."): said for key, said in state(request).services.texts.area("web", spoken).items()
    }
    made = _templates.get_template(template).render(t=strings, language=spoken, **values)
    return HTMLResponse(made, status_code=status)


def problem(request: Request, key: str, status: int, headers: dict[str, str] | None = None, **values: Any) -> Response:
    """What the page's script shows to the visitor."""
    said = state(request).services.texts(key, language(request), **values)
    return JSONResponse({"error": said}, status_code=status, headers=headers)
