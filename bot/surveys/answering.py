"""The one-tap answers under a survey's messages, and whether a message is still worth sending."""

import json

from sqlalchemy import Connection, select

from bot.db.engine import AnyRow
from bot.db.models import invitations, surveys
from bot.i18n import Texts
from bot.messages import Button
from bot.surveys.progress import answered
from bot.surveys.survey import State, Survey

EFFECTS = ("yes", "none", "unknown")
NEEDS_OPEN = ("ask", "remind", "late", "moved", "county_opened", "county_remind", "county_late", "withdrawn")
NEEDS_SILENCE = ("remind", "late")


def buttons(survey: Survey, texts: Texts, language: str) -> tuple[Button, ...]:
    """Affected, not affected, don't know."""
    if survey.symbol is None:
        return ()
    return tuple(
        Button(texts(f"survey.button.{effect}", language), _payload(survey.symbol, effect)) for effect in EFFECTS
    )


def _payload(symbol: str, effect: str) -> str:
    return f"/give_feedback{json.dumps({'symbol': symbol, 'affected': effect})}"


def unwanted(tx: Connection, row: AnyRow) -> str | None:
    """Why a survey's message must not go out any more: the survey has ended, or the answer has come meanwhile."""
    what = row.payload.get("what")
    if row.survey_id is None or what not in NEEDS_OPEN:
        return None
    if tx.execute(select(surveys.c.state).where(surveys.c.id == row.survey_id)).scalar() != State.OPEN:
        return "survey_ended"
    mine = (invitations.c.survey_id == row.survey_id) & (invitations.c.member_id == row.member_id)
    if what in NEEDS_SILENCE and tx.execute(select(invitations.c.id).where(mine, answered())).first():
        return "answered"
    return None
