"""A Telegram server with one bot, one person and the real library's Bot for it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import telegram
from telegram.request import HTTPXRequest

from tests.fakes import telegram_server as fake


@dataclass(frozen=True, slots=True)
class Scene:
    server: fake.TelegramServer
    bot: fake.Bot
    chat: fake.PrivateChat
    api: telegram.Bot

    def other_api(self, bot: fake.Bot | None = None, *, token: str = "", timeout: float = 5.0) -> telegram.Bot:
        """A further client: of another bot, with another token, with less patience."""
        return client(self.server, token or (bot or self.bot).token, timeout=timeout)


def client(server: fake.TelegramServer, token: str, *, timeout: float = 5.0) -> telegram.Bot:
    def request() -> HTTPXRequest:
        return HTTPXRequest(read_timeout=timeout, httpx_kwargs={"trust_env": False})

    return telegram.Bot(
        token, base_url=f"{server.url}/bot", base_file_url=f"{server.url}/file/bot",
        request=request(), get_updates_request=request(),
    )  # fmt: skip


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with fake.TelegramServer(conflict_delay=0.05) as server:
        chat = server.private(server.user("李明", username="liming"))
        async with client(server, chat.bot.token) as api:
            yield Scene(server, chat.bot, chat, api)
