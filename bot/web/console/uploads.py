"""Files that staff attach: kept below the data folder's `files/`, with the name that they came under."""

import secrets
from pathlib import Path
from typing import Any

from starlette.datastructures import UploadFile

from bot.errors import BadInput
from bot.messages import storable
from bot.web.console.visit import Visit

BLOCK = 1 << 20
# What readers get under this name; anything else is a file without a kind.
MEDIA = {
    ".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


def plain_name(name: str) -> str:
    """The last part of a name, as a file system and a database can hold it."""
    last = Path(storable(name).replace("\\", "/")).name
    return "".join(one for one in last if one.isprintable())[-100:] or "file"


async def kept(visit: Visit, file: UploadFile) -> dict[str, Any]:
    """Store an upload; {name, media_type, path, size}. Raises BadInput for an empty or too large one."""
    limit = visit.web.services.settings.limits.upload_bytes
    if not file.size or file.size > limit:
        raise BadInput("console.uploads.size", mb=limit // 1_000_000)
    name = plain_name(file.filename or "")
    path = f"{secrets.token_hex(16)}/{name}"
    target = visit.web.services.settings.data / "files" / path
    target.parent.mkdir(parents=True)
    with target.open("wb") as out:
        while block := await file.read(BLOCK):
            out.write(block)
    return {"name": name, "media_type": MEDIA.get(Path(name).suffix.lower(), "application/octet-stream"),
            "path": path, "size": file.size}  # fmt: skip
