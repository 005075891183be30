"""Apprise before a JSON receiver of ours, and what has arrived there."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from bot import answer_links, members
from bot.answer_links import Maker
from bot.channel_settings import Apprise
from bot.channels.long_tail import AppriseChannel
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.messages import Button, Reply
from tests.fakes.hook_server import Hooks, hooks

NAMES = ("anna", "ben", "carl")
PUBLIC = "https://bot.example"
LINK = re.compile(rf"\n(?P<title>[^\n]*) {PUBLIC}/a/(?P<token>[\w-]+)\?c=(?P<place>\d+)(?=\n|$)")


@dataclass
class Tail:
    channel: AppriseChannel
    server: Hooks
    db: Database

    def replies(self, name: str) -> list[Reply]:
        """What somebody was handed: parts of a long text are put together."""
        bodies = [json.loads(body) for path, _, body in self.server.calls if path == f"/{name}"]
        return [self._reply(body["message"]) for body in bodies]

    def _reply(self, text: str) -> Reply:
        buttons = tuple(self._button(*found.group("title", "token", "place")) for found in LINK.finditer(text))
        return Reply(LINK.sub("", text), buttons)

    def _button(self, title: str, token: str, place: str) -> Button:
        button = self.db.look(answer_links.find, token).buttons[int(place) - 1]
        assert button.title == title
        return button


@contextmanager
def tail_desk(db: Database, clock: FixedClock) -> Iterator[Tail]:
    with hooks() as server:
        for name in NAMES:
            db.now(members.at_address, "apprise", name, now=clock.now())
        urls = {name: f"json://127.0.0.1:{server.port}/{name}" for name in NAMES}
        maker = Maker(b"key", PUBLIC, timedelta(days=60))
        yield Tail(AppriseChannel(Apprise.model_validate({"urls": urls}), db, clock, maker), server, db)
