"""One turn: a message in, the replies out, committed at both ends.

    receive -> load -> understand -> rules, forms, actions -> store events and replies -> send -> mark replied

Nothing is held open in between: every arrow is a short transaction of its own or none at all. A turn that dies
half way is done again from the inbox; its actions carry keys, so that they happen once.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from bot import inbox, members
from bot.db.engine import AnyRow, Database
from bot.db.models import conversations, events
from bot.db.models import members as member_table
from bot.dialogue.engine import UserMessage
from bot.dialogue.tracker import Tracker
from bot.errors import EngineDown
from bot.i18n import Texts
from bot.messages import Inbound, Recipient, Reply
from bot.ports import Channel, Clock, Engine, Outcome, Sent
from nlu import language as languages
from nlu.interpreter import FALLBACK, Context, Interpreter, Parse

log = structlog.get_logger()

ELSEWHERE_SECONDS = 15.0  # for so long an earlier message is left to the process that has it
LOOK_SECONDS = 0.03

_LOAD = (
    select(
        conversations.c.id,
        conversations.c.member_id,
        conversations.c.language,
        conversations.c.version,
        conversations.c.seq,
        conversations.c.snapshot,
        member_table.c.language.label("chosen"),
        member_table.c.time_zone,
        member_table.c.privacy_shown_at,
    )
    .join(member_table, member_table.c.id == conversations.c.member_id)
    .where(conversations.c.channel == bindparam("ch"), conversations.c.sender == bindparam("who"))
)
_SAVE = (
    update(conversations)
    .where(conversations.c.id == bindparam("row"), conversations.c.version == bindparam("seen"))
    .values(
        version=bindparam("seen") + 1,
        seq=bindparam("to_seq"),
        snapshot=bindparam("shot"),
        language=bindparam("lang"),
        updated_at=bindparam("at"),
    )
)
_APPEND = insert(events)


class Overtaken(Exception):
    """Another process handled a turn of this conversation meanwhile: load again and repeat."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a turn starts from."""

    received: inbox.Received
    row: AnyRow


@dataclass(frozen=True, slots=True)
class Answer:
    """What a turn gave: the replies, and the inbox row to mark once they are out."""

    inbox_id: int
    replies: tuple[Reply, ...]
    language: str
    replied: bool = False
    waiting: bool = False  # the engine is down: `replies` say so, and the message is taken up later


@dataclass(slots=True)
class Conversations:
    """All conversations of this process; one turn at a time in each."""

    db: Database
    clock: Clock
    engine: Engine
    interpreter: Interpreter
    texts: Texts
    domain: Any
    centre: Mapping[str, str]
    second_look: Callable[[str, Parse, str | None], Parse] = lambda _text, parse, _topic: parse
    default_language: str = "zh"
    max_attempts: int = 3
    max_chars: int = 20_000
    _locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def handle(self, message: Inbound, *, patient: bool = False) -> Answer:
        """Take the message through its turn (once, however often it comes) and return its replies, not yet sent.

        A `patient` channel tries again by itself when the database or the engine fails: then OperationalError or
        EngineDown is raised.
        """
        async with self._turn_of(message):
            for again in range(5):
                try:
                    return await self._handle(message, again=again > 0, patient=patient)
                except Overtaken:
                    log.info("turn_overtaken", channel=message.channel)
            raise Overtaken

    async def respond(self, message: Inbound, channel: Channel) -> Answer:
        """`handle`, then send the replies over the channel and mark them sent."""
        answer = await self.handle(message)
        if answer.replied:
            return answer
        to = Recipient(message.channel, message.sender, answer.language)
        kind = "waiting" if answer.waiting else "turn"
        for place, reply in enumerate(answer.replies):
            outcome = await channel.send(to, reply, key=f"{kind}:{answer.inbox_id}:{place}")
            if not isinstance(outcome, Sent):
                self._not_sent(answer, outcome)
                return answer
        if not answer.waiting:
            await self.replied(answer)
        return answer

    async def settle(self, message: Inbound, replies: Callable[[str], Sequence[Reply]]) -> Answer:
        """End the message without a turn: the channel answers it by itself, in the person's language."""
        async with self._turn_of(message):
            loaded = await self.db.run(self._open, message, again=False)
            received, row = loaded.received, loaded.row
            language = str(row.chosen or row.language)
            if received.handled:
                return Answer(received.id, received.replies, language, received.replied)
            said = tuple(replies(language))
            said = self._with_notice(said, row, language) if said else ()
            await self.db.run(self._settled, loaded, said)
            return Answer(received.id, said, language)

    def _settled(self, tx: Connection, loaded: Loaded, replies: tuple[Reply, ...]) -> None:
        now = self.clock.now()
        inbox.handled(tx, loaded.received.id, replies, now=now)
        if replies and loaded.row.privacy_shown_at is None:
            members.privacy_shown(tx, loaded.row.member_id, now=now)

    async def replied(self, answer: Answer) -> None:
        await self.db.run(inbox.replied, answer.inbox_id, now=self.clock.now())

    def _not_sent(self, answer: Answer, outcome: Outcome) -> None:
        # It stays handled-but-not-replied in the inbox: the channel's next start sends it again.
        log.warning("reply_not_sent", inbox_id=answer.inbox_id, outcome=type(outcome).__name__)

    @asynccontextmanager
    async def _turn_of(self, message: Inbound) -> AsyncIterator[None]:
        lock = self._locks.setdefault((message.channel, message.sender), asyncio.Lock())
        async with lock:
            yield

    async def _handle(self, message: Inbound, *, again: bool, patient: bool) -> Answer:
        loaded = await self.db.run(self._open, message, again=again)
        if await self._waited_for_its_turn(loaded.received):
            loaded = await self.db.run(self._open, message, again=True)
        received = loaded.received
        if received.handled:
            return Answer(received.id, received.replies, loaded.row.language, received.replied)
        if received.attempts > self.max_attempts:
            return await self._fail(loaded, "poison", f"not handled in {received.attempts - 1} tries")
        try:
            return await self._turn(loaded)
        except Overtaken:
            raise
        except Exception as error:
            if patient and isinstance(error, OperationalError | EngineDown):
                raise
            if isinstance(error, EngineDown):
                return await self._wait(loaded, error)
            log.exception("turn_failed", inbox_id=received.id)
            return await self._fail(loaded, "turn_failed", repr(error))

    async def _waited_for_its_turn(self, received: inbox.Received) -> bool:
        """What the same person sent before may be under way in another process: that comes first, if it does not die.

        Inside this process the lock of the conversation sees to it, and a SQLite has one process.
        """
        waited, until = False, time.monotonic() + ELSEWHERE_SECONDS
        while not self.db.sqlite and time.monotonic() < until and not received.handled:
            since = self.clock.now() - timedelta(seconds=ELSEWHERE_SECONDS)
            if not await self.db.read(inbox.under_way_before, received, since=since):
                break
            waited = True
            await asyncio.sleep(LOOK_SECONDS)
        return waited

    async def _wait(self, loaded: Loaded, error: EngineDown) -> Answer:
        """The engine is down: say so; the message stays open, and this was no failed try of it."""
        await self.db.run(inbox.forgive, loaded.received.id)
        language = loaded.row.chosen or loaded.row.language
        return Answer(loaded.received.id, (Reply(self.texts(error.key, language)),), language, waiting=True)

    def _open(self, tx: Connection, message: Inbound, *, again: bool) -> Loaded:
        """Commit the message and load its conversation: from here on it cannot be lost.

        To be overtaken and do it `again` is no failed try: it does not count against the message.
        """
        now = self.clock.now()
        received = inbox.receive(tx, message, now=now)
        row = tx.execute(_LOAD, {"ch": message.channel, "who": message.sender}).first()
        if row is None:
            row = self._begin(tx, message, now)
        if not received.handled and not again:
            attempts = inbox.start(tx, received.id)
            received = inbox.Received(received.id, received.message, attempts, False, False, (), received.fresh)
        return Loaded(received, row)

    def _begin(self, tx: Connection, message: Inbound, now: datetime) -> AnyRow:
        """A sender's first message: a conversation, and a member behind the address if there is none yet."""
        zone = message.metadata.get("time_zone")
        # In a group the conversation is the group's and the person's; the member is the person.
        person = message.metadata.get("person") or message.sender
        member_id = members.at_address(tx, message.channel, person, now=now, time_zone=zone)
        hint = message.metadata.get("language")
        language = hint if hint in ("zh", "en") else languages.detect(message.text, default=self.default_language)
        dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
        values: dict[str, Any] = {
            "channel": message.channel,
            "sender": message.sender,
            "member_id": member_id,
            "language": language,
            "version": 0,
            "seq": 0,
            "snapshot": {},
            "updated_at": now,
        }
        tx.execute(dialect.insert(conversations).on_conflict_do_nothing(), values)
        return tx.execute(_LOAD, {"ch": message.channel, "who": message.sender}).one()

    async def _turn(self, loaded: Loaded) -> Answer:
        message, row = loaded.received.message, loaded.row
        text = message.text[: self.max_chars]
        language = self._language(text, row)
        tracker = self._tracker(message, row)
        parse = self.understand(text, self._context(tracker, row, language))
        user = UserMessage(
            text=text,
            parse=parse.to_rasa(),
            input_channel=message.channel,
            message_id=str(loaded.received.id),
            metadata=self._metadata(loaded, language),
            timestamp=self.clock.now().timestamp(),
        )
        result = await self.engine.turn(tracker, user)
        for event in result.events:
            tracker.apply(event)
        language = tracker.slots.get("language") or language
        replies = self._replies(result.messages, row, language)
        await self.db.run(self._close, loaded, result.events, tracker.snapshot(), replies, language)
        return Answer(loaded.received.id, replies, language)

    def understand(self, text: str, context: Context) -> Parse:
        """What the message means; outside a form, what looks like another task may be a question that has an answer."""
        parse = self.interpreter.parse(text, context)
        return parse if context.form else self.second_look(text, parse, context.topic)

    async def meaning(self, message: Inbound) -> str:
        """The intent that the message would have now; nothing is stored."""
        row = await self.db.read(lambda tx: tx.execute(_LOAD, {"ch": message.channel, "who": message.sender}).first())
        if row is None:
            return FALLBACK
        text = message.text[: self.max_chars]
        context = self._context(self._tracker(message, row), row, self._language(text, row))
        return self.understand(text, context).intent.name

    def _language(self, text: str, row: AnyRow) -> str:
        """The member's choice; else the language of what was written; a button says nothing about language."""
        if row.chosen:
            return str(row.chosen)
        if text.startswith("/"):
            return str(row.language)
        return languages.detect(text, default=row.language)

    def _tracker(self, message: Inbound, row: AnyRow) -> Tracker:
        sender = f"{message.channel}:{message.sender}"
        if not row.snapshot:
            return Tracker(sender, self.domain)
        return Tracker.restore(sender, row.snapshot, self.domain)

    def _context(self, tracker: Tracker, row: AnyRow, language: str) -> Context:
        loop = tracker.active_loop or {}
        return Context(
            now=self.clock.now().astimezone(ZoneInfo(row.time_zone)),
            language=language,
            form=loop.get("name"),
            requested_slot=tracker.slots.get("requested_slot"),
            topic=(tracker.slots.get("topic") or {}).get("kind"),
        )

    def _metadata(self, loaded: Loaded, language: str) -> dict[str, Any]:
        """What actions may know of the turn besides the tracker."""
        message, row = loaded.received.message, loaded.row
        return {
            "inbox_id": loaded.received.id,
            "member_id": row.member_id,
            "language": language,
            "channel": message.channel,
            "address": message.sender,
            "attempts": loaded.received.attempts,
            "attachments": [item.path for item in message.attachments],
        }

    def _replies(self, messages: Sequence[dict[str, Any]], row: AnyRow, language: str) -> tuple[Reply, ...]:
        return self._with_notice([Reply.from_json(item) for item in messages], row, language)

    def _with_notice(self, replies: Sequence[Reply], row: AnyRow, language: str) -> tuple[Reply, ...]:
        """The privacy notice comes with the first reply, never instead of it."""
        if row.privacy_shown_at is not None:
            return tuple(replies)
        return (*replies, Reply(self.texts("talk.privacy_notice", language, centre=self.centre[language])))

    def _close(
        self,
        tx: Connection,
        loaded: Loaded,
        new: list[dict[str, Any]],
        snapshot: dict[str, Any],
        replies: tuple[Reply, ...],
        language: str,
    ) -> None:
        """Store what the turn did, all or nothing: events, snapshot, replies, and that it was handled."""
        now, row = self.clock.now(), loaded.row
        saved = {"row": row.id, "seen": row.version, "to_seq": row.seq + len(new), "shot": snapshot, "lang": language}
        if not tx.execute(_SAVE, {**saved, "at": now}).rowcount:
            raise Overtaken
        if new:
            lines = [{"conversation_id": row.id, "seq": row.seq + n, "data": e} for n, e in enumerate(new, start=1)]
            tx.execute(_APPEND, lines)
        if row.privacy_shown_at is None:
            members.privacy_shown(tx, row.member_id, now=now)
        if not inbox.handled(tx, loaded.received.id, replies, now=now):
            raise Overtaken

    async def _fail(self, loaded: Loaded, event: str, failure: str) -> Answer:
        """Tell the person honestly, with a number that staff can find in the log; the conversation is unchanged."""
        reference = secrets.token_hex(3).upper()
        log.error(event, inbox_id=loaded.received.id, reference=reference, failure=failure)
        language = loaded.row.chosen or loaded.row.language
        replies = (Reply(self.texts("talk.turn_failed", language, reference=reference)),)
        await self.db.run(
            inbox.failed, loaded.received.id, replies, failure=failure, reference=reference, now=self.clock.now()
        )
        return Answer(loaded.received.id, replies, language)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a conversation is: the number of its turns, the running form, and what it has asked for."""

    version: int = 0
    form: str | None = None
    slot: str | None = None


def standing(tx: Connection, channel: str, sender: str) -> Standing:
    here = (conversations.c.channel == channel) & (conversations.c.sender == sender)
    row = tx.execute(select(conversations.c.version, conversations.c.snapshot).where(here)).first()
    if row is None or not row.snapshot:
        return Standing(row.version if row else 0)
    state = row.snapshot["state"]
    return Standing(row.version, (state["loop"] or {}).get("name"), state["slots"].get("requested_slot"))


def history(tx: Connection, channel: str, sender: str, *, limit: int = 1000) -> list[dict[str, Any]]:
    """The newest `limit` events of a conversation, oldest first."""
    mine = select(conversations.c.id).where(conversations.c.channel == channel, conversations.c.sender == sender)
    query = select(events.c.data).where(events.c.conversation_id == mine.scalar_subquery())
    rows = tx.execute(query.order_by(events.c.seq.desc()).limit(limit)).scalars().all()
    return list(reversed(rows))


def snapshot(tx: Connection, channel: str, sender: str) -> dict[str, Any] | None:
    """The conversation as it stands, or None if nobody wrote from there yet."""
    here = (conversations.c.channel == channel) & (conversations.c.sender == sender)
    found = tx.execute(select(conversations.c.snapshot).where(here)).first()
    return None if found is None else found.snapshot
