"""What is sent, what is only collected as "maybe", what neither: kinds, objectives, negatives, weak signs in tables."""

from typing import Any

import pytest
from hypothesis import given, settings

from bot.matching import Band, Index, Miss, match, maybe, miss, notice, profile
from tests.bot.test_matching import INTERESTS, RECORDS

Line = dict[str, Any]
SPS = {"symbol": "G/SPS/N/JPN/1", "type": "emergency", "objectives": ["Food safety"], "products": "Rice"}
TBT = {"symbol": "G/TBT/N/JPN/2", "type": "regular", "objectives": ["Protection of the environment"], "title": "Rice"}


def band(interest: Line, record: Line) -> str | None:
    one, found = profile(interest), notice({"symbol": "G/TBT/N/USA/1", **record})
    sent, unsure = match(one, found), maybe(one, found)
    assert not (sent and unsure)
    assert sent is None or sent.band is Band.SENT
    assert unsure is None or unsure.band is Band.MAYBE
    return str((sent or unsure).band) if sent or unsure else None  # type: ignore[union-attr]


@pytest.mark.parametrize(("kinds", "sps", "tbt"), [
    ([], True, True), (["sps"], True, False), (["TBT"], False, True), (["emergency"], True, False),
    (["sps", "tbt"], True, True), (["sps", "regular"], False, False), (["sps", "emergency"], True, False),
    (["Food safety"], True, False), (["食品安全"], True, False), (["环保"], False, True),
    (["tbt", "food safety"], False, False), (["recall"], False, False),
])  # fmt: skip
def test_kinds_limit_each_dimension(kinds: list[str], sps: bool, tbt: bool) -> None:
    interest = {"products": ["rice"], "kinds": kinds}
    assert [band(interest, SPS) == "sent", band(interest, TBT) == "sent"] == [sps, tbt]


@pytest.mark.parametrize(("interest", "record", "expected"), [
    ({"ics_codes": ["97.040"]}, {"ics_codes": ["97.040.30"]}, "sent"),
    ({"ics_codes": ["97.040.30"]}, {"ics_codes": ["97.040"]}, "sent"),
    ({"ics_codes": ["97"]}, {"ics_codes": ["97.040.30"]}, "sent"),
    ({"ics_codes": ["97.040.30"]}, {"ics_codes": ["97.040.20"]}, None),
    ({"ics_codes": ["97.04"]}, {"ics_codes": ["97.040"]}, None),
    ({"hs_codes": ["8517.62"]}, {"hs_codes": ["8517"]}, "sent"),
    ({"hs_codes": ["8517"]}, {"hs_codes": ["8517.62"]}, "sent"),
    ({"hs_codes": ["85176"]}, {"hs_codes": ["8517.62"]}, "sent"),
    ({"hs_codes": ["8517.62"]}, {"hs_codes": ["85176"]}, "sent"),
    ({"hs_codes": ["85177"]}, {"hs_codes": ["8517.62"]}, None),
    ({"keywords": ["RoHS"]}, {"title": "Toys", "description": "Limits as in RoHS."}, "sent"),
    ({"keywords": ["食品安全"]}, {"title": "Rice", "objectives": ["Food safety"]}, "sent"),
    ({"keywords": ["RoHS"]}, {"title": "Toys"}, None),
    ({"keywords": ["环保"]}, {"title": "Toys", "objectives": ["Protection of the environment"]}, "sent"),
    ({"products": ["食品"]}, {"products": "Edible vegetables", "hs_codes": ["07"]}, "sent"),
    ({"hs_codes": ["8517.62"]}, {"products": "Electric kettles", "hs_codes": ["85"]}, "maybe"),
    ({"hs_codes": ["8517.62"]}, {"title": "Low voltage equipment", "hs_codes": ["85"]}, "sent"),
])  # fmt: skip
def test_codes_and_keywords(interest: Line, record: Line, expected: str | None) -> None:
    assert band(interest, record) == expected


@pytest.mark.parametrize(("negative", "record", "refused"), [
    ("食品", {"products": "Rice", "hs_codes": ["1006"]}, False),
    ("食品", {"products": "Biscuits", "hs_codes": ["1905"]}, True),
    ("8516.79", {"hs_codes": ["851679"]}, True), ("8516.79", {"hs_codes": ["851679", "851660"]}, False),
    ("97.040", {"ics_codes": ["97.040.30"]}, True), ("97.040.30", {"ics_codes": ["97.040"]}, False),
    ("97.040", {"ics_codes": ["97.040.30", "13.120"]}, False),
    ("sps", {"symbol": "G/SPS/N/USA/1"}, True), ("sps", {}, False),
    ("addendum", {"type": "addendum"}, True), ("美国", {}, True), ("日本", {}, False),
    ("kettles", {"products": "Electric kettles"}, True),
    ("玩具", {"products": "Lamps", "description": "Not to be taken for toys."}, True),
])  # fmt: skip
def test_negatives_of_every_sort(negative: str, record: Line, refused: bool) -> None:
    one = profile({"markets": ["US"], "negatives": [negative]})
    found = notice({"symbol": "G/TBT/N/USA/1", **record})
    assert (miss(one, found) == (Miss.NEGATIVE, negative)) is refused
    assert (match(one, found) is None) is refused


@pytest.mark.parametrize(("interest", "record", "sign"), [
    ({"hs_codes": ["090210"]}, {"hs_codes": ["090230"], "title": "Black tea"}, "near"),
    ({"products": ["chargers"]}, {"products": "Lamps", "description": "With them come chargers."}, "mentioned"),
    ({"products": ["电梯"]}, {"title": "Machinery", "products": "Machinery", "hs_codes": ["84"]}, "wide"),
    ({"products": ["rice"], "kinds": ["food safety"]}, {"products": "Rice"}, "unstated"),
    ({"products": ["rice", "tea"], "negatives": ["rice"]}, {"products": "Rice; tea"}, "except"),
])  # fmt: skip
def test_weak_signs_make_a_maybe_with_its_reason(interest: Line, record: Line, sign: str) -> None:
    found = maybe(profile(interest), notice({"symbol": "G/TBT/N/USA/1", **record}))
    assert found
    assert found.reasons[0].kind == sign
    assert band(interest, record) == "maybe"


@pytest.mark.parametrize(("interest", "record"), [
    ({"hs_codes": ["851679"]}, {"hs_codes": ["851660"]}),  # unlike goods under one heading
    ({"products": ["toasters"]}, {"products": "Electric water heaters", "hs_codes": ["8516"]}),
    ({"products": ["chargers"], "markets": ["JP"]}, {"products": "Lamps", "description": "With them come chargers."}),
    ({"products": ["chargers"], "negatives": ["lamps"]}, {"products": "Lamps", "description": "With chargers."}),
    ({"products": ["chargers"], "kinds": ["sps"]}, {"products": "Lamps", "description": "With them come chargers."}),
])  # fmt: skip
def test_what_is_ruled_out_is_no_maybe(interest: Line, record: Line) -> None:
    assert band(interest, record) is None


@settings(max_examples=300, deadline=None)
@given(INTERESTS, RECORDS)
def test_the_index_finds_every_maybe_and_none_is_sent_too(interest: Line, record: Line) -> None:
    one, found = profile(interest), notice(record)
    both = match(one, found), maybe(one, found)
    assert None in both
    assert list(Index([one]).maybes(found)) == ([(0, both[1])] if both[1] else [])
