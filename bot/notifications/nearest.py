"""A symbol that nobody notified, and the stored ones that it was perhaps meant to be."""

import difflib

from sqlalchemy import Connection, or_, select

from bot.db.models import notifications
from nlu import symbols

POOL = 2000
ALIKE = 0.6


def nearest(tx: Connection, typed: str, *, limit: int = 3) -> list[str]:
    """The stored symbols that look most like it: of the same member, or with the same number."""
    symbol = symbols.parse(typed)
    if symbol is None:
        return []
    stored = notifications.c.symbol
    near = or_(stored.like(f"G/{symbol.agreement}/N/{symbol.member}/%"), stored.like(f"G/%/N/%/{symbol.number}"))
    pool = tx.execute(select(stored).where(near).order_by(notifications.c.id.desc()).limit(POOL)).scalars().all()
    return difflib.get_close_matches(str(symbol), pool, n=limit, cutoff=ALIKE)
