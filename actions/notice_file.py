"""The file that is sent for a notice: with a message of the dialogue, or by itself while the notice is written."""

import asyncio
import secrets
import shutil
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from actions.turn import Turn
from bot import attachments, notices
from bot.errors import BadInput
from bot.messages import Attachment


async def file_of(now: Turn) -> Attachment | None:
    """The file that came with the message, copied to where the files of notices lie: the sender may be erased."""
    sent = await now.services.db.read(_sent, now)
    if sent is None:
        return None
    folder = now.services.settings.data / "files"
    path = f"notices/{secrets.token_hex(16)}/{sent.file.name}"
    try:
        await asyncio.to_thread(_copy, folder, sent.file.path, path)
    except OSError as error:
        raise BadInput("notice.file_unreadable") from error
    return replace(sent.file, path=path)


def _sent(tx: Connection, now: Turn) -> attachments.Received | None:
    """With this message; else by itself, which is no turn on some channels, since the notice was last touched."""
    known = now.tracker.get_slot("notice")
    here = attachments.find(tx, now.inbox_id, 0)
    if here is not None or not known:
        return here
    last = next(iter(attachments.of_member(tx, now.member_id, limit=1)), None)
    return last if last is not None and last.at > notices.by_id(tx, int(known)).updated_at else None


def _copy(folder: Any, source: str, path: str) -> None:
    (folder / path).parent.mkdir(parents=True)
    shutil.copyfile(attachments.on_disk(folder, source), folder / path)
