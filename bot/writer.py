"""The optional writer: an endpoint of the OpenAI kind that is asked to put entries together. It has no tools.

What comes back is only a draft; whether it may be shown is decided elsewhere (knowledge/grounding.py). Every failure is
a value with its reason, and after some in a row nobody is made to wait for a while.
"""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import structlog

from bot.channel_settings import Writer as Settings
from bot.ports import Drafted, NotDrafted

MOST_BYTES = 100_000  # of an answer
MOST_TOKENS = 800
FAILURES = 3  # in a row, after which it is left alone
REST_SECONDS = 60.0

logger = structlog.get_logger()


class HttpWriter:
    """Asks the endpoint that the settings name. The key goes there and nowhere else."""

    def __init__(self, settings: Settings, *, now: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._now = settings, now
        self._failures, self._rests_until = 0, 0.0

    async def draft(self, task: str, material: str) -> Drafted | NotDrafted:
        if self._now() < self._rests_until:
            return NotDrafted("resting")
        found = await self._ask(task, material)
        if isinstance(found, NotDrafted) and found.passing:
            self._failures += 1
            if self._failures >= FAILURES:
                self._failures, self._rests_until = 0, self._now() + REST_SECONDS
                logger.warning("writer_rests", reason=found.reason, seconds=REST_SECONDS)
        else:
            self._failures = 0
        return found

    async def _ask(self, task: str, material: str) -> Drafted | NotDrafted:
        try:
            async with asyncio.timeout(self._settings.seconds):
                status, body = await self._post(task, material)
        except (TimeoutError, httpx.TimeoutException):
            return NotDrafted("timeout", passing=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return NotDrafted(f"unreachable: {type(error).__name__}", passing=True)
        if status != 200:
            return NotDrafted(f"HTTP {status}", passing=True)
        return NotDrafted("too_large") if body is None else read(body)

    async def _post(self, task: str, material: str) -> tuple[int, bytes | None]:
        """Status and body; no redirect is followed, no proxy of the environment used, and not more than wanted read."""
        assert self._settings.url is not None
        key = self._settings.key
        headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
        body = {
            "model": self._settings.model,
            "messages": [{"role": "system", "content": task}, {"role": "user", "content": material}],
            "temperature": 0,
            "max_tokens": MOST_TOKENS,
        }
        url = f"{self._settings.url.rstrip('/')}/chat/completions"
        async with (
            httpx.AsyncClient(timeout=self._settings.seconds, trust_env=False) as client,
            client.stream("POST", url, json=body, headers=headers) as answer,
        ):
            return answer.status_code, await _read(answer)


async def _read(answer: httpx.Response) -> bytes | None:
    found = b""
    async for part in answer.aiter_bytes():
        found += part
        if len(found) > MOST_BYTES:
            return None
    return found


def read(body: bytes) -> Drafted | NotDrafted:
    """The text of a completion; a refusal, a call of a tool, one that was cut off or has no text is none."""
    choice = _choice(body)
    message = choice.get("message") if choice else None
    if choice is None or not isinstance(message, dict):
        return NotDrafted("broken")
    if message.get("tool_calls") or message.get("function_call"):
        return NotDrafted("tool_call")
    if message.get("refusal") or choice.get("finish_reason") == "content_filter":
        return NotDrafted("refused")
    if choice.get("finish_reason") == "length":
        return NotDrafted("cut_off")
    text = message.get("content")
    return Drafted(text.strip()) if isinstance(text, str) and text.strip() else NotDrafted("broken")


def _choice(body: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(body)
        choice = said["choices"][0]
    except (ValueError, KeyError, IndexError, TypeError):
        return None
    return choice if isinstance(choice, dict) else None
