"""Files that people send here: fetched from Telegram only when they may be taken (bot/attachments.py)."""

from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import structlog

from bot import attachments
from bot.attachments import Refused
from bot.channels.telegram.api import Api, Unreachable
from bot.messages import Attachment

log = structlog.get_logger()

MOST = 20 << 20  # bytes: Telegram hands bots no more. https://core.telegram.org/bots/api#getfile


@dataclass(frozen=True, slots=True)
class Offered:
    """A file as the message announces it; `size` in bytes, 0 when unknown. A photo has no name of its own."""

    id: str
    name: str
    size: int
    photo: bool = False

    @classmethod
    def of(cls, metadata: Any) -> "Offered":
        return cls(str(metadata["id"]), str(metadata["name"]), int(metadata["size"]), bool(metadata.get("photo")))


async def fetch(api: Api, offered: Offered, folder: Path, *, most: int) -> Attachment | Refused:
    """Bring the file into the folder. Raises Unreachable when it may come later."""
    most = min(most, MOST)
    if wrong := attachments.problem(offered.name, offered.size, most=most):
        return wrong
    path, target = attachments.new_place(folder, offered.name)
    try:
        await api.file(offered.id, target)
    except Unreachable as error:
        attachments.drop(target)
        if error.lost:
            log.warning("telegram_file_lost", error=str(error))
            return Refused.LOST
        raise
    if offered.photo and (suffix := attachments.picture_suffix(attachments.head_of(target))):
        target = target.rename(target.with_suffix(suffix))
        path = str(PurePath(path).with_suffix(suffix))
    return attachments.taken(path, target, most=most)
