"""What happens after a send: a table, and what holds for every outcome."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ports import Gone, Moved, Outcome, Rejected, Sent, Temporary, Throttled, Unknown
from bot.retry import LONGEST_WAIT, Decision, Done, GiveUp, Retry, backoff, decide

NOW = 1000.0


@pytest.mark.parametrize(
    ("outcome", "attempt", "decision"),
    [
        (Sent("7"), 1, Done()),
        (Sent(), 99, Done()),
        (Gone("blocked"), 1, GiveUp("blocked")),
        (Rejected("too long"), 1, GiveUp("too long")),
        (Moved("new"), 1, Retry(NOW)),
        (Moved("new"), 8, GiveUp("moved too often")),
        (Throttled(30), 1, Retry(NOW + 30)),
        (Throttled(30), 8, Retry(NOW + 30)),  # being told to wait does not use up the last try
        (Throttled(30), 32, GiveUp("throttled too often")),
        (Throttled(-5), 1, Retry(NOW)),
        (Unknown("timeout"), 1, Retry(NOW + 5)),
        (Unknown("timeout"), 2, GiveUp("timeout", unknown=True)),
        (Temporary("503"), 1, Retry(NOW + 5)),
        (Temporary("503"), 2, Retry(NOW + 10)),
        (Temporary("503"), 7, Retry(NOW + 320)),
        (Temporary("503"), 8, GiveUp("503")),
    ],
)
def test_the_table(outcome: Outcome, attempt: int, decision: Decision) -> None:
    assert decide(outcome, attempt, NOW) == decision


seconds = st.floats(-1e6, 1e6)
outcomes = st.one_of(
    st.just(Sent()),
    st.builds(Throttled, seconds),
    st.builds(Temporary, st.text()),
    st.builds(Unknown, st.text()),
    st.builds(Gone, st.text()),
    st.builds(Moved, st.text(min_size=1)),
    st.builds(Rejected, st.text()),
)


@given(outcomes, st.integers(1, 1000), st.floats(0, 2e9), st.integers(1, 50), st.floats(0, 1))
def test_a_retry_is_never_in_the_past(outcome: Outcome, attempt: int, now: float, most: int, jitter: float) -> None:
    decision = decide(outcome, attempt, now, max_attempts=most, jitter=jitter)
    assert not isinstance(decision, Retry) or decision.at >= now


@given(st.lists(outcomes, min_size=1), st.integers(1, 20))
def test_it_always_ends(several: list[Outcome], most: int) -> None:
    """Whatever a provider answers, again and again, a delivery is settled after so many tries."""
    for attempt in range(1, 4 * most + 3):
        if not isinstance(decide(several[attempt % len(several)], attempt, NOW, max_attempts=most), Retry):
            return
    pytest.fail("still trying")


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_waits_grow_to_a_bound(attempt: int, jitter: float) -> None:
    assert 5 <= backoff(attempt, jitter) <= LONGEST_WAIT * 1.25
    assert backoff(attempt + 1, jitter) >= backoff(attempt, jitter)
