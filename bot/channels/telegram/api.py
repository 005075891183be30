"""Telegram's Bot API by python-telegram-bot's `Bot`; what goes wrong becomes an Outcome of ours.

The order of the cases matters: in the library BadRequest and TimedOut are kinds of NetworkError.
"""

import json
import logging
import os
from collections.abc import Awaitable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from telegram import Bot, BotCommandScope, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, ReplyParameters
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from bot.channels.telegram import wording
from bot.channels.telegram.halts import Halts
from bot.channels.telegram.places import Place
from bot.channels.telegram.updates import KINDS, Me
from bot.ports import Gone, Moved, Outcome, Rejected, Sent, Temporary, Throttled, Unknown
from bot.settings import Telegram

# The library gives times as timedelta only when told so, and warns whenever it is not.
os.environ.setdefault("PTB_TIMEDELTA", "true")

# A bad request that is about the chat, not about the message
NO_CHAT = (
    "chat not found", "user not found", "peer_id_invalid", "chat_write_forbidden", "have no rights to send",
    "not enough rights to send", "group chat was deactivated", "need administrator rights",
)  # fmt: skip
TOKEN_SECONDS = 300.0
NOT_PARSED = "can't parse entities"
UNCHANGED = "message is not modified"
NO_TOPIC = "message thread not found"

Markup = Sequence[Sequence[tuple[str, str]]]  # rows of (title, callback data)


class Refused(Exception):
    """The token is wrong: nothing will work until somebody changes it."""


class Busy(Exception):
    """Somebody else asks for this bot's updates."""


class Unreachable(Exception):
    """Telegram does not answer, or says that it cannot now; `seconds` is how long it asks us to wait.

    `lost`: it answered that there is no such thing, and there will be none later.
    """

    def __init__(self, reason: str, *, seconds: float | None = None, lost: bool = False) -> None:
        super().__init__(reason)
        self.seconds, self.lost = seconds, lost


@dataclass(frozen=True, slots=True)
class Part:
    """One message: a text, or a file with the text as its caption."""

    text: str
    file: Path | None = None
    name: str = ""
    picture: bool = False
    markup: Markup = ()
    reply_to: int | None = None


class Api:
    """One bot. `start` must have run before anything else; it raises Refused for a wrong token."""

    def __init__(self, settings: Telegram) -> None:
        assert settings.token is not None
        _keep_tokens_out_of_logs()
        self._token = settings.token.get_secret_value()
        self._base = settings.api_url.rstrip("/")
        self._poll_seconds = settings.poll_seconds
        proxy = settings.proxy.get_secret_value() if settings.proxy else None
        self._polling = _request(settings, 1, proxy, read=settings.poll_seconds + settings.timeout_seconds)
        self._request = _request(settings, settings.in_flight + 8, proxy, read=settings.timeout_seconds)
        self._bot = Bot(
            self._token,
            base_url=f"{self._base}/bot",
            base_file_url=f"{self._base}/file/bot",
            request=self._request,
            get_updates_request=self._polling,
        )
        self.halts = Halts()
        self.me: Me | None = None

    async def start(self) -> Me:
        """Who we are. Raises Refused or Unreachable."""
        await self._request.initialize()
        await self._polling.initialize()
        found = await _asking(self._bot.get_me())
        self.me = Me(found.id, found.username)
        return self.me

    async def stop(self) -> None:
        await self._request.shutdown()
        await self._polling.shutdown()

    # --- coming in

    async def updates(self, offset: int | None) -> list[dict[str, Any]]:
        """The next updates as they are: one that cannot be read must not keep the others away.

        Raises Refused, Busy or Unreachable.
        """
        given: dict[str, Any] = {"timeout": self._poll_seconds, "allowed_updates": json.dumps(KINDS), "limit": 100}
        if offset is not None:
            given["offset"] = offset
        address = f"{self._base}/bot{self._token}/getUpdates?{urlencode(given)}"
        return list(await _asking(self._polling.post(address)))

    async def file(self, file_id: str, target: Path) -> None:
        """Download a file that a person sent. Raises Unreachable."""
        found = await _asking(self._bot.get_file(file_id))
        await _asking(found.download_to_drive(target, read_timeout=60))

    async def pending(self) -> tuple[int, str | None]:
        """How many updates wait at Telegram, and what went wrong when they were delivered to our webhook."""
        info = await _asking(self._bot.get_webhook_info())
        return info.pending_update_count, info.last_error_message

    async def listen(self, url: str | None, secret: str) -> None:
        """Have updates delivered to the address; None: we ask for them ourselves. Nothing that waits is dropped."""
        if url is None:
            await _asking(self._bot.delete_webhook(drop_pending_updates=False))
        else:
            await _asking(self._bot.set_webhook(url, secret_token=secret, allowed_updates=list(KINDS)))

    async def name_commands(self, commands: list[tuple[str, str]], scope: str, language: str) -> None:
        """Raises Unreachable."""
        naming = self._bot.set_my_commands(commands, scope=BotCommandScope(scope), language_code=language or None)
        await _asking(naming)

    # --- going out: everything gives an Outcome

    async def send(self, place: Place, part: Part) -> Outcome:
        """One message. A text that Telegram cannot read as HTML goes out plain."""
        outcome = await self._sent(place, part, plain=False)
        if isinstance(outcome, Rejected) and NOT_PARSED in outcome.reason.lower():
            return await self._sent(place, part, plain=True)
        if isinstance(outcome, Rejected) and NO_TOPIC in outcome.reason.lower():
            return await self._sent(Place(place.chat, 0, place.user), part, plain=False)
        return outcome

    async def _sent(self, place: Place, part: Part, *, plain: bool) -> Outcome:
        about: dict[str, Any] = {
            "chat_id": place.chat,
            "message_thread_id": place.thread or None,
            "parse_mode": None if plain else "HTML",
            "reply_markup": _markup(part.markup),
            "reply_parameters": _reply_to(part.reply_to),
        }
        text = part.text if plain else wording.escape(part.text)
        if part.file is None:
            return await self._outcome(self._bot.send_message(text=text, **about))
        content = InputFile(part.file.read_bytes(), filename=part.name)
        if part.picture:
            return await self._outcome(self._bot.send_photo(photo=content, caption=text or None, **about))
        return await self._outcome(self._bot.send_document(document=content, caption=text or None, **about))

    async def edit(self, place: Place, message_id: int, text: str, markup: Markup) -> Outcome:
        """Write another text into a message of ours. That it says this already is fine."""
        editing = self._bot.edit_message_text(
            text=wording.escape(text),
            chat_id=place.chat,
            message_id=message_id,
            parse_mode="HTML",
            reply_markup=_markup(markup),
        )
        return _unless_unchanged(await self._outcome(editing), message_id)

    async def take_buttons(self, place: Place, message_id: int) -> Outcome:
        """Take the buttons away from a message of ours."""
        editing = self._bot.edit_message_reply_markup(chat_id=place.chat, message_id=message_id, reply_markup=None)
        return _unless_unchanged(await self._outcome(editing), message_id)

    async def answer_press(self, callback_id: str, text: str | None = None) -> Outcome:
        """End the button's waiting sign, with a few words if there are any. After 15 s Telegram takes none."""
        return await self._outcome(self._bot.answer_callback_query(callback_id, text=text, show_alert=bool(text)))

    async def show_action(self, place: Place, action: str = "typing") -> Outcome:
        """Shown for five seconds, or until the next message."""
        return await self._outcome(
            self._bot.send_chat_action(chat_id=place.chat, action=action, message_thread_id=place.thread or None)
        )

    async def _outcome(self, call: Coroutine[Any, Any, Any]) -> Outcome:
        """Make the call, unless nobody may send anything at present."""
        if left := self.halts.left:
            call.close()
            return Throttled(left, everyone=True)
        try:
            done = await call
        except TelegramError as error:
            return outcome(error)
        number = getattr(done, "message_id", None)
        return Sent(None if number is None else str(number))


def _keep_tokens_out_of_logs() -> None:
    # httpx logs every address at INFO, and the token is part of it.
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _request(settings: Telegram, connections: int, proxy: str | None, *, read: float) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=connections,
        read_timeout=read,
        write_timeout=settings.timeout_seconds,
        connect_timeout=settings.timeout_seconds,
        pool_timeout=settings.timeout_seconds,
        proxy=proxy,
        httpx_kwargs={"trust_env": False},
    )


def _markup(rows: Markup) -> InlineKeyboardMarkup | None:
    made = [[InlineKeyboardButton(title, callback_data=data) for title, data in row] for row in rows]
    return InlineKeyboardMarkup(made) if made else None


def _reply_to(message_id: int | None) -> ReplyParameters | None:
    return ReplyParameters(message_id, allow_sending_without_reply=True) if message_id else None


async def _asking(call: Awaitable[Any]) -> Any:
    """A call whose failure is about the connection, not about a message."""
    try:
        return await call
    except InvalidToken as error:
        raise Refused(str(error)) from error
    except Conflict as error:
        raise Busy(str(error)) from error
    except RetryAfter as error:
        raise Unreachable(str(error), seconds=_seconds(error)) from error
    except TelegramError as error:
        lost = isinstance(error, BadRequest | Forbidden)
        raise Unreachable(str(error) or type(error).__name__, lost=lost) from error


def outcome(error: TelegramError) -> Outcome:
    """What an error means for the message."""
    match error:
        case RetryAfter():
            return Throttled(_seconds(error))
        case ChatMigrated():
            return Moved(str(error.new_chat_id))
        case Forbidden():
            return Gone(error.message)
        case BadRequest():
            about_chat = any(reason in error.message.lower() for reason in NO_CHAT)
            return Gone(error.message) if about_chat else Rejected(error.message)
        case TimedOut():
            sure = isinstance(error.__cause__, httpx.PoolTimeout | httpx.ConnectTimeout)
            return Temporary(error.message) if sure else Unknown(error.message)
        case NetworkError():
            return _broken(error)
        case InvalidToken() | Conflict():
            # Nothing is wrong with the message: it waits until somebody has put it right.
            return Throttled(TOKEN_SECONDS, everyone=True)
        case _:
            return Unknown(error.message)


def _broken(error: NetworkError) -> Outcome:
    """An answer with an error in it, or no connection: not delivered. A connection that broke off: who knows."""
    cause = error.__cause__
    if isinstance(cause, httpx.HTTPError) and not isinstance(cause, httpx.ConnectError | httpx.ProxyError):
        return Unknown(error.message)
    return Temporary(error.message)


def _seconds(error: RetryAfter) -> float:
    given = error.retry_after
    return float(given if isinstance(given, int) else given.total_seconds())


def _unless_unchanged(outcome: Outcome, message_id: int) -> Outcome:
    if isinstance(outcome, Rejected) and UNCHANGED in outcome.reason.lower():
        return Sent(str(message_id))
    return outcome
