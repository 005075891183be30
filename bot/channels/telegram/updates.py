"""What an update of Telegram's means to us: a message, a press, an edit, a coming or going, or nothing (pure).

Fields: https://core.telegram.org/bots/api#update. An update is read leniently: what we do not use may be anything.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.telegram.places import Place
from bot.channels.telegram.wording import clean
from nlu import language

KINDS = ("message", "edited_message", "callback_query", "my_chat_member")  # what we ask Telegram for
CHANNEL = "telegram"

# Commands: the dialogue's payload, or a sentence of bot/texts (`telegram.said_...`) when something is said with it.
INTENTS = {
    "start": "/greet",
    "help": "/help",
    "subscribe": "/subscribe",
    "mine": "/list_subscriptions",
    "feedback": "/give_feedback",
    "language": "/set_language",
    "digest": "/set_digest",
    "pause": "/pause_alerts",
    "stop": "/stop",
    "privacy": "/privacy",
}
SAID = frozenset({"subscribe", "feedback", "language", "digest", "pause"})
CODE = re.compile(r"([0-9A-Z]{4})[-_]?([0-9A-Z]{4})")
FILES = ("photo", "document")
OTHER_KINDS = (
    "sticker", "voice", "audio", "video", "video_note", "animation", "location", "venue", "contact", "poll", "dice",
    "story", "paid_media", "checklist",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Me:
    """The bot itself."""

    id: int
    username: str


@dataclass(frozen=True, slots=True)
class Said:
    """A message to us. `said` names the sentence that a command's words are put into."""

    place: Place
    text: str
    metadata: dict[str, Any]
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button under one of our messages; what it means is known on our side only."""

    callback_id: str
    data: str
    user: int
    chat: int
    message_id: int
    language: str | None


@dataclass(frozen=True, slots=True)
class Presence:
    """We can or cannot write to this chat any more."""

    chat: int
    alive: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Migrated:
    """A group became a supergroup and has a new number."""

    old: int
    new: int


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing for us, and why."""

    why: str


Incoming = Said | Pressed | Presence | Migrated | Ignored
Json = Mapping[str, Any]


def kind(update: Json) -> str:
    """The one field that an update has besides its number."""
    return next((name for name in update if name != "update_id"), "empty")


def read(update: Json, me: Me) -> Incoming:
    """Raises KeyError, TypeError or ValueError for what is no update."""
    match kind(update):
        case "message":
            return _message(update["message"], me)
        case "edited_message":
            return _message(update["edited_message"], me, edited=True)
        case "callback_query":
            return _pressed(update["callback_query"])
        case "my_chat_member":
            return _presence(update["my_chat_member"])
        case other:
            return Ignored(other)


def _message(message: Json, me: Me, *, edited: bool = False) -> Incoming:
    chat = message["chat"]
    if "migrate_to_chat_id" in message:
        return Migrated(int(chat["id"]), int(message["migrate_to_chat_id"]))
    who = message.get("from") or {}
    if chat["type"] == "channel" or not who or who.get("is_bot"):
        return Ignored("not from a person")
    text = clean(str(message.get("text") or message.get("caption") or ""))
    if chat["type"] != "private" and not _addressed(message, text, me):
        return Ignored("not addressed")
    what = _content(message)
    if what is None and not text:
        return Ignored("a service message")
    return _said(message, text, me, what or {}, edited=edited)


def _content(message: Json) -> dict[str, Any] | None:
    """What came besides text: a file that we take, or the name of a kind that we do not."""
    for name in FILES:
        if name in message:
            return {"file": _file(name, message[name])}
    return next(({"unsupported": name} for name in OTHER_KINDS if name in message), None)


def _file(name: str, content: Any) -> dict[str, Any]:
    """The largest of a photo's sizes; a document as it is."""
    if name == "photo":
        best = max(content, key=lambda one: one.get("file_size") or one["width"] * one["height"])
        return {"id": best["file_id"], "name": "photo.jpg", "size": best.get("file_size") or 0, "photo": True}
    return {
        "id": content["file_id"],
        "name": clean(str(content.get("file_name") or "document")),
        "size": content.get("file_size") or 0,
    }


def _said(message: Json, text: str, me: Me, what: dict[str, Any], *, edited: bool) -> Said:
    user, chat = int(message["from"]["id"]), message["chat"]
    thread = int(message.get("message_thread_id") or 0) if message.get("is_topic_message") else 0
    place = Place(int(chat["id"]), thread, user if chat["type"] != "private" else None)
    metadata = {"message_id": int(message["message_id"]), "person": str(user), **what}
    if spoken := _language(message["from"]):
        metadata["language"] = spoken
    if edited:
        metadata["edited"] = metadata["message_id"]
    if "media_group_id" in message:
        metadata["album"] = str(message["media_group_id"])
    plain = _without_mention(text, me) if place.is_group else text
    meant, sentence = _meant(plain, me)
    return Said(place, meant, metadata, sentence)


def _language(user: Json) -> str | None:
    code = str(user.get("language_code") or "")[:2]
    return code if code in ("zh", "en") else None


def _meant(text: str, me: Me) -> tuple[str, str | None]:
    """A command as the dialogue understands it; any other text as it is."""
    name, words = command(text, me)
    if name is None or name not in INTENTS:
        return text, None
    if name == "start" and words:
        return _by_link(words), None
    if words and name in SAID:
        return words, f"telegram.said_{name}"
    return INTENTS[name], None


def _by_link(payload: str) -> str:
    """What a deep link carries: a one-time code, of which the dialogue sees whether it enrols or links."""
    code = CODE.fullmatch(payload.upper())
    return f'/link_account{{"code": "{code[1]}-{code[2]}"}}' if code else INTENTS["start"]


def command(text: str, me: Me) -> tuple[str | None, str]:
    """`/pause@our_bot a week` is ("pause", "a week"); no command of ours is (None, "")."""
    first, _, rest = text.partition(" ")
    name, at, bot = first.split("\n")[0].partition("@")
    if not name.startswith("/") or (at and bot.lower() != me.username.lower()):
        return None, ""
    return name[1:].lower(), rest.strip()


def sentence_language(words: str, hint: str | None) -> str:
    return language.detect(words, default=hint or "zh")


def _addressed(message: Json, text: str, me: Me) -> bool:
    """In a group: a command with our name, our name anywhere, or an answer to a message of ours."""
    replied = (message.get("reply_to_message") or {}).get("from") or {}
    if replied.get("id") == me.id:
        return True
    entities = [*(message.get("entities") or ()), *(message.get("caption_entities") or ())]
    return any(_names_us(entity, text, me) for entity in entities)


def _names_us(entity: Json, text: str, me: Me) -> bool:
    if entity["type"] == "text_mention":
        return bool((entity.get("user") or {}).get("id") == me.id)
    if entity["type"] not in ("mention", "bot_command"):
        return False
    return _slice(text, entity).lower().endswith(f"@{me.username.lower()}")


def _slice(text: str, entity: Json) -> str:
    """The part of the text that an entity names; its offsets count UTF-16 code units."""
    units = text.encode("utf-16-le", "surrogatepass")
    start, length = 2 * int(entity["offset"]), 2 * int(entity["length"])
    return units[start : start + length].decode("utf-16-le", "replace")


def _without_mention(text: str, me: Me) -> str:
    """What was said besides calling us; commands keep their name to be read."""
    if text.startswith("/"):
        return text
    lowered, name = text.lower(), f"@{me.username.lower()}"
    at = lowered.find(name)
    return (text[:at] + text[at + len(name) :]).strip(" ,，:：") if at >= 0 else text


def _pressed(query: Json) -> Incoming:
    message = query.get("message")
    if not message:
        return Ignored("a press without its message")
    return Pressed(
        callback_id=str(query["id"]),
        data=str(query.get("data") or ""),
        user=int(query["from"]["id"]),
        chat=int(message["chat"]["id"]),
        message_id=int(message["message_id"]),
        language=_language(query["from"]),
    )


def _presence(change: Json) -> Presence:
    status = str(change["new_chat_member"]["status"])
    alive = status in ("member", "administrator", "creator", "restricted")
    return Presence(int(change["chat"]["id"]), alive, "" if alive else f"the bot was {status}")
