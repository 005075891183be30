"""A mail server on localhost (aiosmtpd) that says what it is told to, and keeps what it has taken."""

import asyncio
import email
import email.policy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


@dataclass
class MailServer:
    """`says` is what stands against a command: {"MAIL", "RCPT", "DATA": "550 5.1.1 no such user"}."""

    port: int = 0
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)  # (recipient, mail)
    says: dict[str, str] = field(default_factory=dict)
    logins: list[tuple[str, str]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    hangs: bool = False  # it takes the text and never answers
    released: threading.Event = field(default_factory=threading.Event)

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if said := self.says.get("MAIL"):
            return said
        envelope.mail_from = address
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if said := self.says.get("RCPT"):
            return said
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if said := self.says.get("DATA"):
            return said
        content = envelope.content
        assert isinstance(content, bytes)
        mail = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.taken += [(to, mail) for to in envelope.rcpt_tos]
        self.encrypted.append(session.ssl is not None)
        if self.hangs:
            while not self.released.is_set():
                await asyncio.sleep(0.01)
        return "250 2.0.0 queued"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, how: str, data: Any) -> AuthResult:
        login = data.login.decode(), data.password.decode()
        self.logins.append(login)
        return AuthResult(success=login == ("fengsui", "right"), handled=False)


@contextmanager
def mail_server(**options: Any) -> Iterator[MailServer]:
    """Serve on a free port, in a thread of its own, until the block ends."""
    here, loop = MailServer(), asyncio.new_event_loop()

    def session() -> SMTP:
        return SMTP(here, authenticator=here.authenticate, loop=loop, **options)

    server = loop.run_until_complete(loop.create_server(session, "127.0.0.1", 0))
    here.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield here
    finally:
        here.released.set()
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
