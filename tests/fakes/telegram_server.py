"""A Bot API server of our own on localhost, for tests and for use by hand.

In tests: `async with TelegramServer() as server: ...`. By hand: `python -m tests.fakes.telegram_server --port 8081`.
"""

import argparse
import asyncio

from tests.fakes.telegram.bots import Bot, Call
from tests.fakes.telegram.chats import Chat, Group, PrivateChat
from tests.fakes.telegram.clock import Clock
from tests.fakes.telegram.faults import Fault
from tests.fakes.telegram.flood import FloodRules
from tests.fakes.telegram.model import Answer, Button, File, Message, Press, User
from tests.fakes.telegram.server import TelegramServer

__all__ = [
    "Answer", "Bot", "Button", "Call", "Chat", "Clock", "Fault", "File", "FloodRules", "Group", "Message", "Press",
    "PrivateChat", "TelegramServer", "User",
]  # fmt: skip

PORT = 8081
TOKEN = "100001:demo-token-of-the-local-server-00000"  # not a secret: it opens nothing but this server


async def run(*, port: int, token: str) -> None:
    """Two people and a group to begin with; more can be made on the page."""
    async with TelegramServer(port=port) as server:
        bot = server.bot(token=token)
        people = [server.user("李明", username="liming"), server.user("Anna", language_code="en", username="anna")]
        for person in people:
            server.private(person, bot)
        server.group("纺织商会 · Textile association", *people, bot, topics=False)
        print(f"chat at        {server.url}/")
        print(
            f"start the bot  FENGSUI_TELEGRAM__API_URL={server.url} FENGSUI_TELEGRAM__TOKEN={token} fengsui up --demo"
        )
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="A Telegram Bot API server on this machine, with a page to chat.")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--token", default=TOKEN, help="the token of the bot @fengsui_bot")
    options = parser.parse_args()
    try:
        asyncio.run(run(port=options.port, token=options.token))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
