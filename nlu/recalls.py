"""Whole messages about recalls and refusals abroad: which there are, one of them, or whether one wants to hear (pure).

What to do about one's own recalled or refused goods is another question, and so is how recalls work.
"""

from __future__ import annotations

import re
from enum import StrEnum

INTENT = "ask_recalls"
LONGEST = 120  # characters: a longer message tells a story


class Ask(StrEnum):
    LIST = "list"
    ONE = "one"
    OFF = "off"
    ON = "on"


NUMBER = re.compile(r"(?<![a-z0-9])rc-0*(\d{1,9})(?!\d)", re.IGNORECASE)
_ABOUT = re.compile(
    r"召回|拒绝?(?:进口|入境)|(?:被|遭)\S{0,6}(?:拒|扣|退)|拒了|扣了|扣留|退运"
    r"|(?<![a-z])recall(?:s|ed|ing)?(?![a-z])|safety ?gate|rapex|rasff|cpsc"
    r"|(?<![a-z])(?:refus(?:als?|ed)|reject(?:s|ed|ions?)|detain(?:ed)?|detentions?)(?![a-z])",
    re.IGNORECASE,
)
# One's own trouble, advice, what a word means, how a system works, or something to be told by a person.
_OTHER = re.compile(
    r"怎么(?:办|处理|应对|做|查|申请|避免|撤)|怎样处理|如何|该做什么|能做什么|我们?的|我司|我们|我(?:公司|厂|家)|咱们?"
    r"|什么是|是什么|什么意思|区别|流程|程序|为什么|案例|例子|先例|行业|同行|后来|结果|几[种类]|种类|分为|通报号|专家|人工|反馈"
    r"|撤回|订阅|关注|要求|标准|法规|上报|登记|损失|记一?下|[个一]柜|第一步|咋|干[嘛啥]|急急|官司|盯着|提醒我|通知我|告诉我(?:一声)?$"
    r"|(?<![a-z])(?:what (?:is|does|are|must|first|now|next|happen\w*|did|follows|to|can)"
    r"|which (?:kinds?|types?|sorts?)|how(?! many (?:recalls|refusals|products|goods|shipments|batches))|why|my|our|we"
    r"|us (?:do|file)|should|do i|means?|difference|procedure|cases?|follows?|subscribe|withdraw|examples?|precedents?"
    r"|other (?:companies|firms|exporters)|monitor|watch|alert me|notify me|tell me when|loss|losses|litigat\w+|court"
    r"|manifest|rules?|requirements?|standards?)(?![a-z])",
    re.IGNORECASE,
)
_LISTED = re.compile(
    r"最近|近期|最新|近来|今年|去年|本月|上个?月|本周|上周|这(?:个月|周|几天)|哪些|哪几|有没有|有什么|有啥|多少"
    r"|几(?:批|起|次)|列(?:一下|出)|查|看|情况|名单|记录|信息|消息|通报了|召回了|进口了|入境了|什么|来自|出过|有过"
    r"|(?<![a-z])(?:recent|recently|latest|new|newest|lately|list|show|find|search"
    r"|(?:this|last|past) (?:week|month|year)|how many|what was (?:recalled|refused)"
    r"|any (?:\w+ ){0,4}(?:recalls?|refusals?|recalled|refused|rejected|detained)"
    r"|(?:recalls|refusals|rejections|detentions) (?:of|in|from|by|at)|(?:refused|rejected|recalled) which"
    r"|(?:which|what) (?:\w+ ){1,4}(?:recalled|refused|rejected|detained))(?![a-z])",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"(?:国外|境外|海外)?(?:的)?(?:召回|拒绝?进口|扣留)(?:通报|信息|通知|提醒)?"
    r"|recalls?(?: and refusals?)?|(?:import )?refusals?",
    re.IGNORECASE,
)
_WORD = r"(?:国外|境外)?(?:召回|拒绝?(?:进口|入境)|扣留|退运)(?:和(?:拒绝?(?:进口|入境)|扣留|召回))?(?:的)?"
_SENT = r"(?:提醒|消息|信息|通知|推送|通报)?"
_WORD_EN = (
    r"(?:the |any |about |of |me |foreign |product |import )*(?:recalls?|refusals?)"
    r"(?: (?:and|or) (?:refusals?|recalls?))?(?: alerts?| messages?| notices)?"
)
_NO_MORE = r"(?:stop|turn off|switch off|disable|mute|cancel|no(?: more)?|(?:don't|do not) send(?: me)?)"
_CHOICE = {
    Ask.OFF: (
        r"(?:请|麻烦|以后)?(?:不要|别|不用|停止|关闭|关掉|取消|不想|不看|不收)(?:再)?(?:给我)?"
        rf"(?:发|推|推送|提醒|收到?|看到?)?(?:我)?{_WORD}{_SENT}(?:了|吧|啦)?",
        rf"{_WORD}{_SENT}(?:就)?(?:请)?(?:不要|别|不用|不必|关掉|关闭|取消)(?:再)?(?:发|推|提醒|给我)*(?:了|吧)?",
        rf"(?:please )?{_NO_MORE}(?: sending(?: me)?| alerting me)?(?: (?:alerts?|messages?))? ?{_WORD_EN}"
        r"(?: please| any ?more)?",
        rf"(?:please )?turn {_WORD_EN} off",
    ),
    Ask.ON: (
        rf"(?:请|麻烦|以后)?(?:恢复|打开|开启|重新|继续|还是|又)(?:给我)?(?:要|发|推|推送|提醒|收|看)?{_WORD}{_SENT}(?:吧|了)?",
        rf"{_WORD}{_SENT}(?:请)?(?:恢复|打开|开启|重新|继续)(?:发|推|提醒|给我)*(?:吧|了)?",
        rf"(?:please )?(?:resume|turn on|switch on|enable|send me|restart) {_WORD_EN}(?: again)?(?: please)?",
        rf"(?:please )?turn {_WORD_EN} (?:back )?on(?: again)?",
    ),
}
_CHOICES = [(ask, re.compile(rf"\W*(?:{one})\W*", re.IGNORECASE)) for ask, both in _CHOICE.items() for one in both]


def read(folded: str) -> Ask | None:
    """What a whole message asks of recalls; None when it is about something else."""
    text = folded.strip()
    if len(text) > LONGEST:
        return None
    if NUMBER.search(text):
        return Ask.ONE
    if not _ABOUT.search(text):
        return None
    if chosen := next((ask for ask, pattern in _CHOICES if pattern.fullmatch(text)), None):
        return chosen
    if _OTHER.search(text):
        return None
    return Ask.LIST if _LISTED.search(text) or _BARE.fullmatch(text.strip(" ?？。.!！")) else None
