"""The channel: a reply becomes one or several messages, at the pace that Telegram allows, each shown once."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from weakref import WeakValueDictionary

import structlog
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from bot import attachments
from bot.channels.telegram import gate as gates
from bot.channels.telegram import keyboard, wording
from bot.channels.telegram.api import Api, Part
from bot.channels.telegram.gate import Gate
from bot.channels.telegram.keyboard import Keyboard
from bot.channels.telegram.places import Place
from bot.channels.telegram.updates import CHANNEL
from bot.db.engine import Database
from bot.db.models import sent_messages
from bot.messages import Button, Recipient, Reply
from bot.ports import Clock, Moved, Outcome, Rejected, Sent, Throttled

log = structlog.get_logger()

PATIENCE = 60.0  # seconds that an answer waits for its turn
ALERT_PATIENCE = 3.0  # an alert goes back to the outbox instead, which knows when to come again
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reply answers: the message to show it under, the message to write it into, the question it belongs to."""

    reply_to: int | None = None
    in_place_of: int | None = None
    question: int | None = None


@dataclass(slots=True)
class TelegramChannel:
    """Sends for everybody in this process. `in_flight` messages may be on their way at once."""

    api: Api
    db: Database
    clock: Clock
    gate: Gate
    files: Path
    in_flight: int = 24
    name: str = CHANNEL
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def send(self, to: Recipient, reply: Reply, *, key: str) -> Outcome:
        asked = Asked(question=(reply.custom or {}).get("question"))
        return await self._deliver(Place.of(to.address), reply, key, asked, answer=False)

    async def answer(self, place: Place, reply: Reply, *, key: str, asked: Asked) -> Outcome:
        """What a person waits for: it goes first, and is patient itself."""
        return await self._deliver(place, reply, key, asked, answer=True)

    async def _deliver(self, place: Place, reply: Reply, key: str, asked: Asked, *, answer: bool) -> Outcome:
        parts = self._parts(reply)
        if not parts:
            return Rejected("nothing that could be shown")
        result: Outcome = Sent()
        for number, part in enumerate(parts):
            last = number == len(parts) - 1
            buttons = reply.buttons if last else ()
            about = asked if number == 0 else replace(asked, reply_to=None, in_place_of=None)
            result = await self._part(place, part, buttons, f"{key}#{number}", about, answer=answer)
            if not isinstance(result, Sent):
                return result
        return result

    def _parts(self, reply: Reply) -> list[Part]:
        """The messages that this reply takes: long texts are split, a long caption goes before its file.

        Raises ValueError for a file that is not in the folder of files.
        """
        texts = [] if wording.is_blank(reply.text) else [wording.shown(one) for one in wording.split(reply.text)]
        file = self._file(reply)
        if file is None:
            return [Part(text) for text in texts]
        if len(texts) == 1 and wording.width(texts[0]) <= wording.CAPTION:
            return [replace(file, text=texts[0])]
        return [*(Part(text) for text in texts), file]

    def _file(self, reply: Reply) -> Part | None:
        if reply.image:
            path = attachments.on_disk(self.files, reply.image)
            return Part("", path, path.name, picture=path.suffix.lower() in PICTURES)
        return Part("", attachments.on_disk(self.files, reply.file.path), reply.file.name) if reply.file else None

    async def _part(
        self, place: Place, part: Part, buttons: Sequence[Button], key: str, asked: Asked, *, answer: bool
    ) -> Outcome:
        """One at a time for each key: two that send the same at once would both find it unsent."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            return await self._part_once(place, part, buttons, key, asked, answer=answer)

    async def _part_once(
        self, place: Place, part: Part, buttons: Sequence[Button], key: str, asked: Asked, *, answer: bool
    ) -> Outcome:
        known = await self.db.read(_message_id, key)
        if known is not None:
            return Sent(known)
        limits = self.gate.limits(place, burst=answer)
        priority, patience = (gates.ANSWER, PATIENCE) if answer else (gates.ALERT, ALERT_PATIENCE)
        wait = await self.gate.enter(limits, priority=priority, patience=patience)
        if wait is not None:
            return Throttled(wait.seconds, everyone=wait.name == gates.CHANNEL_LIMIT)
        board = await self.db.run(self._board, place, buttons, key, asked) if buttons else None
        outcome = await self.api.halts.through(place.chat, lambda: self._call(place, part, board, asked))
        return await self._settle(place, key, board, outcome)

    def _board(self, tx: Connection, place: Place, buttons: Sequence[Button], key: str, asked: Asked) -> Keyboard:
        return keyboard.make(tx, place, buttons, key=key, question=asked.question, now=self.clock.now())

    async def _call(self, place: Place, part: Part, board: Keyboard | None, asked: Asked) -> Outcome:
        markup = _markup(board)
        if asked.in_place_of is not None and part.file is None:
            edited = await self.api.edit(place, asked.in_place_of, part.text, markup)
            if not isinstance(edited, Rejected):
                return edited
        reply_to = asked.reply_to if place.is_group else None
        return await self.api.send(place, replace(part, markup=markup, reply_to=reply_to))

    async def _settle(self, place: Place, key: str, board: Keyboard | None, outcome: Outcome) -> Outcome:
        match outcome:
            case Sent(number):
                await self._noted(place, key, board, number)
            case Throttled(seconds, everyone):
                await self._halt(place, seconds, everyone=everyone)
            case Moved(chat):
                return Moved(place.moved(int(chat)).address)
        return outcome

    async def _noted(self, place: Place, key: str, board: Keyboard | None, number: str | None) -> None:
        """Telegram has it: what fails from here on is no reason to send it again."""
        try:
            await self.db.run(_note, place, key, board, number, self.clock.now())
        except Exception:
            log.exception("sent_but_not_noted", channel=CHANNEL, key=key)

    async def _halt(self, place: Place, seconds: float, *, everyone: bool) -> None:
        """Tell the other processes. (A wrong token makes everyone wait too, but not because of too many messages.)"""
        if everyone and not self.api.halts.left:
            return
        await self.gate.halt(place, seconds, everyone=everyone)
        log.warning("telegram_throttled", chat=place.chat, seconds=round(seconds, 1), everyone=everyone)

    async def close(self) -> None:
        """Nothing more will be sent or asked."""
        await self.api.stop()

    async def tidy(self, place: Place, message_id: int) -> None:
        """Take used buttons away, if there is time for it; a press on them is refused anyway."""
        if place.is_group:
            limits = self.gate.limits(place, burst=False)[1:]
            if await self.gate.enter(limits, priority=gates.TIDYING, patience=0):
                return
        await self.api.take_buttons(place, message_id)


def _markup(board: Keyboard | None) -> list[list[tuple[str, str]]]:
    if board is None:
        return []
    rows = wording.rows([title for title, _ in board.data], apart=board.paging)
    return [[board.data[place] for place in row] for row in rows]


def _message_id(tx: Connection, key: str) -> str | None:
    query = select(sent_messages.c.message_id).where(sent_messages.c.channel == CHANNEL, sent_messages.c.key == key)
    row = tx.execute(query).first()
    return None if row is None else json.dumps(row.message_id)


def _note(tx: Connection, place: Place, key: str, board: Keyboard | None, number: str | None, now: datetime) -> None:
    """Remember that Telegram has it, and which of its messages carries our buttons."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    message_id = int(number) if number else None
    values = {"channel": CHANNEL, "key": key, "address": place.address, "message_id": message_id, "at": now}
    tx.execute(insert(sent_messages).values(**values).on_conflict_do_nothing())
    if board is not None and message_id is not None:
        keyboard.sent(tx, board.id, message_id)
