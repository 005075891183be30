"""All entities of a sentence, in canonical values, with offsets in the original text."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.entities import extract
from nlu.normalize import fold
from tests.nlu.trained import NOW


def named(text: str, kind: str | None = None) -> list[tuple[str, object]]:
    return [(one.entity, one.value) for one in extract(text, now=NOW) if kind in (None, one.entity)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我想订阅欧盟的玩具通报", [("market", "EU"), ("product", "玩具")]),
        ("訂閱歐盟玩具通報", [("market", "EU"), ("product", "玩具")]),
        ("我们出口木制玩具到欧盟和美国", [("product", "木制玩具"), ("market", "EU"), ("market", "US")]),
        ("alerts for garden gnomes in Brazil", [("product", "garden gnomes"), ("market", "BR")]),
        ("关注日本的榻榻米通报", [("market", "JP"), ("product", "榻榻米")]),
        (
            "subscribe to lithium batteries in Japan until 31 December 2027",
            [("product", "lithium batteries"), ("market", "JP"), ("date", "2027-12-31")],
        ),
        (
            "G/TBT/N/EU/1023 损失大概50万欧元",
            [("symbol", "G/TBT/N/EU/1023"), ("amount", {"value": 500000.0, "currency": "EUR"})],
        ),
        ("税号9503.00，出口额下降三成", [("hs_code", "950300"), ("percent", 30.0)]),
        ("only addenda and revisions please", [("notification_type", "addendum"), ("notification_type", "revision")]),
        ("有没有紧急通报", [("notification_type", "emergency")]),
        ("什么是TBT", []),
        ("what is the formaldehyde limit for bunk beds in Chile", [("product", "bunk beds"), ("market", "CL")]),
        ("甲醛限量是多少", []),
        ("甲醛出口印度", [("product", "甲醛"), ("market", "IN")]),
        ("does a bamboo whisk need a permit in Peru", [("product", "bamboo whisk"), ("market", "PE")]),
        ("亚马逊要GCC证书", []),
        ("mexicos rules", [("market", "MX")]),
        ("the Russian Federation", [("market", "RU")]),
        ("损失港币八十万", [("amount", {"value": 800000.0, "currency": "HKD"})]),
        ("sales fell by twenty five percent", [("percent", 25.0)]),
        ("我们做硅胶刮刀的 法国", [("product", "硅胶刮刀"), ("market", "FR")]),
        ("我要订阅", []),
        ("中国企业怎么应对", []),
        ("我的邀请码是AB2C-3DE4", [("code", "AB2C-3DE4")]),
    ],
)
def test_extract(text: str, expected: list[tuple[str, object]]) -> None:
    assert named(text) == expected


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("9503", ["9503"]),
        ("HS 9503, 9504和8517", ["9503", "9504", "8517"]),
        ("海关编码是95030099", ["95030099"]),
        ("8517 12 00", ["85171200"]),
        ("第95章", ["95"]),
        ("税号 95030", ["95030"]),
        ("8507有没有新通报", ["8507"]),
        ("2026", []),
        ("20260305", []),
        ("IEC 62368和EN 301489", []),
        ("2009/48/EC", []),
        ("损失850000美元", []),
        ("电话13812345678", []),
        ("绑定码是850760", []),
        ("G/TBT/N/USA/8517", []),
    ],
)
def test_hs_codes(text: str, codes: list[str]) -> None:
    assert [value for _, value in named(text, "hs_code")] == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("关注 玩具 9503 欧盟", ["9503"]),
        ("hs 9503 欧盟 有哪些还能评议", ["9503"]),
        ("8516 日本", ["8516"]),
        ("9405 台湾", ["9405"]),
        ("9503 家电", ["9503"]),
        ("9503 人偶", ["9503"]),
        ("损失850000 美元", []),
        ("8500 台空调", []),
    ],
)
def test_a_name_behind_a_code_is_no_unit(text: str, codes: list[str]) -> None:
    assert [value for _, value in named(text, "hs_code")] == codes


@pytest.mark.parametrize(
    ("text", "products"),
    [
        ("猫粮盆", ["猫粮盆"]),
        ("我们做猫粮盆出口日本", ["猫粮盆"]),
        ("轮胎挂架和茶叶罐", ["轮胎挂架", "茶叶罐"]),
        ("cat food dispensers", ["cat food dispensers"]),
        ("玩具扣货了怎么办", ["玩具"]),
        ("茶叶卡农残", ["茶叶"]),
        ("玩具包括哪些", ["玩具"]),
    ],
)
def test_a_longer_noun_is_taken_whole(text: str, products: list[str]) -> None:
    assert [value for _, value in named(text, "product")] == products


def test_a_longer_noun_without_a_clear_end_is_left_out() -> None:
    assert named("雨伞桶咣当", "product") == []


@pytest.mark.parametrize(
    "text",
    ["follow another", "关注一个", "再关注一个", "add another one", "alerts for me please", "把我的订阅导出成excel"],
)
def test_words_that_are_no_products(text: str) -> None:
    assert named(text, "product") == []


@pytest.mark.parametrize(
    "text",
    [
        *("do you speak Portuguese", "Portuguese please", "can we talk in Mandarin", "answer me in Dutch please"),
        *("I speak Dutch and German", "an expert with Spanish who can help"),
    ],
)
def test_languages_are_neither_markets_nor_products(text: str) -> None:
    assert named(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the Portuguese toys regulation", [("market", "PT"), ("product", "toys")]),
        ("we export mandarins to the US", [("product", "mandarins"), ("market", "US")]),
        ("sell to the Japanese", [("market", "JP")]),
    ],
)
def test_markets_and_products_that_look_like_languages(text: str, expected: list[tuple[str, object]]) -> None:
    assert named(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("我是温州XX灯具厂的，想加入", "温州XX灯具厂", "我叫李敏，来自东莞乐童玩具有限公司", "帮我加入茶叶流通协会"),
        *("Golden Toys Co., Ltd", "I'm from golden toys co., ltd", "I work for Mingfeng Lighting and want to join"),
        *("I want to join Blue Whale Acoustics Ltd", "my company is called Foshan Newspring Furniture"),
    ],
)
def test_goods_in_the_name_of_a_company_are_no_product(text: str) -> None:
    assert named(text, "product") == []


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("我们是宁波玩具厂，出口欧盟", "玩具"),
        ("我们是一家灯具公司", "灯具"),
        ("我们是温州做打火机的厂", "打火机"),
        ("we are Golden Toys Co., Ltd and we export lamps", "lamps"),
        ("we are a furniture factory in Foshan", "furniture"),
    ],
)
def test_what_a_company_makes_is_a_product(text: str, product: str) -> None:
    assert named(text, "product") == [("product", product)]


@pytest.mark.parametrize("text", ["KJRF-VKUK", "kjrf-vkuk", "我的邀请码是kjrf-vkuk", "invite KJRF-VKUK please"])
def test_a_code_needs_no_digit(text: str) -> None:
    assert named(text, "code") == [("code", "KJRF-VKUK")]


@pytest.mark.parametrize("text", ["a four-year plan", "hand-made", "HAND-MADE", "full-time", "9503-8517"])
def test_words_with_a_hyphen_are_no_codes(text: str) -> None:
    assert named(text, "code") == []


def test_two_markets_named_side_by_side_have_their_own_spans() -> None:
    found = extract("Australia and New Zealand", now=NOW)
    assert [(one.value, one.text) for one in found] == [("AU", "Australia"), ("NZ", "New Zealand")]


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("95", ["95"]),
        ("12, 13 and 14", ["12", "13", "14"]),
        ("it's 9503 and 8518", ["9503", "8518"]),
        ("no. 8517", ["8517"]),
        ("95 for toys", ["95"]),
        ("about 12 apples", []),
        ("16 CFR 9999", []),
        ("ISO 9001", []),
        ("12个", []),
    ],
)
def test_what_answers_the_question_for_a_code(text: str, digits: list[str]) -> None:
    found = [one.value for one in extract(text, now=NOW, asked="hs_code") if one.entity == "hs_code"]
    assert found == digits


def test_a_bare_number_is_read_in_the_light_of_the_question() -> None:
    assert [one.value for one in extract("95", now=NOW, asked="hs_code")] == ["95"]
    assert [one.value for one in extract("50000", now=NOW, asked="export_value")] == [
        {"value": 50000.0, "currency": None}
    ]


def test_to_rasa() -> None:
    [market] = extract("出口到德国", now=NOW)
    assert market.to_rasa() == {
        "entity": "market",
        "start": 3,
        "end": 5,
        "value": "DE",
        "text": "德国",
        "extractor": "FengsuiEntityExtractor",
    }


GULF = ["AE", "BH", "KW", "OM", "QA", "SA"]
ASEAN = ["BN", "KH", "ID", "LA", "MY", "MM", "PH", "SG", "TH", "VN", "TL"]


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        # HS codes
        ("HS编码 8504.40.9580", "hs_code", ["8504409580"]),
        ("税号9503 00 21", "hs_code", ["95030021"]),
        ("hs code: 8507-60", "hs_code", ["850760"]),
        ("hs850760", "hs_code", ["850760"]),
        ("8471和8528这两个编码", "hs_code", ["8471", "8528"]),
        # symbols as people type them
        ("TBT/USA/1234", "symbol", ["G/TBT/N/USA/1234"]),
        ("Ｇ／ＴＢＴ／Ｎ／ＥＵ／１１０２", "symbol", ["G/TBT/N/EU/1102"]),
        ("tbt usa 2211", "symbol", ["G/TBT/N/USA/2211"]),
        ("G/TBT/N/EU/1055补遗2", "symbol", ["G/TBT/N/EU/1055/ADD.2"]),
        ("美国1234号通报", "symbol", ["G/TBT/N/USA/1234"]),
        ("印度那份紧急的1234号文件", "symbol", ["G/TBT/N/IND/1234"]),
        ("美国今年发的那个2211号文件", "symbol", ["G/TBT/N/USA/2211"]),
        ("越南提交的关于水产的第45号卫生通报", "symbol", ["G/SPS/N/VNM/45"]),
        ("印度2021年第1234号法令", "symbol", []),
        # markets
        ("德法意三国", "market", ["DE", "FR", "IT"]),
        ("我们出口德法意", "market", ["DE", "FR", "IT"]),
        ("英法两国的玩具", "market", ["GB", "FR"]),
        ("销往美加墨的轮胎", "market", ["US", "CA", "MX"]),
        ("日韩的水产品", "market", ["JP", "KR"]),
        ("东盟十国", "market", ASEAN),
        ("海湾六国的空调", "market", GULF),
        ("Chinese Taipei, Viet Nam, Republic of Korea", "market", ["TW", "VN", "KR"]),
        ("UAE and KSA", "market", ["AE", "SA"]),
        ("日法规、对意见的答复、加法运算", "market", []),
        ("infant formula, Central America", "market", []),
        # sums
        ("三百万美元", "amount", [{"value": 3e6, "currency": "USD"}]),
        ("12.5万欧元", "amount", [{"value": 125e3, "currency": "EUR"}]),
        ("三点五亿", "amount", [{"value": 3.5e8, "currency": None}]),
        ("$180k", "amount", [{"value": 180e3, "currency": "USD"}]),
        ("1.2m RMB", "amount", [{"value": 1.2e6, "currency": "CNY"}]),
        ("大概50到80万人民币", "amount", [{"value": 5e5, "currency": "CNY", "high": 8e5}]),
        ("F-000007 to USD 2 million", "amount", [{"value": 2e6, "currency": "USD"}]),
        # percentages
        ("三成", "percent", [30.0]),
        ("百分之二十", "percent", [20.0]),
        ("约30%", "percent", [30.0]),
        # dates, on Sunday 22 November 2026
        ("下周五", "date", ["2026-11-27"]),
        ("本月底", "date", ["2026-11-30"]),
        ("十二月三十一日", "date", ["2026-12-31"]),
        ("60天后", "date", ["2027-01-21"]),
        ("Q3", "date", ["2026-07-01"]),
        ("by end of March", "date", ["2027-03-31"]),
        # kinds
        ("越南 SPS 水果", "notification_type", ["sps"]),
        ("近两周TBT", "notification_type", ["tbt"]),
        ("TBT和SPS有什么区别", "notification_type", []),
        ("supplement documents, Canada", "notification_type", ["supplement"]),
        # products, several, unknown ones, and what only sounds like one
        ("我们做玩具、文具和雨伞", "product", ["玩具", "文具", "雨伞"]),
        ("we make mugs and garden gnomes & yo-yos", "product", ["mugs", "garden gnomes", "yo-yos"]),
        ("出口榴莲糖到泰国", "product", ["榴莲糖"]),
        ("纸吸管食品接触测试", "product", ["纸吸管"]),
        ("food contact paper bags", "product", ["paper bags"]),
        ("食品接触材料", "product", ["食品接触材料"]),
        ("家具甲醛不合格", "product", ["家具"]),
        ("越南科技部的通报", "product", []),
        ("we want the news on them", "product", []),
    ],
)
def test_what_exporters_name(text: str, kind: str, values: list[object]) -> None:
    assert [value for _, value in named(text, kind)] == values


def _wide(text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)


def _with_nothing_between(text: str) -> str:
    return "\u200b".join(text)


def _traditional(text: str) -> str:
    return text.translate(str.maketrans("欧国汇关号税损龙", "歐國匯關號稅損龍"))


@pytest.mark.parametrize("change", [str.upper, _wide, _with_nothing_between, _traditional])
@pytest.mark.parametrize(
    "text",
    [
        "g/tbt/n/usa/1234/rev.1 损失三百万美元，下降30%",
        "关注欧盟9503.00的玩具，到2027年3月",
        "税号850760，美国1234号通报",
        "lithium batteries to japan until 31 december 2027",
    ],
)
def test_the_same_is_found_where_it_stands_whatever_is_folded(text: str, change: Callable[[str], str]) -> None:
    changed = change(text)
    plain = {(one.entity, str(one.value).lower(), fold(one.text).text) for one in extract(text, now=NOW)}
    found = extract(changed, now=NOW)
    values = {(one.entity, fold(str(one.value)).text, fold(one.text).text) for one in found}
    assert values == {(entity, fold(value).text, words) for entity, value, words in plain}
    assert all(changed[one.start : one.end] == one.text for one in found)
    assert len(plain) >= 2


PIECES = st.sampled_from(
    [
        *("欧盟", "玩具", "G/TBT/N/EU/1", "Ｇ／ＳＰＳ／Ｎ／ＪＰＮ／２", "9503", "税号", "8517.12", "三百万美元"),
        *("$5k", "30%", "下周五", "2026年", "tomorrow", " ", "，", "出口", "到", "的", "toys", "for", "in", "Japan"),
        *("臺灣", "½", "ﬁ", "\u200b", "\x00", "补遗2", "GCC", "号通报", "1234", "e\u0301", "关注", "alerts"),
        *("we export", "AB2C-3DE4", "notification", "百分之", "三成", "until", "March"),
    ]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=12).map("".join))
def test_offsets_fit_and_nothing_overlaps(text: str) -> None:
    found = extract(text, now=NOW)
    for one in found:
        assert text[one.start : one.end] == one.text
        assert one.start < one.end
    for first, second in pairwise(found):
        same_bloc = (first.start, first.end) == (second.start, second.end) and first.entity == second.entity == "market"
        assert first.end <= second.start or same_bloc
