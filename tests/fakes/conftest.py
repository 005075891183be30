"""A Telegram server with one bot, one person and the real library's Bot for it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import telegram
from telegram.request import HTTPXRequest

from tests.fakes import telegram_server as fake


@dataclass(slots=True)
class Scene:
    server: fake.TelegramServer
    bot: fake.Bot
    chat: fake.PrivateChat
    requests: list[HTTPXRequest] = field(default_factory=list)
    api: telegram.Bot = field(init=False)

    def __post_init__(self) -> None:
        self.api = self.client()

    def client(self, *, token: str = "", timeout: float = 5.0) -> telegram.Bot:
        """The real library, talking to the server; also with another token or with less patience."""
        pair = [HTTPXRequest(read_timeout=timeout, httpx_kwargs={"trust_env": False}) for _ in range(2)]
        self.requests += pair
        return telegram.Bot(
            token or self.bot.token, base_url=f"{self.server.url}/bot", base_file_url=f"{self.server.url}/file/bot",
            request=pair[0], get_updates_request=pair[1],
        )  # fmt: skip


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # else the library warns of itself with every RetryAfter
    async with fake.TelegramServer(conflict_delay=0.05) as server:
        chat = server.private(server.user("李明", username="liming"))
        made = Scene(server, chat.bot, chat)
        await made.api.initialize()
        server.calls.clear()
        yield made
        for request in made.requests:
            await request.shutdown()
