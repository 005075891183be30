"""One message from its lane: what the channel answers by itself, what goes to the dialogue, and the way back."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from bot import conversation, feedback, members
from bot.attachments import Refused
from bot.channels.telegram import edits, files, intake, keyboard
from bot.channels.telegram.intake import Item, Refusal
from bot.channels.telegram.places import Place
from bot.channels.telegram.sender import Asked, TelegramChannel
from bot.channels.telegram.updates import CHANNEL, Presence
from bot.conversation import Answer, Conversations, Standing
from bot.errors import EngineDown
from bot.feedback import Feedback
from bot.i18n import Texts
from bot.messages import Attachment, Button, Inbound, Recipient, Reply
from bot.ports import Gone, Moved, Outcome, Rejected, Sent, Throttled, Unknown

log = structlog.get_logger()

PATIENT = 0.4  # seconds of work before "typing" is shown
SHOWN = 4.5  # Telegram shows it for five
WAITS = (1.0, 2.0, 4.0, 8.0)
LONGEST_WAIT = 60.0  # seconds; what must wait longer is left to the next look into the inbox


class NotAnswered(Exception):
    """The reply is stored and could not be sent yet."""


Replies = Callable[[str], Sequence[Reply]]


@dataclass(slots=True)
class Turns:
    """Handles what lanes and intake give it."""

    conversations: Conversations
    channel: TelegramChannel
    texts: Texts
    upload_bytes: int
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(16))
    _albums: deque[str] = field(default_factory=lambda: deque(maxlen=200))

    async def refuse(self, refusal: Refusal) -> None:
        """Tell who pressed a button that it is not for them."""
        language = refusal.language or self.conversations.default_language
        await self.channel.api.answer_press(refusal.callback_id, self.texts(f"telegram.{refusal.reason}", language))

    async def handle(self, item: Item) -> None:
        """The turn and its replies. Raises NotAnswered, or what the database raises; the message stays in the inbox."""
        place = Place.of(item.message.sender)
        async with self._slots:
            async with self._working(place):
                answer = await self._answer(item.message)
        if not answer.replied:
            await self._reply(answer, item.message, place)
        await self._tidy(place, item.message)

    async def _answer(self, message: Inbound) -> Answer:
        try:
            return await self._decide(message)
        except OperationalError:
            # A full disk or a lost connection: no reason to give this message up after some tries.
            await self.channel.db.run(intake.forgive, message)
            raise
        except EngineDown as error:
            await self.channel.db.run(intake.forgive, message)
            await self._say_waiting(message, error)
            raise

    async def _say_waiting(self, message: Inbound, error: EngineDown) -> None:
        """Once for each message: it will be answered when the engine is back."""
        language = self.conversations.default_language
        said = Reply(self.texts(error.key, language))
        await self.channel.send(Recipient(CHANNEL, message.sender, language), said, key=f"waiting:{message.key}")

    async def _decide(self, message: Inbound) -> Answer:
        now = await self.channel.db.read(conversation.standing, CHANNEL, message.sender)
        if "callback" in message.metadata:
            return await self._pressed(message, now)
        if "edited" in message.metadata:
            return await self._edited(message)
        if own := self._own_words(message, now):
            return await self.conversations.settle(message, own)
        if "file" in message.metadata and not message.attachments:
            return await self._file(message, now)
        return await self.conversations.handle(message, patient=True)

    def _own_words(self, message: Inbound, now: Standing) -> Replies | None:
        """What the channel answers itself."""
        if message.text == "/privacy":
            return self._privacy
        if message.text == "/stop" and now.form is None:
            return self._stop_offer
        if "unsupported" in message.metadata and not message.text:
            return lambda language: (Reply(self.texts("telegram.unsupported", language)),)
        return None

    def _privacy(self, language: str) -> Sequence[Reply]:
        buttons = (
            Button(self.texts("telegram.export_data", language), "/export_data"),
            Button(self.texts("telegram.delete_data", language), "/delete_my_data"),
        )
        centre = self.conversations.centre[language]
        return (Reply(self.texts("telegram.privacy", language, centre=centre), buttons),)

    def _stop_offer(self, language: str) -> Sequence[Reply]:
        buttons = (
            Button(self.texts("telegram.pause_alerts", language), "/pause_alerts"),
            Button(self.texts("telegram.end_interests", language), "/unsubscribe"),
        )
        return (Reply(self.texts("telegram.stop_offer", language), buttons),)

    # --- buttons, edits, files

    async def _pressed(self, message: Inbound, now: Standing) -> Answer:
        """A button whose question is not the open one any more is answered politely, and changes nothing."""
        bound = message.metadata.get("question")
        if bound is None or bound == now.version:
            await self.channel.api.answer_press(message.metadata["callback"])
            return await self.conversations.handle(message, patient=True)
        answer = await self.conversations.settle(message, lambda _: ())
        late = self.texts("telegram.button_late", answer.language)
        await self.channel.api.answer_press(message.metadata["callback"], None if answer.replies else late)
        return answer

    async def _edited(self, message: Inbound) -> Answer:
        """Kept as a version; it counts as an answer only while the question that it did not answer is still open."""
        if await self.channel.db.read(edits.answers_anew, message):
            return await self.conversations.handle(message, patient=True)
        return await self.conversations.settle(
            message, lambda language: (Reply(self.texts("telegram.edit_kept", language)),)
        )

    async def _file(self, message: Inbound, now: Standing) -> Answer:
        """Fetch it; a caption is then a message like any other, a file alone is acknowledged."""
        offered = files.Offered.of(message.metadata["file"])
        place = Place.of(message.sender)
        await self.channel.api.show_action(place)
        taken = await files.fetch(self.channel.api, offered, self.channel.files, most=self.upload_bytes)
        if isinstance(taken, Attachment):
            message = replace(message, attachments=(taken,))
            await self.channel.db.run(intake.attach, message)
            one = await self.channel.db.run(_hang, message, now=self.conversations.clock.now())
            if message.text:
                return await self.conversations.handle(message, patient=True)
            return await self.conversations.settle(message, self._about_taken(message, taken, one, now))
        return await self.conversations.settle(message, self._about_refused(taken))

    def _about_taken(self, message: Inbound, taken: Attachment, one: Feedback | None, now: Standing) -> Replies:
        if self._told_of_album(message.metadata.get("album")):
            return lambda _: ()
        meanwhile = "_meanwhile" if now.slot else ""
        number = one.number if one else ""
        key = f"attachments.{'on_feedback' if one else 'taken'}{meanwhile}"
        return lambda language: (Reply(self.texts(key, language, name=taken.name, number=number)),)

    def _about_refused(self, taken: Refused) -> Replies:
        size = self.upload_bytes // 1_000_000
        return lambda language: (Reply(self.texts(f"attachments.{taken}", language, megabytes=size)),)

    def _told_of_album(self, album: str | None) -> bool:
        """Photos that are sent together come as messages of their own, and are acknowledged once."""
        if album is None or album in self._albums:
            return album is not None
        self._albums.append(album)
        return False

    # --- the way back

    async def _reply(self, answer: Answer, message: Inbound, place: Place) -> None:
        now = await self.channel.db.read(conversation.standing, CHANNEL, message.sender)
        asked = Asked(
            reply_to=message.metadata.get("message_id"),
            in_place_of=_page_turned(message),
            question=now.version if now.slot else None,
        )
        for number, reply in enumerate(answer.replies):
            about = asked if number == 0 else replace(asked, reply_to=None, in_place_of=None)
            outcome = await self._until_sent(place, reply, f"turn:{answer.inbox_id}:{number}", about)
            if isinstance(outcome, Gone):
                await self.channel.db.run(_mark_gone, place, outcome.reason)
                break
            if isinstance(outcome, Rejected | Unknown):
                log.error("telegram_reply_lost", inbox_id=answer.inbox_id, outcome=repr(outcome))
        await self.conversations.replied(answer)

    async def _until_sent(self, place: Place, reply: Reply, key: str, asked: Asked) -> Outcome:
        """Try until there is nothing more to try; what may have arrived is sent once more at most."""
        doubtful = False
        for wait in (*WAITS, None):
            outcome = await self.channel.answer(place, reply, key=key, asked=asked)
            match outcome:
                case Sent() | Gone() | Rejected():
                    return outcome
                case Unknown() if doubtful:
                    return outcome
                case Unknown():
                    doubtful = True
                case Moved(address):
                    await self.channel.db.run(intake.move, place.chat, Place.of(address).chat)
                    place = Place.of(address)
            if wait is None or _pause(outcome, wait) > LONGEST_WAIT:
                break
            await asyncio.sleep(_pause(outcome, wait))
        raise NotAnswered(repr(outcome))

    async def _tidy(self, place: Place, message: Inbound) -> None:
        """Buttons that answer nothing any more are taken away."""
        now = await self.channel.db.read(conversation.standing, CHANNEL, message.sender)
        old = await self.channel.db.read(
            keyboard.outdated, message.sender, now.version if now.slot else now.version + 1
        )
        pressed = message.metadata.get("keyboard")
        shown = {row.id: row.message_id for row in old}
        if pressed in shown or _is_late(message, now):
            shown[pressed] = message.metadata["message_id"]
        if not shown:
            return
        await self.channel.db.run(keyboard.close, list(shown))
        for message_id in filter(None, shown.values()):
            await self.channel.tidy(place, message_id)

    @asynccontextmanager
    async def _working(self, place: Place) -> AsyncIterator[None]:
        task = asyncio.get_running_loop().create_task(self._show_work(place))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _show_work(self, place: Place) -> None:
        await asyncio.sleep(PATIENT)
        while True:
            await self.channel.api.show_action(place)
            await asyncio.sleep(SHOWN)


def _hang(tx: Connection, message: Inbound, *, now: datetime) -> Feedback | None:
    """The file on the feedback that its sender is giving, or gave last."""
    person = str(message.metadata.get("person") or message.sender)
    member_id = members.known_at(tx, CHANNEL, person)
    key = f"{CHANNEL}:{message.sender}:{message.key}"
    return feedback.attach(tx, member_id, message.attachments, key=key, now=now) if member_id else None


def _page_turned(message: Inbound) -> int | None:
    """The message to turn a page in, if this was a press on Next or Previous."""
    if "callback" not in message.metadata or keyboard.page_of(message.text) is None:
        return None
    return int(message.metadata["message_id"])


def _is_late(message: Inbound, now: Standing) -> bool:
    bound = message.metadata.get("question")
    return bound is not None and bound != now.version


def _pause(outcome: Outcome, wait: float) -> float:
    return outcome.seconds + 0.05 if isinstance(outcome, Throttled) else wait


def _mark_gone(tx: Connection, place: Place, reason: str) -> None:
    if not place.is_group:
        intake.present(tx, Presence(place.chat, False, reason))
