"""How a list of notifications or interests reads, a line each."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from actions.turn import Turn
from bot import surveys
from bot.notifications import Notification, clock
from bot.notifications.card import member_names, shorten, titles
from bot.surveys import Due, due_text

TITLE = 90


def dues(tx: Connection, now: Turn, found: Iterable[Notification]) -> Mapping[str, Due]:
    """By family: until when the member is asked to answer a survey about one of these."""
    return surveys.local_dues(tx, now.member_id, {one.family for one in found})


def line(now: Turn, one: Notification, due: Due | None = None) -> str:
    """One notification: symbol, market, title, clock, and the member's own deadline beside it."""
    texts, language = now.services.texts, now.language
    title = (titles(one.record, language, texts) or [one.symbol])[0]
    return now.said(
        "find.line",
        symbol=one.symbol,
        market=member_names(one.record["members"][:2], language, texts),
        title=shorten(title, TITLE),
        clock=_clocks(now, one, due),
    )


def _clocks(now: Turn, one: Notification, due: Due | None) -> str:
    texts, language, today = now.services.texts, now.language, now.today
    official = clock(one, language, today, texts)
    if due is None:
        return official
    return now.said("find.clocks", clock=official, local=due_text(due, texts=texts, language=language, today=today))
