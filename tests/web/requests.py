"""Requests as a server hands them to the app, without a server."""

from starlette.requests import Request


def request(
    *,
    client: str | None = "127.0.0.1",
    scheme: str = "http",
    query: str = "",
    cookies: dict[str, str] | None = None,
    **headers: str,
) -> Request:
    """A POST; `host` is localhost:8000 unless given. Write header names with underscores."""
    headers = {"host": "localhost:8000", **headers}
    if cookies:
        headers["cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {
        "type": "http", "method": "POST", "path": "/", "scheme": scheme, "query_string": query.encode(),
        "headers": raw, "client": (client, 50000) if client else None, "server": ("127.0.0.1", 8000),
    }  # fmt: skip
    return Request(scope)
