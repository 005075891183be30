"""Applies one message to the answers of a feedback: taken, corrected, refused, put off, or not understood (pure)."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.feedback import money, wording
from bot.feedback.money import Sum
from bot.feedback.said import AMOUNTS, ORDER, Answers, Filled, Named, Refusal, Said
from bot.feedback.wording import Correction
from bot.registration.words import chosen, named_products
from nlu.edits import EditKind, edit

SHOWN = 40  # characters of an answer that is quoted back
LONGEST = 4000  # characters of an answer in words
TELLING = 8  # characters: what is shorter describes no measure
# Intents that may be an answer here; every other one is a task of its own: it is done, and the question asked again.
TAKEN = frozenset({"give_feedback", "affirm", "deny", "go_back", "resume", "nlu_fallback"})
FREE = ("measures_taken", "comment", "help_needed", "contact")
VOLUNTEERING = (None, "notification", "product", *AMOUNTS)  # questions beside which a sum is an answer of its own
STRONG = re.compile(
    r"改成|改为|改到|更正|换成|变成|错|不对|修改|\b(?:change|correct|wrong|sorry|no|actually|oops|update|set|make)\b",
    re.IGNORECASE,
)


def fill(current: Answers, said: Said, *, offered: Mapping[str, Any] | None = None) -> Filled:
    """Apply the message to the answers so far. `offered`: {slot: values} that stand under the question."""
    filled = Filled()
    fixed = None if said.pressed or said.asked is None else _correction(current, said)
    if said.intent not in TAKEN and not (fixed and fixed.by_name):
        return filled
    if said.asked is None:
        _volunteer(filled, current, said)
    elif said.pressed:
        _press(filled, current, said)
    elif wording.LATER.match(said.text):
        filled.later = True
    elif _goes_back(said):
        _back(filled, said.asked)
    elif said.intent == "resume" or wording.START.match(said.text):
        filled.ask(said.asked)  # already under way: the question once more
    elif fixed:
        _correct(filled, current, said, fixed)
    else:
        _ANSWERS[_kind(said.asked)](filled, current, said, offered or {})
    return filled


def _kind(asked: str) -> str:
    return "amount" if asked in AMOUNTS else asked if asked in ("notification", "product", "confirm") else "text"


# --- the start, buttons, steps -----------------------------------------------------------------------------------


def _volunteer(filled: Filled, current: Answers, said: Said) -> None:
    """The message that starts a feedback, or whatever else it names besides the answer that was asked for."""
    filled.heard = True
    if said.symbols and not current.get("notification"):
        _symbol(filled, said.symbols[0], told=False)
    elif said.asked is None and wording.UNNOTIFIED.search(said.text):
        filled.refuse("notification", Refusal.UNNOTIFIED)
    elif said.asked is None and said.last_alert and wording.LAST_ALERT.search(said.text):
        filled.take("notification", said.last_alert)
    goods = [str(value) for value in said.values("product")]
    if goods and not current.get("product"):
        filled.take("product", _joined(goods, said.language), told=True)
    _sums(filled, current, said)


def _press(filled: Filled, current: Answers, said: Said) -> None:
    """A button of the form itself: a symbol of the list, yes, back. One of another alert starts another feedback."""
    if said.asked == "notification" and said.symbols and not said.values("affected"):
        _symbol(filled, said.symbols[0], told=False)
    elif said.asked == "confirm" and said.intent == "affirm":
        filled.confirm = True
    elif said.intent == "go_back":
        _back(filled, str(said.asked))
    elif said.intent == "resume" or (said.intent == "give_feedback" and not said.entities):
        filled.ask(str(said.asked))


def _goes_back(said: Said) -> bool:
    return said.intent == "go_back" or edit(said.text).kind is EditKind.BACK


def _back(filled: Filled, asked: str) -> None:
    place = ORDER.index(asked)
    filled.ask(ORDER[max(place - 1, 0)], "subscribe.went_back" if place else "subscribe.first_question")


# --- corrections -------------------------------------------------------------------------------------------------


def _correction(current: Answers, said: Said) -> Correction | None:
    """An earlier answer that is changed: by its name, or "no, 2 million" right after it was given."""
    named = wording.correction(said.text, at_review=said.asked == "confirm")
    if named and _may_correct(current, said, named):
        return named
    change = edit(said.text)
    if change.kind is not EditKind.REPLACE or said.asked not in ORDER[1:]:
        return None
    before = ORDER[ORDER.index(str(said.asked)) - 1]
    return Correction(before, change.rest, by_name=False) if _fits(before, str(said.asked), change.rest) else None


def _may_correct(current: Answers, said: Said, named: Correction) -> bool:
    """In an answer in free words, "the measure should be delayed" changes nothing that was said before."""
    if said.asked == "confirm":
        return True
    if named.slot == said.asked:
        return named.slot in AMOUNTS and not named.rest
    if said.asked not in FREE:
        return bool(STRONG.search(said.text)) or current.get(named.slot) is not None
    known = current.get(named.slot) is not None
    amount = named.slot not in AMOUNTS or not named.rest or money.read(named.rest) is not None
    return known and amount and bool(STRONG.search(said.text) or named.slot in AMOUNTS)


def _fits(before: str, asked: str, rest: str) -> bool:
    """Can "no, ..." mean the answer before? Only where it cannot be an answer to this question."""
    is_sum = money.read(rest) is not None
    if before in AMOUNTS:
        return is_sum and asked != "contact"
    return before in ("product", "notification") and asked in AMOUNTS and not is_sum


def _correct(filled: Filled, current: Answers, said: Said, fixed: Correction) -> None:
    if fixed.slot in AMOUNTS and fixed.rest:
        _correct_sum(filled, current, said, fixed)
    elif fixed.slot == "notification" and said.symbols:
        _symbol(filled, said.symbols[0], told=True)
    elif why := wording.refusal(fixed.rest) if fixed.rest else None:
        filled.refuse(fixed.slot, why)
        filled.changed.append(fixed.slot)
    elif not fixed.rest or fixed.slot == "notification":
        filled.ask(fixed.slot)
    else:
        value = _product(fixed.rest, said.language) if fixed.slot == "product" else fixed.rest[:LONGEST]
        filled.take(fixed.slot, value, told=True)
    filled.heard = True


def _correct_sum(filled: Filled, current: Answers, said: Said, fixed: Correction) -> None:
    """ "No, the loss is 50k": in the currency that this answer was in, unless another one is named."""
    old = current.get(fixed.slot)
    currency = old.get("currency") if isinstance(old, dict) else None
    one = money.read(fixed.rest)
    if one is None and (why := wording.refusal(fixed.rest)):
        filled.refuse(fixed.slot, why)
        filled.changed.append(fixed.slot)
    elif one is None or money.NEGATIVE.search(fixed.rest):
        _unclear_sum(filled, fixed.slot, fixed.rest)
    else:
        _sum(filled, current, fixed.slot, replace(one, currency=one.currency or currency), told=True)


# --- answers -----------------------------------------------------------------------------------------------------


def _notification(filled: Filled, current: Answers, said: Said, offered: Mapping[str, Any]) -> None:
    choices = list(offered.get("notification") or ())
    if said.symbols:
        _named(filled, said.symbols[0], choices)
        _beside(filled, current, said)
    elif wording.UNNOTIFIED.search(said.text) or wording.refusal(said.text):
        filled.refuse("notification", Refusal.UNNOTIFIED)
        filled.subject = offered.get("subject") or _description(said)
        _beside(filled, current, said)
    elif picked := chosen(said.text, said.intent, choices):
        filled.take("notification", picked[0])
    elif wording.LAST_ALERT.search(said.text):
        _last_alert(filled, said)
    else:
        _described(filled, said)


def _named(filled: Filled, named: Named, choices: list[Any]) -> None:
    """A symbol that is said a second time is meant: it is kept although the base does not have it."""
    if named.known is None and named.typed in choices:
        filled.take("notification", named.typed)
    else:
        _symbol(filled, named, told=False)


def _symbol(filled: Filled, named: Named, *, told: bool) -> None:
    if named.known:
        filled.take("notification", named.known, told=told)
        return
    filled.ask("notification", "feedback.symbol_unknown", symbol=named.typed)
    filled.offered |= {"notification": [*named.near, named.typed]}


def _last_alert(filled: Filled, said: Said) -> None:
    if said.last_alert:
        filled.take("notification", said.last_alert, told=True)
    else:
        filled.ask("notification", "feedback.no_alert_yet")


def _described(filled: Filled, said: Said) -> None:
    """Words instead of a symbol: the notifications that they may mean, and the way on without one."""
    key = "feedback.may_be" if said.found else "feedback.not_a_symbol"
    filled.ask("notification", key, said=said.text[:SHOWN])
    filled.offered |= {"notification": list(said.found), "subject": said.text[:LONGEST]}


def _description(said: Said) -> str | None:
    """ "India asks for a certificate now, nobody notified it" says what it is about; "not notified" does not."""
    rest = wording.UNNOTIFIED.sub("", said.text).strip()
    return said.text[:LONGEST] if len(rest) > TELLING and not wording.refusal(said.text) else None


def _beside(filled: Filled, current: Answers, said: Said) -> None:
    goods = [str(value) for value in said.values("product")]
    if goods and not current.get("product"):
        filled.take("product", _joined(goods, said.language), told=True)
    _sums(filled, current, said)


def _product_answer(filled: Filled, current: Answers, said: Said, offered: Mapping[str, Any]) -> None:
    choices = list(offered.get("product") or ())
    if why := Refusal.NONE if wording.NO_PRODUCT.match(said.text) else wording.refusal(said.text):
        filled.refuse("product", why)
        return
    if picked := chosen(said.text, said.intent, choices):
        filled.take("product", _joined(picked, said.language))
        return
    if said.intent in ("affirm", "deny"):
        filled.ask("product", "feedback.say_product")
        return
    sums = bool(said.values("amount"))
    goods = _joined([str(value) for value in said.values("product")], said.language) if sums else ""
    value = goods or ("" if sums else _product(said.text, said.language))
    if re.search(r"[^\W\d_]", value):
        filled.take("product", value)
    else:
        filled.ask("product", "feedback.say_product")
    _sums(filled, current, said)


def _product(text: str, language: str) -> str:
    return _joined(named_products(text), language) or " ".join(text.split())[:LONGEST]


def _joined(values: list[str], language: str) -> str:
    return ("、" if language == "zh" else ", ").join(dict.fromkeys(values))


def _amount_answer(filled: Filled, current: Answers, said: Said, offered: Mapping[str, Any]) -> None:
    asked, choices = str(said.asked), list(offered.get(str(said.asked)) or ())
    if why := wording.refusal(said.text):
        filled.refuse(asked, why)
    elif choices and (code := money.currency_named(said.text)) and not said.values("amount"):
        filled.take(asked, {"value": choices[0]["value"], "currency": code})
    elif money.NEGATIVE.search(said.text):
        filled.ask(asked, "feedback.amount_negative")
    elif money.ZERO.match(said.text):
        used = money.currencies_used(current)
        filled.take(asked, {"value": 0.0, "currency": used[0] if used else "CNY" if said.language == "zh" else "USD"})
    elif said.values("amount"):
        _sums(filled, current, said)
    elif choices and said.intent == "affirm":
        filled.ask(asked)
        filled.offered |= {asked: choices}
    else:
        _unclear_sum(filled, asked, said.text, percent=bool(said.values("percent")))
    _keep_words(filled, asked, choices)


def _keep_words(filled: Filled, asked: str, choices: list[Any]) -> None:
    """ "About a million" - "which currency?" - "dollars": it is still about a million."""
    taken = filled.answers.get(asked)
    if choices and isinstance(taken, dict) and taken["value"] == choices[0]["value"] and choices[0]["words"]:
        filled.words.setdefault(asked, choices[0]["words"])


def _unclear_sum(filled: Filled, slot: str, text: str, *, percent: bool = False) -> None:
    key = "negative" if money.NEGATIVE.search(text) else "percent" if percent else "unclear"
    filled.ask(slot, f"feedback.amount_{key}", **({"said": text[:SHOWN]} if key == "unclear" else {}))


def _sums(filled: Filled, current: Answers, said: Said) -> None:
    """Every sum of the message at the question that it answers; the one that was asked for takes what names none."""
    by_slot: dict[str, list[Sum]] = {}
    for one in money.sums(said.text, said.entities):
        slot = one.slot or (said.asked if said.asked in AMOUNTS else None)
        if slot:
            by_slot.setdefault(slot, []).append(one)
    for slot, ones in by_slot.items():
        if len({one.value for one in ones}) > 1 and not money.TOTAL.search(said.text):
            filled.ask(slot, "feedback.which_total")
        else:
            _sum(filled, current, slot, ones[-1], told=slot != said.asked)
    if said.asked in AMOUNTS and said.asked not in filled.answers:
        filled.ask(str(said.asked))


def _sum(filled: Filled, current: Answers, slot: str, one: Sum, *, told: bool) -> None:
    if one.value > money.MOST:
        filled.ask(slot, "feedback.amount_too_large")
    elif one.currency is None:
        filled.ask(slot)
        filled.offered |= {slot: money.alternatives(one, {**current, **filled.answers})}
    else:
        filled.take(slot, one.answer(), words=one.words, told=told)


def _text_answer(filled: Filled, current: Answers, said: Said, offered: Mapping[str, Any]) -> None:
    asked = str(said.asked)
    if why := wording.refusal(said.text):
        filled.refuse(asked, why)
    elif said.intent == "affirm" and len(said.text) < SHOWN and not said.entities:
        filled.ask(asked, "feedback.say_in_words")
    else:
        filled.take(asked, said.text.strip()[:LONGEST])


def _confirm(filled: Filled, current: Answers, said: Said, offered: Mapping[str, Any]) -> None:
    """Yes or no on the review page; sums and symbols that name their question are corrections."""
    named = [one.slot for one in money.sums(said.text, said.entities) if one.slot]
    if said.intent == "affirm":
        filled.confirm = True
    elif named:
        _sums(filled, current, said)
    elif said.symbols:
        _symbol(filled, said.symbols[0], told=True)
    elif wording.REACHED_AT.search(said.text):
        filled.take("contact", said.text.strip()[:LONGEST], told=True)
    elif said.intent == "deny" and wording.WRONG.search(said.text):
        filled.ask("confirm", "feedback.what_to_change")
    elif said.intent == "deny":
        filled.confirm = False
    else:
        key = "feedback.what_to_change" if wording.WRONG.search(said.text) else "feedback.yes_or_no"
        filled.ask("confirm", key)


_ANSWERS = {
    "notification": _notification,
    "product": _product_answer,
    "amount": _amount_answer,
    "text": _text_answer,
    "confirm": _confirm,
}
