"""Changing an open survey."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, update

from bot import authority
from bot.authority import Deed
from bot.db.models import surveys
from bot.surveys.moving import set_dates
from bot.surveys.opening import checked_audience
from bot.surveys.questions import checked
from bot.surveys.rules import Rules
from bot.surveys.survey import Survey, by_id, open_one


def revise(
    tx: Connection,
    survey_id: int,
    *,
    by: int,
    now: datetime,
    rules: Rules,
    title_zh: str | None = None,
    title_en: str | None = None,
    questions: Sequence[Mapping[str, Any]] | None = None,
    audience: Mapping[str, Any] | None = None,
    spans: Mapping[str, int] | None = None,
    closes: date | None = None,
) -> Survey:
    """Change an open survey; what is not given stays. Who was asked is told of new dates, a new audience is invited.

    Raises BadInput when it is closed, a question is broken or the date is past; NotAllowed.
    """
    found = open_one(tx, survey_id)
    authority.require(tx, by, Deed.OPEN_SURVEY, found.organisation_id)
    given = {"title_zh": title_zh or None, "title_en": title_en or None}
    values: dict[str, Any] = {name: value for name, value in given.items() if value}
    if questions is not None:
        values["questions"] = checked(questions)
    if audience is not None:
        chosen = checked_audience(tx, audience, by=by, place=found.organisation_id)
        values |= {"audience": chosen, "cursor": 0, "invited_all_at": None}
    if values:
        tx.execute(update(surveys).where(surveys.c.id == survey_id).values(**values))
    if closes is not None or spans is not None:
        set_dates(tx, found, closes=closes, spans=spans, now=now, rules=rules)
    detail = {"changed": sorted(values)}
    subject = f"survey {survey_id}"
    authority.record(tx, by, "revise_survey", allowed=True, now=now, subject=subject, detail=detail)
    return by_id(tx, survey_id)
