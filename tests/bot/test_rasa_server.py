"""The Rasa engine against a server of ours that plays Rasa: what is asked, what is believed, what a failure does."""

import asyncio
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from bot.dialogue.engine import UserMessage
from bot.dialogue.tracker import Tracker
from bot.errors import EngineDown
from bot.rasa_server import RasaEngine, UnknownTurn, name_there
from bot.settings import Rasa
from tests.dialogue.desk import assistant


class FakeRasa:
    """Says hello to whatever it hears, and asks the engine to run one action."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.broken = False

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if self.broken:
            return 500, {}
        if path.startswith("/status"):
            return 200, {"model_file": "m.tar.gz"}
        if method == "GET":
            return 200, {"events": self.events}
        self.heard.append(body)
        at = float(len(self.events) + 1)
        self.events += [
            {"event": "user", "text": body["message"], "metadata": body["metadata"], "timestamp": at, "parse_data": {}},
            {"event": "bot", "text": "hello", "data": {}, "metadata": {}, "timestamp": at + 0.5},
        ]
        return 200, [{"recipient_id": body["sender"], "text": "hello"}]


@pytest.fixture
def rasa() -> Iterator[tuple[FakeRasa, str]]:
    fake = FakeRasa()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self, method: str) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            status, body = fake.answer(method, self.path, json.loads(self.rfile.read(length)) if length else None)
            said = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield fake, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


async def nothing(_call: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    return [], []


def tracker() -> Tracker:
    return Tracker("web:anna", assistant("library").domain)


def message(number: str = "7", **metadata: Any) -> UserMessage:
    return UserMessage("hi", {"intent": {"name": "greet"}}, "web", number, {"member_id": 3, **metadata})


async def turn(url: str, said: UserMessage) -> Any:
    engine = RasaEngine(Rasa(url=url), nothing)
    try:
        return await engine.turn(tracker(), said)
    finally:
        await engine.close()


def test_a_turn_gives_what_rasa_did_and_said(rasa: tuple[FakeRasa, str]) -> None:
    result = asyncio.run(turn(rasa[1], message()))
    assert result.messages == [{"text": "hello"}]
    assert [event["event"] for event in result.events] == ["user", "bot"]


def test_rasa_is_not_told_who_speaks(rasa: tuple[FakeRasa, str]) -> None:
    asyncio.run(turn(rasa[1], message()))
    (heard,) = rasa[0].heard
    assert set(heard["metadata"]) == {"mark", "turn"}
    assert heard["sender"] == name_there(tracker())
    assert heard["sender"].isalnum()


def test_a_turn_that_is_taken_again_is_not_said_twice(rasa: tuple[FakeRasa, str]) -> None:
    asyncio.run(turn(rasa[1], message()))
    again = asyncio.run(turn(rasa[1], message(attempts=2)))
    assert len(rasa[0].heard) == 1
    assert again.messages == [{"text": "hello"}]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", None])
def test_without_an_answer_the_engine_is_down(rasa: tuple[FakeRasa, str], url: str | None) -> None:
    rasa[0].broken = True
    with pytest.raises(EngineDown):
        asyncio.run(turn(url or rasa[1], message()))


def test_a_message_that_rasa_dropped_is_not_taken_for_heard(rasa: tuple[FakeRasa, str]) -> None:
    fake, url = rasa
    fake.answer = lambda method, path, body: (200, [] if method == "POST" else {"events": []})  # type: ignore[method-assign]
    with pytest.raises(EngineDown):
        asyncio.run(turn(url, message()))


@pytest.mark.parametrize("metadata", [{}, {"mark": "guessed"}, {"member_id": 1}, None])
def test_an_action_for_no_turn_under_way_is_refused(metadata: Any) -> None:
    """Nobody runs an action in another's name by writing a number into a request."""

    async def try_it() -> None:
        engine = RasaEngine(Rasa(), nothing)
        try:
            call = {"sender_id": name_there(tracker()), "tracker": {"latest_message": {"metadata": metadata}}}
            await engine.act(call)
        finally:
            await engine.close()

    with pytest.raises(UnknownTurn):
        asyncio.run(try_it())


def test_an_action_gets_what_the_service_knows_and_not_what_it_is_told(rasa: tuple[FakeRasa, str]) -> None:
    fake, url = rasa
    seen: list[dict[str, Any]] = []

    async def run(call: dict[str, Any]) -> tuple[list[Any], list[Any]]:
        seen.append(call["tracker"]["latest_message"]["metadata"])
        return [], []

    async def both() -> None:
        engine, loop, plain = RasaEngine(Rasa(url=url), run), asyncio.get_running_loop(), fake.answer

        def asks_back(method: str, path: str, body: Any) -> tuple[int, Any]:
            if method == "POST":
                told = {"metadata": {**body["metadata"], "member_id": 999}}
                call = {"sender_id": body["sender"], "tracker": {"latest_message": told}, "next_action": "a"}
                asyncio.run_coroutine_threadsafe(engine.act(call), loop).result(5)
            return plain(method, path, body)

        fake.answer = asks_back  # type: ignore[method-assign]
        await engine.turn(tracker(), message())
        await engine.close()

    asyncio.run(both())
    assert seen == [{"member_id": 3}]


def test_alive_says_so(rasa: tuple[FakeRasa, str]) -> None:
    async def ask() -> bool:
        engine = RasaEngine(Rasa(url=rasa[1]), nothing)
        try:
            return await engine.alive()
        finally:
            await engine.close()

    assert asyncio.run(ask())
    rasa[0].broken = True
    assert not asyncio.run(ask())
