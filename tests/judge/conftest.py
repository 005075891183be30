"""The judge as a process, and people who chat there."""

import asyncio
import base64
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server import house  # noqa: F401
from tests.service import prototype  # noqa: F401

HERE = Path(__file__).resolve().parent
TOKEN = "100001:token-that-the-judge-knows-00000000"


@dataclass(slots=True)
class Person:
    """Somebody in their private chat with the bot; `said` is what the bot has shown them, as it stands now."""

    url: str
    id: int
    language: str
    client: httpx.AsyncClient
    read: int = 0
    said: dict[int, dict[str, Any]] = field(default_factory=dict)

    async def say(self, text: str, **more: Any) -> None:
        route = "sendCommand" if text.startswith("/") else "sendMessage"
        if text.startswith("/"):
            length = len(text.split(" ")[0])
            more["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        await self._post(route, self._common() | {"text": text} | more)

    async def photo(self, data: bytes) -> None:
        kept = await self._keep("photo.jpg", data)
        await self._post("sendMessage", self._common() | {"photo": [kept | {"width": 90, "height": 60}]})

    async def document(self, name: str, data: bytes) -> None:
        await self._post("sendMessage", self._common() | {"document": await self._keep(name, data)})

    async def press(self, title: str, message: dict[str, Any]) -> None:
        rows = message["message"]["reply_markup"]["inline_keyboard"]
        (data,) = [one["callback_data"] for row in rows for one in row if one["text"] == title]
        common = self._common()
        about = {"message_id": message["messageId"], "date": common["date"], "chat": common["chat"]}
        await self._post("sendCallback", {"botToken": TOKEN, "from": common["from"], "data": data, "message": about})

    async def wait_for(self, what: str | Callable[[dict[str, Any]], bool], *, seconds: float = 30) -> dict[str, Any]:
        """The first message that says so, or is so, after the one that was waited for last."""
        fits = what if callable(what) else lambda found: what in text(found)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await self._look()
            for number in sorted(one for one in self.said if one > self.read):
                if fits(self.said[number]):
                    self.read = number
                    return self.said[number]
            await asyncio.sleep(0.05)
        raise TimeoutError(f"{what} did not come; there is {[text(one) for one in self.said.values()]}")

    async def _look(self) -> None:
        answer = await self.client.post("/getUpdates", json={"token": TOKEN, "chatId": self.id})
        for one in answer.json()["result"]:
            self.said[one["messageId"]] = one

    async def _keep(self, name: str, data: bytes) -> dict[str, Any]:
        answer = await self.client.post("/keepFile", json={"name": name, "base64": base64.b64encode(data).decode()})
        kept: dict[str, Any] = answer.json()
        return kept

    async def _post(self, route: str, body: dict[str, Any]) -> None:
        (await self.client.post(f"/{route}", json=body)).raise_for_status()

    def _common(self) -> dict[str, Any]:
        person = {"id": self.id, "first_name": f"P{self.id}", "is_bot": False, "language_code": self.language}
        chat = {"id": self.id, "first_name": f"P{self.id}", "type": "private"}
        return {"botToken": TOKEN, "date": 1_800_000_000, "from": person, "chat": chat}


def text(found: dict[str, Any]) -> str:
    return str(found["message"].get("text") or found["message"].get("caption") or "")


def titles(found: dict[str, Any]) -> list[str]:
    rows = (found["message"].get("reply_markup") or {}).get("inline_keyboard") or []
    return [one["text"] for row in rows for one in row]


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """To a judge of this test's own."""
    if shutil.which("npm") is None:
        pytest.skip("NO NPM: install Node.js with npm to let telegram-test-api judge")
    if not (HERE / "node_modules").is_dir():
        pytest.skip("NO JUDGE: `make test-judge` installs it")
    process = subprocess.Popen(["node", "shim.cjs"], cwd=HERE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    url = process.stdout.readline().strip()
    try:
        async with httpx.AsyncClient(base_url=url) as made:
            yield made
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@pytest.fixture
def person(client: httpx.AsyncClient) -> Callable[..., Person]:
    return lambda number, language: Person(str(client.base_url), number, language, client)
