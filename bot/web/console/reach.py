"""Which rows a member of staff sees: those of members within reach."""

from typing import Any

from bot import authority
from bot.authority import Deed
from bot.web.console.visit import Visit


def reached(visit: Visit, deed: Deed, member_id: Any) -> Any:
    """Is the member (a column) within reach? Whoever belongs to no organisation is reached from the centre."""
    return member_id.in_(authority.people_within(visit.staff.grants, deed))
