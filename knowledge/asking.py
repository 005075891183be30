"""A second look at a message that was taken for something else: is it a question that the base answers?"""

from __future__ import annotations

import re
from dataclasses import replace

from knowledge import ground
from knowledge.advice import Advice
from knowledge.answer import Found
from knowledge.entry import Kind
from knowledge.library import Library
from knowledge.question import Asked, take_apart
from knowledge.response import state_of
from nlu import followup
from nlu.classifier import OUTSIDE, IntentScore
from nlu.interpreter import FALLBACK, Parse
from nlu.normalize import fold

ASKS = "ask_question"
# What a sure question may overrule; whoever writes one of the others means it
GIVE_WAY = frozenset({
    "affirm", "ask_case", "ask_countermeasure", "broadcast_notice", "contact_expert", "deny", "enrol", "give_feedback",
    "go_back", "help", "link_account", "list_subscriptions", "more", "not_mine", "pause_alerts", "resume",
    "search_notifications", "set_digest", "show_again", "show_notification", "subscribe", "thanks",
    "calendar_file", "greet", "goodbye",
})  # fmt: skip
# These give way only to an answer that names what the message names: nobody wants to lose a yes or a withdrawal
NAMED_ONLY = frozenset({"withdraw_consent", "export_data"})
QUESTIONS = {"ask_case", "ask_countermeasure"}  # these are questions too: their own answer is as good
# Taken for these, what no officer does is answered with why not, and what a term means with its definition
CLEARLY_ASKED = GIVE_WAY - {"broadcast_notice", "give_feedback"} | {
    ASKS, "amend_feedback", "delete_my_data", "export_data", "list_feedback", "nlu_fallback", "out_of_scope",
    "set_language",
}  # fmt: skip
NOT_UNDERSTOOD = frozenset({FALLBACK, OUTSIDE})
UNSURE = 0.7  # an intent below this gives way to an answer that fits
VERY_SURE = 0.9  # one above this stays what it is, unless the answer is as sure
# Taken for these, a short message may go on with what was asked before
OPEN = frozenset({"nlu_fallback", "out_of_scope", "ask_countermeasure", "enrol", "search_notifications"})
_QUESTION = re.compile(
    r"[?？]|[吗么呢不]\s*$|什么|怎么|如何|为什么|多少|多久|几[天个项种年]|哪|是否|能不能|可不可以|要不要|有没有|是不是|区别|啥|谁|"
    r"\b(?:what|how|why|when|which|who|where|whether)\b|"
    r"\b(?:do|does|can|could|must|should|may|is|are)\s+"
    r"(?:we|i|they|it|you|he|she|that|this|these|those|the|there|our|a|an)\b|\b(?:do|does|is|are|can|must|should)\b"
    r"[^.?!;]{1,40}\b(?:needs?|require[sd]?|have to|apply|mandatory|accepted|valid)\b"
)
# Asked so, and without the name of goods, a market or a document, it is a question about notifications and comments
OUTRIGHT = frozenset({"give_feedback", "search_notifications", "show_notification"})
# These begin by asking back; who only wants to know something is told what is nearest instead
ASKING_BACK = frozenset({"ask_countermeasure", "enrol", "give_feedback", "not_mine", "show_notification", "subscribe"})
_WHAT_TO_DO = re.compile(
    r"怎么办|咋办|咋整|怎么应对|如何应对|怎样应对|对策|"
    r"what (?:now|next|to do|can|should|could)|how (?:to|do we) respond"
)
_OUTRIGHT = re.compile(
    r"是不是|要不要|还是|多少天|几天|多久|怎么算|算不算|什么意思|是什么|为什么|要(?:什么|哪些|啥)|什么(?:证|标准)|"
    r"能不能|可不可以|行不行|(?:行|可以|够|算)吗|谁|哪里|在哪|哪个(?:机构|部门)|区别|"
    r"\b(?:what does|what is the (?:difference|suffix)|how (?:do|does|long|many|is|are|can|should)|"
    r"where (?:can|do|does)|who|why|whether|(?:do|does|must|can|may) (?:i|we|a|an|the|it) (?:need|have|be))\b"
)
_TO_US = re.compile(
    r"通报|提醒|关注|订阅|登记一下|反馈|转人工|专家|老师|(?<![a-z])(?:experts?|specialists?|officers?|colleagues?)(?![a-z])|"
    r"notif|alert|subscrib|watch|remind|feedback|follow|"
    r"(?:发|推|寄)给[我咱]|why (?:did|do|does) (?:i|we) (?:get|receive) (?:this|that|it)|"
    r"漏掉|错过|上[次回]|\bi(?:'ve)? miss|\bmissed\b|what(?:'s| is) new|since my last"
)
_OURS = re.compile(
    r"技术|壁垒|标准|法规|证|检[测验疫]|标签|合格|通报|评议|草案|tbt|sps|wto|technical|standard|regulation|certif|test|inspect|label|comply|"
    r"complian|notif|draft"
)
_ELLIPTIC = re.compile(r"\b(?:it|this|that|they)\b|它|这个|那个|这份|那份")
_UNSURE_OF = re.compile(
    r"^\W*(?:我们?|还|暂时)*(?:不确定|不清楚|不知道|说不准|不好说)|"
    r"^\W*(?:(?:we are|i am|we're|i'm)? ?(?:not sure|unsure)|(?:i|we) (?:don't|do not) know)"
)
FEWEST = 3  # English words, or pairs of Chinese signs counted twice
_NEWS = re.compile(
    r"最近|近期|最新|新规|新的|新出|动态|(?<![a-z])(?:new|news|recent|latest|lately|updates?|drafts?)(?![a-z])"
)
_ALERT = re.compile(r"(?<![A-Za-z0-9])A-\d{6}(?!\d)")  # the number of an alert that somebody quotes


def second_look(text: str, parse: Parse, advice: Advice, *, topic: str | None = None) -> Parse:
    """The same parse, or one that says `ask_question`. A button, a symbol and a clear task stay what they are."""
    if topic == followup.QUESTION and parse.intent.name in OPEN and followup.asks_more(fold(text), parse.entities):
        return _asking(parse, UNSURE)
    if parse.intent.name in CLEARLY_ASKED and not text.startswith("/") and _is_clear(text, advice):
        return _asking(parse, 1.0)
    library = advice.library
    if parse.intent.name in QUESTIONS | {"nlu_fallback"} and _is_of_others(text, library):
        return _asking(parse, parse.intent.confidence)
    if parse.intent.name == "ask_countermeasure" and not text.startswith("/") and ground.elsewhere(text):
        return _told(parse, OUTSIDE, parse.intent.confidence)
    if parse.intent.name in NOT_UNDERSTOOD and _names_ours(text, parse, library):
        return _asking(parse, UNSURE)
    if not _may_give_way(text, parse):
        return parse
    found = library.covers(text)
    if found is not None and _outweighs(text, parse.intent, found):
        return _asking(parse, found.confidence)
    if found is None and _wants_to_know(text, parse.intent) and _has_something(text, advice):
        return _asking(parse, UNSURE)
    return parse


def _is_clear(text: str, advice: Advice) -> bool:
    """Whatever else it looks like: what no officer does, and what a word means, has an answer of its own."""
    return take_apart(text).declined is not None or advice.glossary.defined(text) is not None


def _is_of_others(text: str, library: Library) -> bool:
    """Unpaid goods, a patent, a tariff: it is told who is competent; no steps against barriers, no "A or B?"."""
    if text.startswith("/") or _OURS.search(fold(text).text) or not take_apart(text).outside:
        return False
    return library.covers(text) is None


def _names_ours(text: str, parse: Parse, library: Library) -> bool:
    """A rule, a mark or a body of an entry's title (UFLPA, ePing) is our subject, however the rest sounds."""
    asked = take_apart(text)
    coded = any(one.entity in ("hs_code", "symbol") for one in parse.entities) or text.startswith("/")
    return bool(asked.names & library.names) and not (asked.outside or coded)


def _asking(parse: Parse, confidence: float) -> Parse:
    return _told(parse, ASKS, confidence)


def _told(parse: Parse, name: str, confidence: float) -> Parse:
    told = IntentScore(name, confidence)
    return replace(parse, intent=told, ranking=(told, *(score for score in parse.ranking if score.name != name)))


def _may_give_way(text: str, parse: Parse) -> bool:
    named = any(entity.entity == "symbol" for entity in parse.entities) or _ALERT.search(text)
    return parse.intent.name in GIVE_WAY | NAMED_ONLY and not text.startswith("/") and not named


def _outweighs(text: str, intent: IntentScore, found: Found) -> bool:
    folded, asked = fold(text).text, take_apart(text)
    if intent.name in NAMED_ONLY:
        return bool(asked.names) and found.confidence >= VERY_SURE
    if not (asked.markets or asked.products or asked.names or asked.references) and _says_little(asked, folded):
        return False  # "what did I miss?", "when does it apply?": a word or two of an entry's questions, by chance
    if intent.confidence < UNSURE:
        return True
    if (
        intent.name in OUTRIGHT
        and _is_outright(asked, folded)
        and found.confidence >= min(intent.confidence, VERY_SURE)
    ):
        return True
    if intent.name == "ask_case" and asked.explained and Kind.CASE not in asked.kinds:
        return found.entry.kind is Kind.ARTICLE  # steps, differences, what holds now: no case is asked for
    if intent.name in QUESTIONS or _TO_US.search(folded):
        return False
    if not (_QUESTION.search(folded) or (_names_a_subject(asked) and not _NEWS.search(folded))):
        return False
    return intent.confidence < VERY_SURE or found.confidence >= VERY_SURE


def _wants_to_know(text: str, intent: IntentScore) -> bool:
    """A task that would ask back first, while the message itself asks for something that is not about the task."""
    folded = fold(text).text
    if intent.name not in ASKING_BACK or not _OUTRIGHT.search(folded):
        return False
    if intent.name == "ask_countermeasure":
        return not (state_of(text) or _WHAT_TO_DO.search(folded))
    if intent.name == "show_notification":
        return not _ELLIPTIC.search(folded)
    return not (_TO_US.search(folded) or _UNSURE_OF.search(folded))


def _has_something(text: str, advice: Advice) -> bool:
    """An entry that may be meant, or what a market's sheet says."""
    return advice.library.leans(text) is not None or advice.sheets.wanted(text, take_apart(text)) is not None


def wants_an_answer(text: str) -> bool:
    """It reads as a question, and not as one for what is new."""
    folded = fold(text).text
    return not text.startswith("/") and bool(_QUESTION.search(folded)) and not _NEWS.search(folded)


def _says_little(asked: Asked, folded: str) -> bool:
    if _UNSURE_OF.search(folded):
        return True
    words = sum(1 if token.isascii() else 2 for token in asked.telling)
    return words < FEWEST or (bool(_ELLIPTIC.search(folded)) and words < 2 * FEWEST)


def _is_outright(asked: Asked, folded: str) -> bool:
    return bool(_OUTRIGHT.search(folded)) and not (asked.markets or asked.products or _NEWS.search(folded))


def _names_a_subject(asked: Asked) -> bool:
    """Without any word of asking, "lead release of mugs, EU" is a question all the same; "mugs, EU" is not."""
    return bool(asked.telling and (asked.markets or asked.products or asked.names or asked.references))
