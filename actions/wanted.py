"""What an interest asks for and leaves out, in the reader's words."""

from actions.subscribe import shown
from actions.turn import Turn
from bot.interests import Interest
from bot.matching.kinds import AGREEMENTS, TYPES
from bot.matching.profile import market_codes
from bot.matching.words import CJK
from nlu import hs, markets, products


def named_as(now: Turn, one: Interest) -> str:
    """What one calls it by: its products, else its codes, words or markets."""
    wanted = one.wanted
    if wanted.products:
        return shown(now, "product", list(wanted.products))
    if wanted.hs_codes:
        return "HS " + shown(now, "hs_code", list(wanted.hs_codes))
    other = (*wanted.keywords, *wanted.ics_codes)
    return now.said("notification.comma").join(other) if other else shown(now, "market", list(wanted.markets))


def left_out(now: Turn, value: str) -> str:
    """A value that an interest leaves out or limits itself to: a code, a kind, a market, or the words as they are."""
    if value.isdigit():
        return f"HS {hs.display(value)}"
    if value.lower() in AGREEMENTS:
        return value.upper()
    if value.lower() in TYPES:
        return now.said(f"notification.type.{value.lower()}")
    codes = market_codes(value)
    known = len(codes) == 1 and codes[0] in markets.markets()
    return markets.name(codes[0], now.language) if known else _with_chinese(now, value)


def _with_chinese(now: Turn, value: str) -> str:
    """The words of a notification with their Chinese name, for a Chinese reader."""
    if now.language != "zh" or CJK.search(value):
        return value
    native = next((word for word in products.synonyms(value.lower()) if CJK.search(word)), None)
    return now.said("lesson.in_chinese", native=native, value=value) if native else value
