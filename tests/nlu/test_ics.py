"""ICS titles: exact, inherited from the group or field, and in both languages."""

import pytest

from nlu import ics


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [
        ("97.200.50", "玩具", "Toys"),
        ("97.200.99", "娱乐设备", "Equipment for entertainment"),
        ("97.999", "家用和商用设备、文娱、体育", "Domestic and commercial equipment, entertainment, sports"),
        (" 29.220 ", "电池和蓄电池", "Galvanic cells and batteries"),
        ("67", "食品技术", "Food technology"),
    ],
)
def test_a_code_has_its_title_or_the_one_it_belongs_to(code: str, zh: str, en: str) -> None:
    assert (ics.title(code, "zh"), ics.title(code, "en")) == (zh, en)


@pytest.mark.parametrize("code", ["", "9", "98", "02", "97.20", "97-200", "97.200.5", "toys"])
def test_what_is_no_ics_code_has_no_title(code: str) -> None:
    assert ics.title(code, "en") is None


def test_all_forty_fields_and_all_groups_of_the_seventh_edition_are_there() -> None:
    fields = [f"{number:02}" for number in range(1, 100) if ics.is_known(f"{number:02}")]
    groups = [
        f"{field}.{number:03}" for field in fields for number in range(1000) if ics.is_known(f"{field}.{number:03}")
    ]
    assert (len(fields), len(groups)) == (40, 401)
    assert all(ics.title(group, "zh") and ics.title(group, "en") for group in groups)
    assert all(ics.title(field, "zh") and ics.title(field, "en") for field in fields)


def test_covering_follows_the_levels_not_the_letters() -> None:
    assert ics.covers("97", "97.200.50")
    assert ics.covers("97.200.50", "97.200")
    assert not ics.covers("97.200", "97.220")
    assert not ics.covers("toys", "toys")
