"""The Telegram channel before our server, in one event loop, and what people have seen there, parts put together."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.channels.telegram.api import Api
from bot.channels.telegram.gate import Gate
from bot.channels.telegram.sender import TelegramChannel
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.db.models import keyboards, sent_messages
from bot.messages import Attachment, Button, Reply
from bot.settings import Telegram
from tests.fakes.telegram_server import Message, PrivateChat, TelegramServer


@dataclass
class TelegramDesk:
    channel: TelegramChannel
    runner: asyncio.Runner
    chats: tuple[PrivateChat, ...]
    db: Database

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(str(chat.id) for chat in self.chats)

    def replies(self, address: str) -> list[Reply]:
        chat = next(one for one in self.chats if str(one.id) == address)
        whole: dict[str, list[Message]] = {}
        keys = {row.message_id: row.key.rpartition("#")[0] for row in self._rows(sent_messages, address)}
        for message in chat.from_bot:
            whole.setdefault(keys[message.id], []).append(message)
        return [self._reply(address, parts) for parts in whole.values()]

    def _reply(self, address: str, parts: list[Message]) -> Reply:
        boards = {row.message_id: row.buttons for row in self._rows(keyboards, address)}
        buttons = tuple(Button(*pair) for pair in boards.get(parts[-1].id, ()))
        files = [part.file for part in parts if part.file]
        image = next((file.name for file in files if file.name.endswith(".png")), None)
        file = next((Attachment(one.name, "", "", 0) for one in files if not one.name.endswith(".png")), None)
        return Reply("".join(part.text for part in parts), buttons, image, file)

    def _rows(self, table: Any, address: str) -> list[Any]:
        return self.db.look(lambda tx: tx.execute(select(table).where(table.c.address == address)).all())


@contextmanager
def telegram_desk(db: Database, clock: FixedClock, folder: Path) -> Iterator[TelegramDesk]:
    with asyncio.Runner() as runner:
        server = runner.run(_open())
        bot = server.bot()
        chats = tuple(server.private(server.user(name), bot) for name in ("anna", "ben", "carl"))
        for chat in chats:
            runner.run(chat.start())
        values = {"token": bot.token, "api_url": server.url, "chat_seconds": 0.001, "per_second": 1000}
        settings = Telegram.model_validate(values)
        channel = TelegramChannel(Api(settings), db, clock, Gate(db, settings), folder)
        try:
            yield TelegramDesk(channel, runner, chats, db)
        finally:
            runner.run(channel.close())
            runner.run(server.__aexit__(None, None, None))


async def _open() -> TelegramServer:
    return await TelegramServer().__aenter__()
