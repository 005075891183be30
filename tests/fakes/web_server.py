"""A web server of our own on localhost that plays sources and their faults: what it was asked is kept."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    question: Mapping[str, Any] | None = None  # what was posted as JSON


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, or with `reset` none at all: the connection breaks after `body`; with `held` it waits for the end."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    reset: bool = False
    held: bool = False


Answer = Callable[[Asked], Reply]


def as_json(value: Any, **more: Any) -> Reply:
    return Reply(json.dumps(value, ensure_ascii=False).encode(), headers={"Content-Type": "application/json"}, **more)


class WebServer:
    """Answers by path; what is in `faults` comes first, one for each request."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.faults: list[Reply] = []
        self.asked: list[Asked] = []
        self.over = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["WebServer"]:
        server = cls()
        thread = threading.Thread(target=server._http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server._http.shutdown()
            thread.join()
            server._http.server_close()

    def reply(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        if self.faults:
            return self.faults.pop(0)
        answer = self.answers.get(asked.path)
        return answer(asked) if answer else Reply(status=404)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(None)

            def do_POST(self) -> None:
                self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def _answer(self, question: Mapping[str, Any] | None) -> None:
                where = urlsplit(self.path)
                path = f"{where.scheme}://{where.netloc}{where.path}" if where.scheme else where.path
                asked = Asked(path, dict(parse_qsl(where.query)), dict(self.headers), question)
                server._send(self, server.reply(asked))

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def _send(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        if reply.held:
            self.over.wait(20)
            return
        if reply.reset:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
            return
        handler.send_response(reply.status)
        for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(reply.body)
