"""An endpoint of the OpenAI kind on localhost: it answers as it is told to, also wrongly, slowly or not at all."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.fakes.listening import listening

KEY = "sk-nobody-may-see-this"


@dataclass
class Endpoint:
    """`says` is the text of the completion; the other fields make it fail in their own way."""

    port: int = 0
    says: str = ""
    status: int = 200
    message: dict[str, Any] = field(default_factory=dict)  # laid over the message
    finish: str = "stop"
    raw: bytes | None = None  # the whole body, whatever it may be
    hangs: bool = False
    echoes: bool = False  # tells what it was told to do
    calls: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)  # (path, headers, body)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def body(self) -> bytes:
        if self.raw is not None:
            return self.raw
        text = self.calls[-1][2]["messages"][0]["content"] if self.echoes else self.says
        message = {"role": "assistant", "content": text, **self.message}
        return json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": self.finish}]}).encode()


@contextmanager
def endpoint() -> Iterator[Endpoint]:
    here = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            here.calls.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            if here.hangs:
                here.released.wait(10)
                return
            answer = here.body()
            self.send_response(here.status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None: ...

    with listening(Handler, here.released) as port:
        here.port = port
        yield here
