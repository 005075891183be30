"""Telegram put together: the channel that sends, and the listener that hears."""

import hashlib
from dataclasses import dataclass

from bot.channels.telegram.api import Api
from bot.channels.telegram.gate import Gate
from bot.channels.telegram.listener import Listener
from bot.channels.telegram.sender import TelegramChannel
from bot.channels.telegram.turns import Turns
from bot.conversation import Conversations
from bot.services import Services


@dataclass(frozen=True, slots=True)
class Telegram:
    """One bot of this process."""

    channel: TelegramChannel
    listener: Listener


def build(services: Services, conversations: Conversations) -> Telegram:
    """From settings with a token; nothing is sent or asked yet."""
    settings = services.settings
    api = Api(settings.telegram)
    gate = Gate(services.db, settings.telegram)
    files = settings.data / "files"
    channel = TelegramChannel(api, services.db, services.clock, gate, files, settings.telegram.in_flight)
    turns = Turns(conversations, channel, services.texts, settings.limits.upload_bytes)
    listener = Listener(api, services.db, services.clock, services.texts, settings, turns, secret(services))
    return Telegram(channel, listener)


def secret(services: Services) -> str:
    """What Telegram shows when it calls our webhook; the same in every process, and of no use for anything else."""
    telegram = services.settings.telegram
    if telegram.webhook_secret:
        return telegram.webhook_secret.get_secret_value()
    assert telegram.token is not None
    return hashlib.sha256(b"webhook:" + telegram.token.get_secret_value().encode()).hexdigest()
