"""`fengsui chat`: a conversation in the terminal, alerts included."""

import asyncio
import secrets
import sys
from collections.abc import Callable

from bot import app as root
from bot.channels.terminal import TerminalChannel
from bot.messages import Inbound
from bot.settings import Settings

QUIT = {"/quit", "/exit", "退出"}


def run(settings: Settings, name: str, said: Callable[..., str]) -> None:
    """Talk as `name`: the same name goes on with its conversation."""
    built = root.build(settings)
    try:
        asyncio.run(_talk(built, name, said))
    finally:
        built.close()


async def _talk(built: root.App, name: str, said: Callable[..., str]) -> None:
    channel = TerminalChannel(show=lambda text: print(f"\n{text}\n", flush=True))
    worker = built.worker({"terminal": channel}, address=name)
    print(said("cli.chat_welcome"))
    sending = asyncio.create_task(worker.run())
    try:
        while (line := await _line(said("cli.chat_you"))) is not None and line.strip() not in QUIT:
            if line.strip():
                await _answer(built, channel, name, line.rstrip("\n"))
    finally:
        sending.cancel()
        print(said("cli.chat_bye"))


async def _line(prompt: str) -> str | None:
    """The next line that is typed; None at the end of the input. Alerts go on appearing meanwhile."""
    print(prompt, end="", flush=True)
    line = await asyncio.to_thread(sys.stdin.readline)
    return line or None


async def _answer(built: root.App, channel: TerminalChannel, name: str, line: str) -> None:
    button = channel.pressed(line)
    text = button.payload if button else line
    message = Inbound("terminal", name, secrets.token_hex(12), text, shown=button.title if button else None)
    await built.conversations.respond(message, channel)
