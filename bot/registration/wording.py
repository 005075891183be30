"""How people say "wrong", "not known", "until", "all markets", and how one message holds several corrections."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby, pairwise

from bot.registration.said import Said
from nlu.edits import Edit, EditKind, edit

ALL_MARKETS = re.compile(
    r"^\W*(?:所有|全部|任何|各个?|全球|全世界|世界各地|不限|都要|都出口?|都有)(?:的)?(?:市场|国家|地区)?\W*$"
    r"|^\W*(?:all|any|every|worldwide|global(?:ly)?|everywhere|no limit)\b[\w\s]{0,24}\W*$",
    re.IGNORECASE,
)
UNTIL = re.compile(
    r"直到|到.{0,14}(?:为止|结束|截止)|截[至止]|有效期[至到]|\b(?:until|till|through|up to|by|valid to|expires?)\b",
    re.IGNORECASE,
)
UNTIL_BEFORE = re.compile(r"(?:到|至|\b(?:until|till|through|by|to))\s*(?:the end of\s*)?$", re.IGNORECASE)
WRONG = re.compile(
    r"不对|有误|错了|改一[下改]|修改|要改|想改|改改|\b(?:wrong|incorrect|change|correct (?:it|that)|edit|not right)\b",
    re.IGNORECASE,
)
NOT_RIGHT = re.compile(
    r"^\W*(?:都?不对|都?不是的?|错了?|不正确"
    r"|(?:no,?\s+)?(?:that'?s\s+|it'?s\s+)?(?:wrong|incorrect|not (?:right|correct)))\W*$",
    re.IGNORECASE,
)
NOT_KNOWN = re.compile(
    r"不(?:太|大)?(?:知道|清楚|记得|了解|懂|确定)|记不(?:得|清|住)|忘了|忘记|没(?:有)?(?:编码|税号)"
    r"|\b(?:(?:don'?t|do not|can'?t|cannot) (?:know|remember|recall|have)|no idea|not sure|unsure|forgot)\b",
    re.IGNORECASE,
)
HOW_TO_FIND = re.compile(
    r"(?:怎么|如何|怎样|哪里|哪儿|在哪).{0,4}(?:查|找|看|知道)|是什么|什么(?:意思|是)"
    r"|\b(?:how|where) (?:do|can|could|would|should) (?:i|we|one) (?:find|get|know|look|check)|\bwhat(?:'s| is| are)\b",
    re.IGNORECASE,
)
START = re.compile(
    r"^\W*(?:我?(?:要|想)?(?:订阅|关注|登记)(?:产品|关注)?|subscribe|follow|register|sign up)\W*$", re.IGNORECASE
)
FIELDS = {
    "product": re.compile(r"产品|商品|货|\b(?:products?|goods)\b", re.IGNORECASE),
    "hs_code": re.compile(r"编码|税号|\bhs\b|\bcodes?\b", re.IGNORECASE),
    "market": re.compile(r"市场|国家|地区|\b(?:markets?|countr(?:y|ies))\b", re.IGNORECASE),
}
FIELD_LEAD = re.compile(
    r"^\W*(?:产品|编码|税号|市场|国家|the\s+)?(?:products?|codes?|markets?|countr(?:y|ies))?(?:里|中|是|:|：)?\s*",
    re.IGNORECASE,
)
CLAUSE = re.compile(r"[,，;；。]|\band\b|\bbut\b|并且?|然后|同时", re.IGNORECASE)
DIGITS = re.compile(r"(?<![\d.])\d[\d. ]{0,14}\d(?![\d.])")


def field_named(text: str) -> str | None:
    """ "Change the market", "编码不对": the question to ask again."""
    named = [slot for slot, words in FIELDS.items() if words.search(text)]
    alone = len(text.strip()) <= 12
    return named[0] if len(named) == 1 and (alone or WRONG.search(text)) else None


def clauses(said: Said, change: Edit) -> Iterator[tuple[Said, Edit]]:
    """ "Remove the US and add Japan" and "EU and UK, not France" are two changes; everything else is one."""
    bounds = [0, *(match.start() for match in CLAUSE.finditer(said.text)), len(said.text)]
    spans = [(a, b) for a, b in pairwise(bounds) if CLAUSE.sub("", said.text[a:b], count=1).strip()]
    changes = _carried(edit(CLAUSE.sub("", said.text[a:b], count=1).strip()) for a, b in spans)
    kinds = {one.kind for one in changes}
    several = EditKind.REMOVE in kinds and bool(kinds & {EditKind.PLAIN, EditKind.APPEND})
    if said.pressed or not several or change.kind is EditKind.REPLACE:
        yield said, inner(change)
        return
    for _, group in groupby(zip(spans, changes, strict=True), key=lambda pair: pair[1].kind):
        alike = list(group)
        start, end = alike[0][0][0], alike[-1][0][1]
        yield replace(said, entities=[e for e in said.entities if start <= e["start"] < end]), alike[0][1]


def _carried(changes: Iterable[Edit]) -> list[Edit]:
    """ "Remove the US, Japan" removes both: a plain clause goes on with what the one before it did."""
    carried: list[Edit] = []
    for one in changes:
        goes_on = carried and one.kind is EditKind.PLAIN
        carried.append(Edit(carried[-1].kind, one.rest) if goes_on else one)
    return carried


def inner(change: Edit) -> Edit:
    """ "No, also Japan" adds, it does not replace; "no, not Germany, but Austria" replaces only Germany."""
    if change.kind is not EditKind.REPLACE:
        return change
    inner = edit(FIELD_LEAD.sub("", change.rest))
    return inner if inner.kind in (EditKind.APPEND, EditKind.REMOVE, EditKind.REPLACE) else change
