"""What is hidden cannot be told from what is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.results.suppression import K, hidden


@pytest.mark.parametrize(("cells", "total", "places", "all_of_it"), [
    ([7, 8, 9], 24, set(), False),
    ([7, 2, 9], 18, {0, 1}, False),  # 2 alone could be told from the total: the next smallest goes too
    ([1, 2, 9, 12], 24, {0, 1, 2}, False),  # 1 and 2 are together three enterprises still
    ([3, 4, 9], 16, {0, 1}, False),  # together they are enough
    ([2, 30], 32, {0, 1}, False),
    ([2], 2, {0}, True),
    ([3], 30, {0}, True),  # nothing else to hide: the total would give it away
    ([0, 7, 0], 7, set(), False),  # nobody is nobody's secret
    ([], 0, set(), False),
])  # fmt: skip
def test_the_table(cells: list[int], total: int, places: set[int], all_of_it: bool) -> None:
    found = hidden(cells, total)
    assert (set(found.places), found.total) == (places, all_of_it)


@given(st.lists(st.integers(0, 30), max_size=8))
def test_no_small_group_can_be_told_from_the_rest(cells: list[int]) -> None:
    """With the total shown, the sum of the hidden cells is known: it must not be a small group's, nor one cell's."""
    found = hidden(cells, sum(cells))
    shown = [n for place, n in enumerate(cells) if place not in found.places]
    assert not any(0 < n < K for n in shown)
    if found.places and not found.total:
        assert len(found.places) >= 2
        assert sum(cells[place] for place in found.places) >= K
