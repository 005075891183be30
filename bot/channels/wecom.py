"""WeCom: the robot of a group, and the app that writes to one person. Texts of 2,048 bytes, links instead of buttons.

Sources: https://developer.work.weixin.qq.com/document/path/91770 (robot: 2,048 and 4,096 bytes, 20 a minute) and
https://developer.work.weixin.qq.com/document/path/90236 (app messages, `invaliduser`, token).
"""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from bot.answer_links import Offer
from bot.channel_settings import Wecom
from bot.channels.posting import Call, get, post
from bot.channels.robots import JOINER, Body, GroupRobot, parted, read, within
from bot.channels.splitting import in_bytes
from bot.ports import Gone, Outcome, Rejected, Temporary, Throttled
from bot.rates import Limit

TEXT, MARKDOWN = 2048, 4096
PER_MINUTE = 18
APP_PER_MINUTE, APP_PERSON_PER_MINUTE = 900, 28
EARLY = 300.0  # seconds before it ends a token is renewed
ONCE = {"enable_duplicate_check": 1, "duplicate_check_interval": 120}  # the same text in so many seconds shows once
ROBOT_MEANS: Mapping[int, Outcome] = {
    -1: Temporary("busy"),
    45009: Throttled(60.0),  # more than 20 a minute
    45033: Throttled(5.0),
    93000: Gone("no such robot"),
    93004: Gone("the robot is switched off"),
    93008: Gone("not in the group any more"),
}
APP_MEANS: Mapping[int, Outcome] = {
    -1: Temporary("busy"),
    40014: Temporary("token"),
    42001: Temporary("token"),
    45009: Throttled(60.0, everyone=True),
    45033: Throttled(5.0, everyone=True),
    60020: Temporary("our address is not among those allowed"),
    81013: Gone("no such person"),
    60111: Gone("no such person"),
}
STALE = (40014, 42001)
MARKS = re.compile(r"(\]|<|\*|_|`|^[ \t]*[#>])", re.MULTILINE)
TAGS = re.compile(r"<(?=/?a\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WecomRobot(GroupRobot):
    name: str = "wecom_robot"

    def limits(self, address: str) -> Sequence[Limit]:
        return [within(f"{self.name}:{address}", PER_MINUTE)]

    def bodies(self, text: str, offer: Offer) -> list[Body]:
        parts = list(parted(text, most=TEXT, size=in_bytes))
        if not offer.choices:
            return [_text(part) for part in parts]
        links = "\n".join(f"[{_title(title)}]({url})" for title, url in offer.choices)
        whole = "\n".join(part for part in (MARKS.sub(_marked, parts[-1]) if parts else "", links) if part)
        if in_bytes(whole) <= MARKDOWN:
            return [*(_text(part) for part in parts[:-1]), _markdown(whole)]
        return [*(_text(part) for part in parts), _markdown(links)]

    async def ship(self, address: str, body: Body, *, now: float) -> Outcome:
        call = Call(self.settings.robots[address].url.get_secret_value(), _json(body))
        return read(await post(call, timeout=self.settings.timeout_seconds), "errcode", ROBOT_MEANS)


@dataclass(slots=True)
class WecomApp:
    """Writes to one person; the address is their account name at WeCom. One token for all, renewed before it ends."""

    settings: Wecom
    name: str = "wecom"
    _token: str = ""
    _until: float = 0.0
    _renewing: "WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock]" = field(default_factory=WeakKeyDictionary)

    def knows(self, address: str) -> bool:
        return self.settings.has_app

    def limits(self, address: str) -> Sequence[Limit]:
        return [
            within(self.name, APP_PER_MINUTE, burst=10),
            within(f"{self.name}:{address}", APP_PERSON_PER_MINUTE),
        ]

    def pause(self, key: str, now: float) -> float:
        return 0.0

    def bodies(self, text: str, offer: Offer) -> list[Body]:
        bodies = self._bodies(text, offer)
        # Parts of one text may be alike, and all are to be shown.
        return [{**bodies[0], **ONCE}] if len(bodies) == 1 else bodies

    def _bodies(self, text: str, offer: Offer) -> list[Body]:
        parts = [TAGS.sub(f"<{JOINER}", part) for part in parted(text, most=TEXT - 200, size=in_bytes)]
        if not offer.choices:
            return [_text(part) for part in parts]
        links = "\n".join(f'<a href="{url}">{TAGS.sub("", title)}</a>' for title, url in offer.choices)
        if parts and in_bytes(f"{parts[-1]}\n{links}") <= TEXT:
            return [*(_text(part) for part in parts[:-1]), _text(f"{parts[-1]}\n{links}")]
        return [_text(part) for part in (*parts, links)]

    async def ship(self, address: str, body: Body, *, now: float) -> Outcome:
        for _ in range(2):
            token = await self._current(now)
            if not isinstance(token, str):
                return token
            said = await post(self._call(address, body, token), timeout=self.settings.timeout_seconds)
            if not isinstance(said, dict) or said.get("errcode") not in STALE:
                break
            self._until = 0.0  # it ended before its time: somebody else asked for one
        if isinstance(said, dict) and said.get("errcode") == 0 and said.get("invaliduser"):
            return Gone("no such person in the app's range")
        return read(said, "errcode", APP_MEANS)

    def _call(self, address: str, body: Body, token: str) -> Call:
        agent = {"touser": address, "agentid": self.settings.agent_id}
        url = f"{self.settings.api_url.rstrip('/')}/cgi-bin/message/send"
        return Call(url, _json({**agent, **body}), {"access_token": token})

    async def _current(self, now: float) -> str | Outcome:
        lock = self._renewing.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        async with lock:
            if now < self._until:
                return self._token
            secret = self.settings.secret.get_secret_value() if self.settings.secret else ""
            url = f"{self.settings.api_url.rstrip('/')}/cgi-bin/gettoken"
            params = {"corpid": str(self.settings.corp_id), "corpsecret": secret}
            said = await get(url, params, timeout=self.settings.timeout_seconds)
            if not isinstance(said, dict):
                return said
            if said.get("errcode") != 0 or not said.get("access_token"):
                refused = read({**said, "errcode": said.get("errcode") or -1}, "errcode", APP_MEANS)
                # A wrong secret is for the administrator to mend, not the message's fault.
                return Temporary(refused.reason) if isinstance(refused, Rejected | Gone) else refused
            self._token = str(said["access_token"])
            self._until = now + max(0.0, float(said.get("expires_in") or 0) - EARLY)
            return self._token


def _json(body: Body) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def _text(part: str) -> Body:
    return {"msgtype": "text", "text": {"content": part}}


def _markdown(content: str) -> Body:
    return {"msgtype": "markdown", "markdown": {"content": content}}


def _marked(found: re.Match[str]) -> str:
    return f"{found[0]}{JOINER}"


def _title(title: str) -> str:
    return title.replace("[", "(").replace("]", ")")
