"""The webhook channel before somebody else's system."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot import answer_links, members
from bot.answer_links import Maker
from bot.channel_settings import Webhook
from bot.channels.webhook import WebhookChannel
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.messages import Button, Recipient, Reply
from bot.ports import Outcome
from tests.channels.robot_desk import ANY_TIME, PUBLIC
from tests.fakes.hook_server import SECRET, Hooks, hooks

SYSTEMS = ("anna", "ben", "carl")


@dataclass
class Names:
    """The name service of a test: every name is this machine, unless it says otherwise."""

    numbers: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host == "unknown.example":
            raise OSError("no such name")
        return self.numbers.get(host, ["127.0.0.1"])


@dataclass
class HookDesk:
    channel: WebhookChannel
    server: Hooks
    names: Names
    db: Database

    def send(self, reply: Reply, *, key: str = "1", to: str = "anna") -> Outcome:
        return asyncio.run(self.channel.send(Recipient("webhook", to), reply, key=key))

    def replies(self, address: str) -> list[Reply]:
        return [self._reply(one) for one in self.server.seen if one["to"] == address]

    def _reply(self, said: dict[str, Any]) -> Reply:
        buttons = tuple(self._button(**choice) for choice in said["choices"])
        return Reply(said["text"], buttons, custom=said["custom"])

    def _button(self, title: str, url: str) -> Button:
        token, _, place = url.removeprefix(f"{PUBLIC}/a/").partition("?c=")
        button = self.db.look(answer_links.find, token).buttons[int(place) - 1]
        assert button.title == title
        return button


@contextmanager
def hook_desk(
    db: Database, clock: FixedClock, *, url: str = "http://{name}.example:{port}/in?x=1", **settings: Any
) -> Iterator[HookDesk]:
    with hooks() as server:
        for name in SYSTEMS:
            db.now(members.at_address, "webhook", name, now=clock.now())
        named = {name: {"url": url.format(name=name, port=server.port), "secret": SECRET} for name in SYSTEMS}
        webhook = Webhook.model_validate({"endpoints": named, "allow_private": True, **settings})
        names, maker = Names(), Maker(b"key", PUBLIC, timedelta(days=60))
        channel = WebhookChannel(webhook, db, clock, maker, resolve=names, now=lambda: ANY_TIME)
        yield HookDesk(channel, server, names, db)
