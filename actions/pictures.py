"""Pictures in the chat: drawn once for what they show, then taken from the files."""

import asyncio
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from actions.turn import Turn
from bot.reports import fonts
from bot.retention import DRAWN


async def picture(now: Turn, name: str, shown: object, draw: Callable[[Path], bytes]) -> str:
    """Path below the files of what `draw` makes with a font. The address is signed for the reader on every channel.

    `shown` is all that is in the picture: the same is not drawn again. Raises NotReady without a font.
    """
    return await asyncio.to_thread(_picture, now, name, shown, draw)


def _picture(now: Turn, name: str, shown: object, draw: Callable[[Path], bytes]) -> str:
    settings = now.services.settings
    font = fonts.chinese(settings.reports.font)
    folder = sha256(repr((shown, now.language)).encode()).hexdigest()[:32]
    path = Path(DRAWN, folder, f"{name}.png")
    whole = settings.data / "files" / path
    if not _is_there(whole):
        whole.parent.mkdir(parents=True, exist_ok=True)
        part = whole.with_name(f"{now.inbox_id}.part")
        part.write_bytes(draw(font))
        part.replace(whole)  # never half a picture
    return path.as_posix()


def _is_there(whole: Path) -> bool:
    """Shown again it is as good as new, so that it is not swept before the message that shows it is stored."""
    try:
        os.utime(whole)
    except FileNotFoundError:
        return False
    return True
