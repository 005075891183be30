"""How a registration is filled in (pure): what a message does to products, HS codes, markets and the confirmation."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nlu import hs, markets, products
from nlu.edits import Edit, EditKind, edit

DECLINED = "__declined__"
LISTS = ("product", "hs_code", "market")
ORDER = (*LISTS, "confirm")
LONGEST_PRODUCT = 60  # characters; longer is a story, not a product
MOST = 20  # values in one list

# Intents that are a task of their own: in a form they interrupt it, are answered, and the question is asked again.
INTERRUPTIONS = frozenset({
    "ask_question", "search_notifications", "show_notification", "list_subscriptions", "unsubscribe", "give_feedback",
    "ask_countermeasure", "ask_case", "contact_expert", "set_language", "set_digest", "broadcast_notice", "export_data",
    "delete_my_data", "greet", "thanks", "goodbye", "help", "stop", "restart", "out_of_scope", "not_mine", "show_again",
    "link_account", "enrol", "pause_alerts", "show_article", "follow", "approve_enrolment", "refuse_enrolment",
})  # fmt: skip
ALL_MARKETS = re.compile(
    r"^\W*(?:所有|全部|任何|各个?|全球|全世界|世界各地|不限)(?:的)?(?:市场|国家|地区)?\W*$"
    r"|^\W*(?:all|any|every|worldwide|global(?:ly)?|everywhere|no limit)\b[\w\s]{0,24}\W*$",
    re.IGNORECASE,
)
UNTIL = re.compile(
    r"直到|到.{0,14}(?:为止|结束|截止)|截[至止]|有效期[至到]|\b(?:until|till|through|up to|by|valid to|expires?)\b",
    re.IGNORECASE,
)
WRONG = re.compile(
    r"不对|有误|错了|改一[下改]|修改|要改|\b(?:wrong|incorrect|change|correct (?:it|that)|edit|not right)\b",
    re.IGNORECASE,
)
LEAD = re.compile(
    r"^\W*(?:我们|我司|我厂|本公司|公司|我)?(?:主要|专门|一直)?(?:是|做|生产|出口|销售|卖|经营|关注|想关注|要关注)?"
    r"(?:的)?(?:产品)?(?:是|有|为|:|：)?\s*"
    r"|^\W*(?:it'?s|it is|they are|we (?:make|export|sell|produce)|our products? (?:is|are)|mainly|just|only|products?:?)"
    r"\s+",
    re.IGNORECASE,
)
TAIL = re.compile(
    r"(?:这些|这类|这种|等)?(?:产品|的)?(?:吧|呢|啊|哦|谢谢|please|thanks)?[\s。.!！,，;；]*$", re.IGNORECASE
)
SPLIT = re.compile(r"\s*(?:[,，、;；/]|\band\b|\bor\b|&|以及|还有|和|与|及)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """One message inside (or at the start of) a registration: Rasa's parse data and the slot that was asked for."""

    text: str
    intent: str
    entities: Sequence[Mapping[str, Any]]
    asked: str | None


@dataclass(frozen=True, slots=True)
class Note:
    """Something to tell before the next question: a key of bot/texts and its values."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Filled:
    """What the message did. No slots at all = it was not for this form."""

    slots: dict[str, Any] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def set(self, slot: str, value: Any) -> None:
        self.slots[slot] = value

    def note(self, key: str, **values: Any) -> None:
        self.notes.append(Note(key, values))


def fill(current: Mapping[str, Any], said: Said) -> Filled:
    """Apply the message to what is there. `current` has the slots of the form."""
    filled = Filled()
    if said.intent in INTERRUPTIONS:
        return filled
    change = edit(said.text) if not said.text.startswith("/") else Edit(EditKind.PLAIN, said.text)
    if said.intent == "go_back" or (change.kind is EditKind.BACK and said.asked):
        _back(filled, said.asked)
        return filled
    if said.asked and change.kind is EditKind.DECLINE and not said.entities:
        _decline(filled, said.asked)
        return filled
    if said.asked == "confirm" and not _values(said, "product", "hs_code", "market") and _answer(filled, said, change):
        return filled
    _take(filled, current, said, change)
    _until(filled, said)
    _something(filled, current)
    return filled


def _back(filled: Filled, asked: str | None) -> None:
    place = ORDER.index(asked) if asked in ORDER else 0
    if place == 0:
        filled.note("subscribe.first_question")
        filled.set(ORDER[0], None)
        return
    filled.set(ORDER[place - 1], None)


def _decline(filled: Filled, asked: str) -> None:
    if asked == "confirm":
        filled.set("confirm", False)
    elif asked in LISTS:
        filled.set(asked, [DECLINED])


def _answer(filled: Filled, said: Said, change: Edit) -> bool:
    """Yes or no at the end; a "no" that goes on to say what is wrong is a correction instead."""
    if said.intent == "affirm":
        filled.set("confirm", True)
    elif WRONG.search(said.text) and change.kind is EditKind.PLAIN:
        filled.note("subscribe.what_to_change")
        filled.set("confirm", None)
    elif said.intent == "deny" and change.kind in (EditKind.PLAIN, EditKind.DECLINE):
        filled.set("confirm", False)
    elif change.kind is EditKind.PLAIN:
        filled.note("subscribe.yes_or_no")
        filled.set("confirm", None)
    else:
        return False
    return True


def _take(filled: Filled, current: Mapping[str, Any], said: Said, change: Edit) -> None:
    gone, meant = _split(said, change)
    found = {
        "product": [str(value) for value in _values(meant, "product")],
        "hs_code": _codes(filled, _values(meant, "hs_code")),
        "market": [str(value) for value in _values(meant, "market")],
    }
    if not any(found.values()) and not filled.slots:
        _free_text(filled, found, said, change)
    for slot, values in found.items():
        if values:
            old = [value for value in current.get(slot) or () if value != DECLINED]
            kept = [value for value in old if value not in _values(gone, slot)]
            kind = EditKind.APPEND if len(kept) < len(old) else change.kind  # "not A, B": B takes A's place
            merged = merge(kept, values, kind, answering=said.asked == slot)
            filled.set(slot, merged[:MOST] or None)
    if said.asked == "confirm" and any(slot in filled.slots for slot in LISTS):
        filled.set("confirm", None)  # what is confirmed has changed: show it and ask again


def _split(said: Said, change: Edit) -> tuple[Said, Said]:
    """What the message names before and after its correcting words: "not A, but B" gives A and B."""
    start = said.text.rfind(change.rest) if change.kind is EditKind.REPLACE and change.rest else 0
    before = [entity for entity in said.entities if entity["start"] < start]
    after = [entity for entity in said.entities if entity["start"] >= start]
    return replace(said, entities=before), replace(said, entities=after)


def _values(said: Said, *names: str) -> list[Any]:
    return [entity["value"] for name in names for entity in said.entities if entity["entity"] == name]


def _codes(filled: Filled, values: Sequence[Any]) -> list[str]:
    """The usable codes; each that cannot be is named with what would be right, and the question stays open."""
    good = []
    for value in values:
        code = hs.digits(str(value))
        problem = hs.check(code)
        if problem is None or problem.is_warning:
            good.append(code)
            continue
        filled.set("hs_code", None)
        options = longer(code)
        five = problem.kind is hs.HsProblemKind.FIVE_DIGITS and options
        key = "subscribe.five_digits" if five else f"hs.{problem.kind}"
        filled.note(key, code=str(value), options=", ".join(map(hs.display, options)))
    return good


def longer(code: str) -> list[str]:
    """The six-digit codes that a five-digit one may have meant."""
    return sorted(known for known in hs.codes() if len(known) == 6 and known.startswith(code))[:6]


def _free_text(filled: Filled, found: dict[str, list[str]], said: Said, change: Edit) -> None:
    """No value was recognised: at the product question the words are the product, elsewhere say what was expected."""
    if said.text.startswith("/") or said.asked is None:
        return
    if said.asked == "market":
        _unknown_market(filled, said.text)
    elif said.asked == "hs_code":
        _no_code(filled, said)
    elif said.asked == "product" or change.kind in (EditKind.REPLACE, EditKind.APPEND):
        found["product"] = named_products(change.rest or said.text)
        if not found["product"]:
            filled.note("subscribe.product_unclear")
            filled.set("product", None)
    else:
        filled.note("subscribe.yes_or_no")
        filled.set("confirm", None)


def _unknown_market(filled: Filled, text: str) -> None:
    if ALL_MARKETS.match(text):
        filled.set("market", [DECLINED])
        return
    guess = markets.suggest(text)
    filled.note("subscribe.market_guess" if guess else "subscribe.market_unknown", said=text[:40], guess=guess or "")
    filled.set("market", None)


def _no_code(filled: Filled, said: Said) -> None:
    if said.intent == "deny":
        filled.set("hs_code", [DECLINED])
    else:
        filled.note("subscribe.no_code", said=said.text[:40])
        filled.set("hs_code", None)


def named_products(text: str) -> list[str]:
    """The products that a plain answer names: "LED 灯、吸顶灯" -> two of them."""
    plain = TAIL.sub("", LEAD.sub("", " ".join(text.split())))
    parts = [part.strip(" \t\"'“”。.!！?？") for part in SPLIT.split(plain)]
    good = [part for part in parts if re.search(r"[^\W\d_]", part) and len(part) <= LONGEST_PRODUCT]
    return list(dict.fromkeys(good)) if len(good) == len([part for part in parts if part]) else []


def merge(known: Sequence[str], new: Sequence[str], kind: EditKind, *, answering: bool) -> list[str]:
    """Also X appends, no, X replaces, not X removes; a plain value answers its question or adds to what is there."""
    if kind is EditKind.REMOVE:
        return [value for value in known if value not in new]
    if kind is EditKind.REPLACE or (answering and kind is EditKind.PLAIN):
        return list(dict.fromkeys(new))
    return list(dict.fromkeys([*known, *new]))


def _until(filled: Filled, said: Said) -> None:
    dates = _values(said, "date")
    if dates and UNTIL.search(said.text):
        filled.set("until", str(dates[-1]))


def _something(filled: Filled, current: Mapping[str, Any]) -> None:
    """A registration with neither product, code nor market would match nothing: ask for a product again."""
    after = {slot: filled.slots.get(slot, current.get(slot)) for slot in LISTS}
    if all(after[slot] == [DECLINED] for slot in LISTS):
        filled.note("subscribe.nothing_left")
        filled.set("product", None)
        filled.set("hs_code", None)


def stated(value: Any) -> list[str]:
    """A list slot without the mark of a refused answer."""
    return [item for item in value or () if item != DECLINED] if isinstance(value, list) else []


def suggested_codes(words: Sequence[str]) -> list[str]:
    """HS codes that the products' words point to, to be offered as buttons."""
    return list(dict.fromkeys(code for word in words for code in products.hs_codes_for(word)))[:4]
