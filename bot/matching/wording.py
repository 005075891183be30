"""A match in words: one short sentence in the reader's language."""

from bot.i18n import Texts
from bot.matching.rules import Match, Reason, ReasonKind
from nlu import hs, markets


def reason_text(found: Match, language: str, *, texts: Texts, area: str = "alert.reason") -> str:
    """Why it is sent: its two best reasons and the market, in the sentences of an area."""
    best = list({reason.kind: reason for reason in reversed(found.reasons)}.values())
    best.sort(key=lambda reason: -reason.score)
    comma = texts(f"{area}.and", language)
    parts = [_one(reason, language, texts, area) for reason in best[:2]]
    if found.markets:
        names = texts("alert.list_comma", language).join(markets.name(code, language) for code in found.markets)
        parts.append(texts(f"{area}.market_is", language, market=names))
    return comma.join(parts)


def _one(reason: Reason, language: str, texts: Texts, area: str) -> str:
    return texts(f"{area}.{_key(reason)}", language, mine=_shown(reason.mine), theirs=_shown(reason.theirs))


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
