"""The way to Telegram: a proxy is used when one is set, and none that only the environment names."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from bot.channels.telegram.api import Api, Unreachable
from bot.settings import Telegram

pytestmark = pytest.mark.anyio

BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@asynccontextmanager
async def listening(heard: list[bytes], *answers: bytes) -> AsyncIterator[int]:
    """Somebody who gives these answers, one for each thing that is heard, and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            heard.append(await reader.read(1000))
            writer.write(answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def settings(**more: object) -> Telegram:
    return Telegram(token=SecretStr("1:x"), api_url="http://api.example", timeout_seconds=2, **more)  # type: ignore[arg-type]


async def started(config: Telegram) -> None:
    api = Api(config)
    try:
        with pytest.raises(Unreachable):
            await api.start()
    finally:
        await api.stop()


async def test_an_http_proxy_is_asked_for_the_whole_address() -> None:
    heard: list[bytes] = []
    async with listening(heard, BAD_GATEWAY) as port:
        await started(settings(proxy=SecretStr(f"http://user:secret@127.0.0.1:{port}")))
    assert heard[0].startswith(b"POST http://api.example/bot1:x/getMe")
    assert b"Proxy-Authorization: Basic" in heard[0]


async def test_a_socks_proxy_is_spoken_to_in_socks() -> None:
    heard: list[bytes] = []
    granted = b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"
    async with listening(heard, b"\x05\x00", granted, BAD_GATEWAY) as port:
        await started(settings(proxy=SecretStr(f"socks5://127.0.0.1:{port}")))
    assert heard[0][0] == 5
    assert b"api.example" in heard[1]  # the name is looked up on the other side
    assert heard[2].startswith(b"POST /bot1:x/getMe")


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []
    async with listening(heard, BAD_GATEWAY) as proxy, listening([], BAD_GATEWAY) as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy}")
        config = settings().model_copy(update={"api_url": f"http://127.0.0.1:{port}"})
        await started(config)
    assert heard == []
