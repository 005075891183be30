"""Feishu's (Lark's) custom group bot: a card with plain text, so that nothing in it is markup or calls anybody.

Source: https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot (signature; 100 a minute, 5 a second, 20 KB;
and that on the hour and the half hour too many send at once: 11232).
"""

import base64
import hashlib
import hmac
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.answer_links import Offer
from bot.channels.posting import Call, post
from bot.channels.robots import Body, GroupRobot, parted, read, within
from bot.channels.splitting import in_json
from bot.ports import Gone, Outcome, Temporary, Throttled
from bot.rates import Limit

MOST = 14_000  # bytes of one text; the whole body may have 20 KB
PER_MINUTE, PER_SECOND = 95, 4
BUSY = 60.0  # seconds after each hour and half hour in which nothing is sent
HALF_HOUR = 1800
MEANS: Mapping[int, Outcome] = {
    11232: Throttled(60.0),  # frequency limited
    9499: Throttled(60.0),  # too many requests
    11233: Throttled(60.0),
    19001: Gone("no such bot"),  # the address is not valid any more
    19007: Gone("the bot is not in the group"),
    19002: Temporary("not read"),
}


@dataclass(frozen=True, slots=True)
class Feishu(GroupRobot):
    name: str = "feishu"

    def limits(self, address: str) -> Sequence[Limit]:
        here = f"{self.name}:{address}"
        return [within(here, PER_MINUTE), Limit(f"{here}:second", 1 / PER_SECOND)]

    def pause(self, key: str, now: float) -> float:
        """Past the rush of the hour and the half hour, each message a little later than another."""
        late = now % HALF_HOUR
        return BUSY - late + zlib.crc32(key.encode()) % BUSY if late < BUSY else 0.0

    def bodies(self, text: str, offer: Offer) -> list[Body]:
        parts = list(parted(text, most=MOST, size=in_json))
        return [*(_card(part) for part in parts[:-1]), _card(parts[-1] if parts else "", offer)]

    async def ship(self, address: str, body: Body, *, now: float) -> Outcome:
        robot = self.settings.robots[address]
        signed = {**body, **signature(int(now), robot.secret.get_secret_value())} if robot.secret else body
        call = Call(robot.url.get_secret_value(), json.dumps(signed, ensure_ascii=False).encode())
        said = await post(call, timeout=self.settings.timeout_seconds)
        if isinstance(said, dict) and "code" not in said and "StatusCode" in said:  # how older bots answer
            said = {"code": said["StatusCode"], "msg": said.get("StatusMessage")}
        return read(said, "code", MEANS)


def signature(stamp: int, secret: str) -> dict[str, str]:
    """HMAC-SHA256 over nothing, with the time in seconds, a line break and the secret as key."""
    digest = hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return {"timestamp": str(stamp), "sign": base64.b64encode(digest).decode()}


def _card(part: str, offer: Offer | None = None) -> Body:
    elements: list[Body] = [{"tag": "div", "text": {"tag": "plain_text", "content": part}}] if part else []
    if offer and offer.choices:
        elements.append({"tag": "action", "actions": [_button(*one) for one in offer.choices]})
    card = {"config": {"wide_screen_mode": True}, "elements": elements}
    return {"msg_type": "interactive", "card": card}


def _button(title: str, url: str) -> Body:
    return {"tag": "button", "text": {"tag": "plain_text", "content": title}, "url": url, "type": "default"}
