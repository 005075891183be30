"""Updates into the inbox: one transaction, and only after it Telegram is told that they arrived."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, and_, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot import authority, inbox
from bot.channels.telegram import keyboard, updates
from bot.channels.telegram.keyboard import Refused
from bot.channels.telegram.places import Place
from bot.channels.telegram.updates import CHANNEL, Incoming, Me, Migrated, Presence, Pressed, Said
from bot.db.models import addresses, conversations, deliveries, groups, telegram_updates
from bot.db.models import inbox as inbox_table
from bot.i18n import Texts
from bot.messages import Inbound

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Item:
    """A message that waits for its turn; one person's are handled in the order of their update numbers."""

    update_id: int
    message: Inbound


@dataclass(frozen=True, slots=True)
class Refusal:
    """A press that does nothing: all that is left to do is to say so."""

    callback_id: str
    reason: Refused
    language: str | None


Work = Item | Refusal
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes updates of this bot."""

    me: Me
    texts: Texts

    def take(self, tx: Connection, batch: Sequence[Json], *, now: datetime) -> list[Work]:
        """Commit the updates; what has come before is left out. Raises what the database raises."""
        fresh = [one for one in sorted(batch, key=_number) if _is_new(tx, one, now=now)]
        return [work for one in fresh if (work := self._one(tx, one, now)) is not None]

    def _one(self, tx: Connection, each: Json, now: datetime) -> Work | None:
        update_id = int(each["update_id"])
        try:
            incoming = updates.read(each, self.me)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            # It would come back for ever and keep the others away: it is confirmed, and staff can see it.
            log.error("telegram_update_unreadable", update_id=update_id, error=repr(error))
            _mark_unreadable(tx, update_id, repr(error))
            return None
        return self._stored(tx, update_id, incoming, now)

    def _stored(self, tx: Connection, update_id: int, incoming: Incoming, now: datetime) -> Work | None:
        match incoming:
            case Said():
                return _received(tx, update_id, self._message(update_id, incoming), now)
            case Pressed():
                return _pressed(tx, update_id, incoming, now)
            case Presence():
                present(tx, incoming)
            case Migrated(old, new):
                move(tx, old, new)
        return None

    def _message(self, update_id: int, said: Said) -> Inbound:
        text = said.text
        if said.said:
            spoken = updates.sentence_language(text, said.metadata.get("language"))
            text = self.texts(said.said, spoken, text=text)
        metadata = {"update_id": update_id, **said.metadata}
        return Inbound(CHANNEL, said.place.address, str(update_id), text, metadata=metadata)


def _number(each: Json) -> int:
    return int(each["update_id"])


def _is_new(tx: Connection, each: Json, *, now: datetime) -> bool:
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    values = {"update_id": int(each["update_id"]), "kind": updates.kind(each)[:24], "received_at": now}
    fresh = insert(telegram_updates).values(**values).on_conflict_do_nothing().returning(telegram_updates.c.update_id)
    return tx.execute(fresh).first() is not None


def _mark_unreadable(tx: Connection, update_id: int, problem: str) -> None:
    tx.execute(update(telegram_updates).where(telegram_updates.c.update_id == update_id).values(problem=problem))


def give_up(tx: Connection, each: Json, problem: str, *, now: datetime) -> None:
    """The database takes this update in no way: it counts as come, with the reason."""
    _is_new(tx, each, now=now)
    _mark_unreadable(tx, int(each["update_id"]), problem[:2000])


def _received(tx: Connection, update_id: int, message: Inbound, now: datetime) -> Work | None:
    revive(tx, str(message.metadata["person"]))
    stored = inbox.receive(tx, message, now=now)
    return Item(update_id, stored.message) if not stored.handled else None


def _pressed(tx: Connection, update_id: int, press: Pressed, now: datetime) -> Work | None:
    found = keyboard.pressed(tx, press.data, user=press.user, chat=press.chat)
    if isinstance(found, Refused):
        log.warning("telegram_press_refused", user=press.user, reason=found)
        authority.record(tx, None, "telegram_press", allowed=False, now=now, subject=f"telegram {found}")
        return Refusal(press.callback_id, found, press.language)
    metadata: dict[str, Any] = {
        "update_id": update_id,
        "message_id": press.message_id,
        "person": str(press.user),
        "callback": press.callback_id,
        "keyboard": found.keyboard,
        "question": found.question,
    }
    if press.language:
        metadata["language"] = press.language
    message = Inbound(CHANNEL, found.place.address, str(update_id), found.payload, shown=found.title, metadata=metadata)
    return _received(tx, update_id, message, now)


def revive(tx: Connection, address: str) -> None:
    """Who writes can be written to again."""
    gone = and_(addresses.c.channel == CHANNEL, addresses.c.address == address, addresses.c.state == "gone")
    tx.execute(update(addresses).where(gone).values(state="active", reason=None))


def present(tx: Connection, change: Presence) -> None:
    """The bot was blocked or let in again."""
    if change.alive:
        revive(tx, str(change.chat))
        return
    here = and_(addresses.c.channel == CHANNEL, addresses.c.address == str(change.chat))
    tx.execute(update(addresses).where(here).values(state="gone", reason=change.reason))


def move(tx: Connection, old: int, new: int) -> None:
    """A group has a new number: whatever stands under the old one goes on under the new one."""
    for table, column in (
        (addresses, "address"),
        (conversations, "sender"),
        (deliveries, "address"),
        (groups, "address"),
    ):
        here = and_(table.c.channel == CHANNEL, _within(table.c[column], old))
        for row in tx.execute(select(table.c.id, table.c[column].label("at")).where(here)).all():
            there = Place.of(row.at).moved(new).address
            taken = select(table.c.id).where(table.c.channel == CHANNEL, table.c[column] == there)
            if table is deliveries or not tx.execute(taken).first():
                tx.execute(update(table).where(table.c.id == row.id).values({column: there}))


def _within(column: Any, chat: int) -> Any:
    return (column == str(chat)) | column.startswith(f"{chat}:", autoescape=True)


def left(tx: Connection, *, before: datetime | None = None, limit: int = 500) -> list[Item]:
    """What a crash left in the inbox: not handled, or handled and not answered; oldest first."""
    mine = and_(inbox_table.c.channel == CHANNEL, inbox_table.c.replied_at.is_(None))
    if before is not None:
        mine = and_(mine, inbox_table.c.received_at < before)
    rows = tx.execute(select(inbox_table.c.message).where(mine).order_by(inbox_table.c.id).limit(limit))
    return [_item(row.message) for row in rows]


def earlier(tx: Connection, item: Item) -> list[Item]:
    """What the same person sent before this message and nobody has handled yet, by number."""
    mine = and_(inbox_table.c.channel == CHANNEL, inbox_table.c.sender == item.message.sender)
    rows = tx.execute(select(inbox_table.c.message).where(mine, inbox_table.c.handled_at.is_(None)))
    found = [_item(row.message) for row in rows]
    return sorted((one for one in found if one.update_id < item.update_id), key=lambda one: one.update_id)


def _item(message: Json) -> Item:
    read = Inbound.from_json(dict(message))
    return Item(int(read.metadata.get("update_id", 0)), read)


def forgive(tx: Connection, message: Inbound) -> None:
    """A try that failed because the database did was not the message's fault."""
    tx.execute(update(inbox_table).where(_this(message)).values(attempts=0))


def attach(tx: Connection, message: Inbound) -> None:
    """The message with its files, which came after it."""
    tx.execute(update(inbox_table).where(_this(message)).values(message=message.to_json()))


def _this(message: Inbound) -> Any:
    same = and_(inbox_table.c.sender == message.sender, inbox_table.c.key == message.key)
    return and_(inbox_table.c.channel == CHANNEL, same)


def newest(tx: Connection, sender: str) -> int | None:
    """The Telegram number of the newest message of this sender that was no edit."""
    query = select(inbox_table.c.message).where(inbox_table.c.channel == CHANNEL, inbox_table.c.sender == sender)
    for row in tx.execute(query.order_by(inbox_table.c.id.desc()).limit(20)):
        metadata = row.message["metadata"]
        if "edited" not in metadata and "callback" not in metadata:
            return int(metadata["message_id"])
    return None


def missing(tx: Connection, first: int, beyond: int) -> int:
    """How many of the updates in [first, beyond) have not come."""
    inside = and_(telegram_updates.c.update_id >= first, telegram_updates.c.update_id < beyond)
    here = tx.execute(select(func.count()).select_from(telegram_updates).where(inside)).scalar_one()
    return beyond - first - int(here)
