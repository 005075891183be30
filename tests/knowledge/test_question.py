"""Taking questions apart: markets, products, fillers, and questions that say nothing of their own."""

from __future__ import annotations

import pytest

from knowledge.entry import Kind
from knowledge.question import take_apart


@pytest.mark.parametrize(
    ("question", "markets"),
    [
        ("德国和日本的玩具要求", {"DE", "JP"}),
        ("中国工厂出口到欧盟要什么", {"EU"}),
        ("中国工厂能自己签声明吗", set()),  # the asker's own country is no market asked for
        ("How do I send a comment?", set()),
    ],
)
def test_markets(question: str, markets: set[str]) -> None:
    assert take_apart(question).markets == markets


def test_the_market_of_the_conversation_holds_when_none_is_named() -> None:
    assert take_apart("标签要求是什么", market="BR").markets == {"BR"}
    assert take_apart("日本标签要求是什么", market="BR").markets == {"JP"}


def test_a_product_is_known_by_all_its_words() -> None:
    (product,) = take_apart("毛绒玩具出口").products
    assert any(code.startswith("9503") for code in product.hs_codes)
    assert any(word.isascii() for word in product.words)


def test_no_token_is_in_two_groups() -> None:
    asked = take_apart("欧盟玩具 toys 和德国 toy 标签 EU label for toys in Germany")
    assert sum(len(group) for group in asked.groups) == len(asked.tokens)


@pytest.mark.parametrize(
    ("plain", "wrapped"),
    [("玩具标签", "您好，请问一下玩具标签谢谢"), ("toy label", "Hi, please tell me: toy label?")],
)
def test_fillers_say_nothing(plain: str, wrapped: str) -> None:
    assert take_apart(plain).tokens == take_apart(wrapped).tokens


@pytest.mark.parametrize("question", ["", "???", "42", "要多少钱", "什么时候开始", "how much does it cost", "怎么办"])
def test_some_questions_say_nothing_of_their_own(question: str) -> None:
    assert not take_apart(question).tells


@pytest.mark.parametrize("question", ["玩具", "日本呢", "CE?", "评议", "customs fees"])
def test_short_questions_may_tell(question: str) -> None:
    assert take_apart(question).tells


def test_words_of_one_idea_share_a_token() -> None:
    assert take_apart("怎么提交").free & take_apart("submit").free


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("韩国PLS是什么", {"pls"}),
        ("Does RoHS apply to Toys?", {"rohs"}),
        ("WHAT IS THE COMMENT PERIOD", set()),
        ("Ce mark", set()),
    ],
)
def test_words_with_capitals_are_names(question: str, names: set[str]) -> None:
    assert take_apart(question).names == names


@pytest.mark.parametrize(
    ("question", "case_first"),
    [
        ("丁香烟那场官司结果如何", True),
        ("虾龟案是怎么回事", True),
        ("what happened with the seals", True),
        ("打WTO官司分哪几步", False),
        ("关注和磋商有什么区别", False),
        ("脱欧以后CE还能用吗", False),
        ("how long does a dispute take", False),
        ("explain the shrimp case study", True),  # asked for outright
    ],
)
def test_a_case_stands_back_where_something_is_to_be_explained(question: str, case_first: bool) -> None:
    assert (Kind.CASE in take_apart(question).foremost) is case_first


@pytest.mark.parametrize("question", ["第二条第二款讲了什么", "what does Article 2 paragraph 2 say", "第2.2条"])
def test_an_article_is_looked_for_by_its_number_however_it_is_written(question: str) -> None:
    assert "2.2" in take_apart(question).tokens


def test_a_name_beside_chinese_is_one_whatever_stands_around_it() -> None:
    assert take_apart("强迫劳动法 UFLPA 棉纺织品要什么材料").names == {"uflpa"}
    assert take_apart("WHAT DOES REACH ASK OF TOYS").names == frozenset()


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("美国《进口玩具诚信法》对我们有影响吗", "进口玩具诚信法"),
        ("what does the Lunar Goods Directive say about shoes", "Lunar Goods Directive"),
        ("the directive on machinery, does it apply", None),
        ("EU rules on toys", None),
        ("do lamps need the CE Gold mark", "CE Gold"),
        ("KC-Ultra认证要多久", "KC-Ultra"),
        ("is the CE+ mark mandatory", "CE+"),
        ("UL mark on our lamps", None),
    ],
)
def test_a_law_may_be_called_by_its_title(text: str, title: str | None) -> None:
    assert [one.text for one in take_apart(text).titled] == ([title] if title else [])
