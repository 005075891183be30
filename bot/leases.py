"""Elections: one row a name; who holds it does the job, and a holder that dies loses it by itself."""

import time

from sqlalchemy import Connection, delete, or_, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.db.models import leases

SKEW = 2  # the clocks of two machines differ by less than the length of a lease


def hold(tx: Connection, name: str, *, holder: str, seconds: float, at: float | None = None) -> bool:
    """Take or renew the lease; False while another living holder has it.

    One that would last much longer than a lease can was taken before the machine's clock was put back: it is over.
    """
    now = time.time() if at is None else at
    over = or_(leases.c.until <= now, leases.c.until > now + SKEW * seconds)
    mine = update(leases).where(leases.c.name == name, or_(leases.c.holder == holder, over))
    if tx.execute(mine.values(holder=holder, until=now + seconds)).rowcount:
        return True
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    fresh = insert(leases).values(name=name, holder=holder, until=now + seconds).on_conflict_do_nothing()
    # The number of inserted rows is not known on PostgreSQL: what came back is.
    return tx.execute(fresh.returning(leases.c.name)).first() is not None


def release(tx: Connection, name: str, *, holder: str) -> None:
    tx.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))
