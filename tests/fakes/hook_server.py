"""Somebody else's system on localhost that takes our webhooks: it checks the signature and drops what it has seen."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.fakes.listening import listening

SECRET = "shared secret"


@dataclass
class Hooks:
    port: int = 0
    seen: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)  # (path, headers, body)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    released: threading.Event = field(default_factory=threading.Event)

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        self.calls.append((path, headers, body))
        if "fengsui-signature" in headers and not verified(headers["fengsui-signature"], body):
            return 401
        said = json.loads(body)
        if self.status < 300 and said.get("id") not in [one.get("id") for one in self.seen]:
            self.seen.append(said)
        return self.status


def verified(given: str, body: bytes) -> bool:
    """As docs/operators.md tells receivers to do it."""
    parts = dict(part.split("=", 1) for part in given.split(","))
    wanted = hmac.new(SECRET.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, parts["v1"])


@contextmanager
def hooks() -> Iterator[Hooks]:
    here = Hooks()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = here.take(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            if here.hangs:
                here.released.wait(10)
                return
            self.send_response(status)
            for name, value in here.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None: ...

    with listening(Handler, here.released) as port:
        here.port = port
        yield here
