"""How a survey ends: closed by the centre with a conclusion, or cancelled; who was asked is told."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from bot import authority
from bot.authority import Deed
from bot.db.models import surveys
from bot.errors import BadInput
from bot.surveys.survey import State, Survey, by_id, open_one


def close(tx: Connection, survey_id: int, *, by: int, conclusion: str, now: datetime) -> Survey:
    """Close it; the conclusion goes with thanks to those who answered. Raises BadInput, NotAllowed."""
    if not conclusion.strip():
        raise BadInput("survey.no_conclusion")
    return _end(tx, survey_id, by, State.CLOSED, conclusion.strip(), now)


def cancel(tx: Connection, survey_id: int, *, by: int, reason: str = "", now: datetime) -> Survey:
    """Call it off; who was asked and has not answered is told that nothing is needed any more."""
    return _end(tx, survey_id, by, State.CANCELLED, reason.strip() or None, now)


def _end(tx: Connection, survey_id: int, by: int, state: State, words: str | None, now: datetime) -> Survey:
    found = open_one(tx, survey_id)
    authority.require(tx, by, Deed.CLOSE_SURVEY, found.organisation_id)
    values: dict[str, Any] = {"state": state, "conclusion": words, "closed_by": by, "closed_at": now}
    still = (surveys.c.id == survey_id) & (surveys.c.state == State.OPEN)
    if not tx.execute(update(surveys).where(still).values(**values)).rowcount:
        open_one(tx, survey_id)  # somebody was quicker: say what they did
    authority.record(tx, by, f"survey_{state}", allowed=True, now=now, subject=f"survey {survey_id}")
    return by_id(tx, survey_id)
