"""Whom a survey asks: chunk by chunk, those whom its notification concerns, or an audience that staff chose."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from bot import audience, interests
from bot.audience import Audience
from bot.db.models import deliveries, follows, notifications
from bot.matching import Index, Match
from bot.notifications.prepared import Prepared, heads, prepared
from bot.surveys.survey import Survey
from bot.surveys.telling import key_of

ASK = "ask"


@dataclass(frozen=True, slots=True)
class Asked:
    """A member to be asked, and why."""

    member_id: int
    why: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chunk:
    """The next part of an audience, and where the cursor goes."""

    asked: tuple[Asked, ...]
    cursor: int
    last: bool


def after(tx: Connection, survey: Survey, *, now: datetime, chunk: int) -> Chunk:
    """The next members to ask after the survey's cursor. Reads only."""
    if survey.audience.get("concerned"):
        return _concerned(tx, survey, now=now, chunk=chunk)
    return _chosen(tx, survey, now=now, chunk=chunk)


def _chosen(tx: Connection, survey: Survey, *, now: datetime, chunk: int) -> Chunk:
    """Those whom the audience means that staff chose."""
    meant = audience.after(
        tx, Audience.from_json(survey.audience), organisation_id=survey.organisation_id, now=now, cursor=survey.cursor,
        chunk=chunk,
    )  # fmt: skip
    found = tuple(Asked(one.member_id, {}) for one in meant)
    return Chunk(found, found[-1].member_id if found else survey.cursor, len(found) < chunk)


def _concerned(tx: Connection, survey: Survey, *, now: datetime, chunk: int) -> Chunk:
    """Interests matched with the notification, as for its alert; at the end those who follow its family besides."""
    wanted = interests.after(tx, survey.cursor, today=now.date(), chunk=chunk)
    last = len(wanted) < chunk
    about = _about(tx, survey)
    best: dict[int, Match] = {}
    for number, why in Index([one.profile for one in wanted]).matches(about.notice) if about else ():
        member_id = wanted[number].member_id
        if member_id not in best or why.score > best[member_id].score:
            best[member_id] = why
    found = [Asked(member_id, _why(why)) for member_id, why in best.items()]
    if last:
        found += [Asked(member_id, {"followed": True}) for member_id in _followers(tx, survey) if member_id not in best]
    return Chunk(tuple(found), wanted[-1].id if wanted else survey.cursor, last)


def _about(tx: Connection, survey: Survey) -> Prepared | None:
    rows = tx.execute(heads(notifications.c.id == survey.notification_id)).all()
    return next(iter(prepared(tx, rows)), None)


def _why(why: Match) -> dict[str, Any]:
    return {"reasons": [reason.to_json() for reason in why.reasons[:3]], "markets": list(why.markets)}


def _followers(tx: Connection, survey: Survey) -> Iterator[int]:
    """Those who heard of the family and have not been looked at yet."""
    looked_at = select(deliveries.c.member_id).where(
        deliveries.c.survey_id == survey.id, deliveries.c.key.startswith(key_of(survey.id, ASK), autoescape=True)
    )
    theirs = select(follows.c.member_id).where(
        follows.c.family == survey.family, follows.c.state == "active", follows.c.member_id.not_in(looked_at)
    )
    yield from tx.execute(theirs.order_by(follows.c.member_id)).scalars()
