"""What "not mine" teaches: a value that keeps such notifications away and nothing that is asked for by itself."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matching import Wrong, lesson, match, notice, profile
from tests.bot.test_matching import INTERESTS, RECORDS

Line = dict[str, Any]
JOINT: Line = {"symbol": "G/TBT/N/KEN/1", "members": ["KE", "UG"], "title": "Maize"}


@pytest.mark.parametrize(("interest", "record", "wrong", "learnt"), [
    ({"hs_codes": ["8516"]}, {"products": "Electric kettles", "hs_codes": ["851679"]}, "product", "electric kettles"),
    ({"products": ["家电"]}, {"products": "Hair dryers", "hs_codes": ["851631"]}, "product", "hair dryers"),
    ({"hs_codes": ["85"]}, {"title": "Zirconium widgets", "hs_codes": ["851679"]}, "product", "851679"),
    ({"hs_codes": ["85"]}, {"title": "Zirconium widgets", "hs_codes": ["851679", "851660"]}, "product", "8516"),
    ({"keywords": ["RoHS"]}, {"title": "RoHS", "ics_codes": ["97.040.30"]}, "product", "97.040.30"),
    ({"products": ["kettles"]}, {"products": "Kettles", "hs_codes": ["851679"]}, "product", "851679"),
    ({"products": ["kettles"], "hs_codes": ["851679"]}, {"products": "Kettles", "hs_codes": ["851679"]},
     "product", None),
    ({"products": ["kettles"]}, {"products": "Kettles"}, "market", "US"),
    ({"products": ["kettles"], "markets": ["US", "JP"]}, {"products": "Kettles"}, "market", "US"),
    ({"products": ["kettles"], "markets": ["US"]}, {"products": "Kettles"}, "market", None),
    ({"products": ["maize"]}, JOINT, "market", None),  # one of the two would not be enough
    ({"products": ["kettles"]}, {"products": "Kettles", "type": "addendum"}, "kind", "addendum"),
    ({"products": ["kettles"]}, {"products": "Kettles", "type": "regular"}, "kind", "tbt"),
    ({"products": ["kettles"], "kinds": ["tbt"]}, {"products": "Kettles", "type": "regular"}, "kind", None),
])  # fmt: skip
def test_what_is_learnt(interest: Line, record: Line, wrong: str, learnt: str | None) -> None:
    found = notice({"symbol": "G/TBT/N/USA/1", **record})
    assert lesson(profile(interest), found, Wrong(wrong)) == learnt


@pytest.mark.parametrize(("named", "learnt"), [(["Toys"], "Toys"), (["Lamps"], "toys"), (["kettles"], "toys")])
def test_what_the_member_names_counts_first_if_it_is_in_the_notification(named: list[str], learnt: str) -> None:
    interest = {"products": ["kettles"], "hs_codes": ["9503"]}
    found = notice({"symbol": "G/TBT/N/USA/1", "products": "Toys", "hs_codes": ["950300"]})
    assert lesson(profile(interest), found, Wrong.PRODUCT, named=named) == learnt


@settings(max_examples=300, deadline=None)
@given(INTERESTS, RECORDS, st.sampled_from(list(Wrong)))
def test_it_keeps_the_notification_away_and_not_what_bears_the_interests_own_name(
    interest: Line, record: Line, wrong: Wrong
) -> None:
    wanted, found = profile(interest), notice(record)
    value = lesson(wanted, found, wrong)
    if value:
        taught = replace(wanted, negatives=(*wanted.negatives, value))
        assert match(taught, found) is None
        assert value.lower() not in {term.word for term in wanted.products}
