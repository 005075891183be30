"""Links to answer with, where nobody can press a button: unguessable, for one message, once, and for a time."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot import members
from bot.db.engine import AnyRow
from bot.db.models import addresses, answer_links
from bot.errors import BadInput
from bot.messages import Button, Recipient, Reply, storable

PATH = "/a/"
BYTES = 18  # of a token: 144 bits that nobody guesses
KEPT = timedelta(days=365)  # after it expired: its "no more messages" must work long
SHOWS = ("/show_notification", "/about_ticket")  # buttons that only show something: they use nothing up


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the links of this service. The token follows from the message, so that a second try has the same one."""

    key: bytes
    public_url: str | None
    lifetime: timedelta

    def token(self, to: Recipient, key: str) -> str:
        meant = f"answer:{to.channel}:{to.address}:{key}".encode()
        digest = hmac.new(self.key, meant, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:BYTES]).decode()


@dataclass(frozen=True, slots=True)
class Offer:
    """What stands under a message instead of buttons; empty when there is no address that people could open."""

    choices: tuple[tuple[str, str], ...] = ()  # (title, url)
    page: str | None = None
    stop: str | None = None  # ends the messages to this address


@dataclass(frozen=True, slots=True)
class Link:
    """A stored link."""

    id: int
    member_id: int
    channel: str
    address: str
    language: str
    text: str
    buttons: tuple[Button, ...]
    expires_at: datetime
    answered_at: datetime | None
    answer: int | None
    said: tuple[str, ...] | None

    @property
    def chosen(self) -> Button | None:
        return None if self.answer is None else self.buttons[self.answer]

    @property
    def done(self) -> bool:
        """Answered, and what was replied is stored: a kill in between leaves it to be finished."""
        return self.said is not None


def offer(tx: Connection, maker: Maker, to: Recipient, reply: Reply, *, key: str, now: datetime) -> Offer:
    """Store the link of this message; the same message has the same one. A group that is nobody's own gets none."""
    member_id = members.known_at(tx, to.channel, to.address)
    if maker.public_url is None or member_id is None:
        return Offer()
    token = maker.token(to, key)
    values = {
        "hash": _hash(token), "member_id": member_id, "channel": to.channel, "address": to.address,
        "language": to.language, "text": storable(reply.text),
        "buttons": [[storable(one.title), storable(one.payload)] for one in reply.buttons],
        "expires_at": now + maker.lifetime, "created_at": now,
    }  # fmt: skip
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    tx.execute(insert(answer_links).values(**values).on_conflict_do_nothing())
    page = maker.public_url.rstrip("/") + PATH + token
    choices = tuple((one.title, f"{page}?c={place}") for place, one in enumerate(reply.buttons, start=1))
    return Offer(choices, page, f"{page}/stop")


def find(tx: Connection, token: str) -> Link:
    """Raises BadInput when there is none, or its address is not its member's any more."""
    row = tx.execute(select(answer_links).where(answer_links.c.hash == _hash(token))).first()
    if row is None or members.known_at(tx, row.channel, row.address) != row.member_id:
        raise BadInput("link.unknown")
    return _read(row)


def claim(tx: Connection, token: str, place: int, *, now: datetime) -> Link:
    """Answer with the button at this place. An answer that was given stays: the link comes back with that one.

    Raises BadInput for a link or a button that there is not, and for one that is too old.
    """
    found = find(tx, token)
    if found.answer is not None:
        return found
    if found.expires_at <= now:
        raise BadInput("link.expired")
    if not 0 <= place < len(found.buttons):
        raise BadInput("link.no_such_choice")
    if only_shows(found.buttons[place]):
        return found
    mine = (answer_links.c.id == found.id) & answer_links.c.answer.is_(None)
    tx.execute(update(answer_links).where(mine).values(answer=place, answered_at=now))
    return find(tx, token)


def only_shows(button: Button) -> bool:
    return button.payload.startswith(SHOWS)


def note(tx: Connection, link_id: int, said: list[str]) -> None:
    """What was replied to the answer: the page shows it again whenever it is opened."""
    tx.execute(update(answer_links).where(answer_links.c.id == link_id).values(said=said))


def stop(tx: Connection, token: str, *, now: datetime) -> Link:
    """Nothing more goes to this address, whatever is queued. However old the link: this must always work."""
    found = find(tx, token)
    _set_state(tx, found, state="gone", reason=members.UNSUBSCRIBED)
    return found


def resume(tx: Connection, token: str) -> Link:
    """Undo `stop`; an address that failed for another reason stays as it is."""
    found = find(tx, token)
    if stopped(tx, found):
        _set_state(tx, found, state="active", reason=None)
    return found


def stopped(tx: Connection, link: Link) -> bool:
    """Was this address stopped by its owner?"""
    state = select(addresses.c.reason).where(_here(link), addresses.c.state != "active")
    return tx.execute(state).scalar() == members.UNSUBSCRIBED


def _set_state(tx: Connection, link: Link, **values: Any) -> None:
    tx.execute(update(addresses).where(_here(link)).values(**values))


def _here(link: Link) -> Any:
    where = (addresses.c.channel == link.channel) & (addresses.c.address == link.address)
    return where & (addresses.c.member_id == link.member_id)


def forget(tx: Connection, *, before: datetime) -> int:
    """Drop the links that expired before then."""
    return tx.execute(delete(answer_links).where(answer_links.c.expires_at < before)).rowcount


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _read(row: AnyRow) -> Link:
    said = None if row.said is None else tuple(row.said)
    buttons = tuple(Button(*one) for one in row.buttons)
    return Link(
        row.id, row.member_id, row.channel, row.address, row.language, row.text, buttons, row.expires_at,
        row.answered_at, row.answer, said,
    )  # fmt: skip
