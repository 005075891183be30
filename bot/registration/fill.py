"""Applies one message to the answers of a registration: taken, added, changed, removed, refused, or not understood."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.registration.said import DECLINED, Done, Filled, Said, stated
from bot.registration.wording import (
    ALL_MARKETS,
    DIGITS,
    HOW_TO_FIND,
    NOT_KNOWN,
    NOT_RIGHT,
    START,
    UNTIL,
    UNTIL_BEFORE,
    WRONG,
    clauses,
    field_named,
)
from bot.registration.words import chosen, is_placeholder, named_products, products_in, suggested_codes
from nlu import hs, markets, places
from nlu.edits import Edit, EditKind, edit
from nlu.normalize import fold

LISTS = ("product", "hs_code", "market")
ORDER = (*LISTS, "confirm")
MOST = 20  # values in one list
SHORT = 20  # characters: a number with a word or two around it
SHOWN = 40  # characters of an answer that is quoted back

# Intents that are a task of their own: in a form they interrupt it, are answered, and the question is asked again.
INTERRUPTIONS = frozenset({
    "ask_question", "search_notifications", "show_notification", "list_subscriptions", "unsubscribe", "give_feedback",
    "ask_countermeasure", "ask_case", "contact_expert", "set_language", "set_digest", "broadcast_notice", "export_data",
    "delete_my_data", "greet", "thanks", "goodbye", "help", "stop", "restart", "out_of_scope", "not_mine", "show_again",
    "link_account", "enrol", "pause_alerts", "more", "show_article", "follow", "approve_enrolment", "refuse_enrolment",
    "set_time_zone",
    "list_feedback", "survey_progress", "withdraw_consent", "mute_notices", "amend_feedback", "withdraw_feedback",
    "calendar_file",
})  # fmt: skip
Current = Mapping[str, Any]


def fill(current: Current, said: Said) -> Filled:
    """Apply the message to what is there. `current` has the slots of the form, and `offered` = {slot: values}."""
    filled = Filled()
    if said.intent in INTERRUPTIONS:
        return filled
    change = Edit(EditKind.PLAIN, said.text) if said.pressed else edit(said.text)
    if said.intent == "go_back" or (change.kind is EditKind.BACK and said.asked):
        _back(filled, said.asked)
    elif said.asked and change.kind is EditKind.DECLINE and not said.entities:
        _decline(filled, said)
        _something(filled, current)
    elif _is_start(said):
        filled.set(str(said.asked), None)  # already under way: the question once more
    elif not _simple_answer(filled, current, said, change):
        _until(filled, said)
        for part, its_change in clauses(said, change):
            _take(filled, {**current, **filled.slots}, part, its_change)
        _something(filled, current)
    if any(slot in filled.slots for slot in ("hs_code", "market")) and current.get("offered"):
        filled.slots.setdefault("offered", None)
    return filled


def _is_start(said: Said) -> bool:
    """ "Subscribe" or "continue", said or pressed, in the middle of a registration."""
    starts = said.intent == "resume" or (said.intent == "subscribe" and bool(START.match(said.text)))
    return bool(said.asked) and starts and not said.entities


def _back(filled: Filled, asked: str | None) -> None:
    place = ORDER.index(asked) if asked in ORDER else 0
    if place == 0:
        filled.ask(ORDER[0], "subscribe.first_question")
    else:
        filled.ask(ORDER[place - 1], "subscribe.went_back")


def _decline(filled: Filled, said: Said) -> None:
    """A refused answer; what is refused at the end is the registration, if it was a clear no."""
    if said.asked in LISTS:
        filled.set(str(said.asked), [DECLINED])
    elif said.intent == "deny":
        filled.set("confirm", False)
    else:
        filled.ask("confirm", "subscribe.yes_or_no")


def _simple_answer(filled: Filled, current: Current, said: Said, change: Edit) -> bool:
    """Yes, no, "all of them": answers that name nothing. True when the message was one."""
    if said.values(*LISTS, "date"):
        return False
    if said.asked == "confirm":
        return _at_confirm(filled, said, change)
    if said.asked is None or said.pressed:
        return False
    if WRONG.search(said.text) and (field := field_named(said.text)):
        filled.set(field, None)
        filled.slots.setdefault(said.asked, None)
        return True
    picked = chosen(said.text, said.intent, offered(current, said.asked))
    if picked:
        filled.set(said.asked, picked)
    elif said.intent == "affirm":
        filled.ask(said.asked, _WHICH[said.asked])
    elif change.kind is EditKind.PLAIN and len(said.text) <= SHOWN and NOT_KNOWN.search(said.text):
        filled.set(said.asked, [DECLINED])
    elif NOT_RIGHT.match(said.text):
        filled.ask(said.asked, "subscribe.other_code" if said.asked == "hs_code" else "subscribe.what_to_change")
    return said.asked in filled.slots


_WHICH = {
    "product": "subscribe.which_product",
    "hs_code": "subscribe.which_code",
    "market": "subscribe.which_market",
}


def offered(current: Current, slot: str) -> list[str]:
    """What stands under the question as buttons: what a doubtful answer may have meant, else the usual codes."""
    special = (current.get("offered") or {}).get(slot)
    if special:
        return list(special)
    return suggested_codes(stated(current.get("product"))) if slot == "hs_code" else []


def _at_confirm(filled: Filled, said: Said, change: Edit) -> bool:
    """Yes or no at the end; a "no" that goes on to say what is wrong is a correction instead."""
    if said.intent == "affirm":
        filled.set("confirm", True)
    elif change.kind is not EditKind.REMOVE and (field := field_named(change.rest or said.text)):
        filled.set(field, None)
    elif change.kind is EditKind.PLAIN and WRONG.search(said.text):
        filled.ask("confirm", "subscribe.what_to_change")
    elif said.intent == "deny" and change.kind in (EditKind.PLAIN, EditKind.DECLINE):
        filled.set("confirm", False)
    elif change.kind is EditKind.PLAIN:
        filled.ask("confirm", "subscribe.yes_or_no")
    else:
        return False
    return True


def _take(filled: Filled, current: Current, said: Said, change: Edit) -> None:
    start = _start(said, change)
    gone, meant = _split(said, start)
    found = {
        "product": [str(value) for value in meant.values("product") if not is_placeholder(str(value))],
        "hs_code": _codes(filled, meant.values("hs_code")),
        "market": [str(value) for value in meant.values("market")],
    }
    if said.asked == "product" and change.kind is not EditKind.REMOVE and (found["product"] or said.entities):
        found["product"] = products_in(said, start)
    if change.kind is EditKind.REMOVE:
        _mentioned(found, current, change.rest)
    elif said.asked != "market" and not said.pressed:
        _unknown_places(filled, said)
    if not any(found.values()) and not filled.slots:
        _free_text(filled, found, said, change)
    for slot, values in found.items():
        if values:
            _apply(filled, current, slot, values, gone=gone, said=said, kind=change.kind)
    if said.asked == "confirm" and filled.slots:
        filled.set("confirm", None)  # what is confirmed has changed: show it and ask again


def _start(said: Said, change: Edit) -> int:
    """Where the text begins that the correcting words are about."""
    return max(said.text.rfind(change.rest), 0) if change.kind in (EditKind.REPLACE, EditKind.APPEND) else 0


def _split(said: Said, start: int) -> tuple[Said, Said]:
    """What the message names before and after its correcting words: "not A, but B" gives A and B."""
    before = [entity for entity in said.entities if entity["start"] < start]
    after = [entity for entity in said.entities if entity["start"] >= start]
    return replace(said, text=said.text[:start], entities=before), replace(said, entities=after)


def _codes(filled: Filled, values: Sequence[Any]) -> list[str]:
    """The usable codes; each that cannot be is named with what would be right, and the question stays open."""
    digits = [hs.digits(str(value)) for value in values]
    for code in digits:
        if _is_impossible(code):
            _say_problem(filled, code)
    return [code for code in digits if not _is_impossible(code)]


def _is_impossible(code: str) -> bool:
    problem = hs.check(code)
    return problem is not None and not problem.is_warning


def _say_problem(filled: Filled, code: str) -> None:
    problem = hs.check(code)
    assert problem is not None
    options = longer(code) if problem.kind is hs.HsProblemKind.FIVE_DIGITS else []
    key = "subscribe.five_digits" if options else f"hs.{problem.kind}"
    filled.ask("hs_code", key, code=code, options=", ".join(map(hs.display, options)))
    if options:
        filled.set("offered", {"hs_code": options})


def longer(code: str) -> list[str]:
    """The six-digit codes that a five-digit one may have meant."""
    return sorted(known for known in hs.codes() if len(known) == 6 and known.startswith(code))[:6]


def _mentioned(found: dict[str, list[str]], current: Current, text: str) -> None:
    """What is to be removed may be words that only this registration knows."""
    plain = text.casefold()
    for value in stated(current.get("product")):
        if value.casefold() in plain and value not in found["product"]:
            found["product"].append(value)


def _free_text(filled: Filled, found: dict[str, list[str]], said: Said, change: Edit) -> None:
    """No value was recognised: at the product question the words are the product, elsewhere say what was expected."""
    if said.pressed or said.asked is None:
        return
    words = change.rest or said.text
    if change.kind is EditKind.REMOVE:
        filled.ask(said.asked, "subscribe.nothing_removed", said=words[:SHOWN])
    elif said.asked == "market":
        _unknown_market(filled, words)
    elif said.asked == "product" or change.kind in (EditKind.REPLACE, EditKind.APPEND):
        found["product"] = [] if DIGITS.fullmatch(words.strip()) else named_products(words)
        if not found["product"]:
            _unclear(filled, said, words)
    elif said.asked == "hs_code":
        _no_code(filled, said, words)
    else:
        filled.ask("confirm", "subscribe.yes_or_no")


def _unclear(filled: Filled, said: Said, words: str) -> None:
    """Not a product: perhaps a number that cannot be a code, else words that say nothing."""
    if DIGITS.search(words) and len(words) <= SHORT:
        _no_code(filled, said, words)
        filled.slots.setdefault(said.asked or "hs_code", None)
    else:
        filled.ask(said.asked or "product", "subscribe.product_unclear")


def _unknown_market(filled: Filled, text: str) -> None:
    if ALL_MARKETS.match(text):
        filled.set("market", [DECLINED])
        return
    guess = markets.suggest(text)
    key = "subscribe.market_guess" if guess else "subscribe.market_unknown"
    filled.ask("market", key, said=text[:SHOWN], guess=guess or "")
    if guess:
        filled.set("offered", {"market": [guess]})


def _unknown_places(filled: Filled, said: Said) -> None:
    """A place that goods are said to go to, and that is no market: never passed over in silence."""
    known = fold(said.text)
    for start, end in places.unknown(known, [(entity["start"], entity["end"]) for entity in said.entities]):
        name = said.text[start:end]
        guess = markets.suggest(name)
        filled.note("subscribe.place_guess" if guess else "subscribe.place_unknown", said=name, guess=guess or "")


def _no_code(filled: Filled, said: Said, words: str) -> None:
    """Digits that cannot be a code are told why; words are told what a code is."""
    number = DIGITS.search(words)
    code = hs.digits(number[0]) if number else ""
    if code and _is_impossible(code):
        _say_problem(filled, code)
    elif HOW_TO_FIND.search(words):
        filled.ask("hs_code", "subscribe.how_to_find_code")
    else:
        filled.ask("hs_code", "subscribe.no_code", said=said.text[:SHOWN])


def _apply(
    filled: Filled, current: Current, slot: str, values: list[str], *, gone: Said, said: Said, kind: EditKind
) -> None:
    """Put the values into their list, and remember what changed so that it can be said."""
    old = stated(current.get(slot))
    named = {*map(_key, map(str, gone.values(slot))), *(_key(one) for one in old if _is_in(gone.text, slot, one))}
    kept = [value for value in old if _key(value) not in named]
    if len(kept) < len(old):
        kind = EditKind.APPEND  # "not A, B": B takes A's place
    answering = said.asked == slot and kind is EditKind.PLAIN
    merged = merge(slot, kept, values, kind, answering=answering)[:MOST]
    filled.set(slot, merged or None)
    if not answering:
        _tell(filled, slot, old, merged, values, kind)


def _is_in(text: str, slot: str, value: str) -> bool:
    return slot == "product" and len(value) > 1 and value.casefold() in text.casefold()


def merge(slot: str, known: Sequence[str], new: Sequence[str], kind: EditKind, *, answering: bool) -> list[str]:
    """Also X appends, no, X replaces, not X removes; a plain value answers its question or adds to what is there."""
    if kind is EditKind.REMOVE:
        return [value for value in known if not any(_is_same(slot, value, one) for one in new)]
    first = [] if kind is EditKind.REPLACE or answering else list(known)
    merged: dict[str, str] = {}
    for value in (*first, *new):
        merged.setdefault(_key(value), value)
    return list(merged.values())


def _is_same(slot: str, value: str, named: str) -> bool:
    """Is it meant by what is to be removed? A heading means its subheadings too."""
    return value.startswith(named) if slot == "hs_code" else _key(value) == _key(named)


def _key(value: str) -> str:
    return value.casefold()


def _tell(filled: Filled, slot: str, old: list[str], merged: list[str], values: list[str], kind: EditKind) -> None:
    added = [value for value in merged if _key(value) not in map(_key, old)]
    removed = [value for value in old if _key(value) not in map(_key, merged)]
    if (added and removed) or (added and kind is EditKind.REPLACE):
        filled.change(Done.CHANGED, slot, added)
    elif added:
        filled.change(Done.ADDED if old or kind is EditKind.APPEND else Done.NOTED, slot, added)
    elif removed:
        narrowed = kind is EditKind.REPLACE
        filled.change(Done.CHANGED if narrowed else Done.REMOVED, slot, merged if narrowed else removed)
    else:
        filled.change(Done.ABSENT if kind is EditKind.REMOVE else Done.KNOWN, slot, values)


def _until(filled: Filled, said: Said) -> None:
    dates = [entity for entity in said.entities if entity["entity"] == "date"]
    if not dates or not (UNTIL.search(said.text) or UNTIL_BEFORE.search(said.text[: dates[-1]["start"]])):
        return
    day = str(dates[-1]["value"])
    if said.today and day < said.today.isoformat():
        filled.note("subscribe.until_past", date=day)
        filled.set(said.asked or "until", None)
        return
    filled.set("until", day)
    filled.change(Done.NOTED, "until", [day])


def _something(filled: Filled, current: Current) -> None:
    """A registration with neither product, code nor market would match nothing: ask for a product again."""
    after = {slot: filled.slots.get(slot, current.get(slot)) for slot in LISTS}
    if all(after[slot] == [DECLINED] for slot in LISTS):
        filled.ask("product", "subscribe.nothing_left")
        filled.set("hs_code", None)
