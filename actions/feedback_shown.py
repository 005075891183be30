"""How a feedback reads in the chat: an answer, all of them, what it is about, what a message changed."""

from collections.abc import Mapping

from actions.turn import Turn
from bot import feedback
from bot.feedback import CORE, DECLINED, Feedback, Filled
from bot.feedback.said import OPENING
from bot.notifications.card import shorten

TITLE = 60
SHOWN = 500  # characters of an answer on the review page


def acknowledge(now: Turn, one: Feedback | None, slots: list[str], key: str) -> None:
    """Say what was taken in besides the answer, or corrected, a line each."""
    if one and slots:
        lines = [line(now, one, slot) for slot in CORE if slot in slots]
        now.show("\n".join([now.said(key), *lines]))


def tell(now: Turn, filled: Filled) -> None:
    for note in filled.notes:
        now.say(note.key, **note.values)


def summary(now: Turn, one: Feedback) -> str:
    """All answers in the reader's language, a line each."""
    lines = [line(now, one, slot) for slot in CORE]
    working = one.working
    if working.answers.get("notification") == DECLINED and working.subject:
        lines.insert(1, now.said("feedback.line_subject", value=shorten(working.subject, SHOWN)))
    if opening := working.words.get(OPENING):
        lines.insert(0, now.said("feedback.line_opening", value=shorten(opening, SHOWN)))
    if working.affected:
        lines.append(now.said("feedback.line_affected", value=now.said(f"details.affected_{working.affected}")))
    return "\n".join(lines)


def line(now: Turn, one: Feedback, slot: str) -> str:
    return now.said("feedback.line", name=now.said(f"feedback.name_{slot}"), value=_value(now, one, slot))


def _value(now: Turn, one: Feedback, slot: str) -> str:
    value, working = one.working.answers.get(slot), one.working
    if value == DECLINED:
        return now.said(f"feedback.refused_{working.refused.get(slot, 'declined')}")
    if isinstance(value, Mapping):
        shown = feedback.amount_text(value, now.language, now.services.texts)
        said = working.words.get(slot)
        return now.said("feedback.roughly", amount=shown, words=said) if said else shown
    return shorten(str(value), SHOWN) if value else now.said("feedback.not_yet")


def about(now: Turn, one: Feedback) -> str:
    """What a feedback is about, in a few words: G/TBT/N/EU/9901, power banks."""
    symbol, product = (one.working.answers.get(slot) for slot in ("notification", "product"))
    first = symbol if symbol and symbol != DECLINED else now.said("feedback.refused_unnotified")
    words = [str(first), *([str(product)] if product and product != DECLINED else [])]
    return shorten(now.said("notification.comma").join(words), TITLE)
