"""Find words for the kind of a notification: 修订, 补遗, 紧急通报, addendum, revisions, TBT, SPS."""

from __future__ import annotations

import re
from typing import NamedTuple


class KindMatch(NamedTuple):
    """A kind: offsets in the folded text, canonical name."""

    start: int
    end: int
    value: str


_DOCUMENT_ZH = r"(?:类|性|型)?的?(?:tbt|sps)?的?(?:通报|措施|法规|公告|通知|预警|提醒|文件|件)"
_DOCUMENT_EN = (
    r"(?=\s+(?:(?:tbt|sps|trade|new)\s+)?(?:notif|measures?|notices?|alerts?|updates?|ones|only|regulations?|"
    r"documents?))"
)
_KINDS = (
    ("revision", r"修订(?=版|稿|件|通报)|修订(?=[、和或及/,]?(?:补遗|勘误|的?通报|类)|[,。]|$)|修改版"
                 r"|(?<![a-z])revisions?(?![a-z])|(?<![a-z])revised(?=\s+(?:notif|version|draft))"),
    ("addendum", r"补遗|增补(?:通报|件)?|附加通报|(?<![a-z])addend(?:um|a|ums)(?![a-z])"),
    ("corrigendum", (
        rf"勘误|更正(?={_DOCUMENT_ZH})|更正件|(?<![a-z])corrigend(?:um|a|ums)(?![a-z])|"
        rf"(?<![a-z])corrections?{_DOCUMENT_EN}"
    )),
    ("supplement", (
        rf"补编|补充(?={_DOCUMENT_ZH})|(?<![a-z])supplements?(?=\s+(?:to\s+(?:the\s+)?(?:notif|g/)|notif|documents?)|\s*[,"
        rf".?!]?$)"
    )),
    ("emergency", (
        rf"紧急(?={_DOCUMENT_ZH})|紧急的(?=[,。!?吗]|$)|应急(?=通报)|"
        rf"(?<![a-z])(?:emergency|urgent){_DOCUMENT_EN}"
    )),
    ("regular", r"(?:常规|普通|一般)(?=通报)|(?<![a-z])(?:regular|ordinary|routine)(?=\s+(?:(?:tbt|sps)\s+)?notif)"),
)  # fmt: skip
_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _KINDS)
_AGREEMENT = re.compile(
    r"(?<![a-z/-])(?P<name>tbt|sps)(?![a-z/])(?!\s*(?:/|-|协定|协议|委员会|咨询|委会|是什么|例会|是啥|agreement|"
    r"committee|enquiry|inquiry|chapter|issues?\b|contact))"
)
_ABOUT_DOCUMENTS = re.compile(
    r"通报|通知|提醒|预警|订阅|关注|只要|只看|措施|补遗|修订|勘误|notif|alert|remind|notices?|drafts?|subscri|measures?|addend|"
    r"revision|corrigend|updates|follow|watch"
)
_NOTE = 24  # "越南 SPS 水果": so short a note without a question lists what is looked for
_ASKED_ABOUT = re.compile(
    r"什么|啥|怎|如何|区别|差|意思|吗|谁|多少|几|what|how|who|why|differ|mean|explain|[?？]|(?<![a-z])(?:vs|and|or|is|are)(?![a-z])|"
    r"tbt.{0,6}sps|sps.{0,6}tbt|专家|同事|老师|expert|colleague|person|speak|talk"
)
_WORTH_A_LOOK = re.compile(
    r"修订|修改|补|附加|勘误|更正|紧急|应急|常规|普通|一般|tbt|sps|addend|revis|corri|correct|supplement|emergency|"
    r"urgent|regular|ordinary|routine"
)


def find_kinds(folded: str) -> list[KindMatch]:
    """Kinds of notifications in reading order. TBT and SPS count only where notifications or alerts are spoken of."""
    if not _WORTH_A_LOOK.search(folded):
        return []
    found = [KindMatch(*match.span(), name) for name, pattern in _PATTERNS for match in pattern.finditer(folded)]
    if _ABOUT_DOCUMENTS.search(folded) or (len(folded) <= _NOTE and not _ASKED_ABOUT.search(folded)):
        found += [KindMatch(*match.span("name"), match["name"]) for match in _AGREEMENT.finditer(folded)]
    return sorted(found)
