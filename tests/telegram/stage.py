"""The whole service behind Telegram: the fake server, people on it, and our processes' inside, in both modes."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from starlette.types import ASGIApp

from bot import app as root
from bot import services
from bot.channels.telegram import service as telegram_service
from bot.channels.telegram.listener import Listener
from bot.channels.telegram.service import Telegram
from bot.db.engine import Database
from bot.settings import Settings
from tests.conftest import NOW
from tests.fakes.telegram_server import Message, PrivateChat, TelegramServer
from tests.service import Service, renewed

PUBLIC_URL = "https://fengsui.test"


class LateTransport(httpx.AsyncBaseTransport):
    """Delivers to our web app, once there is one; nobody answers while there is none."""

    app: ASGIApp | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.app is None:
            raise httpx.ConnectError("nobody is listening")
        return await httpx.ASGITransport(self.app, raise_app_exceptions=False).handle_async_request(request)


@dataclass(slots=True)
class Stage:
    """`up` brings the service to life on the same database again and again; people are the fake server's."""

    mode: str
    prototype: root.App
    data: Path
    server: TelegramServer
    transport: LateTransport
    options: dict[str, Any] = field(default_factory=dict)
    service: Service = field(init=False)
    telegram: Telegram = field(init=False)

    def __post_init__(self) -> None:
        self.server.bot()
        self.build()

    @property
    def bot(self) -> Any:
        return next(iter(self.server.bots.values()))

    @property
    def db(self) -> Database:
        return self.service.db

    @property
    def listener(self) -> Listener:
        return self.telegram.listener

    def settings(self, base: Settings) -> Settings:
        values = {
            "token": SecretStr(self.bot.token), "mode": self.mode, "api_url": self.server.url, "poll_seconds": 1,
            "timeout_seconds": 3, "house_seconds": 0.2, "chat_seconds": 0, "group_per_minute": 1000, **self.options,
        }  # fmt: skip
        web = base.web.model_copy(update={"public_url": PUBLIC_URL})
        return base.model_copy(
            update={"api_token": SecretStr("t"), "telegram": base.telegram.model_copy(update=values), "web": web}
        )

    def build(self) -> None:
        """A new process on the same database, at the same time of day."""
        before = getattr(self, "service", None)
        self.service = renewed(self.prototype, self.data)
        if before is not None:
            self.service.clock.move(seconds=(before.clock.now() - NOW).total_seconds())
        built = replace(self.service.app.services, settings=self.settings(self.service.app.services.settings))
        services.install(built)
        self.telegram = telegram_service.build(built, self.service.app.conversations)
        channels = {**self.service.app.channels, "telegram": self.telegram.channel}
        self.service.app = replace(self.service.app, services=built, channels=channels, telegram=self.telegram)

    @asynccontextmanager
    async def up(self, role: str = "all") -> AsyncIterator[None]:
        async with root.running(self.service.app, role=role) as asgi:
            self.transport.app = asgi
            try:
                yield
            finally:
                self.transport.app = None

    def person(self, name: str = "李明", language_code: str = "zh-hans") -> PrivateChat:
        return self.server.private(self.server.user(name, language_code=language_code))


@asynccontextmanager
async def staged(mode: str, prototype: root.App, template: Path, data: Path, **options: Any) -> AsyncIterator[Stage]:
    shutil.copyfile(template, data / "fengsui.db")
    transport = LateTransport()
    async with AsyncExitStack() as stack:
        server = TelegramServer(webhook_transport=transport, conflict_delay=0.05, **options.pop("server", {}))
        await stack.enter_async_context(server)
        made = Stage(mode, prototype, data, server, transport, options)
        try:
            yield made
        finally:
            await made.telegram.channel.close()
            made.db.close()


Asking = Callable[[str], Message]
