"""Takes the demonstration out again with what hangs on it; what real people have stays theirs."""

from sqlalchemy import Connection, delete, exists, select, update

from bot import members
from bot.db import models
from bot.demo.entries import SOURCE
from bot.organisations import Kind

PEOPLE, PLACES, NOTICES = models.members, models.organisations, models.notifications


def remove(tx: Connection) -> int:
    """Delete everything marked as demonstration; returns how many such rows there were.

    Alerts and deliveries of its notifications go with them (the database cascades), those of a real person too.
    """
    _keep_people_who_came(tx)
    _hand_over_places(tx)
    removed = _remove_answers(tx) + _remove_notifications(tx) + _remove_people(tx)
    for table in (models.interests, PLACES):
        removed += tx.execute(delete(table).where(table.c.demo)).rowcount
    tx.execute(delete(models.imports).where(models.imports.c.source == SOURCE))
    return removed


def _keep_people_who_came(tx: Connection) -> None:
    # Ours have no address: whoever has one is a real person who entered as one of them with a code.
    came = exists().where(models.addresses.c.member_id == PEOPLE.c.id)
    tx.execute(update(PEOPLE).where(PEOPLE.c.demo, came).values(demo=False))


def _hand_over_places(tx: Connection) -> None:
    """Real organisations that were put below the demonstration's go below the real centre, if there is one."""
    real_centre = select(PLACES.c.id).where(PLACES.c.kind == Kind.CENTRE, ~PLACES.c.demo).order_by(PLACES.c.id).limit(1)
    below = select(PLACES.c.id).where(PLACES.c.demo)
    orphans = (~PLACES.c.demo) & (PLACES.c.kind != Kind.CENTRE) & PLACES.c.parent_id.in_(below)
    tx.execute(update(PLACES).where(orphans).values(parent_id=tx.execute(real_centre).scalar()))


def _remove_answers(tx: Connection) -> int:
    """What made-up people answered and wrote, before they go: an erased person's answers would be counted on."""
    ours = select(PEOPLE.c.id).where(PEOPLE.c.demo)
    answers, asked = models.feedback, models.surveys
    given = tx.execute(delete(answers).where(answers.c.demo | answers.c.member_id.in_(ours))).rowcount
    told = tx.execute(delete(models.notices).where(models.notices.c.demo)).rowcount
    about = select(NOTICES.c.id).where(NOTICES.c.demo)  # a rule of the settings may have opened one, too
    return given + told + tx.execute(delete(asked).where(asked.c.demo | asked.c.notification_id.in_(about))).rowcount


def _remove_notifications(tx: Connection) -> int:
    families = select(NOTICES.c.family).where(NOTICES.c.demo)
    tx.execute(delete(models.follows).where(models.follows.c.family.in_(families)))
    return tx.execute(delete(NOTICES).where(NOTICES.c.demo)).rowcount


def _remove_people(tx: Connection) -> int:
    ours = tx.execute(select(PEOPLE.c.id).where(PEOPLE.c.demo)).scalars().all()
    for member_id in ours:
        members.erase(tx, member_id)
    return len(ours)
