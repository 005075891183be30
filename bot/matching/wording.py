"""A match in words: one short sentence in the reader's language."""

from bot.i18n import Texts
from bot.matching.rules import Match, Reason, ReasonKind
from nlu import hs, markets


def reason_text(found: Match, language: str, *, texts: Texts) -> str:
    """Why a notification is sent: its two best reasons and the market."""
    best = list({reason.kind: reason for reason in reversed(found.reasons)}.values())
    best.sort(key=lambda reason: -reason.score)
    comma = texts("alert.reason.and", language)
    parts = [_one(reason, language, texts) for reason in best[:2]]
    if found.markets:
        names = texts("alert.list_comma", language).join(markets.name(code, language) for code in found.markets)
        parts.append(texts("alert.reason.market_is", language, market=names))
    return comma.join(parts)


def _one(reason: Reason, language: str, texts: Texts) -> str:
    return texts(f"alert.reason.{_key(reason)}", language, mine=_shown(reason.mine), theirs=_shown(reason.theirs))


def _key(reason: Reason) -> str:
    if reason.kind is ReasonKind.HS:
        return (
            "hs_same"
            if reason.mine == reason.theirs
            else "hs_wider"
            if len(reason.theirs) < len(reason.mine)
            else "hs_inside"
        )
    if reason.kind is ReasonKind.PRODUCT and reason.mine == reason.theirs:
        return "product_same"
    return str(reason.kind.value)


def _shown(value: str) -> str:
    return hs.display(value) if value.isdigit() else value
