"""A flood from one visitor is slowed down; nobody else notices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web.limits import Limiter


def test_a_burst_is_let_in_and_the_next_one_told_how_long_to_wait() -> None:
    limiter = Limiter(burst=3, per_second=2)
    assert [limiter.wait("anna", at=100) for _ in range(4)] == [0, 0, 0, pytest.approx(0.5)]
    assert limiter.wait("anna", at=100.5) == 0
    assert limiter.wait("anna", at=100.5) > 0


def test_to_be_refused_costs_nothing() -> None:
    limiter = Limiter(burst=1, per_second=1)
    waits = [limiter.wait("anna", at=0) for _ in range(100)]
    assert waits[1:] == [1.0] * 99
    assert limiter.wait("anna", at=1) == 0


def test_after_a_rest_there_is_a_whole_burst_again() -> None:
    limiter = Limiter(burst=3, per_second=1)
    for _ in range(5):
        limiter.wait("anna", at=0)
    assert [limiter.wait("anna", at=60) for _ in range(3)] == [0, 0, 0]


def test_visitors_do_not_share() -> None:
    limiter = Limiter(burst=1, per_second=1)
    assert limiter.wait("anna", at=0) == 0
    assert limiter.wait("anna", at=0) > 0
    assert limiter.wait("ben", at=0) == 0


def test_quiet_visitors_are_forgotten_and_busy_ones_are_not() -> None:
    limiter = Limiter(burst=1, per_second=1)
    for number in range(50_000):
        limiter.wait(f"visitor {number}", at=0)
    limiter.wait("busy", at=10)
    limiter.wait("one more", at=10)
    assert len(limiter._due) < 10
    assert limiter.wait("busy", at=10) > 0


@given(st.integers(1, 20), st.floats(0.5, 50), st.lists(st.floats(0, 2), max_size=200))
def test_never_more_than_the_burst_and_the_rate(burst: int, rate: float, gaps: list[float]) -> None:
    limiter, now, let_in = Limiter(burst, rate), 0.0, 0
    for gap in gaps:
        now += gap
        let_in += limiter.wait("anna", at=now) == 0
        assert let_in <= burst + rate * now + 1e-6
