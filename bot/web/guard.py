"""Who may call what over HTTP: the machine API, and the origin of a page's own requests."""

import hmac
from urllib.parse import SplitResult, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.channel_settings import is_loopback
from bot.settings import Settings

FORWARDED = ("forwarded", "x-real-ip", "via")  # and x-forwarded-...: somebody stands between
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def may_use_api(request: Request, settings: Settings) -> bool:
    """With a token: whoever has it. Without: only this machine, spoken to directly and by its loopback name."""
    if settings.api_token is not None:
        return _has_token(request, settings.api_token.get_secret_value())
    if settings.web.public_url or _forwarded(request) or _from_a_page(request):
        return False
    client = request.client.host if request.client else ""
    return is_loopback(client) and is_loopback(_host(request))


def _forwarded(request: Request) -> bool:
    return any(name in FORWARDED or name.startswith("x-forwarded") for name in request.headers)


def _from_a_page(request: Request) -> bool:
    """Some site that is open in a browser on this machine: it can write to loopback, though not read the answer."""
    site, origin = request.headers.get("sec-fetch-site", "none"), request.headers.get("origin")
    return site not in ("none", "same-origin") or (
        origin is not None and not is_loopback(_split(origin).hostname or "")
    )


def _has_token(request: Request, token: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        given = request.query_params.get("token", "")  # Rasa's clients pass it there
    return hmac.compare_digest(given.encode(), token.encode())


def _host(request: Request) -> str:
    return _split("//" + request.headers.get("host", "")).hostname or ""


def _split(address: str) -> SplitResult:
    """The parts of what a client sent; of rubbish, empty ones."""
    try:
        return urlsplit(address)
    except ValueError:
        return SplitResult("", "", "", "", "")


def same_origin(request: Request, settings: Settings) -> bool:
    """A state-changing request must come from our own page: the browser says so, or its Origin is our Host."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    if origin is None:
        return False
    here = {request.headers.get("host", "")}
    if settings.web.public_url:
        here.add(urlsplit(settings.web.public_url).netloc)
    return _split(origin).netloc in here


def refused(reason: str) -> Response:
    return JSONResponse({"status": "failure", "reason": reason, "code": 403}, status_code=403)
