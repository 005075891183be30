"""What a message leaves unsaid because it was said before: "那欧盟呢?", "and for Japan?", "the second one"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from nlu import numerals
from nlu.entities import Entity, extract
from nlu.normalize import Folded, fold

SEARCH, NOTIFICATION, QUESTION = "search", "notification", "question"  # what the last turns were about
_KINDS = frozenset({"market", "product", "hs_code", "notification_type"})
_GOODS = frozenset({"product", "hs_code"})  # one stands for the other
_NAME = "\ue001"
_LIST = re.compile(rf"{_NAME}(?:\s*(?:[,、/&]|和|及|与|跟|and|or|的|the)?\s*(?:the\s+)?{_NAME})*")
_FRAME = re.compile(
    rf"(?:那么?|换成|换|要是|如果是?|若是)\s*{_NAME}(?:那边|那里|市场|的)?(?:呢|怎么样|如何|怎样|行吗|有吗)?[\s?。!]*|"
    rf"{_NAME}(?:那边|那里|市场|的)?(?:呢|怎么样)[\s?。!]*|"
    rf"(?:ok\s+|and\s+|so\s+|but\s+)*(?:(?:and|what|how)(?:\s+about|\s+if\s+it\s+is)?|same\s+for)\s+"
    rf"(?:(?:for|in|to|from|on|with)\s+)?(?:the\s+)?{_NAME}(?:\s+then)?[\s?.!]*"
)
_DATES = r"(?:生效|实施|执行|施行|截止|到期|评议|开始)"
_IT = re.compile(
    rf"\W*(?:请问|那么?)?(?:它|他|这个|这份|这条|这项|该|那个|那份|那条|那项)(?:通报|文件|法规|新规|措施|规定)?的?"
    rf"(?:评议期?)?(?:是|从|到|在)?(?:什么时候|啥时候|何时|哪天|几号|多久|什么时间)(?:才|会|开始|能|可以)*{_DATES}|"
    r"(?:and\s+|so\s+)?(?:when|by when|until when|what date|which date)(?:'s|\s+(?:does|will|is|do|can|did))?\s+"
    r"(?:we\s+)?(?:comment\s+on\s+)?"
    r"(?:it|this|that|this one|that one)(?:\s+(?:enter|come|go|take|start|apply|be|become|close|end|due|in force|"
    r"effective|adopted|published).*|\W*$)"
)
_BARE_DATES = re.compile(
    rf"\W*(?:什么时候|啥时候|何时|哪天|几号)(?:才|会|开始)*{_DATES}[\s?。吗呢]*|"
    r"when(?:'s|\s+is)?\s+(?:the\s+)?(?:deadline|entry into force|effective date)[\s?.]*"
)
_REQUIREMENTS = frozenset({"label", "labels", "labelling", "packaging", "标签", "包装", "说明书", "证书"})
_ABOUT = re.compile(
    r"^\W*(?:(?:ok|and|so|but)\W+)*(?:what|how)\s+about\s+(?:the\s+)?|^\W*那么?|呢[\s?？。]*$", re.IGNORECASE
)
MOST_WORDS, MOST_SIGNS = 8, 12  # of a question that leaves its subject to what was said before
_NAMING = frozenset({"market", "product", "hs_code", "symbol"})
_MORE = re.compile(
    r"多久|多长|多少|几[天个年月]|谁|哪|什么|怎么|如何|能不能|可以|要不要|需要|吗|呢|有效期|费用|标签|证书|周期|样品|"
    r"(?<![a-z])(?:what|how|who|when|where|which|why|can|does|do|is|are|must|and|labels?)(?![a-z])"
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_NTH = re.compile(
    r"第\s*(?P<zh>[一二三四五]|[1-5])\s*[个条份篇项]|(?<![a-z])(?:the\s+)?"
    rf"(?:(?P<word>{'|'.join(_ORDINALS)})|(?P<digit>[1-5])(?:st|nd|rd|th))(?:\s+(?:one|notification|result))?(?![a-z])|"
    r"(?:number|no\.?|#)\s*(?P<number>[1-5])(?!\d)"
)
_LAST = re.compile(r"最后\s*[一1]?\s*[个条份]|(?<![a-z])last\s+one(?![a-z])")


def intent_of(known: Folded, entities: Sequence[Entity], topic: str | None) -> str | None:
    """The intent of a message that goes on with the last turns' topic; None when it stands for itself."""
    if asks_when(known.text) or (topic == NOTIFICATION and _BARE_DATES.fullmatch(known.text)):
        return "show_notification" if topic != QUESTION else None
    if topic and goes_on(known, entities):
        return "ask_question" if topic == QUESTION else "search_notifications"
    return None


def goes_on(known: Folded, entities: Sequence[Entity]) -> bool:
    """Whether the message only puts other names in the place of those said before."""
    if not entities or any(one.entity not in _KINDS or is_requirement(one) for one in entities):
        return False
    characters = list(known.text)
    for one in entities:
        start, end = known.inside(one.start, one.end)
        characters[start:end] = [_NAME, *[""] * (end - start - 1)]
    return bool(_FRAME.fullmatch(_LIST.sub(_NAME, "".join(characters))))


def asks_more(known: Folded, entities: Sequence[Entity]) -> bool:
    """Whether it is a short question that names nothing: "要多久?", "what about the labels?", "谁可以申请"."""
    text = known.text.strip(" ?？!！.。")
    short = len(text.split()) <= MOST_WORDS and sum(not sign.isascii() for sign in text) <= MOST_SIGNS
    named = any(one.entity in _NAMING and not is_requirement(one) for one in entities)
    return short and not named and bool(_MORE.search(text))


def about(text: str) -> str:
    """What a message asks of what was said before: "what about the labels?" -> "labels?"."""
    return _ABOUT.sub("", text).strip() or text


def is_requirement(entity: Entity) -> bool:
    """Labels are goods too; but who asks about them after a question on toys asks about the toys' labels."""
    return entity.entity == "product" and fold(str(entity.value)).text in _REQUIREMENTS


def names_of(question: str, *, now: datetime) -> str:
    """The products and markets of a question, as they were written."""
    spans = [(one.start, one.end) for one in extract(question, now=now) if one.entity in _KINDS]
    return " ".join(dict.fromkeys(question[start:end] for start, end in spans))


def asks_when(folded: str) -> bool:
    """Whether it asks for a date of "it"."""
    return bool(_IT.match(folded))


def pointed(text: str, symbols: Sequence[str]) -> str | None:
    """The one of the notifications listed last that a message means: "the second one", "它"; None when unclear."""
    folded = fold(text).text
    if _LAST.search(folded) and symbols:
        return symbols[-1]
    nth = _NTH.search(folded)
    if nth is None:
        return symbols[0] if len(symbols) == 1 else None
    place = _place(nth)
    return symbols[place] if place < len(symbols) else None


def _place(nth: re.Match[str]) -> int:
    if nth["word"]:
        return _ORDINALS.index(nth["word"])
    said = nth["zh"] or nth["digit"] or nth["number"]
    return int(said if said.isdigit() else numerals.DIGITS[said]) - 1


def merged(before: Mapping[str, Sequence[object]], now: Mapping[str, Sequence[object]]) -> dict[str, Sequence[object]]:
    """What was looked for, with the names said now in the place of those of the same kind."""
    named = {kind for kind, values in now.items() if values}
    gone = named | (_GOODS if named & _GOODS else set())
    kept = {kind: values for kind, values in before.items() if kind not in gone}
    return {**kept, **{kind: now[kind] for kind in named}}


def rewritten(question: str, text: str, *, now: datetime) -> str:
    """The question asked before, about what is named now: "what does Japan want of toys" + "and the EU?"."""
    for kinds in ({"market"}, _GOODS):
        said = _words(text, kinds, now)
        spans = list(dict.fromkeys((one.start, one.end) for one in extract(question, now=now) if one.entity in kinds))
        if not said:
            continue
        if not spans:
            question = f"{question} {said}"
            continue
        start, end = spans[0][0], spans[-1][1]
        question = question[:start] + said + question[end:]
    return question


def _words(text: str, kinds: frozenset[str] | set[str], now: datetime) -> str:
    """From the first to the last name of these kinds, as it was written."""
    spans = [(one.start, one.end) for one in extract(text, now=now) if one.entity in kinds]
    return text[spans[0][0] : spans[-1][1]] if spans else ""
