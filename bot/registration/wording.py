"""How people say "wrong", "not known", "until", "all markets", and how one message holds several corrections."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

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
    """ "Remove the US and add Japan" is two changes; everything else is one."""
    bounds = [0, *(match.start() for match in CLAUSE.finditer(said.text)), len(said.text)]
    spans = [(a, b) for a, b in pairwise(bounds) if said.text[a:b].strip()]
    kinds = [edit(CLAUSE.sub("", said.text[a:b], count=1).strip()) for a, b in spans]
    if said.pressed or not {EditKind.APPEND, EditKind.REMOVE} <= {one.kind for one in kinds}:
        yield said, inner(change)
        return
    for (a, b), one in zip(spans, kinds, strict=True):
        yield replace(said, entities=[e for e in said.entities if a <= e["start"] < b]), one


def inner(change: Edit) -> Edit:
    """ "No, also Japan" adds, it does not replace; "no, not Germany, but Austria" replaces only Germany."""
    if change.kind is not EditKind.REPLACE:
        return change
    inner = edit(FIELD_LEAD.sub("", change.rest))
    return inner if inner.kind in (EditKind.APPEND, EditKind.REMOVE, EditKind.REPLACE) else change
