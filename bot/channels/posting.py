"""A POST of JSON to a provider: what the network did becomes an Outcome, what the provider says is read by its adapter.

No redirect is followed and no proxy of the environment is used: a message goes where the settings say, or nowhere.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx

from bot.ports import Outcome, Rejected, Temporary, Throttled, Unknown

WAIT = 60.0  # seconds, when we are told to wait and not for how long
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Call:
    """One request. What `params` and `headers` hold may be secret and is never logged."""

    url: str
    body: bytes
    params: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None
    server_name: str | None = None  # whose certificate is wanted, when `url` names a number


async def post(call: Call, *, timeout: float) -> dict[str, Any] | Outcome:
    """The JSON object of a 2xx answer; everything else is an outcome already."""
    answer = await exchange(call, timeout=timeout)
    if not isinstance(answer, httpx.Response):
        return answer
    if not answer.is_success:
        return refusal(answer)
    said = said_in(answer)
    # Something between us and the provider has answered: it was not the provider.
    return Temporary("an answer without a verdict") if said is None else said


async def exchange(call: Call, *, timeout: float) -> httpx.Response | Outcome:
    """The answer, or what the network did instead. It may have arrived when only the answer is missing."""
    headers = {"Content-Type": "application/json; charset=utf-8", **(call.headers or {})}
    more = {"sni_hostname": call.server_name} if call.server_name else {}
    try:
        async with httpx.AsyncClient(timeout=timeout, trust_env=False, verify=_trusted()) as client:
            return await client.post(call.url, content=call.body, params=call.params, headers=headers, extensions=more)
    except NOT_SENT as error:
        return Temporary(type(error).__name__)
    except (httpx.TransportError, httpx.InvalidURL) as error:
        return Unknown(type(error).__name__)


async def get(url: str, params: Mapping[str, str], *, timeout: float) -> dict[str, Any] | Outcome:
    """A question that changes nothing there: whatever goes wrong can be asked again."""
    try:
        async with httpx.AsyncClient(timeout=timeout, trust_env=False, verify=_trusted()) as client:
            answer = await client.get(url, params=params)
    except httpx.HTTPError as error:
        return Temporary(type(error).__name__)
    if not answer.is_success:
        return refusal(answer)
    return said_in(answer) or Temporary("an answer without a verdict")


def said_in(answer: httpx.Response) -> dict[str, Any] | None:
    try:
        said = answer.json()
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def refusal(answer: httpx.Response) -> Outcome:
    """An answer that is no success."""
    if answer.status_code == 429:
        return Throttled(seconds(answer.headers.get("retry-after")))
    reason = f"HTTP {answer.status_code}"
    return Temporary(reason) if answer.status_code >= 500 or answer.status_code == 408 else Rejected(reason)


def seconds(named: str | None) -> float:
    """What `Retry-After` says, within reason."""
    return min(3600.0, float(named)) if named and named.isascii() and named.isdigit() else WAIT


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
