"""Which notification concerns which interest: the rule in tables, and its promises as properties."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import i18n
from bot.matching import Index, Match, match, match_files, maybe, miss, notice, profile

Line = dict[str, Any]


def found(interest: Line, record: Line) -> Match | None:
    return match(profile(interest), notice({"symbol": "G/TBT/N/USA/1", **record}))


def reasons(interest: Line, record: Line) -> list[tuple[str, str, str]]:
    why = found(interest, record)
    return [(one.kind.value, one.mine, one.theirs) for one in why.reasons] if why else []


@pytest.mark.parametrize(("mine", "theirs", "matches"), [
    ("851679", "8516", True), ("8516", "851679", True), ("85", "851679", True), ("851679", "85", True),
    ("851679", "851660", False), ("8516", "8517", False), ("0902", "902", False), ("8516790000", "851679", True),
    ("8516.79", "8516.79.70", True), ("72106", "7210", True),
])  # fmt: skip
def test_hs_codes_match_as_prefixes_in_both_directions(mine: str, theirs: str, matches: bool) -> None:
    assert bool(found({"hs_codes": [mine]}, {"hs_codes": [theirs]})) is matches


@pytest.mark.parametrize(("mine", "symbol", "matches"), [
    ("DE", "G/TBT/N/DEU/1", True), ("DE", "G/TBT/N/EU/1", True), ("DE", "G/TBT/N/FRA/1", False),
    ("EU", "G/TBT/N/FRA/1", True), ("EU", "G/TBT/N/EU/1", True), ("EU", "G/TBT/N/GBR/1", False),
    ("德国", "G/TBT/N/EU/1", True), ("United States", "G/TBT/N/USA/1", True), ("USA", "G/TBT/N/USA/1", True),
    ("东非共同体", "G/TBT/N/KEN/1", True), ("Chinese Taipei", "G/TBT/N/TPKM/1", True), ("all", "G/TBT/N/PER/1", True),
    ("Atlantis", "G/TBT/N/PER/1", False),
])  # fmt: skip
def test_markets(mine: str, symbol: str, matches: bool) -> None:
    assert bool(found({"markets": [mine]}, {"symbol": symbol})) is matches


@pytest.mark.parametrize(("product", "record"), [
    ("充电宝", {"title": "Safety of power banks", "hs_codes": ["8507"]}),
    ("充电宝", {"products": "Power bank"}),
    ("lithium batteries", {"title_zh": "锂离子电池安全要求"}),
    ("electric kettles", {"products": "Kettles, electric, for household use"}),
    ("玩具", {"title": "Requirements for toys", "hs_codes": ["9503"]}),
    ("portable bluetooth speakers", {"products": "Bluetooth speakers"}),
    ("women's shoes", {"title": "Labelling of shoes for women"}),
    ("鞋", {"products": "Footwear", "hs_codes": ["6404"]}),
    ("tea", {"products": "Tea; coffee"}),
    ("雨伞", {"products": "Umbrellas"}),
    ("camera", {"products": "Cameras for indoor use"}),
    ("牛油果", {"products": "Fresh avocados"}),
    ("knife", {"products": "Kitchen knives"}),
    ("tire", {"products": "Tyres for vehicles"}),
    ("zirconium widgets", {"products": "Zirconium widget"}),
])  # fmt: skip
def test_product_words_match_in_both_languages_and_in_every_form(product: str, record: Line) -> None:
    assert found({"products": [product]}, record)


@pytest.mark.parametrize(("product", "record"), [
    ("tea", {"products": "Steam irons for teams"}),
    ("rice", {"products": "Rice cookers"}),
    ("cars", {"products": "Toy cars", "hs_codes": ["9503"]}),
    ("toys", {"products": "Articles of plastic (excl. toys)", "hs_codes": ["3926"]}),
    ("家具", {"title": "Wax polish for floors and furniture", "hs_codes": ["340520"]}),
    ("鸡蛋", {"products": "Parent eggs of silkworm", "hs_codes": ["051199"]}),
    ("toasters", {"products": "Electric water heaters", "hs_codes": ["8516"]}),
    ("手机", {"title": "Standard for the splice closure of the optical fibre cable", "hs_codes": ["8517"]}),
    ("充电宝", {"title": "Vehicles", "hs_codes": ["85"]}),
])  # fmt: skip
def test_words_that_only_look_alike_do_not_match(product: str, record: Line) -> None:
    assert not found({"products": [product]}, record)


@pytest.mark.parametrize(("product", "record"), [
    ("大蒜", {"products": "Edible vegetables", "hs_codes": ["07"]}),
    ("罗非鱼", {"products": "Fish and fishery products"}),
    ("方便面", {"products": "Prepackaged foods", "title": "Nutrition labelling"}),
    ("电水壶", {"products": "Low voltage electrical equipment and appliances (excluding toys)", "hs_codes": ["8516"]}),
    ("遥控器", {"products": "Consumer goods", "description": "Products such as remote controls need a lock."}),
    ("竹制品", {"products": "Bamboo, cane and rattan articles"}),
    ("玩具", {"products": "Juguetes"}), ("轮胎", {"products": "Neumáticos"}), ("鞋", {"products": "Chaussures"}),
    ("garlic products", {"products": "Garlic"}), ("电动自行车 e-bike", {"products": "Electric bicycles"}),
    ("虾", {"products": "Shrimps"}), ("toys", {"products": "All products", "hs_codes": []}),
])  # fmt: skip
def test_categories_lists_other_languages_and_short_words(product: str, record: Line) -> None:
    assert found({"products": [product]}, record)


@pytest.mark.parametrize(("product", "record"), [
    ("大蒜", {"products": "Foods: biscuits, instant noodles"}),
    ("大蒜", {"products": "Food products", "title": "Standard for olive oil"}),
    ("电梯", {"products": "Machinery", "hs_codes": ["84"]}),
    ("玩具", {"products": "Vegetables", "hs_codes": ["07"]}),
    ("油漆", {"products": "Leather polish (HS code(s): 3405); Paints and varnishes (ICS code(s): 87.040)",
            "hs_codes": ["3405"]}),
    ("衣柜", {"products": "Bassinets"}),
])  # fmt: skip
def test_a_category_is_not_what_narrows_it_and_not_its_neighbours(product: str, record: Line) -> None:
    assert not found({"products": [product]}, record)


@pytest.mark.parametrize(("region", "symbol"), [
    ("非洲", "G/TBT/N/CMR/1"), ("东南亚", "G/TBT/N/VNM/1"), ("中东", "G/TBT/N/SAU/1"),
    ("South America", "G/TBT/N/CHL/1"),
    ("欧洲", "G/TBT/N/FRA/1"),
])  # fmt: skip
def test_a_part_of_the_world_means_its_markets(region: str, symbol: str) -> None:
    assert found({"markets": [region]}, {"symbol": symbol})


def test_a_code_that_the_words_mean_counts_from_the_heading_downwards() -> None:
    assert reasons({"hs_codes": ["850760"]}, {"products": "Lithium batteries"}) == [("hs_meant", "850760", "850760")]
    assert reasons({"products": ["水果"]}, {"products": "Apples", "hs_codes": ["080810"]})[0][0] == "hs_meant"


def test_the_first_group_is_an_or_and_the_best_reason_comes_first() -> None:
    interest = {"products": ["玩具"], "hs_codes": ["8516"], "keywords": ["能效"], "ics_codes": ["97.040"]}
    record = {"title": "Energy efficiency of kettles", "hs_codes": ["851679"], "ics_codes": ["97.040.50"]}
    assert reasons(interest, record) == [
        ("hs", "8516", "851679"), ("ics", "97.040", "97.040.50"), ("keyword", "能效", "energy efficiency"),
    ]  # fmt: skip


def test_an_interest_without_a_product_is_everything_of_its_market() -> None:
    assert reasons({"markets": ["US"]}, {"title": "Anything"}) == [("market", "", "")]
    assert not found({}, {"title": "Anything"})
    assert found({"products": ["all products"], "markets": ["US"]}, {"title": "Anything"})


def test_kinds_and_negatives_narrow() -> None:
    record = {"products": "Electric kettles", "hs_codes": ["8516"]}
    assert not found({"products": ["kettle"], "kinds": ["sps"]}, record)
    assert found({"products": ["kettle"], "kinds": ["tbt"]}, record)
    for negative in ("kettles", "电水壶", "8516", "United States"):
        assert not found({"hs_codes": ["85"], "negatives": [negative]}, record), negative


def test_a_joint_notification_is_of_all_its_members() -> None:
    assert found({"markets": ["KE"]}, {"symbol": "G/TBT/N/BDI/1", "members": ["BI", "Kenya"]})


# --- the two files ------------------------------------------------------------------------------------

NOTIFICATIONS: list[Line] = [
    {"symbol": "G/TBT/N/EU/1", "title": "Ecodesign of kettles", "hs_codes": ["851679"], "members": ["EU"]},
    {"symbol": "G/TBT/N/EU/1/ADD.1", "title": "Addendum"},
    {"symbol": "G/TBT/N/FRA/2", "title": "Wine"},
    {"symbol": "G/TBT/N/EU/1", "title": "The same again"},
]


def test_match_files_sends_each_symbol_once_and_an_addendum_with_its_parent() -> None:
    interests: list[Line] = [
        {"id": "a", "hs_codes": [851679], "markets": ["DE"]},
        {"id": 2, "company": "某公司", "products": "红酒；葡萄酒", "markets": "欧盟", "lang": "en"},
        {"id": "c"},
    ]
    sent = list(match_files(NOTIFICATIONS, interests))
    assert [(line["id"], [one["symbol"] for one in line["send"]]) for line in sent] == [
        ("a", ["G/TBT/N/EU/1", "G/TBT/N/EU/1/ADD.1"]), (2, ["G/TBT/N/FRA/2"]), ("c", []),
    ]  # fmt: skip
    assert sent[0]["send"][0]["reason"] == "HS 8516.79 正是您关注的编码；市场：欧盟"
    assert sent[1]["send"][0]["reason"] == "the products include “wine”, your “葡萄酒”; market: France"


def test_match_files_keeps_the_symbol_as_it_was_written() -> None:
    sent = list(match_files([{"symbol": "G/TBT/N/USA/1/Add.2"}], [{"id": 1, "markets": ["US"]}]))
    assert [one["symbol"] for one in sent[0]["send"]] == ["G/TBT/N/USA/1/Add.2"]


def test_every_reason_has_its_words(texts: i18n.Texts) -> None:
    from bot.matching import Reason, ReasonKind, reason_text

    for kind in ReasonKind:
        for pair in (("8516", "851679"), ("851679", "8516"), ("8516", "8516"), ("水壶", "kettle")):
            for language in i18n.LANGUAGES:
                assert reason_text(Match((Reason(kind, *pair, 1.0),), ("EU",)), language, texts=texts)


# --- promises -------------------------------------------------------------------------------------------

WORDS = st.sampled_from([
    "tea", "kettle", "玩具", "充电宝", "水果", "toys", "steel", "rice", "electric kettles", "家具", "egg", "cars",
    "milk", "能效", "all", "鞋", "zirconium",
])  # fmt: skip
CODES = st.sampled_from([
    "85", "8516", "851679", "851660", "0902", "09", "9503", "72", "7210", "72106", "94", "0407", "870380", "64",
])  # fmt: skip
PLACES = st.sampled_from(["US", "EU", "DE", "FR", "CN", "东非共同体", "Kenya", "Atlantis", "JP"])
TITLES = st.sampled_from([
    "Tea and coffee", "Ecodesign of kettles, electric", "Safety of toys and toy cars", "Wax polish for furniture",
    "Rice cookers (excl. kettles)", "锂离子电池和充电宝", "Milk powder", "Steel products",
    "Energy efficiency of motors", "All products", "Juguetes; hervidores eléctricos", "Foods: biscuits",
    "Food products", "Vegetables", "",
])  # fmt: skip
RECORDS = st.fixed_dictionaries({
    "symbol": st.sampled_from(["G/TBT/N/USA/1", "G/SPS/N/EU/2", "G/TBT/N/DEU/3/ADD.1", "G/TBT/N/KEN/4"]),
    "title": TITLES, "products": TITLES, "hs_codes": st.lists(CODES, max_size=2),
})  # fmt: skip
INTERESTS = st.fixed_dictionaries({
    "products": st.lists(WORDS, max_size=2), "hs_codes": st.lists(CODES, max_size=2),
    "keywords": st.lists(WORDS, max_size=1),
    "markets": st.lists(PLACES, max_size=2), "negatives": st.lists(WORDS, max_size=1),
})  # fmt: skip
GROUPS = {"products": WORDS, "hs_codes": CODES, "keywords": WORDS}


@settings(max_examples=300, deadline=None)
@given(INTERESTS, RECORDS, st.data())
def test_adding_a_value_never_narrows(interest: Line, record: Line, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(GROUPS)))
    has_group = any(interest[name] for name in GROUPS)
    more = {**interest, key: [*interest[key], data.draw(GROUPS[key])]}
    if has_group and found(interest, record):
        assert found(more, record)


@settings(max_examples=200, deadline=None)
@given(INTERESTS, RECORDS, PLACES)
def test_adding_a_market_to_markets_never_narrows_and_none_means_all(interest: Line, record: Line, place: str) -> None:
    if found(interest, record):
        if interest["markets"]:
            assert found({**interest, "markets": [*interest["markets"], place]}, record)
        if any(interest[name] for name in GROUPS):
            assert found({**interest, "markets": []}, record)


@settings(max_examples=300, deadline=None)
@given(st.lists(INTERESTS, max_size=6), RECORDS)
def test_the_index_finds_exactly_what_comparing_every_pair_finds(interests: list[Line], record: Line) -> None:
    profiles, prepared = [profile(one) for one in interests], notice(record)
    pairs = [(number, why) for number, one in enumerate(profiles) if (why := match(one, prepared))]
    assert list(Index(profiles).matches(prepared)) == pairs


@settings(max_examples=300, deadline=None)
@given(st.lists(INTERESTS, min_size=2, max_size=12), RECORDS)
def test_judged_among_many_it_is_judged_as_alone(interests: list[Line], record: Line) -> None:
    alone, among = notice(record), notice(record).remembering()
    for one in map(profile, [*interests, *interests]):
        assert match(one, among) == match(one, alone)
        assert maybe(one, among) == maybe(one, alone)
        assert miss(one, among) == miss(one, alone)


@settings(max_examples=200, deadline=None)
@given(INTERESTS, RECORDS, st.one_of(WORDS, CODES, PLACES))
def test_adding_a_negative_never_widens(interest: Line, record: Line, value: str) -> None:
    if not found(interest, record):
        assert not found({**interest, "negatives": [*interest["negatives"], value]}, record)
