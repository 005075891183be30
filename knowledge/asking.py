"""A second look at a message that was taken for something else: is it a question that the base answers?"""

from __future__ import annotations

import re
from dataclasses import replace

from knowledge.answer import Found, Library
from nlu.classifier import IntentScore
from nlu.interpreter import Parse
from nlu.normalize import fold

ASKS = "ask_question"
# What a sure question may overrule; whoever writes one of the others means it
GIVE_WAY = frozenset({
    "affirm", "ask_case", "ask_countermeasure", "broadcast_notice", "contact_expert", "deny", "enrol", "give_feedback",
    "go_back", "help", "link_account", "list_subscriptions", "more", "not_mine", "pause_alerts", "resume",
    "search_notifications", "set_digest", "show_again", "show_notification", "subscribe", "thanks",
})  # fmt: skip
QUESTIONS = {"ask_case", "ask_countermeasure"}  # these are questions too: their own answer is as good
UNSURE = 0.7  # an intent below this gives way to an answer that fits
VERY_SURE = 0.9  # one above this stays what it is, unless the answer is as sure
_QUESTION = re.compile(
    r"[?？]|[吗么呢不]\s*$|什么|怎么|如何|为什么|多少|多久|几[天个项种年]|哪|是否|能不能|可不可以|要不要|有没有|是不是|区别|啥|谁|"
    r"\b(?:what|how|why|when|which|who|where|whether)\b|"
    r"\b(?:do|does|can|could|must|should|may|is|are)\s+(?:we|i|they|it|you|the|there|our|a|an)\b"
)
_TO_US = re.compile(
    r"通报|提醒|关注|订阅|登记一下|反馈|转人工|专家|老师|(?<![a-z])(?:experts?|specialists?|officers?|colleagues?)(?![a-z])|"
    r"notif|alert|subscrib|watch|remind|feedback|follow|"
    r"漏掉|错过|上[次回]|\bi(?:'ve)? miss|\bmissed\b|what(?:'s| is) new|since my last"
)


def second_look(text: str, parse: Parse, library: Library) -> Parse:
    """The same parse, or one that says `ask_question`. A button, a symbol and a clear task stay what they are."""
    if not _may_give_way(text, parse):
        return parse
    found = library.covers(text)
    if found is None or not _outweighs(text, parse.intent, found):
        return parse
    asks = IntentScore(ASKS, found.confidence)
    return replace(parse, intent=asks, ranking=(asks, *(score for score in parse.ranking if score.name != ASKS)))


def _may_give_way(text: str, parse: Parse) -> bool:
    symbol = any(entity.entity == "symbol" for entity in parse.entities)
    return parse.intent.name in GIVE_WAY and not text.startswith("/") and not symbol


def _outweighs(text: str, intent: IntentScore, found: Found) -> bool:
    folded = fold(text).text
    if intent.confidence < UNSURE:
        return True
    if intent.name in QUESTIONS or _TO_US.search(folded) or not _QUESTION.search(folded):
        return False
    return intent.confidence < VERY_SURE or found.confidence >= VERY_SURE
