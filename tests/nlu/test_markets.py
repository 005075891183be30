"""Markets: found whole and only when meant, named officially, and turned into WTO codes and back."""

import pytest

from nlu import markets
from nlu.normalize import fold


def found(text: str) -> list[tuple[str, str]]:
    return [(text[start:end], code) for start, end, code in markets.find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("出口到美国、欧盟和韩国", [("美国", "US"), ("欧盟", "EU"), ("韩国", "KR")]),
        ("米国和南韩", [("米国", "US"), ("南韩", "KR")]),
        ("USA, America, American", [("USA", "US"), ("America", "US"), ("American", "US")]),
        ("Turkey, Türkiye, 土耳其", [("Turkey", "TR"), ("Türkiye", "TR"), ("土耳其", "TR")]),
        ("UAE KSA 阿联酋 沙特", [("UAE", "AE"), ("KSA", "SA"), ("阿联酋", "AE"), ("沙特", "SA")]),
        ("中国台北、中华台北、台湾", [("中国台北", "TW"), ("中华台北", "TW"), ("台湾", "TW")]),
        ("Hong Kong, China and Macau", [("Hong Kong, China", "HK"), ("Macau", "MO")]),
        ("Niger and Nigeria", [("Niger", "NE"), ("Nigeria", "NG")]),
        ("Guinea, Guinea-Bissau, Equatorial Guinea, Papua New Guinea", [
            ("Guinea", "GN"), ("Guinea-Bissau", "GW"), ("Equatorial Guinea", "GQ"), ("Papua New Guinea", "PG"),
        ]),
        ("几内亚比绍、几内亚、赤道几内亚", [("几内亚比绍", "GW"), ("几内亚", "GN"), ("赤道几内亚", "GQ")]),
        ("a woman from Oman", [("Oman", "OM")]),
        ("Indian law, India's law", [("Indian", "IN"), ("India", "IN")]),
        ("南非和非洲", [("南非", "ZA")]),
        ("Congo; Democratic Republic of the Congo", [("Congo", "CG"), ("Democratic Republic of the Congo", "CD")]),
        ("Dominica, Dominican Republic", [("Dominica", "DM"), ("Dominican Republic", "DO")]),
        ("South Korea, North Korea", [("South Korea", "KR"), ("North Korea", "KP")]),
        ("German and Brazilian rules", [("German", "DE"), ("Brazilian", "BR")]),
        ("Korea, Republic of", [("Korea, Republic of", "KR")]),
    ],
)  # fmt: skip
def test_markets_are_found_by_their_longest_name(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("臺灣和澳門", [("臺灣", "TW"), ("澳門", "MO")]),
        ("出口歐盟", [("歐盟", "EU")]),
        ("ＵＳＡ　ｒｕｌｅｓ", [("ＵＳＡ", "US")]),
        ("ＵＳ rules", [("ＵＳ", "US")]),
        ("Côte d’Ivoire", [("Côte d’Ivoire", "CI")]),
        ("刚果（金）", [("刚果（金）", "CD")]),
    ],
)
def test_offsets_are_those_of_the_original(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "let us know about it",
        "tell us",
        "send us rules",
        "in it",
        "it is so",
        "Indiana",
        "woman",
        "US$3 million",
        "shoe polish",
        "发展中国家",
        "沿海地区",
        "内蒙古",
        "苏丹红",
        "北美国家",
        "南美国家",
        "其中国家标准",
        "french fries",
        "bone china",
        "turkey meat",
        "guinea pigs",
        "新加坡元",
        "hong kong dollars",
        "对法规的意见",
        "对日常用品",
        "西班牙语",
        "荷兰豆",
        "CPC和GCC",
        "EAC证书",
        "in German, please",
        "a French version",
        "reply in Japanese",
        "用中文",
    ],
)
def test_what_only_looks_like_a_market_is_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("US rules", [("US", "US")]),
        ("the us market", [("us", "US")]),
        ("us customs rules", [("us", "US")]),
        ("eu rules, uk rules", [("eu", "EU"), ("uk", "GB")]),
        ("Polish rules", [("Polish", "PL")]),
        ("JP and NZ", [("JP", "JP"), ("NZ", "NZ")]),
        ("German toys", [("German", "DE")]),
        ("exports to German buyers", [("German", "DE")]),
    ],
)
def test_short_codes_and_adjectives_count_when_they_are_meant(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "codes"),
    [("对美出口", "US"), ("输欧食品", "EU"), ("出口日韩市场", "JP KR"), ("欧美日韩", "US EU JP KR"), ("销美。", "US")],
)
def test_one_character_stands_for_a_market_between_trade_words(text: str, codes: str) -> None:
    assert [code for _, code in found(text)] == codes.split()


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("东盟", "BN KH ID LA MY MM PH SG TH VN TL"),
        ("GCC", "AE BH KW OM QA SA"),
        ("the Eurasian Economic Union", "RU BY KZ AM KG"),
        ("Mercosur", "AR BR PY UY BO"),
        ("东非共同体", "BI KE RW TZ UG CD SO SS"),
    ],
)
def test_a_bloc_gives_each_member_with_the_same_span(text: str, codes: str) -> None:
    matches = markets.find(text)
    assert {code for _, _, code in matches} == set(codes.split())
    assert len({(start, end) for start, end, _ in matches}) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("European Union", "EU"),
        ("european  union ", "EU"),
        ("USA", "US"),
        ("United States of America", "US"),
        ("TPKM", "TW"),
        ("Viet Nam", "VN"),
        ("Korea, Republic of", "KR"),
        ("Kuwait, the State of", "KW"),
        ("Chinese Taipei", "TW"),
        ("Kyrgyz Republic", "KG"),
        ("Russian Federation", "RU"),
        ("The Gambia", "GM"),
        ("the Netherlands", "NL"),
        ("BRA", "BR"),
        ("de", "DE"),
        ("EEC", "EU"),
        ("Bolivia, Plurinational State of", "BO"),
        ("中国香港", "HK"),
        ("Macao, China", "MO"),
    ],
)
def test_notifying_members_are_recognised(text: str, code: str) -> None:
    assert markets.from_wto_member(text) == code


@pytest.mark.parametrize("text", ["", "ASEAN", "Atlantis", "XX"])
def test_what_is_no_member_is_none(text: str) -> None:
    assert markets.from_wto_member(text) is None


def test_symbol_codes_go_there_and_back() -> None:
    assert [markets.symbol_code(code) for code in ("US", "EU", "TW", "HK", "MO")] == ["USA", "EU", "TPKM", "HKG", "MAC"]
    assert all(markets.from_symbol_code(market.symbol_code) == code for code, market in markets.markets().items())
    assert markets.from_symbol_code("ZZZ") is None
    assert (markets.eping_id("CN"), markets.eping_id("EU"), markets.eping_id("BR")) == ("C156", "U918", "C076")


def test_the_table_has_all_members_with_names_in_both_languages_and_unique_codes() -> None:
    table = list(markets.markets().values())
    assert sum(market.is_wto_member for market in table) == 166
    assert all(market.names[lang] and market.official_names[lang] for market in table for lang in ("zh", "en"))
    for codes in ([m.code for m in table], [m.symbol_code for m in table], [m.numeric for m in table]):
        assert len(codes) == len(set(codes))
    assert all(len(m.numeric) == 3 for m in table)


def test_members_have_the_names_that_the_wto_uses() -> None:
    assert [markets.name("HK", language) for language in ("en", "zh")] == ["Hong Kong, China", "中国香港"]
    assert [markets.name("MO", language) for language in ("en", "zh")] == ["Macao, China", "中国澳门"]
    assert [markets.name("TW", language) for language in ("en", "zh")] == ["Chinese Taipei", "中国台北"]
    assert markets.official_name("TW", "en") == "Separate Customs Territory of Taiwan, Penghu, Kinmen and Matsu"
    assert markets.official_name("KR", "en") == "Korea, Republic of"
    assert markets.name("XX", "zh") == markets.official_name("XX", "en") == "XX"


def test_the_union_and_its_members_expand_to_each_other_only() -> None:
    assert len(markets.EU_MEMBERS) == 27
    assert set(markets.markets()) > markets.EU_MEMBERS
    assert markets.expand("EU") == markets.EU_MEMBERS | {"EU"}
    assert markets.expand("DE") == {"DE", "EU"}
    assert markets.expand("US") == {"US"}


def test_no_name_or_alias_means_two_markets() -> None:
    forms = [
        (fold(word.strip("~^")).text, market.code)
        for market in markets.markets().values()
        for word in {*market.names.values(), *market.official_names.values(), *market.aliases}
        if not word.startswith("^")
    ]
    meanings: dict[str, set[str]] = {}
    for word, code in forms:
        meanings.setdefault(word, set()).add(code)
    assert {word: codes for word, codes in meanings.items() if len(codes) > 1} == {}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Gemany", "DE"),
        ("土尔其", "TR"),
        ("Austrlia", "AU"),
        ("Untied States", "US"),
        ("toys", None),
        ("玩具", None),
        ("", None),
    ],
)
def test_a_misspelt_market_is_guessed(text: str, code: str | None) -> None:
    assert markets.suggest(text) == code
