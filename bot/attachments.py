"""Files that members send: which are taken, how they are named and kept, and which a member has sent."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path, PurePath

from sqlalchemy import Connection, Select, and_, select

from bot.db.engine import AnyRow
from bot.db.models import conversations, inbox
from bot.messages import Attachment


@dataclass(frozen=True, slots=True)
class Kind:
    """`marks`: how such a file begins, as (offset, bytes); one of them is enough. None at all: it is text."""

    media_type: str
    marks: tuple[tuple[int, bytes], ...] = ()


_JPEG = Kind("image/jpeg", ((0, b"\xff\xd8\xff"),))
_ZIP, _OLE = ((0, b"PK\x03\x04"),), ((0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),)
_OFFICE = "application/vnd.openxmlformats-officedocument"
# What an office opens, and nothing that a browser would run
KINDS = {
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".png": Kind("image/png", ((0, b"\x89PNG\r\n\x1a\n"),)),
    ".webp": Kind("image/webp", ((8, b"WEBP"),)),
    ".gif": Kind("image/gif", ((0, b"GIF8"),)),
    ".heic": Kind("image/heic", ((4, b"ftyp"),)),  # a photo that an iPhone sends as a file
    ".pdf": Kind("application/pdf", ((0, b"%PDF-"),)),
    ".docx": Kind(f"{_OFFICE}.wordprocessingml.document", _ZIP),
    ".xlsx": Kind(f"{_OFFICE}.spreadsheetml.sheet", _ZIP),
    ".pptx": Kind(f"{_OFFICE}.presentationml.presentation", _ZIP),
    ".doc": Kind("application/msword", _OLE),
    ".xls": Kind("application/vnd.ms-excel", _OLE),
    ".ppt": Kind("application/vnd.ms-powerpoint", _OLE),
    ".csv": Kind("text/csv"),
    ".txt": Kind("text/plain"),
}
LONGEST_NAME = 80
HEAD = 16
BYTE_ORDER = (b"\xff\xfe", b"\xfe\xff")  # text with two bytes a character, as Excel writes it: zeros are no surprise
UNSAFE = re.compile(r"[\x00-\x1f\x7f<>:\"/\\|?*\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")


class Refused(StrEnum):
    """Why a file was not taken: the end of a key in bot/texts/*/attachments.yml."""

    TOO_LARGE = "too_large"
    KIND = "kind"
    LOST = "lost"


# --- decisions ------------------------------------------------------------------------------------


def safe_name(name: str) -> str:
    """The name as a file may have it anywhere: no folders, nothing that looks like something else."""
    plain = UNSAFE.sub("_", PurePath(name.replace("\\", "/")).name).strip(" .")
    stem, suffix = PurePath(plain).stem, PurePath(plain).suffix
    return f"{stem[: LONGEST_NAME - len(suffix)] or 'file'}{suffix[:10]}"


def kind_of(name: str) -> Kind | None:
    return KINDS.get(PurePath(safe_name(name)).suffix.lower())


def problem(name: str, size: int, *, most: int) -> Refused | None:
    """What is wrong with a file as it is announced; `size` in bytes, 0 when unknown."""
    if kind_of(name) is None:
        return Refused.KIND
    return Refused.TOO_LARGE if size > most else None


def is_what_it_says(name: str, head: bytes) -> bool:
    """Does the content begin like a file of this name?"""
    kind = kind_of(name)
    if kind is None:
        return False
    if not kind.marks:
        return b"\x00" not in head or head.startswith(BYTE_ORDER)
    return any(head[offset:].startswith(mark) for offset, mark in kind.marks)


def picture_suffix(head: bytes) -> str | None:
    """What kind of picture begins like this."""
    pictures = (suffix for suffix, kind in KINDS.items() if kind.media_type.startswith("image/"))
    return next((suffix for suffix in pictures if is_what_it_says(f"x{suffix}", head)), None)


# --- keeping them ---------------------------------------------------------------------------------


def new_place(folder: Path, name: str) -> tuple[str, Path]:
    """Where to put a file: its path below the data folder's `files/`, which nobody can guess, and in full."""
    path = f"in/{secrets.token_hex(16)}/{safe_name(name)}"
    (folder / path).parent.mkdir(parents=True)
    return path, folder / path


def taken(path: str, target: Path, *, most: int) -> Attachment | Refused:
    """The file that lies there now, or why it is refused; then it is gone again."""
    head = head_of(target)
    size, kind = target.stat().st_size, kind_of(target.name)
    if size > most or kind is None or not is_what_it_says(target.name, head):
        drop(target)
        return Refused.TOO_LARGE if size > most else Refused.KIND
    # What its sender says it is does not count: a browser would believe it.
    return Attachment(target.name, kind.media_type, path, size)


def head_of(target: Path) -> bytes:
    with target.open("rb") as file:
        return file.read(HEAD)


def drop(target: Path) -> None:
    target.unlink(missing_ok=True)
    target.parent.rmdir()


def on_disk(folder: Path, path: str) -> Path:
    """Where the file lies, which is in this folder of files. Raises ValueError for anywhere else."""
    target = (folder / path).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise ValueError(f"{path!r} is not in the folder of files")
    return target


# --- which there are ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Received:
    """A file with the message that brought it; (`inbox_id`, `number`) names it. Who may see it: `authority.reach`."""

    inbox_id: int
    number: int
    member_id: int
    channel: str
    at: datetime
    words: str  # what was written beside it
    file: Attachment


_FIRST = inbox.c.message["attachments"][0]["path"].as_string()


def of_member(tx: Connection, member_id: int, *, limit: int = 200) -> list[Received]:
    """What the member has sent on any channel, the newest first."""
    query = _with_files().where(conversations.c.member_id == member_id).order_by(inbox.c.id.desc()).limit(limit)
    return [one for row in tx.execute(query) for one in _received(row)]


def find(tx: Connection, inbox_id: int, number: int) -> Received | None:
    row = tx.execute(_with_files().where(inbox.c.id == inbox_id)).first()
    return next((one for one in _received(row) if one.number == number), None) if row else None


def _with_files() -> Select[tuple[int, str, datetime, dict[str, object], int]]:
    same = and_(inbox.c.channel == conversations.c.channel, inbox.c.sender == conversations.c.sender)
    columns = inbox.c.id, inbox.c.channel, inbox.c.received_at, inbox.c.message, conversations.c.member_id
    return select(*columns).join(conversations, same).where(_FIRST.is_not(None))


def _received(row: AnyRow) -> Iterator[Received]:
    for number, file in enumerate(row.message["attachments"]):
        yield Received(
            row.id, number, row.member_id, row.channel, row.received_at, row.message["text"], Attachment(**file)
        )
