"""The parameters of a call, however they were sent: query, form, multipart or JSON."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.requests import Request

from tests.fakes.telegram.errors import ApiError, bad_request


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    data: bytes
    mime: str


@dataclass(slots=True)
class Params:
    values: dict[str, str] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name, default)

    def integer(self, name: str, default: int = 0) -> int:
        """As the real server: what is not a number counts as 0."""
        found = self.values.get(name)
        if found is None or found == "":
            return default
        return int(found) if found.lstrip("-").isdigit() and found.count("-") <= 1 else 0

    def flag(self, name: str) -> bool:
        return self.values.get(name, "").lower() in {"true", "yes", "1"}

    def parsed(self, name: str, what: str) -> Any:
        """A JSON value; None if it was not sent. `what` names it in the error."""
        found = self.values.get(name)
        if not found:
            return None
        try:
            return json.loads(found)
        except ValueError:
            raise bad_request(f"can't parse {what} JSON object") from None


async def read_params(request: Request) -> Params:
    """Raises ApiError 413 for more than 50 MB."""
    if int(request.headers.get("content-length", 0)) > (50 << 20) + 8192:
        raise ApiError(413, "Request Entity Too Large")
    values = dict(request.query_params)
    kind = request.headers.get("content-type", "").split(";")[0].strip()
    if kind == "multipart/form-data":
        return await _multipart(request, values)
    body = await request.body()
    if kind == "application/json" and body:
        return Params(values | {key: _as_text(value) for key, value in json.loads(body).items()})
    try:
        return Params(values | dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict")))
    except UnicodeDecodeError:
        raise bad_request("strings must be encoded in UTF-8") from None


def from_json(body: dict[str, Any]) -> Params:
    return Params({key: _as_text(value) for key, value in body.items()})


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


async def _multipart(request: Request, values: dict[str, str]) -> Params:
    found = Params(values)
    async with request.form() as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                mime = value.content_type or "application/octet-stream"
                found.uploads[name] = Upload(value.filename or name, await value.read(), mime)
            else:
                found.values[name] = value
    return found
