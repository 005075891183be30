"""Methods that send, change and delete messages, answer presses and move files."""

import mimetypes
import secrets
from typing import TYPE_CHECKING, Any

from tests.fakes.telegram import markup
from tests.fakes.telegram.bots import Bot
from tests.fakes.telegram.errors import bad_request
from tests.fakes.telegram.keyboards import reply_markup
from tests.fakes.telegram.model import Answer, File, Message, Room, message_json, photo_sizes
from tests.fakes.telegram.params import Params, Upload

if TYPE_CHECKING:
    from tests.fakes.telegram.server import TelegramServer

Json = dict[str, Any]
TEXT, CAPTION, TOAST = 4096, 1024, 200
PHOTO_BYTES, DOWNLOAD_BYTES, TWO_DAYS = 10 << 20, 20 << 20, 48 * 3600
PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF", b"BM")
ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
}  # fmt: skip


async def send_message(server: "TelegramServer", bot: Bot, params: Params) -> Json:
    room = server.room(bot, params.text("chat_id"))
    if not params.text("text"):
        raise bad_request("message text is empty")
    text, entities = _text(params, "text", "entities")
    return _send(server, bot, params, room, text=text, entities=entities)


async def send_photo(server: "TelegramServer", bot: Bot, params: Params) -> Json:
    return _send_file(server, bot, params, "photo")


async def send_document(server: "TelegramServer", bot: Bot, params: Params) -> Json:
    return _send_file(server, bot, params, "document")


def _send_file(server: "TelegramServer", bot: Bot, params: Params, kind: str) -> Json:
    room = server.room(bot, params.text("chat_id"))
    caption, entities = _text(params, "caption", "caption_entities") if params.text("caption").strip() else ("", [])
    return _send(server, bot, params, room, text=caption, entities=entities, file=_file(bot, params, kind))


def _text(params: Params, name: str, entities: str) -> tuple[str, list[markup.Entity]]:
    given = params.parsed(entities, "message entities")
    text, found = markup.read(params.text(name), params.text("parse_mode"), given)
    if len(text) > (CAPTION if name == "caption" else TEXT):
        raise bad_request("message caption is too long" if name == "caption" else "message is too long")
    return text, found


def _send(server: "TelegramServer", bot: Bot, params: Params, room: Room, **content: Any) -> Json:
    keyboard, reply_to = reply_markup(params), _replied(params, room)
    topic = _topic(params, room, reply_to)
    method = f"send{content['file'].kind.title()}" if content.get("file") else "sendMessage"
    bot.meter.check(server.flood, method, room.id, server.clock.now())
    message = server.new_message(room, bot, bot, markup=keyboard, reply_to=reply_to, topic=topic, **content)
    return message_json(message, room)


def _replied(params: Params, room: Room) -> Message | None:
    wanted = params.parsed("reply_parameters", "reply parameters") or {}
    number = int(wanted.get("message_id") or params.integer("reply_to_message_id"))
    found = room.message(number) if number else None
    may_miss = wanted.get("allow_sending_without_reply") or params.flag("allow_sending_without_reply")
    if number and (not found or found.deleted) and not may_miss:
        raise bad_request("message to be replied not found")
    return found


def _topic(params: Params, room: Room, reply_to: Message | None) -> int | None:
    topic = params.integer("message_thread_id")
    if topic and topic not in room.topics:
        raise bad_request("message thread not found")
    return topic or (reply_to.topic if reply_to else None)


# --- files ----------------------------------------------------------------------------------------


def _file(bot: Bot, params: Params, kind: str) -> File:
    source = params.text(kind)
    upload = params.uploads.get(source.removeprefix("attach://") if source else kind)
    if upload:
        return new_file(bot, kind, upload)
    if not source:
        raise bad_request(f"there is no {kind} in the request")
    found = bot.files.get(source.removesuffix("-s"))
    if not found:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if found.kind != kind:
        raise bad_request(f"can't use file of type {found.kind.title()} as {kind.title()}")
    return found


def new_file(bot: Bot, kind: str, upload: Upload, *, size: int | None = None) -> File:
    """Raises 400 for what is no picture, for an empty file and for a photo over 10 MB."""
    length = len(upload.data) if size is None else size
    if not length:
        raise bad_request("file must be non-empty")
    if kind == "photo" and length > PHOTO_BYTES:
        raise bad_request(f"file of size {length} bytes is too big for a photo")
    if kind == "photo" and not upload.data.startswith(PICTURES):
        raise bad_request("IMAGE_PROCESS_FAILED")
    number = len(bot.files)
    suffix = ".jpg" if kind == "photo" else "." + upload.name.rpartition(".")[2] if "." in upload.name else ""
    mime = upload.mime if upload.mime != "application/octet-stream" else mimetypes.guess_type(upload.name)[0]
    path = f"{kind}s/file_{number}{suffix}"
    made = File(
        secrets.token_urlsafe(40), secrets.token_urlsafe(11), kind, upload.name, upload.data, length,
        mime or "application/octet-stream", path,
    )  # fmt: skip
    bot.files[made.file_id] = made
    return made


async def get_file(server: "TelegramServer", bot: Bot, params: Params) -> Json:
    wanted = params.text("file_id")
    if not wanted:
        raise bad_request("file_id not specified")
    found = bot.files.get(wanted.removesuffix("-s"))
    if not found:
        raise bad_request("invalid file_id")
    if found.size > DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    size = photo_sizes(found)[0] if wanted.endswith("-s") else found.to_json()
    return {key: size[key] for key in ("file_id", "file_unique_id", "file_size")} | {"file_path": found.path}


# --- changing -------------------------------------------------------------------------------------


async def edit_message_text(server: "TelegramServer", bot: Bot, params: Params) -> Json:
    room, message = _own(server, bot, params)
    if message.file:
        raise bad_request("there is no text in the message to edit")
    if not params.text("text"):
        raise bad_request("message text is empty")
    text, entities = _text(params, "text", "entities")
    return _change(server, bot, room, message, "editMessageText", text, entities, reply_markup(params))


async def edit_message_caption(server: "TelegramServer", bot: Bot, params: Params) -> Json:
    room, message = _own(server, bot, params)
    if not message.file:
        raise bad_request("there is no caption in the message to edit")
    text, entities = _text(params, "caption", "caption_entities") if params.text("caption").strip() else ("", [])
    return _change(server, bot, room, message, "editMessageCaption", text, entities, reply_markup(params))


async def edit_message_reply_markup(server: "TelegramServer", bot: Bot, params: Params) -> Json:
    room, message = _own(server, bot, params)
    new = reply_markup(params)
    return _change(server, bot, room, message, "editMessageReplyMarkup", message.text, message.entities, new)


def _own(server: "TelegramServer", bot: Bot, params: Params) -> tuple[Room, Message]:
    room = server.room(bot, params.text("chat_id"))
    message = room.message(params.integer("message_id"))
    if not message or message.deleted:
        raise bad_request("message to edit not found")
    if message.sender is not bot:
        raise bad_request("message can't be edited")
    return room, message


def _change(
    server: "TelegramServer", bot: Bot, room: Room, message: Message, method: str, text: str,
    entities: list[markup.Entity], keyboard: Json | None,
) -> Json:  # fmt: skip
    """A keyboard that is not sent again is gone, as in reality."""
    if (text, entities, keyboard) == (message.text, message.entities, message.markup):
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same as a current "
            "content and reply markup of the message"
        )
    bot.meter.check(server.flood, method, room.id, server.clock.now())
    message.versions.append(message.text)
    message.text, message.entities, message.markup = text, entities, keyboard
    message.edited = server.clock.seconds()
    server.touch(message)
    return message_json(message, room)


async def delete_message(server: "TelegramServer", bot: Bot, params: Params) -> bool:
    room = server.room(bot, params.text("chat_id"))
    message = room.message(params.integer("message_id"))
    if not message or message.deleted:
        raise bad_request("message to delete not found")
    if server.clock.now() - message.date > TWO_DAYS:
        raise bad_request("message can't be deleted for everyone")
    message.deleted = True
    server.touch(message)
    return True


async def answer_callback_query(server: "TelegramServer", bot: Bot, params: Params) -> bool:
    press = bot.presses.get(params.text("callback_query_id"))
    if len(params.text("text")) > TOAST:
        raise bad_request("MESSAGE_TOO_LONG")
    if not press or press.answer or server.clock.now() > press.expires_at:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    press.settle(Answer(params.text("text"), params.flag("show_alert"), params.text("url") or None))
    server.changed.send()
    return True


async def send_chat_action(server: "TelegramServer", bot: Bot, params: Params) -> bool:
    room = server.room(bot, params.text("chat_id"))
    if params.text("action") not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    _topic(params, room, None)
    room.actions.append(params.text("action"))
    server.changed.send()
    return True
