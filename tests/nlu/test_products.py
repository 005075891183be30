"""Product words: found whole, in both languages, with offsets in the original text and codes that exist."""

import pytest

from nlu import hs, products
from nlu.normalize import fold


def named(text: str) -> list[tuple[str, str]]:
    return [(match.text, match.hs_codes[0]) for match in products.find(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我们出口充电宝和儿童玩具", [("充电宝", "850760"), ("儿童玩具", "950300")]),
        ("We export power banks and toys.", [("power banks", "850760"), ("toys", "950300")]),
        ("锂电池、电子烟，平衡车", [("锂电池", "850760"), ("电子烟", "854340"), ("平衡车", "871160")]),
        ("hoverboards, e-bikes, ebikes and e bikes", [
            ("hoverboards", "871160"), ("e-bikes", "871160"), ("ebikes", "871160"), ("e bikes", "871160"),
        ]),
        ("LED灯带 and LED strip lights", [("LED灯带", "9405"), ("LED strip lights", "9405")]),
        ("batteries, knives, scarves", [("batteries", "8507"), ("knives", "8211"), ("scarves", "6117")]),
        ("car tires and aluminum foil", [("car tires", "401110"), ("aluminum foil", "7607")]),
        ("婴儿床和婴儿推车", [("婴儿床", "940350"), ("婴儿推车", "8715")]),
    ],
)  # fmt: skip
def test_products_are_found_in_both_languages(text: str, found: list[tuple[str, str]]) -> None:
    assert named(text) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("想查ＬＥＤ燈具的通報", "ＬＥＤ燈具"),
        ("我們生產塑膠玩具", "塑膠玩具"),
        ("關於電動自行車的", "電動自行車"),
        ("ＰＯＷＥＲ　ＢＡＮＫ rules", "ＰＯＷＥＲ　ＢＡＮＫ"),
    ],
)
def test_offsets_and_words_are_those_of_the_original(text: str, words: str) -> None:
    (match,) = products.find(text)
    assert (match.text, text[match.start : match.end]) == (words, words)


@pytest.mark.parametrize(
    "text", ["steak", "a toyota", "carpetbagger", "ringtone", "the pantry", "unlocked", "teapots3"]
)
def test_a_word_inside_another_word_is_no_product(text: str) -> None:
    assert products.find(text) == []


def test_a_longer_word_that_does_not_fit_leaves_the_shorter_one() -> None:
    assert named("toy carpets") == [("toy", "950300"), ("carpets", "5701")]
    assert named("rice cookers not rice cookery") == [("rice cookers", "851660"), ("rice", "1006")]


def test_after_a_word_that_does_not_fit_the_search_goes_on() -> None:
    assert named("stoves; astove tea, retea teas") == [("stoves", "7321"), ("tea", "0902"), ("teas", "0902")]


@pytest.mark.parametrize(
    "text",
    [
        "食品安全",
        "我的手机号是多少",
        "food safety",
        "supply chain",
        "你是聊天机器人吗",
        "phone number",
        "产品",
        "product",
    ],
)
def test_words_that_only_sound_like_a_product_are_none(text: str) -> None:
    assert products.find(text) == []
    assert products.hs_codes_for(text) == products.synonyms(text) == ()


def test_codes_and_synonyms_belong_to_one_entry() -> None:
    assert products.hs_codes_for("Power Banks") == ("850760",)
    assert {"充电宝", "移动电源", "power bank"} <= set(products.synonyms("充電寶"))
    assert "jigsaw puzzle" not in products.synonyms("doll")
    assert products.hs_codes_for("quux") == products.synonyms("quux") == ()


def test_every_code_exists_in_the_harmonized_system() -> None:
    unknown = {code for entry in products.entries() for code in entry.hs_codes if code not in hs.codes()}
    assert unknown == set()


def test_every_word_is_written_once_as_folding_leaves_it() -> None:
    words = [word for entry in products.entries() for word in entry.words]
    assert sorted(word for word in set(words) if words.count(word) > 1) == []
    assert [word for word in words if fold(word).text != word or word != word.strip()] == []


def test_the_table_is_large_and_bilingual() -> None:
    entries = [entry for entry in products.entries() if entry.hs_codes]
    assert len(entries) >= 1200
    assert all(entry.zh and entry.en for entry in entries)
    assert all(len(word) > 1 for entry in entries for word in entry.zh)


def test_a_text_that_is_already_folded_gives_the_same() -> None:
    text = "Ｔoys 和 電池"
    assert products.find(text, folded=fold(text)) == products.find(text)
