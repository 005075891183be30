"""The commands that Telegram's menu shows: for private chats and for groups, in Chinese and in English."""

import hashlib
import json

from bot.channels.telegram.api import Api
from bot.i18n import LANGUAGES, Texts

PRIVATE = ("subscribe", "mine", "feedback", "language", "digest", "pause", "stop", "privacy", "help")
GROUP = ("subscribe", "mine", "help")
SCOPES = {"default": PRIVATE, "all_private_chats": PRIVATE, "all_group_chats": GROUP}

Menu = list[tuple[str, str, list[tuple[str, str]]]]  # (scope, language code or "", [(command, description)])


def menu(texts: Texts, default_language: str) -> Menu:
    """Everything that Telegram is told. Whose language we do not speak sees the default one."""
    spoken = {"": default_language, **{language: language for language in LANGUAGES}}
    return [
        (scope, code, [(name, texts(f"telegram.command_{name}", language)) for name in names])
        for scope, names in SCOPES.items()
        for code, language in spoken.items()
    ]


def digest(what: Menu) -> str:
    """The same for the same menu: it is only sent when it has changed."""
    return hashlib.sha256(json.dumps(what, ensure_ascii=False).encode()).hexdigest()[:16]


async def publish(api: Api, what: Menu) -> None:
    """Raises Unreachable."""
    for scope, code, commands in what:
        await api.name_commands(commands, scope, code)
