"""How a list of notifications or interests reads, a line each."""

from actions.turn import Turn
from bot.notifications import Notification, clock
from bot.notifications.card import member_names, shorten, titles

TITLE = 90


def line(now: Turn, one: Notification) -> str:
    """One notification: symbol, market, title, clock."""
    texts, language = now.services.texts, now.language
    title = (titles(one.record, language, texts) or [one.symbol])[0]
    return now.said(
        "find.line",
        symbol=one.symbol,
        market=member_names(one.record["members"][:2], language, texts),
        title=shorten(title, TITLE),
        clock=clock(one, language, now.today, texts),
    )
