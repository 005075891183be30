"""Sums of money in a feedback (pure): which question a sum answers, what is wrong with it, how it is shown."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.feedback.said import AMOUNTS
from bot.i18n import Texts
from nlu import amounts
from nlu.normalize import fold

USUAL = ("CNY", "USD")
MOST = 1e13  # more than any country exports
CUES = {
    "export_value": re.compile(
        r"出口|外销|销售|销往|卖到|货值|出货|贸易额|\b(?:exports?|exported|exporting|sales|sell|sold|ship(?:ped|ments?)?"
        r"|turnover|revenue)\b",
        re.IGNORECASE,
    ),
    "estimated_loss": re.compile(
        r"损失|亏损?|减少|丢了?|取消|退货|退运|少卖|流失|\b(?:loss(?:es)?|lose|lost|losing|cancel(?:l?ed)?|returned|fewer"
        r"|drop(?:ped)?)\b",
        re.IGNORECASE,
    ),
    "extra_cost": re.compile(
        r"成本|费用?|多花|花了?|增加|投入|支出|\b(?:costs?|fees?|spend|spent|expenses?|extra|additional|pay|paid)\b",
        re.IGNORECASE,
    ),
}
NEGATIVE = re.compile(r"^\W{0,2}[-−–]\s*[\d$€£¥]|(?<![\w.])负\s*[\d一二三四五六七八九十]|\bminus\s+\d", re.IGNORECASE)
ROUGH = re.compile(
    r"大概|大约|约|左右|上下|估计|差不多|可能|至少|最多|不到|超过|以上|以下|多万|几[十百千万]|[万亿元]\s*[到至~～-]|\d\s*[到至~～–-]"
    r"|\b(?:about|around|roughly|approx\w*|some|maybe|nearly|almost|at least|up to|over|under|between|or so"
    r"|more than|less than|estimated?)\b|\d\w*\s+to\s+\W?\d",
    re.IGNORECASE,
)
TOTAL = re.compile(r"一?共|合计|总(?:计|共|额)|加起来|\b(?:total|altogether|in all|sum)\b", re.IGNORECASE)
BREAK = re.compile(r"[，；。;!！?？]|,(?!\d)|\.(?!\d)|\b(?:and|but|because|which)\b")
AROUND = 30  # characters before and behind a sum that may say how exact it is
ZERO = re.compile(r"^\W*0+(?:\.0+)?\W*$|^\W*(?:零|zero)\W*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum in the message: the slot that its words name, if they name one."""

    slot: str | None
    value: float
    currency: str | None
    words: str = ""  # as it was said, where that says more than the value: "about 3 to 5 million"

    def answer(self, currency: str | None = None) -> dict[str, Any]:
        return {"value": float(self.value), "currency": self.currency or currency}


def sums(text: str, entities: Sequence[Mapping[str, Any]]) -> list[Sum]:
    """The sums of a message with the question that each one answers, as its nearest words say."""
    found = [entity for entity in entities if entity["entity"] == "amount"]
    return [
        Sum(_cue(text, place, found), one["value"]["value"], one["value"]["currency"], _rough(text, one))
        for place, one in enumerate(found)
    ]


def _rough(text: str, entity: Mapping[str, Any]) -> str:
    """The part of the sentence around the sum, if it says that the sum is not exact."""
    before = max((match.end() for match in BREAK.finditer(text, 0, entity["start"])), default=0)
    behind = BREAK.search(text, entity["end"])
    end = min(behind.start() if behind else len(text), entity["end"] + AROUND)
    words = text[max(before, entity["start"] - AROUND) : end]
    return words.strip() if ROUGH.search(words) or "high" in entity["value"] else ""


def _cue(text: str, place: int, found: Sequence[Mapping[str, Any]]) -> str | None:
    """The last cue between the sum before and this one; else the first one behind it, before the next sum."""
    here = found[place]
    start = found[place - 1]["end"] if place else 0
    end = found[place + 1]["start"] if place + 1 < len(found) else len(text)
    before = _cues(text[start : here["start"]])
    if before:
        return max(before)[1]
    behind = _cues(re.split(r"[,，;；。.]\s", text[here["end"] : end])[0])
    return min(behind)[1] if behind else None


def _cues(text: str) -> list[tuple[int, str]]:
    return [(match.start(), slot) for slot, pattern in CUES.items() for match in pattern.finditer(text)]


def read(text: str) -> Sum | None:
    """The one sum that a short text is ("200万美元", "50k"), whatever it answers."""
    folded = fold(text).text
    found = amounts.find_amounts(folded)
    bare = found[-1] if found else amounts.read_bare(folded)
    if bare is None:
        return None
    rough = text.strip() if ROUGH.search(text) or "high" in bare.value else ""
    return Sum(None, bare.value["value"], bare.value["currency"], rough)


def currency_named(text: str) -> str | None:
    """The currency that a short answer names: "美元", "in dollars please"."""
    folded = fold(text).text
    named = [form for form in amounts.CURRENCIES if _has(folded, form)]
    return amounts.CURRENCIES[max(named, key=len)] if named else None


def _has(folded: str, form: str) -> bool:
    if not form.isascii() or not form.isalpha():
        return form in folded
    return re.search(rf"(?<![a-z]){re.escape(form)}(?![a-z])", folded) is not None


def currencies_used(answers: Mapping[str, Any]) -> list[str]:
    """The currencies that the member has named so far, the newest first."""
    stated = [answers.get(slot) for slot in reversed(AMOUNTS)]
    return list(dict.fromkeys(one["currency"] for one in stated if isinstance(one, dict) and one.get("currency")))


def alternatives(one: Sum, answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The same sum in the currencies that it may be in, with the words that it came in."""
    return [{**one.answer(code), "words": one.words} for code in dict.fromkeys((*currencies_used(answers), *USUAL))]


def amount_text(amount: Mapping[str, Any], language: str, texts: Texts) -> str:
    """300万美元, USD 3,000,000: every digit that was given."""
    number = _han(amount["value"]) if language == "zh" else _plain(amount["value"])
    key = f"feedback.currency_{amount['currency']}"
    unit = texts(key, language) if texts.has(key) else amount["currency"]
    return texts("feedback.amount", language, number=number, unit=unit)


def _han(value: float) -> str:
    scales = ((1e8, "亿"), (1e4, "万"))
    return next((_plain(value / size) + unit for size, unit in scales if value >= size), _plain(value))


def _plain(value: float) -> str:
    text = f"{value:,.8f}".rstrip("0").rstrip(".")
    return text or "0"


def typed(amount: Mapping[str, Any]) -> str:
    """A sum as a person could type it: what a button for it says."""
    return f"{_plain(amount['value'])} {amount['currency']}"
