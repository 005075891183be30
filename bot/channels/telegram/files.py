"""Files that people send: what is taken is small, of a kind that an office opens, and named harmlessly."""

import re
import secrets
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path, PurePath
from typing import Any

import structlog

from bot.channels.telegram.api import Api, Unreachable
from bot.messages import Attachment

log = structlog.get_logger()

# How a file of the kind begins; None: it has no mark of its own
ZIP, OLE = (b"PK\x03\x04",), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",)
KINDS: dict[str, tuple[bytes, ...] | None] = {
    ".jpg": (b"\xff\xd8\xff",), ".jpeg": (b"\xff\xd8\xff",), ".png": (b"\x89PNG\r\n\x1a\n",), ".webp": (b"RIFF",),
    ".gif": (b"GIF8",), ".pdf": (b"%PDF-",), ".docx": ZIP, ".xlsx": ZIP, ".pptx": ZIP, ".doc": OLE, ".xls": OLE,
    ".ppt": OLE, ".csv": None, ".txt": None,
}  # fmt: skip
MOST = 20 << 20  # bytes: Telegram hands bots no more. https://core.telegram.org/bots/api#getfile
LONGEST_NAME = 80
HEAD = 16
UNSAFE = re.compile(r"[\x00-\x1f\x7f<>:\"/\\|?*\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")


class Refused(StrEnum):
    """Why a file was not taken: the end of a key in bot/texts/*/telegram.yml."""

    TOO_LARGE = "file_too_large"
    KIND = "file_kind"
    LOST = "file_lost"


@dataclass(frozen=True, slots=True)
class Offered:
    """A file as the message announces it; `size` in bytes, 0 when unknown."""

    id: str
    name: str
    type: str
    size: int

    @classmethod
    def of(cls, metadata: Any) -> "Offered":
        return cls(str(metadata["id"]), str(metadata["name"]), str(metadata["type"]), int(metadata["size"]))


def safe_name(name: str) -> str:
    """The name as a file may have it anywhere: no folders, nothing that looks like something else."""
    plain = UNSAFE.sub("_", PurePath(name.replace("\\", "/")).name).strip(" .")
    stem, suffix = PurePath(plain).stem, PurePath(plain).suffix
    return f"{stem[: LONGEST_NAME - len(suffix)] or 'file'}{suffix[:10]}"


def problem(offered: Offered, *, most: int) -> Refused | None:
    """What is wrong with it before it is fetched."""
    if PurePath(safe_name(offered.name)).suffix.lower() not in KINDS:
        return Refused.KIND
    return Refused.TOO_LARGE if offered.size > min(most, MOST) else None


def is_what_it_says(path: Path) -> bool:
    """Does the content begin like a file of this name?"""
    marks = KINDS[path.suffix.lower()]
    with path.open("rb") as file:
        head = file.read(HEAD)
    return b"\x00" not in head if marks is None else head.startswith(marks)


async def fetch(api: Api, offered: Offered, folder: Path, *, most: int) -> Attachment | Refused:
    """Bring the file into the folder, under a name that nobody can guess. Raises Unreachable when it may come later."""
    if wrong := problem(offered, most=most):
        return wrong
    name = f"in/{secrets.token_hex(16)}/{safe_name(offered.name)}"
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        await api.file(offered.id, target)
    except Unreachable as error:
        target.parent.rmdir()
        if error.lost:
            log.warning("telegram_file_lost", error=str(error))
            return Refused.LOST
        raise
    return _checked(Attachment(target.name, offered.type, name, target.stat().st_size), target, most)


def _checked(taken: Attachment, target: Path, most: int) -> Attachment | Refused:
    wrong = Refused.TOO_LARGE if taken.size > most else None if is_what_it_says(target) else Refused.KIND
    if wrong is None:
        return replace(taken, media_type=taken.media_type or "application/octet-stream")
    target.unlink()
    target.parent.rmdir()
    return wrong
