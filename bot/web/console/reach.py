"""Which rows a member of staff sees: those of members and organisations within reach."""

from typing import Any

from sqlalchemy import and_, exists, or_, select

from bot.authority import Deed
from bot.db.models import organisations, roles
from bot.organisations import Kind
from bot.web.console.visit import Visit


def reached(visit: Visit, deed: Deed, member_id: Any) -> Any:
    """Is the member (a column) within reach? Whoever belongs to no organisation is reached from the centre."""
    held = select(roles.c.member_id).where(roles.c.organisation_id.in_(visit.within(deed)))
    alone = ~exists().where(roles.c.member_id == member_id)
    return or_(member_id.in_(held), and_(alone, _from_centre(visit, deed)))


def _from_centre(visit: Visit, deed: Deed) -> Any:
    mine = and_(organisations.c.kind == Kind.CENTRE, organisations.c.id.in_(visit.within(deed)))
    return exists().where(mine)
