"""Files that a visitor sends from the chat page: one a request, taken only if it is what its name says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from bot import attachments
from bot.attachments import Refused
from bot.messages import Attachment, storable

PATH = "/chat/files"
FIELDS = 4


@asynccontextmanager
async def form_of(request: Request) -> AsyncIterator[FormData]:
    """The form of an upload, its file closed afterwards; an empty one when it is none, or holds several files."""
    try:
        form = await request.form(max_files=1, max_fields=FIELDS)
    except HTTPException as error:
        if error.status_code != 400:
            raise
        form = FormData()
    try:
        yield form
    finally:
        await form.close()


def file_of(form: FormData) -> UploadFile | None:
    found = form.get("file")
    return found if isinstance(found, UploadFile) and found.filename else None


def text_of(form: FormData, name: str) -> str:
    found: Any = form.get(name)
    return storable(found) if isinstance(found, str) else ""


def take(sent: UploadFile, folder: Path, *, most: int) -> Attachment | Refused:
    """Put the file into the folder, under a name that nobody can guess, or say why not. Nothing half stays."""
    name = storable(sent.filename or "")
    if wrong := attachments.problem(name, sent.size or 0, most=most):
        return wrong
    path, target = attachments.new_place(folder, name)
    with target.open("wb") as file:
        while part := sent.file.read(1 << 16):
            file.write(part)
    return attachments.taken(path, target, most=most)
