"""Delivery to a bot's webhook: in order within a queue, in parallel across queues, again after a growing delay.

Source: tdlib/telegram-bot-api, telegram-bot-api/WebhookActor.cpp (on_update_error, handle).
"""

import asyncio
import contextlib
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from tests.fakes.telegram.clock import Clock
from tests.fakes.telegram.updates import Update, UpdateQueue
from tests.fakes.telegram.waiting import first

LONGEST_DELAY, LONGEST_RETRY_AFTER, GONE_FOR = 60, 3600, 23 * 3600
Reply = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(slots=True)
class Attempt:
    """How often an update has failed, and when it is tried again."""

    delay: int = 1
    fails: int = 0
    wakes_at: float = 0.0


class Webhook:
    """`on_reply` carries out a method that the webhook put into its answer."""

    def __init__(self, url: str, secret_token: str, *, queue: UpdateQueue, clock: Clock, on_reply: Reply) -> None:
        self.url, self.secret_token = url, secret_token
        self.max_connections = 40
        self.timeout = 60.0
        self.last_error: str | None = None
        self.last_error_date: int | None = None
        self.deliveries = 0  # requests made, for tests
        self._queue, self._clock, self._on_reply = queue, clock, on_reply
        self._attempts: dict[int, Attempt] = {}
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._gone_since: float | None = None
        self._runner: asyncio.Task[None] | None = None

    def start(self, transport: httpx.AsyncBaseTransport | None) -> None:
        self._runner = asyncio.create_task(self._run(transport))

    async def stop(self) -> None:
        tasks = [task for task in (self._runner, *self._busy.values()) if task and task is not asyncio.current_task()]
        self._runner = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def info(self) -> dict[str, Any]:
        found: dict[str, Any] = {"url": self.url, "max_connections": self.max_connections, "ip_address": "127.0.0.1"}
        if self.last_error:
            found |= {"last_error_date": self.last_error_date, "last_error_message": self.last_error}
        return found

    async def _run(self, transport: httpx.AsyncBaseTransport | None) -> None:
        async with httpx.AsyncClient(transport=transport, timeout=self.timeout, trust_env=False) as client:
            while True:
                changed = self._queue.changed.next()
                wakes_at = self._send_due(client)
                pause = [] if wakes_at is None else [self._clock.sleep_until(wakes_at)]
                await first(changed, *pause)

    def _send_due(self, client: httpx.AsyncClient) -> float | None:
        """Starts what is due; returns when the next one is."""
        self._queue.prune()
        if not self.url:
            return None
        now, later = self._clock.now(), []
        for update in self._heads():
            wakes_at = self._attempts.setdefault(update.id, Attempt()).wakes_at
            if wakes_at > now:
                later.append(wakes_at)
            elif len(self._busy) < self.max_connections:
                self._busy[update.queue] = asyncio.create_task(self._deliver(client, update))
        return min(later, default=None)

    def _heads(self) -> list[Update]:
        """The oldest update of each queue that has none under way."""
        heads: dict[str, Update] = {}
        for update in self._queue.waiting:
            heads.setdefault(update.queue, update)
        return [update for update in heads.values() if update.queue not in self._busy]

    async def _deliver(self, client: httpx.AsyncClient, update: Update) -> None:
        self.deliveries += 1
        try:
            answer = await client.post(self.url, json=update.to_json(), headers=self._headers())
        except Exception as failure:  # whatever the other side does, also in process, is a failed delivery
            self._failed(update, _reason(failure), 0)
        else:
            await self._settle(update, answer)
        finally:
            self._busy.pop(update.queue, None)
            self._queue.changed.send()

    def _headers(self) -> dict[str, str]:
        return {"X-Telegram-Bot-Api-Secret-Token": self.secret_token} if self.secret_token else {}

    async def _settle(self, update: Update, answer: httpx.Response) -> None:
        if answer.is_success:
            self._gone_since = None
            self._queue.drop(update)
            with contextlib.suppress(json.JSONDecodeError, UnicodeDecodeError):
                body = answer.json() if answer.content else None
                if isinstance(body, dict) and body.get("method"):
                    await self._on_reply(body)
            return
        self._note_gone(answer.status_code)
        header = answer.headers.get("Retry-After", "")
        reason = f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"
        self._failed(update, reason, int(header) if header.isdigit() else 0)

    def _note_gone(self, status: int) -> None:
        """410 for 23 hours: the webhook is removed."""
        if status != HTTPStatus.GONE:
            return
        self._gone_since = self._gone_since or self._clock.now()
        if self._clock.now() - self._gone_since > GONE_FOR:
            self.url = ""

    def _failed(self, update: Update, reason: str, retry_after: int) -> None:
        """The first failure: again at once. Then 2, 4, 8... seconds up to a random one or two minutes."""
        self.last_error, self.last_error_date = reason, self._clock.seconds()
        attempt = self._attempts.setdefault(update.id, Attempt())
        wait = min(retry_after, LONGEST_RETRY_AFTER)
        if not wait and attempt.fails:
            attempt.delay = wait = min(random.randint(LONGEST_DELAY, 2 * LONGEST_DELAY), attempt.delay * 2)
        if self._clock.now() + wait > update.expires_at:
            self._queue.drop(update)
        attempt.fails += 1
        attempt.wakes_at = self._clock.now() + wait


def _reason(failure: Exception) -> str:
    if isinstance(failure, httpx.ConnectError):
        return "Connection refused"
    return "Read timeout expired" if isinstance(failure, httpx.TimeoutException) else "Connection reset by peer"
