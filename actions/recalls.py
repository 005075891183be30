"""Recalls and refusals abroad: which there are, one of them, and whether a member wants to hear of them."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Connection

from actions.turn import Turn, payload, turn
from bot import recalls
from bot.messages import Button, Reply
from bot.notifications import day_text
from bot.recalls import Criteria, Kind, Page
from nlu import markets
from nlu.normalize import fold
from nlu.recalls import NUMBER, Ask, read

PAGE = 5
LONGEST = 10  # digits of a number that a row can have
OFF, ON = "recalls_off", "recalls_on"
KINDS = {"refusal": re.compile(r"拒|扣|退|refus|reject|detain|detention"), "recall": re.compile(r"召回|recall")}
SOURCES = {
    "safety_gate": re.compile(r"safety ?gate|rapex"), "rasff": re.compile("rasff"), "cpsc": re.compile("cpsc"),
    "fda_refusals": re.compile(r"(?<![a-z])fda(?![a-z])"), "openfda": re.compile(r"(?<![a-z])fda(?![a-z])"),
}  # fmt: skip
FROM = re.compile(r"(?:来自|产自|原产于?|出产于?|(?<![a-z])(?:from|made in|originating in|out of))\s*$")


class AskRecalls(Action):
    def name(self) -> str:
        return "action_ask_recalls"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        field, asked = set(map(str, now.entities("field"))), read(fold(now.text).text)
        pressed = next(iter(numbers(now)), None)
        if pressed is not None:
            await _show(now, pressed)
        elif field & {OFF, ON} or asked in (Ask.OFF, Ask.ON):
            await _choose(now, wanted=ON in field or asked is Ask.ON)
        else:
            await _list(now, _criteria(now))
        return []


def numbers(now: Turn) -> Iterator[int]:
    """The recalls that a button or the message names by their numbers."""
    said = [str(value) for value in now.entities("recall")]
    said += [] if now.text.startswith("/") else [found[1] for found in NUMBER.finditer(fold(now.text).text)]
    yield from (int(value) for value in said if value.isdecimal() and len(value) < LONGEST)


async def _show(now: Turn, recall_id: int) -> None:
    reply = await now.services.db.read(shown, now, recall_id)
    if reply is None:
        now.say("recall.unknown", number=recalls.number(recall_id))
    else:
        now.show(reply.text, buttons=reply.buttons)


def shown(tx: Connection, now: Turn, recall_id: int) -> Reply | None:
    """As it was sent to the member, with the reason; to others as it is."""
    say: dict[str, Any] = {"texts": now.services.texts, "language": now.language, "today": now.today}
    row = recalls.last_sent(tx, now.member_id, recall_id=recall_id)
    if row is not None:
        return recalls.render(tx, row, **say)
    one = recalls.by_id(tx, recall_id)
    return recalls.card(one, **say) if one else None


async def _choose(now: Turn, *, wanted: bool) -> None:
    await now.services.db.run(recalls.choose, now.member_id, wanted=wanted)
    key, other = ("recall.turned_on", OFF) if wanted else ("recall.turned_off", ON)
    now.say(key, buttons=[now.button(f"recall.button.{other}", "ask_recalls", field=other)])


def _criteria(now: Turn) -> Criteria:
    """What is asked for. Whoever asks for recalls means what happened to such goods, refusals at the border too."""
    text = fold(now.text).text if not now.text.startswith("/") else ""
    origins = list(dict.fromkeys([*map(str, now.entities("origin")), *_origins(now)]))
    days = [day for value in now.entities("date") if (day := date.fromisoformat(str(value))) <= now.today]
    field = set(map(str, now.entities("field")))
    refused = [kind for kind, words in KINDS.items() if words.search(text) or kind in field] == [Kind.REFUSAL]
    return Criteria(
        products=[str(word) for word in now.entities("product")],
        hs_codes=[str(code) for code in now.entities("hs_code")],
        markets=[str(code) for code in now.entities("market") if str(code) not in origins],
        origins=origins, kind=Kind.REFUSAL if refused else None, since=min(days) if days else None,
        sources=[name for name, words in SOURCES.items() if words.search(text) or name in field],
    )  # fmt: skip


def _origins(now: Turn) -> Iterator[str]:
    """Where the goods come from: our own country, which recalls none of them abroad, and what "from" stands before."""
    home = now.services.settings.recalls.home
    for entity in now.tracker.latest_message.get("entities") or ():
        if entity["entity"] == "market":
            before = now.text[: entity.get("start") or 0].lower()
            if entity["value"] == home or (not now.text.startswith("/") and FROM.search(before)):
                yield str(entity["value"])


async def _list(now: Turn, wanted: Criteria) -> None:
    page = next((int(value) for value in map(str, now.entities("page")) if value.isdecimal()), 0)
    found, newest = await now.services.db.read(_found, wanted, page)
    if newest is None:
        now.say("recall.no_base")
        return
    told = day_text(newest, now.language, now.today, now.services.texts)
    about = _about(now, wanted)
    if not found.found:
        now.say("recall.none", about=about, newest=told, buttons=_watch(now, wanted))
        return
    first = page * PAGE + 1
    head = now.said("recall.found", n=found.total, about=about, first=first, last=page * PAGE + len(found.found))
    say: dict[str, Any] = {"texts": now.services.texts, "language": now.language, "today": now.today}
    lines = [head, *(recalls.line(one, **say) for one in found.found), now.said("recall.reaches", newest=told)]
    buttons = [recalls.open_button(one) for one in found.found]
    left = found.total - (page + 1) * PAGE
    if left > 0:
        buttons.append(Button(now.said("recall.more", n=left), _next(wanted, page + 1)))
    now.show("\n".join(lines), buttons=buttons)


def _found(tx: Connection, wanted: Criteria, page: int) -> tuple[Page, date | None]:
    return recalls.search(tx, wanted, limit=PAGE, offset=page * PAGE), recalls.newest(tx)


def _next(wanted: Criteria, page: int) -> str:
    named: dict[str, Any] = {
        "product": wanted.products, "hs_code": wanted.hs_codes, "market": wanted.markets, "origin": wanted.origins,
        "date": wanted.since.isoformat() if wanted.since else None,
        "field": [*([wanted.kind] if wanted.kind else []), *wanted.sources],
    }  # fmt: skip
    return payload("ask_recalls", **{key: value for key, value in named.items() if value}, page=page)


def _watch(now: Turn, wanted: Criteria) -> Sequence[Button]:
    """To be told when there is one: whoever follows the goods hears of their recalls."""
    named = {"product": wanted.products, "hs_code": wanted.hs_codes, "market": wanted.markets}
    said = {key: list(value) for key, value in named.items() if value}
    return [now.button("find.watch", "subscribe", **said)] if wanted.products or wanted.hs_codes else []


def _about(now: Turn, wanted: Criteria) -> str:
    """What was looked for, in words."""
    name = markets.name
    parts = [*(name(code, now.language) for code in wanted.markets), *map(str, (*wanted.products, *wanted.hs_codes))]
    parts += [now.said("recall.from", origin=name(code, now.language)) for code in wanted.origins]
    since = day_text(wanted.since, now.language, now.today, now.services.texts) if wanted.since else ""
    parts += [now.said("recall.since", date=since)] if since else []
    kind = now.said(f"recall.kinds.{wanted.kind or 'both'}")
    return now.said("recall.about_list", kind=kind, parts=now.said("notification.comma").join(parts)) if parts else kind
