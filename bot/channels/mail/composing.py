"""A reply as a mail: plain and as HTML, with links for buttons and one click to get no more (RFC 8058)."""

import hashlib
import html
import mimetypes
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from bot.answer_links import Offer
from bot.i18n import Texts
from bot.messages import Recipient, Reply, storable

SUBJECT = 120
RULE = "\n\n" + "─" * 8 + "\n"  # between the message and what we add
URL = re.compile(r"https?://[^\s<>\"，。；）)\]]+")
BODY_STYLE = "font:16px/1.6 sans-serif;color:#1d1b18;max-width:36rem;margin:0 auto;padding:16px"
LINK_STYLE = (
    "display:inline-block;margin:0 8px 8px 0;padding:10px 18px;border:1px solid #8f1d14;border-radius:8px;"
    "color:#8f1d14;text-decoration:none"
)
SOFT_STYLE = "font-size:13px;color:#645d53;border-top:1px solid #ddd6ca;margin-top:24px;padding-top:12px"


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, and where the files lie."""

    texts: Texts
    names: dict[str, str]  # of the centre, by language
    address: str
    reply_to: str | None
    files: Path


def compose(by: Writer, to: Recipient, reply: Reply, offer: Offer, *, key: str, now: datetime) -> EmailMessage:
    """The whole mail. The same key has the same Message-ID: mail programs show it once.

    Raises ValueError for an address that is none, and OSError for a file that is not there.
    """
    mail, text = EmailMessage(policy=SMTP), storable(reply.text)
    name = one_line(by.names[to.language])
    mail["From"] = Address(name, addr_spec=by.address)
    mail["To"] = Address(addr_spec=to.address)
    mail["Subject"] = subject(text) or by.texts("mail.subject", to.language, centre=name)
    mail["Date"] = now
    mail["Message-ID"] = f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{by.address.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = to.language
    if by.reply_to:
        mail["Reply-To"] = Address(addr_spec=by.reply_to)
    if offer.stop:
        mail["List-Unsubscribe"] = f"<{offer.stop}>"
        if offer.stop.startswith("https://"):
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(text + RULE + "\n".join(_below(by, to, offer)) + "\n")
    mail.add_alternative(_html(by, to, text, offer), subtype="html")
    for path, shown in _files(by, reply):
        kind = mimetypes.guess_type(shown)[0] or "application/octet-stream"
        main, _, sub = kind.partition("/")
        mail.add_attachment(path.read_bytes(), maintype=main, subtype=sub, filename=one_line(shown))
    return mail


def subject(text: str) -> str:
    """The first line that says something, without what could end a header."""
    first = next((line for line in text.splitlines() if one_line(line)), "")
    line = one_line(first)
    return line if len(line) <= SUBJECT else line[: SUBJECT - 1] + "…"


def one_line(text: str) -> str:
    """On one line: every break, control character and mark of direction is a space."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", " ", text).split())


def _files(by: Writer, reply: Reply) -> Iterable[tuple[Path, str]]:
    from bot import attachments

    if reply.image:
        path = attachments.on_disk(by.files, reply.image)
        yield path, path.name
    if reply.file:
        yield attachments.on_disk(by.files, reply.file.path), reply.file.name


def _below(by: Writer, to: Recipient, offer: Offer) -> list[str]:
    """What stands under the message: the links, and why it comes."""
    lines = [f"{one_line(title)}\n{url}" for title, url in offer.choices]
    if offer.page:
        lines.append(by.texts("mail.page", to.language) + f"\n{offer.page}")
    lines.append(by.texts("mail.why", to.language, centre=one_line(by.names[to.language])))
    if offer.stop:
        lines.append(by.texts("mail.stop", to.language) + f"\n{offer.stop}")
    return lines


def _html(by: Writer, to: Recipient, text: str, offer: Offer) -> str:
    links = "".join(
        f'<a href="{html.escape(url)}" style="{LINK_STYLE}">{html.escape(title)}</a>' for title, url in offer.choices
    )
    why = html.escape(by.texts("mail.why", to.language, centre=by.names[to.language]))
    more = [(by.texts("mail.page", to.language), offer.page), (by.texts("mail.stop", to.language), offer.stop)]
    ends = "".join(f'<br><a href="{html.escape(url)}" style="color:#645d53">{html.escape(said)}</a>'
                   for said, url in more if url)  # fmt: skip
    language = "zh-CN" if to.language == "zh" else "en-GB"
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><body style="{BODY_STYLE}">'
        f'<div style="white-space:pre-wrap">{linked(text)}</div><p style="margin-top:20px">{links}</p>'
        f'<p style="{SOFT_STYLE}">{why}{ends}</p></body></html>\n'
    )


def linked(text: str) -> str:
    """The text as HTML that shows exactly this, its addresses as links."""
    found, start = [], 0
    for url in URL.finditer(text):
        found.append(_lines(text[start : url.start()]))
        found.append(f'<a href="{html.escape(url[0])}">{html.escape(url[0])}</a>')
        start = url.end()
    return "".join([*found, _lines(text[start:])])


def _lines(text: str) -> str:
    return html.escape(text).replace("\r\n", "\n").replace("\n", "<br>")
