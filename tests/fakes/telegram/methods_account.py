"""Methods about updates, the bot itself and its chats."""

import asyncio
import re
from typing import TYPE_CHECKING, Any

from tests.fakes.telegram.bots import Bot
from tests.fakes.telegram.errors import ApiError, bad_request
from tests.fakes.telegram.model import Room
from tests.fakes.telegram.params import Params, from_json
from tests.fakes.telegram.waiting import first
from tests.fakes.telegram.webhook import Webhook

if TYPE_CHECKING:
    from tests.fakes.telegram.server import TelegramServer

Json = dict[str, Any]
LONGEST_POLL = 50
COMMANDS, DESCRIPTION = 100, 256
SCOPES = {
    "default": (), "all_private_chats": (), "all_group_chats": (), "all_chat_administrators": (),
    "chat": ("chat_id",), "chat_administrators": ("chat_id",), "chat_member": ("chat_id", "user_id"),
}  # fmt: skip
LENGTHS = {"name": 64, "description": 512, "short_description": 120}
RIGHTS = (
    "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
    "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
    "can_edit_stories", "can_delete_stories",
)  # fmt: skip


# --- updates --------------------------------------------------------------------------------------


async def get_updates(server: "TelegramServer", bot: Bot, params: Params) -> list[Json]:
    if bot.webhook and bot.webhook.url:
        await _conflict(
            server, bot,
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        )  # fmt: skip
    offset, limit = params.integer("offset"), max(1, min(100, params.integer("limit", 100)))
    timeout = max(0, min(LONGEST_POLL, params.integer("timeout")))
    _remember_allowed(bot, params)
    found = bot.queue.batch(offset, limit)
    if not found and timeout:
        found = await _long_poll(server, bot, offset, limit, timeout)
    shown = reversed(found) if bot.deliver_shuffled else found
    return [one.to_json() for one in shown]


async def _long_poll(server: "TelegramServer", bot: Bot, offset: int, limit: int, timeout: int) -> list[Any]:
    bot.end_poll("terminated by other getUpdates request; make sure that only one bot instance is running")
    mine: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    bot.poll = mine
    until = asyncio.get_running_loop().time() + timeout
    while not (found := bot.queue.batch(offset, limit)) and not server.closing:
        left = until - asyncio.get_running_loop().time()
        if left <= 0:
            break
        await first(bot.queue.changed.next(), _result(mine), server.closed.next(), timeout=left)
        if mine.done():
            await _conflict(server, bot, mine.result())
    return found


async def _result(future: asyncio.Future[str]) -> None:
    await asyncio.wait([future])


async def _conflict(server: "TelegramServer", bot: Bot, why: str) -> None:
    """At once, but not more often than every three seconds: the next ones are held back so long."""
    now = asyncio.get_running_loop().time()
    if now < bot.next_conflict_at:
        await first(server.closed.next(), timeout=server.conflict_delay)
    else:
        bot.next_conflict_at = now + server.conflict_delay
    raise ApiError(409, f"Conflict: {why}")


def _remember_allowed(bot: Bot, params: Params) -> None:
    allowed = params.parsed("allowed_updates", "allowed updates")
    if isinstance(allowed, list):
        bot.queue.allowed = allowed


async def set_webhook(server: "TelegramServer", bot: Bot, params: Params) -> bool:
    url, secret = params.text("url"), params.text("secret_token")
    if not url:
        return await delete_webhook(server, bot, params)
    if not re.match(r"https?://[^/\s]+", url):
        raise bad_request("invalid webhook URL specified")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")
    _remember_allowed(bot, params)
    bot.end_poll("terminated by setWebhook request")
    await _drop_webhook(bot, params)

    async def on_reply(body: Json) -> None:
        await server.perform(bot, str(body.pop("method")), from_json(body))

    bot.webhook = Webhook(url, secret, queue=bot.queue, clock=server.clock, on_reply=on_reply)
    bot.webhook.max_connections = max(1, min(100, params.integer("max_connections", 40)))
    bot.webhook.start(server.webhook_transport)
    return True


async def delete_webhook(server: "TelegramServer", bot: Bot, params: Params) -> bool:
    await _drop_webhook(bot, params)
    return True


async def _drop_webhook(bot: Bot, params: Params) -> None:
    if bot.webhook:
        await bot.webhook.stop()
        bot.webhook = None
    if params.flag("drop_pending_updates"):
        bot.queue.clear()


async def get_webhook_info(server: "TelegramServer", bot: Bot, params: Params) -> Json:
    hook = bot.webhook.info() if bot.webhook else {"url": ""}
    allowed = {"allowed_updates": bot.queue.allowed} if bot.queue.allowed else {}
    return hook | {"has_custom_certificate": False, "pending_update_count": len(bot.pending)} | allowed


# --- the bot itself -------------------------------------------------------------------------------


async def get_me(server: "TelegramServer", bot: Bot, params: Params) -> Json:
    return bot.me()


async def done(server: "TelegramServer", bot: Bot, params: Params) -> bool:
    """logOut, close: nothing to do here."""
    return True


async def set_my_commands(server: "TelegramServer", bot: Bot, params: Params) -> bool:
    commands = params.parsed("commands", "commands") or []
    if len(commands) > COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    pairs = [(str(one["command"]).removeprefix("/"), str(one["description"]).strip()) for one in commands]
    for name, description in pairs:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", name):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(description) <= DESCRIPTION:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    bot.command_lists[_scope(server, bot, params), _language(params)] = pairs
    return True


async def get_my_commands(server: "TelegramServer", bot: Bot, params: Params) -> list[Json]:
    found = bot.command_lists.get((_scope(server, bot, params), _language(params)), [])
    return [{"command": name, "description": description} for name, description in found]


async def delete_my_commands(server: "TelegramServer", bot: Bot, params: Params) -> bool:
    bot.command_lists.pop((_scope(server, bot, params), _language(params)), None)
    return True


def _scope(server: "TelegramServer", bot: Bot, params: Params) -> str:
    scope = params.parsed("scope", "BotCommandScope") or {"type": "default"}
    if scope.get("type") not in SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    needed = SCOPES[scope["type"]]
    if "chat_id" in needed:
        server.room(bot, str(scope.get("chat_id", "")), write=False)
    return ":".join([scope["type"], *(str(scope.get(name, "")) for name in needed)])


def _language(params: Params) -> str:
    code = params.text("language_code")
    if code and not re.fullmatch("[a-z]{2}", code):
        raise bad_request("invalid language code specified")
    return code


def setter(what: str) -> Any:
    async def set_text(server: "TelegramServer", bot: Bot, params: Params) -> bool:
        text = params.text(what).strip()
        if len(text) > LENGTHS[what]:
            raise bad_request(f"bot {what.replace('_', ' ')} is too long")
        bot.texts[what, _language(params)] = text
        return True

    return set_text


def getter(what: str) -> Any:
    async def get_text(server: "TelegramServer", bot: Bot, params: Params) -> Json:
        default = bot.texts.get((what, ""), bot.first_name if what == "name" else "")
        return {what: bot.texts.get((what, _language(params))) or default}

    return get_text


async def set_chat_menu_button(server: "TelegramServer", bot: Bot, params: Params) -> bool:
    bot.menu = params.parsed("menu_button", "menu button") or {"type": "default"}
    return True


async def get_chat_menu_button(server: "TelegramServer", bot: Bot, params: Params) -> Json:
    return bot.menu


# --- chats ----------------------------------------------------------------------------------------


async def get_chat(server: "TelegramServer", bot: Bot, params: Params) -> Json:
    room = server.room(bot, params.text("chat_id"), write=False)
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    rest = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": dict.fromkeys(gifts, False)}
    return room.to_json() | rest


async def leave_chat(server: "TelegramServer", bot: Bot, params: Params) -> bool:
    room = server.room(bot, params.text("chat_id"), write=False)
    if room.user:
        raise bad_request("chat member status can't be changed in private chats")
    server.set_member(room, bot, "left", by=bot)
    return True


async def get_chat_member(server: "TelegramServer", bot: Bot, params: Params) -> Json:
    room = server.room(bot, params.text("chat_id"), write=False)
    number = params.integer("user_id")
    if number not in room.people and number not in server.users:
        raise bad_request("invalid user_id specified")
    return member_json(room, number, server)


async def get_chat_administrators(server: "TelegramServer", bot: Bot, params: Params) -> list[Json]:
    room = server.room(bot, params.text("chat_id"), write=False)
    if room.user:
        raise bad_request("there are no administrators in the private chat")
    leading = [number for number, state in room.members.items() if state in {"creator", "administrator"}]
    return [member_json(room, number, server) for number in leading]


async def get_chat_member_count(server: "TelegramServer", bot: Bot, params: Params) -> int:
    room = server.room(bot, params.text("chat_id"), write=False)
    return 2 if room.user else sum(state not in {"left", "kicked"} for state in room.members.values())


def member_json(room: Room, number: int, server: "TelegramServer", state: str | None = None) -> Json:
    person = room.people.get(number) or server.users[number]
    state = state or room.members.get(number, "left")
    found: Json = {"status": state, "user": person.to_json()}
    if state == "creator":
        found["is_anonymous"] = False
    if state == "administrator":
        found |= dict.fromkeys(RIGHTS, False) | {"can_manage_chat": True}
    return found | ({"until_date": 0} if state == "kicked" else {})
