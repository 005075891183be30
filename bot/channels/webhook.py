"""Signed messages to other systems: JSON with a signature, to public addresses only, and no redirect is followed.

The receiver recomputes `v1`: HMAC-SHA256 in hexadecimal over the time, a dot and the body as it came, with the shared
secret as key; refuses a time that is more than five minutes off; and drops an `id` that it has seen.
"""

import asyncio
import hashlib
import hmac
import ipaddress
import json
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx

from bot import answer_links
from bot.answer_links import Maker, Offer
from bot.channel_settings import Webhook
from bot.channels.posting import Call, exchange, refusal
from bot.channels.robots import written
from bot.db.engine import Database
from bot.messages import Recipient, Reply
from bot.ports import Clock, Gone, Outcome, Rejected, Sent, Temporary

CHANNEL = "webhook"
HEADER = "Fengsui-Signature"
PORTS = {"https": 443, "http": 80}
GONE = 410  # the one status with which a receiver ends it
# Addresses of IPv6 that hold one of IPv4. Sources: RFC 6052, RFC 3056.
NAT64, SIX_TO_FOUR = ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2002::/16")

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


async def resolved(host: str, port: int) -> Sequence[str]:
    """The numbers behind a name. Raises OSError when there are none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def is_public(number: str) -> bool:
    """Is it an address of the open internet, however it is written?"""
    try:
        address = ipaddress.ip_address(number.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inside(address)
        if inner is not None:
            return is_public(str(inner))
    return address.is_global and not address.is_multicast


def _inside(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour if address in SIX_TO_FOUR else None


def signature(secret: str, stamp: int, body: bytes) -> str:
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


@dataclass(slots=True)
class WebhookChannel:
    """The address is the name of an endpoint in the settings."""

    settings: Webhook
    db: Database
    clock: Clock
    links: Maker
    resolve: Resolve = resolved
    now: Callable[[], float] = time.time
    in_flight: int = 4
    name: str = CHANNEL

    async def send(self, to: Recipient, reply: Reply, *, key: str) -> Outcome:
        endpoint = self.settings.endpoints.get(to.address)
        if endpoint is None:
            return Rejected("no webhook of this name in the settings")
        now = self.clock.now()
        offer = await self.db.run(answer_links.offer, self.links, to, reply, key=key, now=now)
        body = json.dumps(content(to, reply, offer, key=key, at=now.isoformat()), ensure_ascii=False).encode()
        stamp = int(self.now())
        signed = {HEADER: signature(endpoint.secret.get_secret_value(), stamp, body)}
        call = await self._call(endpoint.url.get_secret_value(), body, signed)
        return await self._post(call) if isinstance(call, Call) else call

    async def _call(self, url: str, body: bytes, headers: dict[str, str]) -> Call | Outcome:
        """The request, to the number that was looked at: the name is not asked a second time."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            return Rejected("no http address")
        port = parts.port or PORTS[parts.scheme]
        try:
            numbers = await self.resolve(parts.hostname, port)
        except OSError:
            return Temporary("the name of the webhook is not known")
        if not numbers or not (self.settings.allow_private or all(is_public(one) for one in numbers)):
            return Rejected("the webhook lies in a private network")
        host = {"Host": parts.netloc.rpartition("@")[2]}
        return Call(_at(parts, numbers[0], port), body, headers={**host, **headers}, server_name=parts.hostname)

    async def _post(self, call: Call) -> Outcome:
        answer = await exchange(call, timeout=self.settings.timeout_seconds)
        if not isinstance(answer, httpx.Response):
            return answer
        if answer.status_code == GONE:
            return Gone("HTTP 410")
        return Sent() if answer.is_success else refusal(answer)


def _at(parts: SplitResult, number: str, port: int) -> str:
    shown = f"[{number}]" if ":" in number else number
    return parts._replace(netloc=f"{shown}:{port}", fragment="").geturl()


def content(to: Recipient, reply: Reply, offer: Offer, *, key: str, at: str) -> dict[str, Any]:
    """What is posted; docs/operators.md describes it."""
    return {
        "id": key,
        "at": at,
        "to": to.address,
        "language": to.language,
        "text": written(reply),
        "choices": [{"title": title, "url": url} for title, url in offer.choices],
        "page": offer.page,
        "stop": offer.stop,
        "custom": reply.custom,
    }
