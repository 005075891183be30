"""What Telegram's users do, judged by an emulator that is not ours: both ways of receiving, both languages."""

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.judge.conftest import TOKEN, Person, titles
from tests.server import House, Server

pytestmark = [pytest.mark.anyio, pytest.mark.judge]

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 64
TITLE = "Speakers <b>5 W</b> &lt;i&gt; &amp; &unknown; & %s {0} {{7*7}} 👨‍👩‍👧‍👦"  # must be shown as it is
NOTIFICATION = {
    "symbol": "G/TBT/N/EU/9950", "agreement": "TBT", "members": ["EU"], "date": "2026-11-20", "type": "regular",
    "title": TITLE, "products_en": "Bluetooth speakers", "products": "Bluetooth speakers",
    "hs_codes": ["851822"], "comment_deadline": "2027-01-20",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """What a person of this language says, and a part of what comes back."""

    code: str
    joined: str
    subscribe: str
    skip: str
    confirm: str
    registered: str
    photo: str
    refused: str
    export: str


ZH = Words(
    "zh-hans", "代表", "我们出口蓝牙音箱到欧盟，有通报提醒我", "跳过", "确认", "登记好了", "收到文件",
    "没有保存", "导出我的数据",
)  # fmt: skip
EN = Words(
    "en", "act for", "We export Bluetooth speakers to the EU, please alert me", "Skip", "Yes",
    "registration number", "I have got the file", "do not keep", "export my data",
)  # fmt: skip


@contextmanager
def up(house: House, url: str, mode: str) -> Iterator[Server]:
    port = _free() if mode == "webhook" else 0
    settings = {"FENGSUI_TELEGRAM__TOKEN": TOKEN, "FENGSUI_TELEGRAM__API_URL": url, "FENGSUI_TELEGRAM__MODE": mode,
                "FENGSUI_TELEGRAM__POLL_SECONDS": "2"}  # fmt: skip
    if mode == "webhook":
        settings["FENGSUI_WEB__PUBLIC_URL"] = f"http://127.0.0.1:{port}"
    with house.up(port=port, **settings) as server:
        yield server


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.mark.parametrize("words", [ZH, EN], ids=["zh", "en"])
@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_enrol_subscribe_be_alerted_answer_and_send_a_photo(
    house: House, client: httpx.AsyncClient, person: Callable[..., Person], tmp_path: Path, words: Words, mode: str
) -> None:
    house.run("member", "add", "--name", "Li Wei", "--org", "CENTRE", "--role", "administrator")
    invited = house.run("member", "invite", "--org", "CENTRE", "--role", "officer")
    code = re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", invited)[0]
    file = tmp_path / "new.jsonl"
    file.write_text(json.dumps(NOTIFICATION) + "\n", "utf-8")
    with up(house, str(client.base_url).rstrip("/"), mode):
        chat = person(7, words.code)
        await chat.say(f"/start {code}")
        await chat.wait_for(words.joined)
        await chat.say(words.subscribe)
        await chat.press(words.skip, await chat.wait_for(lambda message: words.skip in titles(message)))
        await chat.press(words.confirm, await chat.wait_for(lambda message: words.confirm in titles(message)))
        await chat.wait_for(words.registered)
        house.run("import", "notifications", str(file))
        alert = await chat.wait_for(TITLE)
        await chat.press(titles(alert)[0], alert)
        await chat.wait_for("9950")
        await chat.photo(JPEG)
        await chat.wait_for(words.photo)
        await chat.document("tool.exe", b"MZ")
        await chat.wait_for(words.refused)
        await chat.say(words.export)
        await chat.wait_for(lambda message: "document" in message["message"])
        calls = [one["method"] for one in (await client.get("/calls")).json()]
    assert {"setMyCommands", "answerCallbackQuery", "sendChatAction"} <= set(calls)
    kept = [path for path in (house.data / "files" / "in").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in kept] == [JPEG]


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_what_is_said_while_the_service_is_down_is_answered_afterwards(
    house: House, client: httpx.AsyncClient, person: Callable[..., Person], mode: str
) -> None:
    url, chat = str(client.base_url).rstrip("/"), person(7, "zh-hans")
    with up(house, url, mode) as server:
        await chat.say("你好")
        await chat.wait_for("您好")
        server.kill()
    await chat.say("/subscribe")
    await chat.say("蓝牙音箱")
    await chat.say("跳过")
    await chat.say("欧盟")
    with up(house, url, mode):
        await chat.wait_for("请核对", seconds=40)
