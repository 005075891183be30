"""Messages of a survey through the outbox: one row for each person and occasion, for ever unique."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from bot.alerts.reach import Reach, reach
from bot.authority import Deed, Role, permits
from bot.db.models import roles
from bot.deliveries import NewDelivery, enqueue
from bot.surveys.survey import Survey

KIND = "survey"


@dataclass(frozen=True, slots=True)
class Message:
    """What one person is told: `what` names the sentence, `values` what it needs beside the survey's row."""

    member_id: int
    what: str
    values: Mapping[str, Any] = field(default_factory=dict)
    skipped: str | None = None


def tell(tx: Connection, survey: Survey, occasion: str, messages: Sequence[Message], *, now: datetime) -> set[int]:
    """Write the messages of one occasion; the same occasion tells nobody twice. Returns who will be sent theirs."""
    families = [survey.family] if survey.family else []
    to = reach(tx, {one.member_id for one in messages}, families, now=now)
    rows = [_row(survey, occasion, one, to) for one in messages]
    enqueue(tx, rows, now=now)
    return {row.member_id for row in rows if not row.skipped}


def key_of(survey_id: int, occasion: str) -> str:
    """What stands before the member's number in the key of such a delivery."""
    return f"survey:{survey_id}:{occasion}:"


def _row(survey: Survey, occasion: str, one: Message, to: Reach) -> NewDelivery:
    address = to.address(one.member_id)
    channel, name = address or ("none", str(one.member_id))
    reason = one.skipped or to.skip_reason(one.member_id, survey.family or "") or (None if address else "no_address")
    return NewDelivery(
        key=f"{key_of(survey.id, occasion)}{one.member_id}", member_id=one.member_id, channel=channel, address=name,
        kind=KIND, payload={"what": one.what, **one.values}, survey_id=survey.id, skipped=reason,
    )  # fmt: skip


def tell_staff(
    tx: Connection, survey: Survey, occasion: str, what: str, people: Iterable[int], *, now: datetime, **values: Any
) -> int:
    """The same to some members of staff. What they do at work is not subject to a pause of alerts or a mute."""
    to = reach(tx, set(people), (), now=now)
    rows = [
        _row(survey, occasion, Message(one, what, values), Reach(to.addresses, frozenset(), frozenset()))
        for one in sorted(set(people))
    ]
    return enqueue(tx, rows, now=now)


def officers(tx: Connection, organisation_ids: Iterable[int], deed: Deed) -> dict[int, list[int]]:
    """Who at exactly these organisations may do this."""
    able = [role for role in Role if permits(role, deed)]
    query = select(roles.c.organisation_id, roles.c.member_id).where(
        roles.c.organisation_id.in_(list(organisation_ids)), roles.c.role.in_(able)
    )
    found: dict[int, list[int]] = {}
    for row in tx.execute(query.distinct().order_by(roles.c.member_id)):
        found.setdefault(row.organisation_id, []).append(row.member_id)
    return found


def owners(tx: Connection, survey: Survey) -> list[int]:
    """Who hears of what happens to a survey: who opened it, else who may close it where it was opened."""
    if survey.opened_by is not None:
        return [survey.opened_by]
    return officers(tx, [survey.organisation_id], Deed.CLOSE_SURVEY).get(survey.organisation_id, [])
