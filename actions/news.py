"""What is new since one last looked: the alerts since the last such question, else since the last visit."""

import re
from datetime import datetime, timedelta
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from sqlalchemy import Connection

from actions.turn import Turn, payload
from bot import alerts, members
from bot.alerts.digest import PAGE, Listed
from bot.messages import Button

SINCE = re.compile(
    r"^\W*(?:最近|现在)?有(?:什么|啥|没有)?新的(?:提醒|消息)?(?:了?吗|没有|么)?\W*$|(?:自|从)?上(?:次|回)\S{0,4}(?:之后|以后|以来|到现在|后)"
    r"|错过了?(?:什么|哪些)|漏掉了?(?:什么|啥|哪些)|我不在的时候|还没看过的"
    r"|^\W*what(?:'s| is|’s) new\W*$|\bsince (?:i (?:was )?last|(?:my |the )?last (?:time|visit))"
    r"|\b(?:what|anything) (?:did|have) i miss|\bhave i missed|\bhaven't seen yet|\bwhile i was (?:away|gone|out)"
    r"|\b(?:catch|bring) me up\b",
    re.IGNORECASE,
)
MOST_DAYS = 30  # of one who was never here before
FIELD = "news"


def asks_for_news(now: Turn) -> bool:
    return FIELD in now.entities("field") or bool(SINCE.search(now.text) and not now.text.startswith("/"))


async def show_news(now: Turn, tracker: Tracker) -> list[EventType]:
    """A list with its pages. The slot keeps since when and until when for the pages of this list."""
    looked: dict[str, Any] = tracker.get_slot("looked") or {}
    page = next((int(value) for value in map(str, now.entities("page")) if value.isdecimal()), 0)
    if not (page and looked):
        looked = await now.services.db.run(_look, now)
    since = datetime.fromisoformat(looked["since"])
    found = await now.services.db.read(alerts.since, now.member_id, since, datetime.fromisoformat(looked["at"]))
    _show(now, found, since, page)
    return [SlotSet("looked", looked)]


def _look(tx: Connection, now: Turn) -> dict[str, str]:
    """Since when and until when, on whichever channel they looked last; a turn done again finds what it wrote."""
    last = members.looked(tx, now.member_id)
    if last and last["key"] == now.key:
        return last
    since = last["at"] if last else _last_visit(tx, now).isoformat()
    looked = {"since": since, "at": now.now.isoformat(), "key": now.key}
    members.look(tx, now.member_id, looked)
    return looked


def _last_visit(tx: Connection, now: Turn) -> datetime:
    day = now.local.replace(hour=0, minute=0, second=0, microsecond=0)
    found = alerts.last_visit(tx, now.member_id, before=day)
    return found or now.now - timedelta(days=MOST_DAYS)


def _show(now: Turn, found: list[Listed], since: datetime, page: int) -> None:
    day = f"{since.astimezone(now.local.tzinfo):%Y-%m-%d %H:%M}"
    shown = found[page * PAGE : (page + 1) * PAGE]
    if not shown:
        now.say("digest.news_none", since=day, buttons=[now.button("digest.news_search", "search_notifications")])
        return
    head = now.said("digest.news", since=day, n=len(found), first=page * PAGE + 1, last=page * PAGE + len(shown))
    lines = alerts.list_text(shown, texts=now.services.texts, language=now.language, today=now.today)
    buttons = alerts.open_buttons(shown)
    if left := len(found) - page * PAGE - len(shown):
        more = payload("search_notifications", field=FIELD, page=page + 1)
        buttons.append(Button(now.said("digest.more", n=left), more))
    now.show(f"{head}\n{lines}", buttons=buttons)
