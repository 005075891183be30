"""The local deadline beside the official one: until when enterprises answer the survey about a notification."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from bot.db.models import invitations, surveys
from bot.i18n import Texts
from bot.notifications import day_text
from bot.surveys.survey import State


@dataclass(frozen=True, slots=True)
class Due:
    """Of one family, for one member: the day, and whether they have answered."""

    day: date
    answered: bool


def local_dues(tx: Connection, member_id: int, families: Iterable[str]) -> dict[str, Due]:
    """By family, where an open survey asks the member; of several the one that is due first."""
    mine = (invitations.c.survey_id == surveys.c.id) & (invitations.c.member_id == member_id)
    query = (
        select(surveys.c.family, surveys.c.enterprise_due, invitations.c.answered_at)
        .join(invitations, mine)
        .where(surveys.c.state == State.OPEN, surveys.c.family.in_(list(families)))
        .order_by(surveys.c.enterprise_due.desc(), surveys.c.id.desc())
    )
    return {row.family: Due(row.enterprise_due, row.answered_at is not None) for row in tx.execute(query)}


def local_line(tx: Connection, member_id: int, family: str, *, texts: Texts, language: str, today: date) -> str | None:
    """ "Answers to our survey: by 8 December", for a card; None when nobody asks the member."""
    due = local_dues(tx, member_id, [family]).get(family)
    return due_text(due, texts=texts, language=language, today=today) if due else None


def due_text(due: Due, *, texts: Texts, language: str, today: date) -> str:
    key = "survey.local_due_answered" if due.answered else "survey.local_due"
    return texts(key, language, due=day_text(due.day, language, today, texts))
