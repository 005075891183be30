"""Whole messages that narrow or widen what is followed (only SPS, 关键词 RoHS, 不要食品), or ask why it came (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

LONGEST = 80
INTENT = "refine_interest"
LEFT_OVER = 4  # characters beside what is named: "的", "and", "products"


class How(StrEnum):
    ONLY = "only"
    ALL_KINDS = "all_kinds"
    KEYWORD = "keyword"
    NO_KEYWORD = "no_keyword"
    WITHOUT = "without"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Refinement:
    how: How
    values: tuple[str, ...] = ()


_TAIL = r"(?:的)?(?:通报|提醒|文件|消息|推送|类)?(?:就行|就好|就可以|即可|了|吧|谢谢)*"
_END = r"(?: (?:alerts?|notifications?|ones|documents))?(?:,? (?:please|from now on|any ?more|again))*"
_SAID = {
    How.ALL_KINDS: (
        r"(?:(?:类型|种类)不限|不限(?:类型|种类)|(?:所有|全部|什么)(?:类型|种类)(?:的?通报)?都(?:要|看))",
        r"(?:send me )?(?:all|any) (?:kinds|types)(?: of (?:notifications|documents))?(?: again)?(?: please)?",
    ),
    How.NO_KEYWORD: (
        r"(?:请)?(?:去掉|删掉|删除|取消|不要)关键[词字]\s*[:：]?\s*(?P<v>.+)",
        r"(?:please )?(?:remove|drop|delete) (?:the |my )?key ?words? (?P<v>.+)",
    ),
    How.KEYWORD: (
        r"(?:请)?(?:帮我)?(?:再)?(?:加上?|添加|增加|设|关注|订阅)?(?:一?个)?关键[词字]\s*[:：]?\s*(?P<v>[^吗么呢?？]+)",
        r"(?:please )?(?:(?:add|set|follow|watch) )?(?:the |a |an? )?key ?words?:? (?P<v>[^?]+?)(?: please)?",
    ),
    How.ONLY: (
        r"(?:我)?(?:以后|今后)?(?:只|仅)(?:要|收|推|发|看|想要|想看|接收|关心|提醒)(?:给我)?(?P<v>.+?)" + _TAIL,
        r"(?:i )?(?:only|just) (?:want |send me |alert me (?:about |of |to )?|notify me (?:about |of )?)?(?P<v>.+?)"
        + _END,
    ),
    How.WITHOUT: (
        r"(?:请)?(?:以后|今后)?(?:不要|不看|不想看|不想要|不收|排除|屏蔽|除去|剔除)(?:再?(?:给我)?(?:发|推|看))?(?P<v>.+?)"
        + _TAIL,
        r"(?:please )?(?:no(?: more)?|not|exclude|leave out|without|skip|filter out) (?P<v>.+?)" + _END,
    ),
    How.AGAIN: (
        r"(?:请)?(?:恢复|重新(?:看|要|收)|又要看?|还是要看?)(?P<v>.+?)" + _TAIL,
        r"(?:please )?(?:include|take in|add back|allow) (?P<v>.+?)" + _END,
    ),
}
_PATTERNS = [
    (how, re.compile(rf"\s*(?:{pattern})\s*[。.!！~]*\s*", re.IGNORECASE))
    for how, both in _SAID.items()
    for pattern in both
]
_FILLER = re.compile(r"\W|和|与|及|的|类|and|or|the|products?|any|hs")
_KINDS = ("notification_type",)
_NAMED = ("notification_type", "product", "hs_code", "market")
# What a notification is for, as an objective is named; anything else after "only" is a search.
AIMS = re.compile(
    r"食品安全|动物健康|动物卫生|植物保护|植物检疫|环境保护|环保|国家安全|food safety|animal health"
    r"|plant (?:protection|health)|(?:protection of the )?environment(?:al protection)?"
    r"|national security|consumer information|human health",
    re.IGNORECASE,
)
_WHY = re.compile(
    r"(?:这(?:条|个|份)|(?:刚才)?那(?:条|个))?(?:提醒|通报|消息)?是?(?:为什么|为啥|为何|凭什么|怎么会?|干嘛)[要会]?"
    r"(?:把[这那][个条份])?也?(?:给我们?)?(?:发|推|推送|提醒|通知)送?给?(?:我们?|这[个条份])?"
    r"(?:这[条个份]|呢|的|啊|呀|了|通报|提醒|来)*"
    r"|(?:我们?)?(?:为什么|为啥|为何|怎么)会?(?:收到|接到|看到)了?[这那]?[条个份]?(?:提醒|通报|消息|推送)?[的呢啊]?"
    r"|why (?:did|do|am|was|were|are|have|has) (?:i|we|you|this|that|it)\b.{0,30}\b(?:gets?|got|getting|received?"
    r"|receiving|send|sent|sending|alerted|notified|told)\b.{0,30}"
    r"|(?:so )?why (?:this|that)(?: one| alert| notification)?|why (?:me|us)"
    r"|what(?:'s| is) the reason (?:for|of) (?:this|that|the last) (?:alert|notification|message)",
    re.IGNORECASE,
)
# The alert that is meant, by its number or its notification: the question is the same without it
_ONE = re.compile(
    r"(?:提醒|通报|alert|notification)?\s*"
    r"(?:(?<![A-Za-z])A-?\d{1,9}(?!\d)|G/(?:TBT|SPS)/N/[A-Z0-9/.]*[A-Z0-9])(?:(?:这|那)[条个份](?:提醒|通报)?)?",
    re.IGNORECASE,
)
# Who wants no more alerts of a product that they registered ends that.
_ENDS = re.compile(r"提醒|推送|关注|订阅|alert|notif|subscri|follow", re.IGNORECASE)


def read(text: str, entities: Sequence[Mapping[str, Any]], *, listed: bool = False) -> Refinement | None:
    """What a message wants changed, None for every other message. `entities` have entity, value, text. `listed`: a list
    of notifications stands above, so that a bare "only SPS" is about that."""
    if len(text) > LONGEST or text.startswith("/"):
        return None
    for how, pattern in _PATTERNS:
        found = pattern.fullmatch(text)
        if how is How.WITHOUT and _ENDS.search(text):
            continue
        if found and (values := _values(how, (found.groupdict().get("v") or "").strip(), entities)) is not None:
            return None if listed and how is How.ONLY else Refinement(how, values)
    return None


def asks_why(text: str) -> bool:
    """Whether a whole message asks why an alert was sent."""
    plain = " ".join(_ONE.sub(" it " if text.isascii() else " ", text).split()).strip(" \t。.!！?？~,，:：")
    return len(text) <= LONGEST and _WHY.fullmatch(plain) is not None


def _values(how: How, said: str, entities: Sequence[Mapping[str, Any]]) -> tuple[str, ...] | None:
    """The values that are meant; None when the words name nothing of that sort."""
    if how is How.ALL_KINDS:
        return ()
    if how in (How.KEYWORD, How.NO_KEYWORD):
        words = tuple(word for part in re.split(r"[,，、;；]|和| and ", said) if (word := part.strip(" \"'“”‘’「」")))
        return words or None
    names = _KINDS if how is How.ONLY else _NAMED
    plain = said.lower()
    found = [one for one in entities if one["entity"] in names and str(one.get("text") or "-").lower() in plain]
    aims = [match[0] for match in AIMS.finditer(said)] if how is How.ONLY else []
    for word in (*(str(one["text"]) for one in found), *aims):
        plain = plain.replace(word.lower(), "", 1)
    if not (found or aims) or len(_FILLER.sub("", plain)) > LEFT_OVER:
        return None
    return tuple(dict.fromkeys((*(_said(one) for one in found), *aims)))


def _said(entity: Mapping[str, Any]) -> str:
    """A product as it was said, everything else by its canonical value."""
    return str(entity["text"] if entity["entity"] == "product" else entity["value"])
