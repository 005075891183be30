"""DingTalk's custom group robot: a text, or an action card whose buttons are links; signed by address.

Source: https://open.dingtalk.com/document/robots/custom-robot-access (signature, message types, 20 messages a minute).
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from bot.answer_links import Offer
from bot.channels.posting import Call, post
from bot.channels.robots import JOINER, Body, GroupRobot, parted, read, within
from bot.channels.splitting import in_json
from bot.ports import Gone, Outcome, Temporary, Throttled
from bot.rates import Limit

MOST = 14_000  # bytes of one text; the whole message may have 20,000
PER_MINUTE = 18  # with the 21st it is banned for ten minutes
BAN = 600.0
TITLE = 60
MEANS: Mapping[int, Outcome] = {
    -1: Temporary("busy"),
    130101: Throttled(BAN),  # send too fast
    410100: Throttled(BAN),
    300001: Gone("no such token"),
    400013: Gone("the group is gone"),
    400101: Gone("no such token"),
    400102: Gone("the robot is switched off"),
}
MARKS = re.compile(r"(\]|<|!|^[ \t]*(?:[#>*+-]|\d+\.)|\*|_|`)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DingTalk(GroupRobot):
    name: str = "dingtalk"

    def limits(self, address: str) -> Sequence[Limit]:
        return [within(f"{self.name}:{address}", PER_MINUTE)]

    def bodies(self, text: str, offer: Offer) -> list[Body]:
        parts = list(parted(text, most=MOST, size=in_json))
        if not offer.choices:
            return [_text(part) for part in parts]
        return [*(_text(part) for part in parts[:-1]), _card(parts[-1] if parts else "", offer)]

    async def ship(self, address: str, body: Body, *, now: float) -> Outcome:
        robot = self.settings.robots[address]
        stamp = str(int(now * 1000))
        params = {"timestamp": stamp, "sign": sign(stamp, robot.secret.get_secret_value())} if robot.secret else {}
        call = Call(_with(robot.url.get_secret_value(), params), json.dumps(body, ensure_ascii=False).encode())
        return read(await post(call, timeout=self.settings.timeout_seconds), "errcode", MEANS)


def sign(stamp: str, secret: str) -> str:
    """HMAC-SHA256 over the time in milliseconds, a line break and the secret, with the secret as key."""
    digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _with(url: str, params: Mapping[str, str]) -> str:
    """httpx would put these in the place of the token that the address brings along."""
    return url + ("&" if "?" in url else "?") + urlencode(params) if params else url


def _text(part: str) -> Body:
    return {"msgtype": "text", "text": {"content": part}}


def _card(part: str, offer: Offer) -> Body:
    buttons = [{"title": title, "actionURL": url} for title, url in offer.choices]
    first = next((line for line in part.splitlines() if line.strip()), offer.choices[0][0])
    card = {"title": first.strip()[:TITLE], "text": plain(part) or " ", "btnOrientation": "0", "btns": buttons}
    return {"msgtype": "actionCard", "actionCard": card}


def plain(text: str) -> str:
    """A text that shows as it is where Markdown is read: its marks get an invisible neighbour, its lines stay lines."""
    return MARKS.sub(lambda found: f"{found[0]}{JOINER}", text).replace("\n", "  \n")
