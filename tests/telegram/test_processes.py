"""Real processes: killed with SIGKILL in the middle of their work, and alerted by an import in another one."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from bot import app as root
from bot.settings import PREFIX
from tests.crash.dying import TRIGGER
from tests.fakes.telegram_server import Fault, PrivateChat, TelegramServer
from tests.service import PROJECT

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


class Machine:
    """`fengsui` on a data folder of its own, with the model that is trained already."""

    def __init__(self, prototype: root.App, data: Path, server: TelegramServer) -> None:
        (data / "model").symlink_to((prototype.services.settings.data / "model").resolve())
        own = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
        self.server, self.bot, self.data = server, server.bot(), data
        self.environment = own | {
            "FENGSUI_TELEGRAM__TOKEN": self.bot.token,
            "FENGSUI_TELEGRAM__API_URL": server.url,
            "FENGSUI_TELEGRAM__POLL_SECONDS": "2",
            "FENGSUI_CLOCK": "2026-11-22T09:00:00Z",
        }

    def start(self, *words: str, program: tuple[str, ...] = ("bot",)) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", *program, *words, "--data", str(self.data)]
        return subprocess.Popen(
            command, cwd=PROJECT, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )

    @asynccontextmanager
    async def up(self, *words: str, program: tuple[str, ...] = ("bot",)) -> AsyncIterator[subprocess.Popen[bytes]]:
        process = self.start("up", "--port", "0", *words, program=program)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(process.communicate, timeout=60)

    async def stuck(self, chat: PrivateChat) -> Fault:
        """It has answered once, and is now in the middle of a message that takes long."""
        await chat.say("你好")
        await chat.wait_for("您好", timeout=60)
        await self.bot.confirmed()
        fault = self.server.fault("hang", method="getFile", done=False)
        await chat.document("报价.pdf", b"%PDF-1.7")
        await fault.hit(timeout=30)
        return fault

    async def run(self, *words: str) -> int:
        process = self.start(*words)
        await asyncio.to_thread(process.communicate, timeout=60)
        return process.returncode

    def person(self) -> PrivateChat:
        return self.server.private(self.server.user("李明", language_code="zh-hans"))


@pytest.fixture
async def machine(prototype: root.App, tmp_path: Path) -> AsyncIterator[Machine]:
    async with TelegramServer() as server:
        yield Machine(prototype, tmp_path, server)


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


async def test_fault_03_killed_inside_handling_the_message_is_handled_after_the_restart(machine: Machine) -> None:
    chat = machine.person()
    async with machine.up() as process:
        fault = await machine.stuck(chat)
        await machine.bot.confirmed()  # Telegram will not bring it again
        kill(process)
    fault.cancel()
    mark = machine.server.mark()
    async with machine.up():
        await chat.wait_for("收到文件", since=mark, timeout=60)


async def test_fault_04_killed_between_the_commit_and_the_offset_it_is_handled_once(machine: Machine) -> None:
    """Stored, and dead before Telegram was told: it brings the same update again, which is known by its number."""
    chat = machine.person()
    async with machine.up(program=("tests.crash.dying", "before_the_offset")) as process:
        await chat.say("我们出口蓝牙音箱到欧盟，有通报提醒我")
        await chat.wait_for("HS编码", timeout=60)
        await chat.say("跳过")
        await chat.wait_for("请核对")
        await chat.say(TRIGGER)
        assert await asyncio.to_thread(process.wait, 60) == -signal.SIGKILL
    assert machine.bot.pending
    mark = machine.server.mark()
    async with machine.up():
        await chat.wait_for("登记好了", since=mark, timeout=60)
        await chat.say("谢谢")  # turns follow one another: a double would be there by now
        await machine.bot.confirmed()
        await chat.wait_for(lambda message: message.from_bot and "登记好了" not in message.text, since=mark)
    assert len([message for message in chat.from_bot if "登记好了" in message.text]) == 1


async def test_fault_05_stopped_with_a_full_queue_nothing_is_dropped(machine: Machine) -> None:
    """SIGTERM while messages wait behind one that takes long: every one of them is answered after the restart."""
    chat, texts = machine.person(), [f"你好，第{number}次" for number in range(5)]
    async with machine.up() as process:
        fault = await machine.stuck(chat)
        for text in texts:
            await chat.say(text)
        await machine.bot.confirmed()  # all of it is ours now
        process.send_signal(signal.SIGTERM)
        fault.cancel()
        await asyncio.to_thread(process.communicate, timeout=60)
    async with machine.up():
        await chat.say("/help")
        await chat.wait_for("我可以帮您", since=0, timeout=60)
        await machine.bot.confirmed()
    query = "SELECT json_extract(message, '$.text'), replied_at IS NOT NULL FROM inbox ORDER BY id"
    with closing(sqlite3.connect(machine.data / "fengsui.db")) as db:
        rows = db.execute(query).fetchall()
    assert all(replied for _, replied in rows)
    assert [text for text, _ in rows if text in texts] == texts


async def test_killed_before_the_reply_went_out_it_is_sent_after_the_restart(machine: Machine) -> None:
    chat = machine.person()
    async with machine.up() as process:
        await chat.say("你好")
        await chat.wait_for("您好", timeout=60)
        await machine.bot.confirmed()
        fault = machine.server.fault("hang", method="sendMessage", done=False)
        await chat.say("我们出口蓝牙音箱到欧盟，有通报提醒我")
        await fault.hit(timeout=30)
        kill(process)
    fault.cancel()
    mark = machine.server.mark()
    async with machine.up():
        await chat.wait_for("HS编码", since=mark, timeout=60)
        await chat.say("跳过")
        await chat.wait_for("请核对", timeout=60)
    said = [message.text for message in chat.from_bot]
    assert len([text for text in said if "常见的是" in text]) == 1


async def test_an_import_in_another_process_alerts(machine: Machine, tmp_path: Path) -> None:
    chat = machine.person()
    line = {
        "symbol": "G/TBT/N/EU/9950", "agreement": "TBT", "members": ["EU"], "date": "2026-11-20", "type": "regular",
        "products": "蓝牙音箱", "title": "Bluetooth speakers", "comment_deadline": "2027-01-20",
    }  # fmt: skip
    file = tmp_path / "new.jsonl"
    file.write_text(json.dumps(line, ensure_ascii=False) + "\n", "utf-8")
    async with machine.up("--role", "telegram"), machine.up("--role", "worker"):
        for text in ("我们出口蓝牙音箱到欧盟，有通报提醒我", "跳过", "确认"):
            await chat.say(text)
        await chat.wait_for("登记好了", since=0, timeout=60)
        assert await machine.run("import", "notifications", str(file)) == 0
        alert = await chat.wait_for("G/TBT/N/EU/9950", since=0, timeout=30)
        assert alert.titles
