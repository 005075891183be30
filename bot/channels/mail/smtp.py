"""A mail handed to the mail server; what it says becomes an Outcome.

Sources: RFC 5321 (codes), RFC 3463 (enhanced codes: x.1.x the address, x.2.x the mailbox, x.7.x a policy).
"""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from bot.channel_settings import Email
from bot.ports import Gone, Outcome, Rejected, Sent, Temporary, Unknown

ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
NO_MAILBOX = (550, 551, 553)  # said of a recipient, without a closer reason
FULL = ("2", "2")


def hand_over(settings: Email, mail: EmailMessage, to: str) -> Outcome:
    """Send it. Blocks: call it in a thread. Until the text has begun to flow nothing can have arrived."""
    try:
        with _connected(settings) as server:
            for command, argument in (("mail", settings.sender), ("rcpt", to)):
                code, said = getattr(server, command)(argument)
                if code >= 300:
                    return meaning(code, said, recipient=command == "rcpt")
            return _data(server, mail)
    except smtplib.SMTPAuthenticationError as error:
        return Temporary(f"the mail server refuses our login: {error.smtp_code}")
    except smtplib.SMTPResponseException as error:
        return meaning(error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        return Temporary(f"no mail server: {type(error).__name__}")


def _data(server: smtplib.SMTP, mail: EmailMessage) -> Outcome:
    try:
        code, said = server.data(mail.as_bytes())
    except smtplib.SMTPDataError as error:  # it did not let us begin
        return meaning(error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        return Unknown(f"no answer to the text: {type(error).__name__}")
    return Sent() if code < 300 else meaning(code, said)


def meaning(code: int, said: bytes | str, *, recipient: bool = False) -> Outcome:
    """What a refusal means: 4xx passes, 5xx stays; an address that does not exist is gone."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    told = f"{code} {' '.join(text.split())[:200]}"
    if code < 500:
        return Temporary(told)
    found = ENHANCED.search(text)
    about = (found[2], found[3]) if found else None
    if about == FULL:
        return Temporary(told)
    if about is None:
        return Gone(told) if recipient and code in NO_MAILBOX else Rejected(told)
    return Gone(told) if about[0] == "1" or about == ("2", "1") else Rejected(told)


@contextmanager
def _connected(settings: Email) -> Iterator[smtplib.SMTP]:
    assert settings.host is not None
    trusted = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
    if settings.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.host, settings.port, timeout=settings.timeout_seconds, context=trusted
        )
    else:
        server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_seconds)
    try:
        if settings.security == "starttls":
            server.starttls(context=trusted)
        if settings.user and settings.password:
            server.login(settings.user, settings.password.get_secret_value())
        server.ehlo_or_helo_if_needed()
        yield server
    finally:
        _leave(server)


def _leave(server: smtplib.SMTP) -> None:
    """What was accepted stays accepted, however the goodbye goes."""
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()
