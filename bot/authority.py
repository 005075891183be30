"""Who may do what: the one table of roles and deeds, and the one check of reach. Nothing else decides it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, and_, insert, or_, select

from bot import organisations
from bot.db.models import audit_log, members, roles
from bot.db.models import organisations as places
from bot.errors import NotAllowed


class Role(StrEnum):
    ENTERPRISE = "enterprise"
    SECRETARY = "secretary"
    OFFICER = "officer"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"


class Deed(StrEnum):
    """What needs a role. Asking, subscribing and looking things up need none."""

    SEE_MEMBERS = "see_members"
    INVITE = "invite"
    APPROVE = "approve"
    GRANT_ENTERPRISE = "grant_enterprise"
    GRANT_STAFF = "grant_staff"
    IMPORT = "import"
    EXPORT = "export"
    SEE_DELIVERIES = "see_deliveries"
    ENTER_CONSOLE = "enter_console"
    SEE_AUDIT = "see_audit"
    REPLAY = "replay"  # try a parked delivery or message again
    EDIT_NOTIFICATION = "edit_notification"  # its Chinese title and summary
    OPEN_SURVEY = "open_survey"
    SEE_PROGRESS = "see_progress"  # who answered a survey and who did not
    SEE_FEEDBACK = "see_feedback"  # what was answered
    FILL_SHEET = "fill_sheet"  # a county's sheet: complete it and pass it up
    CLOSE_SURVEY = "close_survey"
    ASSIGN_STUDY = "assign_study"
    WRITE_COMMENT = "write_comment"
    APPROVE_COMMENT = "approve_comment"
    SET_RATES = "set_rates"  # exchange rates
    WRITE_NOTICE = "write_notice"
    APPROVE_NOTICE = "approve_notice"
    ANSWER_TICKET = "answer_ticket"
    EDIT_KNOWLEDGE = "edit_knowledge"  # draft an article, add a paraphrase


PEOPLE = frozenset({Deed.ENTER_CONSOLE, Deed.SEE_MEMBERS, Deed.INVITE, Deed.APPROVE, Deed.GRANT_ENTERPRISE})
# Each role reaches its own organisation and what lies below it: a county's enterprises, an association's members.
# The centre is the root, so its people reach everyone.
MATRIX: dict[Role, frozenset[Deed]] = {
    Role.ENTERPRISE: frozenset(),
    Role.SECRETARY: PEOPLE | {Deed.SEE_PROGRESS, Deed.SEE_DELIVERIES, Deed.WRITE_NOTICE, Deed.APPROVE_NOTICE},
    Role.OFFICER: PEOPLE
    | {
        Deed.SEE_DELIVERIES, Deed.EDIT_NOTIFICATION, Deed.OPEN_SURVEY, Deed.SEE_PROGRESS, Deed.SEE_FEEDBACK,
        Deed.FILL_SHEET, Deed.CLOSE_SURVEY, Deed.ASSIGN_STUDY, Deed.WRITE_COMMENT, Deed.APPROVE_COMMENT,
        Deed.WRITE_NOTICE, Deed.APPROVE_NOTICE, Deed.ANSWER_TICKET,
    },
    Role.ANALYST: frozenset(
        {
            Deed.ENTER_CONSOLE, Deed.SEE_MEMBERS, Deed.IMPORT, Deed.EXPORT, Deed.SEE_DELIVERIES, Deed.REPLAY,
            Deed.EDIT_NOTIFICATION, Deed.OPEN_SURVEY, Deed.SEE_PROGRESS, Deed.SEE_FEEDBACK, Deed.CLOSE_SURVEY,
            Deed.ASSIGN_STUDY, Deed.WRITE_COMMENT, Deed.SET_RATES, Deed.WRITE_NOTICE, Deed.ANSWER_TICKET,
            Deed.EDIT_KNOWLEDGE,
        }
    ),
    Role.ADMINISTRATOR: frozenset(Deed),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grant:
    role: Role
    organisation_id: int


def grants(tx: Connection, member_id: int) -> list[Grant]:
    query = select(roles.c.role, roles.c.organisation_id).where(roles.c.member_id == member_id)
    return [Grant(Role(row.role), row.organisation_id) for row in tx.execute(query.order_by(roles.c.id))]


def permits(role: Role, deed: Deed) -> bool:
    """The matrix alone: may this role do such a thing at all?"""
    return deed in MATRIX[role]


def may(tx: Connection, member_id: int, deed: Deed, organisation_id: int) -> bool:
    """Does the member hold a role that permits the deed, at the organisation or above it?"""
    above = organisations.reached_from(tx, organisation_id)
    return _covers(grants(tx, member_id), deed, above)


def _covers(held: Collection[Grant], deed: Deed, above: Collection[int]) -> bool:
    return any(permits(grant.role, deed) and grant.organisation_id in above for grant in held)


def tops(held: Collection[Grant], deed: Deed) -> frozenset[int]:
    """The organisations at which these roles permit the deed; it reaches what lies below each of them too."""
    return frozenset(grant.organisation_id for grant in held if permits(grant.role, deed))


def within(held: Collection[Grant], deed: Deed) -> Select[int]:
    """A query for the organisations on which these roles permit the deed."""
    return organisations.below(tops(held, deed))


def may_for(tx: Connection, member_id: int, deed: Deed, about: int) -> bool:
    """May the member do it for this person: at one of their organisations, or at the centre if they have none?"""
    query = people_within(grants(tx, member_id), deed).subquery()
    return tx.execute(select(query.c.id).where(query.c.id == about)).first() is not None


def people_within(held: Collection[Grant], deed: Deed) -> Select[int]:
    """A query for the members for whom these roles permit the deed; who joined nothing is the centre's."""
    at = tops(held, deed)
    centre = select(places.c.id).where(places.c.id.in_(at), places.c.kind == organisations.Kind.CENTRE).exists()
    reached = select(roles.c.member_id).where(roles.c.organisation_id.in_(organisations.below(at)))
    strangers = and_(centre, members.c.id.not_in(select(roles.c.member_id)))
    return select(members.c.id).where(or_(members.c.id.in_(reached), strangers))


def require(tx: Connection, member_id: int, deed: Deed, organisation_id: int) -> None:
    """Raises NotAllowed when the member may not. Call `record` for the log: this transaction is rolled back."""
    if not may(tx, member_id, deed, organisation_id):
        raise NotAllowed("people.not_allowed")


def approvers(tx: Connection, organisation_id: int, deed: Deed = Deed.APPROVE) -> list[int]:
    """The members who may approve there (requests to join, or another deed), nearest organisation first."""
    above = organisations.reached_from(tx, organisation_id)
    deciding = [role for role in Role if permits(role, deed)]
    query = select(roles.c.member_id, roles.c.organisation_id).where(
        roles.c.organisation_id.in_(above), roles.c.role.in_(deciding)
    )
    rows = sorted(tx.execute(query), key=lambda row: above.index(row.organisation_id))
    return list(dict.fromkeys(row.member_id for row in rows))


def record(
    tx: Connection,
    member_id: int | None,
    action: str,
    *,
    allowed: bool,
    now: datetime,
    subject: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """One line of the audit log; refused tries are logged like deeds."""
    values = {"at": now, "member_id": member_id, "action": action, "allowed": allowed, "subject": subject}
    tx.execute(insert(audit_log).values(**values, detail=detail or {}))
