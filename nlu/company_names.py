"""Find names of companies and associations, so that the toys in "Golden Toys Co., Ltd" are not taken for goods."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from nlu.normalize import fold

_PART = r"[^\s,。;!?:、()\"'的了吗呢们是在做产卖售销买叫名和与及为到对从给向请我你他要想把被让]"
_LEGAL = r"(?:股份|责任)?有限(?:责任)?公司|股份公司"
# 玩具公司, 一家灯具厂 say what somebody makes; 明辉灯具厂 is called so
_COMMON = re.compile(
    r"一?[家个间]|大型|小型|中小|本地|当地|各|所有|全体|其他|其它|别的|有些|某|这家|那家|外贸|生产|加工"
)
# Places where many firms are: 宁波玩具厂 is any toy factory of Ningbo, 宁波明辉玩具厂 is one
_PLACES = re.compile(
    r"(?:(?:中国|浙江|广东|福建|江苏|山东|安徽|河北|江西|上海|北京|天津|重庆|宁波|温州|义乌|台州|绍兴|杭州|嘉兴|湖州|金华|永康|"
    r"慈溪|余姚|温岭|东阳|佛山|深圳|广州|东莞|中山|汕头|澄海|江门|惠州|珠海|潮州|厦门|泉州|晋江|福州|南安|德化|景德镇|苏州|无锡|"
    r"常州|南通|扬州|南京|青岛|烟台|威海|潍坊|临沂|济南|大连|沈阳|武汉|长沙|成都|西安|郑州|合肥)(?:省|市|县|区)?)*"
)
_ZH_LEGAL = re.compile(rf"{_PART}{{2,20}}?(?:{_LEGAL})")
_ZH_BODY = r"(?:协会|商会|联合会|学会|公会|同业公会|合作社|集团|工厂|制造厂|加工厂|公司|厂|店|社)"
_ZH_SAID = re.compile(
    r"(?:(?:公司|厂|工厂|单位|企业|厂名|全称|名称|名字|机构|组织)(?:的?(?:名称|名字|名|全称))?(?:就?是|叫做?|名叫?|为|:)|"
    r"(?:我|我们|本人|这边|这里|他|她|老板|人)(?:现在)?(?:来自|属于|代表|就职于|任职于|受雇于|是)|我叫[^,，。]{1,5}[,，]\s*(?:来自|是)|"
    r"加入到?|加到|归到|登记为|登记成|成为|代表|来自|名叫|我们)\s*"
    rf"(?P<name>{_PART}{{4,20}}?{_ZH_BODY})(?:$|(?=[\s,。;!?、的了吧]|员工|职工|会员|成员|代表|秘书|经理|质检|外贸|"
    r"合规|采购|老板|负责人|想|要|申请|希望|准备|业务))"
)
_ZH_WHOLE = re.compile(rf"(?!关注|订阅|取消|加入|登记){_PART}{{4,20}}{_ZH_BODY}")
_ZH_BARE = re.compile(
    rf"(?:(?:公司|厂名?|单位|企业)(?:的?(?:名称|名字|名|全称))?(?:叫做?|名叫?|:)\s*(?P<name>{_PART}{{3,16}})|"
    rf"(?:(?:公司|单位|企业)就?是|代表|登记为|登记我为)\s*(?P<name2>{_PART}{{5,16}}))(?=$|[\s,。;!?的])"
)
_BODY_END = re.compile(r"(?:协会|商会|联合会|学会|公会|合作社)$")
_ZH_JOINED = re.compile(
    rf"(?P<name>{_PART}{{0,12}}(?:协会|商会|联合会|学会|公会|合作社))"
    rf"(?=的?(?:会员|成员|秘书|会长|负责人|邀请|理事)|(?:想|要|申请|希望)(?:加入|入会|入驻|成为))|"
    rf"(?:加入到?|加到|进|归到|属于)\s*(?P<name2>{_PART}{{0,12}}(?:协会|商会|联合会|学会|公会|合作社))"
)
_CAPITAL = r"(?:[A-Z][\w&'.-]*|&)"
_EN_LEGAL = re.compile(
    rf"(?:{_CAPITAL}[ ]+){{0,5}}{_CAPITAL}\s*,?\s*(?:(?:Co|CO|co)\.?\s*,?\s*)?\b(?:Ltd|LTD|ltd|Limited|LIMITED|Inc|"
    r"INC|LLC|GmbH|GMBH|Corp|CORP|Corporation|PLC|S\.A\.|BV|Pty)\b\.?"
)
_EN_LOWER = re.compile(
    r"(?<![a-z])(?:(?!(?:from|at|join|represent|is|are|of|with|by|for|called|named|to|in|we|i|my|our|and)\s)"
    r"[a-z0-9&'-]+\s+){0,3}[a-z0-9&'-]+\s*,?\s*(?:co\.?\s*,?\s*ltd|ltd|llc|gmbh)(?![a-z])\.?"
)
_EN_BODY = re.compile(
    rf"(?:{_CAPITAL}[ ]+){{1,5}}(?:Factory|Company|Group|Holdings|Industries|Industry|Enterprises?|Trading|Works|"
    r"Association|Chamber|Federation|Guild|Cooperative|International)\b"
)
_EN_SAID = re.compile(
    r"(?i:\b(?:join|joining|represent|representing|work (?:for|at|in)|working (?:for|at)|employed (?:by|at)|"
    r"employee of|"
    r"staff (?:at|of)|member of|behalf of|(?:is|are|was) (?:called|named)|called|named|name is|its name is|company is|"
    r"factory is|firm is|employer is|company:|"
    r"it's called|add (?:me|us) to|enrol (?:me|us) (?:in|at)|(?:i'm|i am|we're|we are|this is|here is) "
    r"(?:from |with |at )?|into|representative of|manager at|officer (?:at|of)|clerk (?:at|of)|belong to))\s*:?\s*"
    r"(?:the )?"
    rf"(?P<name>{_CAPITAL}(?:[ ]+(?:of[ ]+)?{_CAPITAL}){{1,5}})"
)
_EN_JOINED = re.compile(
    r"(?:\b(?:join|joining|member of|members of|membership (?:of|in)|enrol (?:me|us) in|add (?:me|us) to|company of|"
    r"secretary of|belong to)\s+(?:the |a |an )?)(?P<name>(?:[a-z&-]+\s+){1,4}(?:association|chamber|federation|guild|"
    r"cooperative|alliance))\b"
)
_WORTH_A_LOOK = re.compile(
    r"公司|厂|协会|商会|联合会|学会|公会|合作社|集团|店|社|加入|来自|代表|单位|企业|登记[为我]|叫"
)
_WORTH_A_LOOK_EN = re.compile(
    r"\b(?:co|ltd|limited|inc|llc|gmbh|corp|corporation|plc|bv|pty|join|joining|represent|representing|work|working|"
    r"employed|employee|staff|members?|membership|behalf|called|named|name|company|factory|firm|employer|enrol|add|i'm|"
    r"am|we're|are|this|into|representative|manager|officer|clerk|belong|group|industries|trading|association|chamber|"
    r"federation|guild|secretary|enterprises?|holdings)\b"
)


_COUNTRIES = frozenset({"russian federation", "the russian federation"})  # bodies by their words, and none by meaning


@lru_cache(maxsize=64)
def find_names(text: str) -> tuple[tuple[int, int], ...]:
    """Spans of names of companies and bodies, offsets in the folded text; in them stand neither goods nor markets."""
    known = fold(text)
    folded = known.text
    found = list(_chinese(folded)) if _WORTH_A_LOOK.search(folded) else []
    if _WORTH_A_LOOK_EN.search(folded):
        found += [match.span() for match in _EN_LOWER.finditer(folded)]
        found += [match.span("name") for match in _EN_JOINED.finditer(folded)]
        found += [known.inside(*span) for span in _capitalised(text)]
    return tuple(_united(sorted(span for span in found if folded[slice(*span)] not in _COUNTRIES)))


def _united(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Overlapping findings as one."""
    at: tuple[int, int] | None = None
    for start, end in spans:
        if at and start < at[1]:
            at = at[0], max(at[1], end)
            continue
        if at:
            yield at
        at = start, end
    if at:
        yield at


def is_described(folded: str, name: tuple[int, int], goods: int) -> bool:
    """Whether the goods that begin at `goods` describe the firm: nothing but a place stands before them in the name."""
    firm = not _BODY_END.search(folded, *name)
    return firm and folded[goods] > "\u2e80" and bool(_PLACES.fullmatch(folded, name[0], goods))


def _chinese(folded: str) -> Iterator[tuple[int, int]]:
    for pattern in (_ZH_LEGAL, _ZH_SAID, _ZH_BARE):
        for match in pattern.finditer(folded):
            span = match.span() if pattern is _ZH_LEGAL else _named_part(match)
            if not _COMMON.match(folded, *span):
                yield span
    if whole := _ZH_WHOLE.fullmatch(folded):
        yield whole.span()
    for match in _ZH_JOINED.finditer(folded):
        yield _named_part(match)


def _named_part(match: re.Match[str]) -> tuple[int, int]:
    """The span of the one named group that took part."""
    return match.span(match.lastgroup or 0)


def _capitalised(text: str) -> Iterator[tuple[int, int]]:
    """By the capitals of a name; in a text all of capitals they say nothing."""
    if text.isupper():
        return
    for pattern in (_EN_LEGAL, _EN_BODY):
        yield from (match.span() for match in pattern.finditer(text))
    yield from (match.span("name") for match in _EN_SAID.finditer(text))
