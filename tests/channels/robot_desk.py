"""A robot channel before the providers of ours, and what the people in its group have seen."""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot import answer_links, members
from bot.answer_links import Maker
from bot.channel_settings import Robots as Settings
from bot.channel_settings import Wecom
from bot.channels.dingtalk import DingTalk
from bot.channels.feishu import Feishu
from bot.channels.robots import JOINER, Provider, RobotChannel
from bot.channels.wecom import WecomApp, WecomRobot
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.messages import Button, Recipient, Reply
from bot.ports import Channel, Outcome, Throttled
from tests.fakes.robots_server import SECRET, Robots, robots

GROUPS = ("anna", "ben", "carl")
ANY_TIME = 1_795_338_000.0 + 600  # ten past the hour
PATHS = {
    "dingtalk": "/robot/send?access_token={}", "feishu": "/open-apis/bot/v2/hook/{}",
    "wecom_robot": "/cgi-bin/webhook/send?key={}", "wecom": "",
}  # fmt: skip
PUBLIC = "https://bot.example"


@dataclass
class Machine:
    """The machine's time, which a test moves."""

    at: float = ANY_TIME
    step: float = 0.0  # it runs on by so much whenever it is read

    def __call__(self) -> float:
        self.at += self.step
        return self.at


@dataclass
class Patient:
    """The channel with somebody who comes again when told, as the outbox does."""

    channel: Channel
    machine: Machine

    @property
    def name(self) -> str:
        return self.channel.name

    async def send(self, to: Recipient, reply: Reply, *, key: str) -> Outcome:
        for _ in range(1000):
            outcome = await self.channel.send(to, reply, key=key)
            if not isinstance(outcome, Throttled):
                break
            self.machine.at += outcome.seconds
        return outcome


@dataclass
class Desk:
    """`send` speaks to a group; `replies` is what was shown there, parts put together."""

    channel: RobotChannel
    server: Robots
    machine: Machine
    db: Database
    together: list[int] = field(default_factory=list)  # how many messages each sending took

    def send(self, reply: Reply, *, key: str = "1", to: str = "anna") -> Outcome:
        before = len(self.server.shown)
        outcome = asyncio.run(self.channel.send(Recipient(self.channel.name, to), reply, key=key))
        self.together.append(len(self.server.shown) - before)
        return outcome

    def replies(self, address: str) -> list[Reply]:
        shown, counts = list(self.server.shown), list(self.together)
        counts += [1] * (len(shown) - sum(counts))
        found = []
        for count in counts:
            one, shown = shown[:count], shown[count:]
            if one and one[0][1] == address:
                found.append(self._reply([body for _, _, body in one]))
        return found

    def _reply(self, bodies: list[dict[str, Any]]) -> Reply:
        texts, links = zip(*(read(body) for body in bodies), strict=True)
        return Reply("".join(texts), tuple(self._button(*link) for each in links for link in each))

    def _button(self, title: str, url: str) -> Button:
        """What comes back when the link is pressed."""
        token, _, place = url.removeprefix(f"{PUBLIC}/a/").partition("?c=")
        button = self.db.look(answer_links.find, token).buttons[int(place) - 1]
        assert button.title.replace("[", "(").replace("]", ")") == title.replace("[", "(").replace("]", ")")
        return button


def read(body: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    """A provider's message as people see it: the text, and the links with their titles."""
    if "card" in body:
        elements = body["card"]["elements"]
        text = "".join(one["text"]["content"] for one in elements if one["tag"] == "div")
        buttons = [one for each in elements if each["tag"] == "action" for one in each["actions"]]
        return text, [(one["text"]["content"], one["url"]) for one in buttons]
    if body["msgtype"] == "actionCard":
        card = body["actionCard"]
        text = card["text"].replace("  \n", "\n").replace(JOINER, "")
        return text.rstrip(" "), [(one["title"], one["actionURL"]) for one in card["btns"]]
    content = body[body["msgtype"]]["content"]
    pattern = r"^\[(.*?)\]\((https://\S+)\)$" if body["msgtype"] == "markdown" else r'^<a href="(\S+?)">(.*?)</a>$'
    found = re.findall(pattern, content, re.MULTILINE)
    text = re.sub(r"\n?" + pattern.replace("^", "", 1), "", content, flags=re.MULTILINE) if found else content
    links = [pair if body["msgtype"] == "markdown" else pair[::-1] for pair in found]
    return text.replace(JOINER, "") if found else text, links


@contextmanager
def desk(name: str, db: Database, clock: FixedClock, *, step: float = 0.0, **settings: Any) -> Iterator[Desk]:
    machine = Machine(step=step)
    with robots(lambda: machine.at) as server:
        for group in GROUPS:
            db.now(members.at_address, name, group, now=clock.now())
        maker = Maker(b"key", PUBLIC, timedelta(days=60))
        channel = RobotChannel(_provider(name, server, settings), db, clock, maker, now=machine)
        yield Desk(channel, server, machine, db)


def _provider(name: str, server: Robots, more: dict[str, Any]) -> Provider:
    named = {
        group: {"url": server.url + PATHS[name].format(group), "secret": SECRET} for group in GROUPS
    }  # fmt: skip
    if name in ("dingtalk", "feishu"):
        values = Settings.model_validate({"robots": named, **more})
        return DingTalk(values) if name == "dingtalk" else Feishu(values)
    app = {"corp_id": "corp", "agent_id": 7, "secret": SECRET, "api_url": server.url}
    wecom = Wecom.model_validate({"robots": named, **app, **more})
    return WecomRobot(wecom) if name == "wecom_robot" else WecomApp(wecom)


def size(body: dict[str, Any]) -> int:
    return len(json.dumps(body, ensure_ascii=False).encode())
