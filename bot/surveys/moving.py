"""The deadlines of a survey in the database: set when it opens, moved when the close of comments moves."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, update

from bot import notifications
from bot.db.models import surveys
from bot.errors import BadInput
from bot.notifications import Notification
from bot.surveys.rules import Rules
from bot.surveys.survey import Survey, all_open, by_id, of_families

TIERS = ("enterprise", "county", "centre", "national")


def first_dates(
    tx: Connection, about: Notification, *, closes: date | None, spans: Mapping[str, int] | None, now: datetime,
    rules: Rules,
) -> dict[str, Any]:  # fmt: skip
    """The columns of a new survey; `closes` wins over what the notification says. Raises BadInput."""
    own = {**_checked(spans), **_fixed(closes, now, rules)}
    return _columns(closes or notifications.deadline(tx, about.symbol), own, now, rules)


def set_dates(
    tx: Connection, survey: Survey, *, closes: date | None, spans: Mapping[str, int] | None, now: datetime, rules: Rules
) -> None:
    """Staff give another close or other spans; the rest stays. Raises BadInput."""
    own = {**survey.spans, **_checked(spans), **_fixed(closes, now, rules)}
    move(tx, replace(survey, spans=own), closes or survey.closes, now=now, rules=rules)


def follow_comment_date(tx: Connection, family: str, *, now: datetime, rules: Rules) -> list[Survey]:
    """Move the deadlines of the family's open surveys when the close of comments has moved; returns those moved.

    Called in the transaction that stores a notification. A date that staff set themselves stays.
    """
    open_ones = of_families(tx, [family])
    if not open_ones:
        return []
    closes = notifications.deadline(tx, family)
    late = [one for one in open_ones if one.closes != closes and not one.spans.get("closes_set") and closes]
    return [move(tx, one, closes, now=now, rules=rules) for one in late]


def move(tx: Connection, survey: Survey, closes: date | None, *, now: datetime, rules: Rules) -> Survey:
    """Compute the deadlines anew. Only when the enterprises' own one differs is there something to tell them."""
    values = _columns(closes, survey.spans, now, rules)
    if values["enterprise_due"] != survey.enterprise_due:
        values |= {"moved_from": survey.enterprise_due, "moved_at": now, "moves": surveys.c.moves + 1}
    tx.execute(update(surveys).where(surveys.c.id == survey.id).values(**values))
    return by_id(tx, survey.id)


def unconfirmed(tx: Connection, *, rules: Rules) -> list[int]:
    """Surveys with provisional dates in years whose holidays are known by now."""
    return [
        one.id
        for one in all_open(tx)
        if one.provisional and rules.calendar.knows(one.enterprise_due, one.centre_due, one.closes or one.centre_due)
    ]


def confirm(tx: Connection, survey_id: int, *, now: datetime, rules: Rules) -> None:
    """Compute provisional dates anew with the holidays. Dates that have come, that were shortened or that were counted
    forward stay: counted from today they would wander."""
    one, today = by_id(tx, survey_id), rules.today(now)
    counted_back = one.closes is not None and one.closes >= today and not one.spans.get("shortened")
    if counted_back and one.enterprise_due > today:
        move(tx, one, one.closes, now=now, rules=rules)
    tx.execute(update(surveys).where(surveys.c.id == survey_id).values(provisional=False))


def _checked(spans: Mapping[str, int] | None) -> dict[str, Any]:
    """Only the four tiers, each a number of days."""
    for name, days in (spans or {}).items():
        if name not in TIERS or not isinstance(days, int) or not 0 <= days <= 365:
            raise BadInput("survey.bad_span", name=name, value=days)
    return dict(spans or {})


def _fixed(closes: date | None, now: datetime, rules: Rules) -> dict[str, Any]:
    """A close that staff name is kept, whatever the notification comes to say."""
    if closes is None:
        return {}
    if closes < rules.today(now):
        raise BadInput("survey.date_past", day=closes.isoformat())
    return {"closes_set": True}


def _columns(closes: date | None, spans: Mapping[str, Any], now: datetime, rules: Rules) -> dict[str, Any]:
    own = {name: spans[name] for name in TIERS if name in spans}
    dates = rules.deadlines(closes, today=rules.today(now), spans=replace(rules.spans, **own))
    return {
        "comment_deadline": closes, "enterprise_due": dates.enterprise, "county_due": dates.county,
        "centre_due": dates.centre, "provisional": dates.provisional,
        "spans": {**spans, "national_due": dates.national.isoformat(), "shortened": dates.shortened},
    }  # fmt: skip
