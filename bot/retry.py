"""What to do after a send: a pure decision, tested as a table."""

from dataclasses import dataclass

from bot.ports import Gone, Moved, Outcome, Rejected, Sent, Temporary, Throttled, Unknown

FIRST_WAIT = 5.0
LONGEST_WAIT = 3600.0


@dataclass(frozen=True, slots=True)
class Done:
    """It was sent."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again, not before `at` (seconds of the same clock as `now`)."""

    at: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """No further try; `reason` is shown to staff. With `unknown` it may have arrived all the same."""

    reason: str
    unknown: bool = False


Decision = Done | Retry | GiveUp


def decide(outcome: Outcome, attempt: int, now: float, *, max_attempts: int = 8, jitter: float = 0.0) -> Decision:
    """The next step after try number `attempt` (from 1). `jitter` in 0..1 spreads retries by up to a quarter."""
    match outcome:
        case Sent():
            return Done()
        case Gone(reason) | Rejected(reason):
            return GiveUp(reason)
        case Unknown(reason):
            # It may have arrived: one more try at most, recognisable by its number.
            return Retry(now + FIRST_WAIT) if attempt < 2 else GiveUp(reason, unknown=True)
        case Moved():
            return Retry(now) if attempt < max_attempts else GiveUp("moved too often")
        case Throttled(seconds):
            # Being told to wait is not a failure: it never uses up the last try by itself.
            return Retry(now + max(0.0, seconds)) if attempt < 4 * max_attempts else GiveUp("throttled too often")
        case Temporary(reason):
            return Retry(now + backoff(attempt, jitter)) if attempt < max_attempts else GiveUp(reason)


def backoff(attempt: int, jitter: float = 0.0) -> float:
    """Seconds to wait after try number `attempt`: doubling from 5 s to an hour, plus up to a quarter."""
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempt - 1, 20))
    return float(wait * (1 + 0.25 * jitter))
