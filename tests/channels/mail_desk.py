"""The mail channel before a mail server of ours, and what the people who get its mails see."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from bot import answer_links, i18n, members
from bot.answer_links import Maker
from bot.channel_settings import Email
from bot.channels.mail.composing import RULE, Writer
from bot.channels.mail.sender import MailChannel
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.messages import Attachment, Button, Recipient, Reply
from bot.ports import Outcome
from tests.channels.robot_desk import PUBLIC, Machine
from tests.fakes.mail_server import MailServer, mail_server

PEOPLE = ("anna@example.com", "ben@example.com", "carl@example.com")


@dataclass
class MailDesk:
    channel: MailChannel
    server: MailServer
    machine: Machine
    db: Database

    def send(
        self, reply: Reply, *, key: str = "1", to: str = PEOPLE[0], language: str = "zh", until: Any = None
    ) -> Outcome:
        return asyncio.run(self.channel.send(Recipient("email", to, language), reply, key=key))

    @property
    def mail(self) -> EmailMessage:
        [(_, mail)] = self.server.taken
        return mail

    def replies(self, address: str) -> list[Reply]:
        return [self._reply(mail) for to, mail in self.server.taken if to == address]

    def _reply(self, mail: EmailMessage) -> Reply:
        text, below = plain(mail).split(RULE)
        links = re.findall(r"^(.+)\n(https://\S+\?c=\d+)$", below, re.MULTILINE)
        files = list(mail.iter_attachments())
        shown = next((_attachment(one) for one in files if not one.get_filename("").endswith(".png")), None)
        image = next((str(one.get_filename()) for one in files if one.get_filename("").endswith(".png")), None)
        return Reply(text, tuple(self._button(*link) for link in links), image, shown)

    def _button(self, title: str, url: str) -> Button:
        token, _, place = url.removeprefix(f"{PUBLIC}/a/").partition("?c=")
        button = self.db.look(answer_links.find, token).buttons[int(place) - 1]
        assert button.title == title
        return button


def plain(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def page(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def _attachment(part: Any) -> Attachment:
    data = part.get_payload(decode=True)
    return Attachment(part.get_filename(), part.get_content_type(), "", len(data))


@contextmanager
def mail_desk(
    db: Database, clock: FixedClock, folder: Path, *, server: dict[str, Any] | None = None, **settings: Any
) -> Iterator[MailDesk]:
    machine = Machine()
    with mail_server(**(server or {})) as listening:
        for address in PEOPLE:
            db.now(members.at_address, "email", address, now=clock.now())
        values = {"host": "127.0.0.1", "port": listening.port, "security": "none", "sender": "bot@centre.example"}
        email = Email.model_validate({**values, **settings})
        writer = Writer(i18n.load(), {"zh": "宁波技术性贸易措施中心", "en": "the centre"}, email.sender, None, folder)
        channel = MailChannel(email, db, clock, Maker(b"key", PUBLIC, timedelta(days=60)), writer, now=machine)
        yield MailDesk(channel, listening, machine, db)
