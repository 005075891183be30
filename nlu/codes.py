"""Find HS codes in a folded text: 9503.00, 8517 12 00, 税号9503, HS 8517; years, standards and sums are none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nlu import hs


@dataclass(frozen=True, slots=True)
class CodeMatch:
    """An HS code: offsets in the folded text, digits only (5, 7 or 9 digits are kept so that one can ask back)."""

    start: int
    end: int
    digits: str


_SHAPE = (
    r"\d{4}(?:[. ]\d{2}){1,3}|\d{2}\.\d{2}(?:\.\d{2}){0,3}|\d{4}\.\d{4,6}|\d{4}-\d{2}(?:-\d{2}){0,2}|"
    r"\d{6}\.\d{2}(?:\.\d{2})?|\d{4}\.\d{2}\.\d{4}|\d{2,10}"
)
_CODE = re.compile(rf"(?:(?<![\da-z/.$€£¥+-])|(?<=(?<![a-z])hs))(?P<code>{_SHAPE})(?![\d/]|[a-z](?!s)|-\d|\.\d|%)")
_KEYWORD = re.compile(
    r"(?:税则号列?|税则|税号|商品编码|商品编号|海关编码|海关编号|hs\s*编码|hs号|编码|品目号?|子目|归类|"
    r"(?<![a-z])h\.?s\.?(?![a-z])|"
    r"(?:customs|tariff|commodity|goods|product|hts|hsn)\s*(?:codes?|numbers?|lines?|items?|no\.?)|"
    r"(?<![a-z])(?:tariff|(?:sub)?headings?|hts|hsn|hscode)(?![a-z]))"
    r"(?:\s*(?:codes?|codes?\s+(?:is|are)|numbers?|no\.?|headings?|chapters?|(?:sub)?headings?|is|are|of|under|编码|"
    r"编号|号|是|为|在|:|=|#|\(|的是|改成|改为|分别是))*\s*$"
)
_KEYWORD_AFTER = re.compile(
    r"\s*(?:这个|这一?个?|的)?\s*(?:税号|品目|子目|编码|章的?|(?:tariff|hs|customs)\s*(?:codes?|headings?|numbers?)|"
    r"headings?(?![a-z]))"
)
_CHAPTER = re.compile(r"(?:第\s*(?P<zh>\d{2})\s*章|(?<![a-z])chapters?\s+(?P<en>\d{2})(?![\d.]))")
_LIST_MARK = re.compile(r"\s*(?:[,、;/]|和|及|与|或|还有|and|or|&)+\s*(?:and|和)?\s*$")
# EN 301489, IEC 62368, GB 4943, 电话 12345678: numbers that carry another name
_OTHER_RULE = (
    r"en|iec|iso|gb|gb/t|astm|ul|ansi|cfr|din|bs|jis|ks|is|sae|cas|ec|eu|usd|eur|rmb|cny|gbp|tel|phone|fax|qq|order|vat|pin|"
    r"notification|room|ext|model|article|section|rule|regulation|directive|law|decree|port|zip|since|year"
)
_OTHER_RULE_ZH = (
    r"第|通报|分机|房间?|电话|手机|微信|传真|邮编|验证码|绑定码|订单号?|合同号?|条例|法规|指令|标准|公告|令"
)
_OTHER_NAME = re.compile(
    rf"(?:(?<![a-z])(?:{_OTHER_RULE}|no|id|ref|no\.|number|#|in)|{_OTHER_RULE_ZH}|"
    r"约|大约|共|额|损失|增加|成本|价值|金额)\s*(?:是|为|is)?\s*[:.#]?\s*$"
)
# A number of these kinds is none even where a code was asked for
_NEVER = re.compile(rf"(?:(?<![a-z])(?:{_OTHER_RULE})|{_OTHER_RULE_ZH})\s*[:.#]?\s*$")
_COUNTED = re.compile(r"\s*(?!(?:and|or|is|are|please|pls|thanks?|thank|i|it|the|for|maybe|ok|code)(?![a-z]))[a-z]{2}")
_MEASURED = re.compile(
    r"\s*(?:多|余)?\s*(?:元|块|美|欧|日元|英镑|人民币|万|亿|千|百|件|个|台|套|吨|公斤|千克|克|人|家|箱|批|次|条|项|"
    r"张|辆|米|天|年|月|日|号|周|小时|瓦|伏|度|"
    r"(?:usd|eur|euros?|rmb|cny|yuan|dollars?|pounds?|pcs|pieces?|units?|tons?|tonnes?|kg|km|mm|cm|kw|w|v|days?|"
    r"weeks?|months?|years?|people|workers|"
    r"employees|items?|million|thousand|k|m)(?![a-z])|%|‰|percent)"
)
_LONGER_NOUN = re.compile(r"(?![多余来])[美欧块克人家天年月日号周度][\u4e00-\u9fff](?<![元金分的以左内钟期里])")
# 19.. and 20.. are read as years unless a keyword stands by
_YEAR = re.compile(r"(?:19|20)\d\d")
_WHOLE = re.compile(rf"\s*(?:{_SHAPE})(?:\s*(?:[,、;]|和|and|\s)\s*(?:{_SHAPE}))*\s*[.。!]?\s*")


def find_codes(folded: str, *, asked: bool = False, names: frozenset[int] = frozenset()) -> list[CodeMatch]:
    """HS codes in reading order. `asked` = the bot has just asked for a code, so any number may be one.

    `names` = where markets and products begin: the 欧 of 欧盟 and the 日 of 日本 are no units behind a number.
    """
    if not re.search(r"\d\d", folded):
        return []
    found = list(_chapters(folded))
    named_until = -1
    alone = bool(_WHOLE.fullmatch(folded))
    for match in _CODE.finditer(folded):
        if any(code.start < match.end() and match.start() < code.end for code in found):
            continue
        measured = _is_measured(folded, match.end(), names)
        named = not measured and _is_named(folded, match, named_until)
        answers = asked and not measured and _may_answer(folded, match)
        if answers or named or (not measured and _is_evident(folded, match, alone=alone)):
            found += _read(match, trusted=named or answers)
            named_until = match.end() if named else named_until
    return sorted(found, key=lambda code: code.start)


def _chapters(folded: str) -> Iterator[CodeMatch]:
    for match in _CHAPTER.finditer(folded):
        group = "zh" if match["zh"] else "en"
        if hs.is_known(match[group]):
            yield CodeMatch(*match.span(group), match[group])


def _is_measured(folded: str, end: int, names: frozenset[int]) -> bool:
    """Whether a unit follows, and no name or longer noun that only begins like one: 9503 日本, 9503 人偶."""
    unit = _MEASURED.match(folded, end)
    if not unit:
        return False
    begins = end + len(folded[end:]) - len(folded[end:].lstrip())
    longer = begins > end and begins + 1 not in names and _LONGER_NOUN.match(folded, begins)
    return begins not in names and not longer


def _is_named(folded: str, match: re.Match[str], named_until: int) -> bool:
    """Next to 税号, HS, heading..., or further on in a list that began so."""
    before = folded[max(0, match.start() - 48) : match.start()]
    if _KEYWORD.search(before) or _KEYWORD_AFTER.match(folded, match.end()):
        return True
    return named_until >= 0 and bool(_LIST_MARK.fullmatch(folded, named_until, match.start()))


def _may_answer(folded: str, match: re.Match[str]) -> bool:
    """Whether a number may be the code that was asked for: no part of another rule's name, no two digits of goods."""
    if _NEVER.search(folded[max(0, match.start() - 16) : match.start()]):
        return False
    return len(hs.digits(match["code"])) > 2 or not _COUNTED.match(folded, match.end())


def _is_evident(folded: str, match: re.Match[str], *, alone: bool) -> bool:
    """Without a keyword: a heading that exists, written with dots or without; four digits are no year unless alone."""
    code = match["code"]
    digits = hs.digits(code)
    if len(digits) not in {4, 6, 8, 10} or not hs.is_known(digits[:4]) or code[2:3] == ".":
        return False
    if _OTHER_NAME.search(folded[max(0, match.start() - 16) : match.start()]):
        return False
    if len(digits) == 4 and not alone:
        return not _YEAR.fullmatch(digits)
    return "-" not in code and (" " not in code or len(digits) >= 8 or alone)


def _read(match: re.Match[str], *, trusted: bool) -> Iterator[CodeMatch]:
    digits = hs.digits(match["code"])
    problem = hs.check(digits)
    impossible = problem is not None and problem.kind in {hs.HsProblemKind.CHAPTER, hs.HsProblemKind.TOO_LONG}
    if not impossible and (trusted or len(digits) % 2 == 0):
        yield CodeMatch(match.start("code"), match.end("code"), digits)
