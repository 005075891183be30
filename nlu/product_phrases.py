"""Guess products that no table knows where the grammar is clear: 出口X到Y, 关注X的通报, alerts for X."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nlu import function_words

MARKET, OTHER = "\ue001", "\ue002"
_M = f"{MARKET}+(?:[、,和及与]{MARKET}+)*"
# A run of characters that a Chinese product name can consist of: no particles, pronouns, verbs of asking or directions.
_NOT = (
    r"\s,。;!?:\"'()【】《》0-9的是了吗呢吧啊我你他她它您们这那哪什么怎如何多少几有没不请把被让给要想会能可在从对向"
    r"到至往去就都还也再谁为"
)
_RUN = rf"[^{_NOT}{MARKET}{OTHER}]{{2,10}}?"
_ZX = rf"(?P<x>{_RUN}(?:[、和与及]{_RUN})*?)"
_SUBJECTS = "通报|预警|提醒|消息|法规|标准|要求|新规|规定|动态|资讯|信息|措施|限制|政策|壁垒|tbt|sps|进展|变化|情况"
_SELF = "(?:我们|我司|我厂|本公司|公司|本厂|工厂|厂里|企业|咱们|咱|我)(?:家|厂|公司)?"
_ZH = tuple(re.compile(pattern) for pattern in (
    rf"(?:出口|卖|发|运|销)(?:的)?{_ZX}(?:到|至|往|去|给|进){_M}",
    rf"(?:向|对|往|到){_M}(?:市场)?(?:出口|卖|销售|发)(?:的)?{_ZX}(?=$|[,。;!?的,])",
    rf"(?:出口|销往|卖到|卖往|发往|输往|出到|销售到){_M}的{_ZX}(?=$|[,。;!?]|需要|要|有|应|必须|怎|如何|受|被|都|会|"
    rf"能|得|是)",
    rf"{_SELF}(?:是|主要|专门|一直|就是|目前|都|在|主营)*(?:做|生产|制造|卖|销售|经营|加工|主营|出口){_ZX}(?:的(?=\s|$|"
    rf"[,。;!?])|出口|外销|生意|贸易|$|(?=[,。;!?]))",
    rf"(?:关注|订阅|跟踪|追踪|盯着|留意|盯一下|关心|登记|监测)(?:一下|下|上)?(?:关于|有关)?(?:{_M}(?:的|对|关于|"
    rf"有关|那边)*)?{_ZX}(?:在{_M})?(?:的|方面的?|类的?|相关的?|有关的?)?(?:{_SUBJECTS}|$|(?=[,。;!?]))",
    rf"(?:关于|(?<!没)有关(?!于)|针对|涉及|对于|涵盖){_ZX}(?:的|方面的?|类的?|产品的?)*(?:{_SUBJECTS})",
    rf"{_M}(?:关于|有关|针对|涉及|对)?的?{_ZX}(?:的|方面的?|类的?)?(?:新)?(?:通报|新规|法规|技术法规|标准|预警)",
    rf"(?:^|[,。;!?]|{_SELF}的?){_ZX}出口(?:到|至|往)?{_M}",
))  # fmt: skip
_WORD = r"[a-z][a-z'&-]*"
_EX = rf"(?P<x>{_WORD}(?:\s{_WORD}|,\s?{_WORD}|\s&\s{_WORD}){{0,7}}?)"
_STOP_AHEAD = (
    r"(?=\s*(?:[,.;!?:\ue001\ue002]|$)|\s+(?:in|from|to|into|for|by|until|till|exported|sold|going|please|issued|"
    r"notified|at|since|mainly|with|that|which|when|if|because|but|so|we|i|on|daily|weekly|are|is|need|needs|must|"
    r"has|have)\b)"
)
_EN = tuple(re.compile(pattern) for pattern in (
    rf"(?<![a-z])(?:export(?:s|ing|ed)?|sell(?:s|ing)?|ship(?:s|ping|ped)?|supply(?:ing)?|import(?:s|ing|"
    rf"ed)?)\s+{_EX}\s+(?:to|into|in|for)(?![a-z])",
    rf"(?<![a-z])(?:we|i|our\s+(?:company|factory|firm|plant))\s+(?:also\s+|mainly\s+|only\s+)?(?:make|makes|"
    rf"manufacture|manufactures|produce|produces|export|exports|sell|sells)\s+{_EX}{_STOP_AHEAD}",
    rf"(?<![a-z])(?:subscribe(?:\s+me|\s+us)?\s+to|sign\s+(?:me|us)\s+up\s+for|(?:alerts?|updates?|notifications?|"
    rf"news|warnings?)\s+(?:for|on|about|concerning|regarding|covering)|"
    rf"notify\s+(?:me|us)\s+(?:about|of|on)|alert\s+(?:me|us)\s+(?:about|of|on|to)|follow|track|watch|monitor|"
    rf"interested\s+in|keep\s+(?:me|us)\s+(?:posted|updated|informed)\s+(?:on|about))\s+{_EX}"
    rf"(?:\s+(?:notifications?|alerts?|updates?|regulations?|rules|standards?|news|measures?|"
    rf"requirements?))?{_STOP_AHEAD}",
    rf"(?<![a-z])(?:rules?|regulations?|requirements?|standards?|measures?|limits?|certificat(?:es?|ion)|nom|notices?)"
    rf"(?:\s+(?:from|by|of|in)\s+(?:the\s+)?{MARKET}+)?\s+(?:on|for|about|concerning|regarding|"
    rf"covering)\s+{_EX}{_STOP_AHEAD}",
    rf"(?<![a-z])(?:do|does|must|should|can|are)\s+{_EX}\s+(?:need|require|have\s+to|comply|fall|carry|be\s|subject)",
    rf"(?<![a-z])(?:makers?|manufacturers?|exporters?|producers?|suppliers?)\s+of\s+{_EX}{_STOP_AHEAD}",
    rf"{MARKET}(?:'s)?\s+{_EX}\s+(?:regulations?|notifications?|standards?|requirements?|rules)(?![a-z])",
))  # fmt: skip
_ZH_HEAD = re.compile(
    r"^(?:(?:专门|主要|专业)?(?:生产|制造|销售|经营|加工|主营|做)|(?:另外?|再|多)?[一二两三四几][个项条种款样类](?:新的?)?|另外|另一|别的|其它|这[个种类项]|那[个种类项]|最新|新的?|所有|全部|有关|相关|一些|各种|一下|下|点|其他|我们|主要|各类|全|上|些|国外|国内|一批|批|"
    r"[发出]过|通报过)+"
)
_ZH_TAIL = re.compile(r"(?:类产品|产品|商品|方面|相关|有关|类|行业|的|最新|技术|技术性|强制性?|安全|新|进口)+$")
_ZH_STOP = re.compile(
    r"^(?:(?=.*(?:导出|下载|退订|恢复|暂停|暂缓|重发|填|再来|excel|csv|删|移除|念|一遍|一览|关系|列表|清单|更新|里|掉|取消|得好|一次|概况|起来|准备|打算)).*|"
    r"[\x00-\x7f]+|联邦.*|跨境.*|电商|技术.{0,6}|贸易.{0,4}|市场|国家|地区|货物?|东西|数据|信息|影响|额|损失|企业|"
    r"公司|项目|.{0,4}(?:部|局|署|委员会)|评议.*|意见|修订|补遗|勘误|官方|紧急|通报.*|法规|标准|要求|"
    r"tbt.*|sps.*|wto.*|hs.*|最近.*|今年.*|去年.*|本月.*|上周.*|本周.*|每.+|外贸|生意|服务|出口.*|进口.*|订阅.*|"
    r"关注.*|取消.*|什么|哪些|.*(?:通知|提醒|预警|查|看|帮|下|知道|需|发布|反馈|咨询|认证|"
    r"检测|检验|规定|措施|问题|企业|公司|工厂|厂家|厂商|卖家|过期|失效|生效|时间|日期|怎样|准备|申请|办理|负责人|"
    r"专家|老师|内容|列表|清单))$"
)
_EN_STRIP = function_words.load()["not_at_edge"]
_EN_BAD = function_words.load()["not_in_product"]
# What may follow a known product and still be one: 冷冻鱼 + 片, stainless steel + cups, but not toy + safety
_ZH_NOUN_END = re.compile(
    r"[^的、和]{0,3}(?:片|机|器|车|灯|垫|铲|剂|膜|杯|盒|套|材|料|板|管|线|布|纸|袋|瓶|刀|锅|椅|桌|床|鞋|帽|包|箱|架|"
    r"泵|阀|丝|绳|网|粉|油|酱|汁|饼|糖|酒|茶|件|用品|制品|设备|具|笼|罐|罩|柜)$"
)
_EN_NOT_NOUN = function_words.load()["not_after_product"]
_ZH_LIST = re.compile(r"[、和与及]")
_EN_LIST = re.compile(r"\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or|&)\s+")
_HAN = re.compile("[\u4e00-\u9fff]")
_TOKEN = re.compile(r"\S+")


def mask(folded: str, markets: list[tuple[int, int]], others: list[tuple[int, int]]) -> str:
    """The folded text with recognised spans blanked out by one mark a character, so that patterns can see them."""
    characters = list(folded)
    for spans, mark in ((others, OTHER), (markets, MARKET)):
        for start, end in spans:
            characters[start:end] = mark * (end - start)
    return "".join(characters)


def find_phrases(masked: str) -> list[tuple[int, int]]:
    """Spans of words that must be products by their place in the sentence; at most one reading for each place."""
    patterns = _ZH if _HAN.search(masked) else ()
    found: list[tuple[int, int]] = []
    for pattern in (*patterns, *(_EN if re.search("[a-z]{3}", masked) else ())):
        for match in pattern.finditer(masked):
            items = _zh_items(masked, match) if pattern in patterns else _en_items(masked, match)
            found += [item for item in items if not any(item[0] < end and start < item[1] for start, end in found)]
    return sorted(found)


def widens(folded: str, known: tuple[int, int], phrase: tuple[int, int]) -> bool:
    """Whether the phrase is a fuller name of the known product in it: 木制|玩具, 冷冻鱼|片, stainless steel|cups."""
    if known[1] >= phrase[1]:
        return known[1] == phrase[1] and phrase[0] < known[0]
    rest = folded[known[1] : phrase[1]].strip()
    if not rest.isascii():
        return known[0] == phrase[0] and bool(_ZH_NOUN_END.fullmatch(rest))
    words = rest.split()
    return folded[known[1]] == " " and 0 < len(words) <= 2 and not any(word in _EN_NOT_NOUN for word in words)


def _zh_items(masked: str, match: re.Match[str]) -> Iterator[tuple[int, int]]:
    for start, end in _split(masked, match.span("x"), _ZH_LIST):
        text = masked[start:end]
        head = _ZH_HEAD.match(text)
        start += len(head[0]) if head else 0
        tail = _ZH_TAIL.search(masked[start:end])
        end -= len(tail[0]) if tail else 0
        if end - start >= 2 and not _ZH_STOP.match(masked[start:end]):
            yield start, end


def _en_items(masked: str, match: re.Match[str]) -> Iterator[tuple[int, int]]:
    for start, end in _split(masked, match.span("x"), _EN_LIST):
        words = [(word.start(), word.end(), word[0]) for word in _TOKEN.finditer(masked, start, end)]
        while words and words[0][2] in _EN_STRIP:
            words.pop(0)
        while words and words[-1][2] in _EN_STRIP:
            words.pop()
        if 0 < len(words) <= 4 and not any(word in _EN_BAD for _, _, word in words) and len(words[-1][2]) > 2:
            yield words[0][0], words[-1][1]


def _split(text: str, span: tuple[int, int], mark: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    start, end = span
    for separator in mark.finditer(text, start, end):
        yield start, separator.start()
        start = separator.end()
    yield start, end
