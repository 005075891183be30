"""The one-tap answers under a survey's messages, and whether a message is still worth sending."""

import json
from datetime import datetime

from sqlalchemy import Connection, select

from bot.alerts.reach import reach
from bot.db.engine import AnyRow
from bot.db.models import invitations, surveys
from bot.i18n import Texts
from bot.messages import Button
from bot.surveys.progress import answered
from bot.surveys.survey import State, Survey

EFFECTS = ("yes", "none", "unknown")
NEEDS_OPEN = ("ask", "remind", "late", "moved", "county_opened", "county_remind", "county_late", "withdrawn")
NEEDS_SILENCE = ("remind", "late")
ASKING = ("ask", "remind", "late", "moved")  # what a pause or "not mine" keeps away


def buttons(survey: Survey, texts: Texts, language: str) -> tuple[Button, ...]:
    """Affected, not affected, don't know."""
    if survey.symbol is None:
        return ()
    return tuple(
        Button(texts(f"survey.button.{effect}", language), _payload(survey.symbol, effect)) for effect in EFFECTS
    )


def _payload(symbol: str, effect: str) -> str:
    return f"/give_feedback{json.dumps({'symbol': symbol, 'affected': effect})}"


def unwanted(tx: Connection, row: AnyRow, *, now: datetime) -> str | None:
    """Why a survey's message must not go out any more: the survey has ended, the answer has come, they want none."""
    what = row.payload.get("what")
    if row.survey_id is None or what not in NEEDS_OPEN:
        return None
    survey = tx.execute(select(surveys.c.state, surveys.c.family).where(surveys.c.id == row.survey_id)).one()
    if survey.state != State.OPEN:
        return "survey_ended"
    if what in ASKING:
        to = reach(tx, [row.member_id], [survey.family] if survey.family else [], now=now)
        if reason := to.skip_reason(row.member_id, survey.family or ""):
            return reason
    mine = (invitations.c.survey_id == row.survey_id) & (invitations.c.member_id == row.member_id)
    if what in NEEDS_SILENCE and tx.execute(select(invitations.c.id).where(mine, answered())).first():
        return "answered"
    return None
