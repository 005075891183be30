"""DingTalk, Feishu and WeCom on localhost: they check signatures and lengths, count, ban, and answer 200 to everything.

What a provider holds against a message stands in the body, as with the real ones. Faults can be ordered beforehand.
"""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.listening import listening

SECRET = "SEC-of-the-robot"
Json = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """What happens instead of an answer of the provider. `accepted`: the message is shown all the same."""

    status: int = 200
    body: Json | str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    accepted: bool = False
    hangs: bool = False  # no answer at all


@dataclass
class Robots:
    """One server for all providers; `robot` in an address is the group."""

    now: Callable[[], float]
    url: str = ""
    shown: list[tuple[str, str, Json]] = field(default_factory=list)  # (provider, group or person, body)
    calls: list[tuple[str, dict[str, str], Json]] = field(default_factory=list)  # (path, query, body)
    faults: list[Fault] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    token: str = "token-0"
    tokens: int = 0
    _times: dict[str, list[float]] = field(default_factory=dict)
    _banned: dict[str, float] = field(default_factory=dict)
    released: threading.Event = field(default_factory=threading.Event)

    def answer(self, path: str, query: dict[str, str], body: Json) -> Json:
        if path == "/robot/send":
            return self._dingtalk(query, body)
        if path.startswith("/open-apis/bot/v2/hook/"):
            return self._feishu(path.rpartition("/")[2], body)
        if path == "/cgi-bin/webhook/send":
            return self._wecom_robot(query.get("key", ""), body)
        return self._wecom_app(query, body)

    def _dingtalk(self, query: dict[str, str], body: Json) -> Json:
        group, stamp = query["access_token"], query.get("timestamp", "")
        wanted = _hmac(SECRET, f"{stamp}\n{SECRET}")
        if group in self.gone:
            return {"errcode": 300001, "errmsg": "token is not exist"}
        if query.get("sign") != wanted or abs(int(stamp) / 1000 - self.now()) > 3600:
            return {"errcode": 310000, "errmsg": "sign not match"}
        if self._banned.get(group, 0) > self.now():
            return {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}
        if self._often(group, 20, 60):
            self._banned[group] = self.now() + 600
            return {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}
        if len(json.dumps(body, ensure_ascii=False).encode()) > 20_000:
            return {"errcode": 460101, "errmsg": "message too long"}
        self.shown.append(("dingtalk", group, body))
        return {"errcode": 0, "errmsg": "ok"}

    def _feishu(self, group: str, body: Json) -> Json:
        stamp = str(body.get("timestamp", ""))
        if group in self.gone:
            return {"code": 19001, "msg": "param invalid: incoming webhook access token invalid"}
        if body.get("sign") != _hmac(f"{stamp}\n{SECRET}", "") or abs(int(stamp) - self.now()) > 3600:
            return {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"}
        if self._often(group, 100, 60) or self._often(f"{group} second", 5, 1) or self.now() % 1800 < 5:
            return {"code": 11232, "msg": "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]"}
        if len(json.dumps(body, ensure_ascii=False).encode()) > 20 * 1024:
            return {"code": 19002, "msg": "params error, request body too large"}
        self.shown.append(("feishu", group, body))
        return {"code": 0, "msg": "success", "data": {}}

    def _wecom_robot(self, group: str, body: Json) -> Json:
        if group in self.gone:
            return {"errcode": 93000, "errmsg": "invalid webhook url, hint: [1]"}
        if self._often(group, 20, 60):
            return {"errcode": 45009, "errmsg": "api freq out of limit"}
        most = {"text": 2048, "markdown": 4096}[body["msgtype"]]
        if len(body[body["msgtype"]]["content"].encode()) > most:
            return {"errcode": 40058, "errmsg": f"{body['msgtype']}.content exceed max length {most}"}
        self.shown.append(("wecom_robot", group, body))
        return {"errcode": 0, "errmsg": "ok"}

    def _wecom_app(self, query: dict[str, str], body: Json) -> Json:
        if query.get("access_token") != self.token:
            return {"errcode": 42001, "errmsg": "access_token expired"}
        if len(body["text"]["content"].encode()) > 2048:
            return {"errcode": 40058, "errmsg": "text.content exceed max length 2048"}
        if body["touser"] in self.gone:
            return {"errcode": 0, "errmsg": "ok", "invaliduser": body["touser"]}
        same = ("wecom", body["touser"], {"msgtype": body["msgtype"], "text": body["text"]})
        if same not in self.shown or not body.get("enable_duplicate_check"):
            self.shown.append(same)
        return {"errcode": 0, "errmsg": "ok", "msgid": "m1"}

    def give_token(self, query: dict[str, str]) -> Json:
        if query.get("corpsecret") != SECRET:
            return {"errcode": 40001, "errmsg": "invalid credential"}
        self.tokens += 1
        self.token = f"token-{self.tokens}"
        return {"errcode": 0, "errmsg": "ok", "access_token": self.token, "expires_in": 7200}

    def _often(self, name: str, most: int, seconds: float) -> bool:
        """One more: is that more than so many in so many seconds?"""
        recent = [at for at in self._times.get(name, []) if at > self.now() - seconds]
        self._times[name] = [*recent, self.now()]
        return len(recent) >= most


def _hmac(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


@contextmanager
def robots(now: Callable[[], float]) -> Iterator[Robots]:
    """Serve on a free port until the block ends."""
    here = Robots(now)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            parts = urlsplit(self.path)
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            here.calls.append((parts.path, query, body))
            fault = here.faults.pop(0) if here.faults else None
            if fault is None:
                self._reply(200, here.answer(parts.path, query, body))
                return
            if fault.accepted:
                here.answer(parts.path, query, body)
            if fault.hangs:
                here.released.wait(10)
                return
            self._reply(fault.status, fault.body, fault.headers)

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._reply(200, here.give_token({name: values[0] for name, values in parse_qs(parts.query).items()}))

        def _reply(self, status: int, body: Json | str | None, headers: dict[str, str] | None = None) -> None:
            data = body.encode() if isinstance(body, str) else json.dumps(body or {}).encode()
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None: ...

    with listening(Handler, here.released) as port:
        here.url = f"http://127.0.0.1:{port}"
        yield here
