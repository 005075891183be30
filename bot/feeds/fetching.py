"""Fetching from the network, safely: only from the place that was configured, only so much, only for so long."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self

import httpx

from bot.errors import FengsuiError

AGENT = "fengsui (+https://www.wto.org TBT/SPS early warning)"
REDIRECTS = 3
MOVED = (301, 302, 303, 307, 308)
PATIENCE = 4  # times the time-out: a server that sends a byte now and then is not waited for
RETRY_LIMIT = 86_400.0  # nobody is made to wait longer than a day


class FetchFailed(FengsuiError):
    """A source did not give what was asked for. `wait`: it said itself after how many seconds to come again."""

    def __init__(self, key: str, /, *, wait: float | None = None, **values: object) -> None:
        super().__init__(key, **values)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Page:
    """What was fetched: the body, of what kind it says it is, and its mark, by which it can say "the same"."""

    body: bytes
    kind: str
    mark: str | None


class Fetcher:
    """A client for one place: its scheme, host and port. Nothing else is ever asked, whoever redirects there."""

    def __init__(self, url: str, *, timeout: float, limit: int, proxy: str | None = None) -> None:
        self._home = _place(httpx.URL(url))
        self._timeout, self._limit = timeout, limit
        self._client = httpx.Client(
            timeout=timeout, proxy=proxy, trust_env=False, follow_redirects=False, headers={"User-Agent": AGENT}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(
        self, url: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Page:
        """Raises FetchFailed with what went wrong."""
        return self._ask("GET", httpx.URL(url, params=params) if params else httpx.URL(url), headers or {})

    def post(self, url: str, *, question: Mapping[str, Any], headers: Mapping[str, str]) -> Page:
        """A question that is put as JSON; asking changes nothing there. Raises FetchFailed with what went wrong."""
        return self._ask("POST", httpx.URL(url), headers, question)

    def _ask(
        self, method: str, where: httpx.URL, headers: Mapping[str, str], question: Mapping[str, Any] | None = None
    ) -> Page:  # fmt: skip
        for _ in range(REDIRECTS + 1):
            self._allow(where)
            found = self._once(method, where, headers, question)
            if isinstance(found, Page):
                return found
            where = found
        raise FetchFailed("source.redirects", host=where.host)

    def _allow(self, where: httpx.URL) -> None:
        """The configured place, or the same host over https where http was configured."""
        _, host, port = self._home
        if _place(where) not in (self._home, ("https", host, 443 if port == 80 else port)):
            raise FetchFailed("source.elsewhere", host=host, found=where.host[:100])

    def _once(
        self, method: str, where: httpx.URL, headers: Mapping[str, str], question: Mapping[str, Any] | None
    ) -> Page | httpx.URL:  # fmt: skip
        """The page, or where it moved."""
        with self._told(where.host), self._client.stream(method, where, headers=headers, json=question) as answer:
            if answer.status_code in MOVED and "location" in answer.headers:
                return where.join(answer.headers["location"])
            if answer.status_code == 304:
                return Page(b"", "", headers.get("If-None-Match"))
            if answer.status_code != 200:
                raise _refusal(answer, where.host)
            kind = answer.headers.get("content-type", "")
            return Page(self._body(answer, where.host), kind, answer.headers.get("etag"))

    def _body(self, answer: httpx.Response, host: str) -> bytes:
        body, until = bytearray(), time.monotonic() + PATIENCE * self._timeout
        for chunk in answer.iter_bytes(1 << 16):
            body += chunk
            if len(body) > self._limit:
                raise FetchFailed("source.too_big", host=host, limit=self._limit)
            if time.monotonic() > until:
                raise FetchFailed("source.timeout", host=host)
        return bytes(body)

    @contextmanager
    def _told(self, host: str) -> Iterator[None]:
        """Whatever the network does becomes one sentence. An address with a key in it is never part of one."""
        try:
            yield
        except httpx.TimeoutException as error:
            raise FetchFailed("source.timeout", host=host) from error
        except httpx.ProxyError as error:
            raise FetchFailed("source.proxy", host=host) from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise FetchFailed("source.unreachable", host=host, problem=type(error).__name__) from error


def _refusal(answer: httpx.Response, host: str) -> FetchFailed:
    wait = retry_after(answer.headers.get("retry-after"), now=datetime.now(UTC))
    if answer.status_code == 429:
        return FetchFailed("source.throttled", host=host, wait=wait)
    if answer.status_code in (401, 403):
        return FetchFailed("source.key_refused", host=host, status=answer.status_code)
    return FetchFailed("source.status", host=host, status=answer.status_code, wait=wait)


def retry_after(header: str | None, *, now: datetime) -> float | None:
    """Seconds of "120" or "Fri, 28 Nov 2026 10:00:00 GMT"; None when it says nothing that can be understood."""
    if not header:
        return None
    try:
        seconds = float(header) if header.strip().isdigit() else (parsedate_to_datetime(header) - now).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(0.0, seconds), RETRY_LIMIT)


def _place(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)
