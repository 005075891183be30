"""The newest alerts that a member got: what "not mine", "show it again" and "the last alert" mean."""

from sqlalchemy import Connection, select

from bot.alerts.audience import MAYBE
from bot.db.engine import AnyRow
from bot.db.models import alerts, deliveries, notifications
from bot.notifications.record import family_of


def last_sent(
    tx: Connection, member_id: int, *, alert_id: int | None = None, symbol: str | None = None
) -> AnyRow | None:
    """The row of the newest alert that was sent, or of the one that is named, with its `symbol`."""
    mine = (deliveries.c.member_id == member_id) & (deliveries.c.state == "sent")
    if alert_id is not None:
        mine &= deliveries.c.kind.in_(("alert", MAYBE)) & (deliveries.c.alert_id == alert_id)
    elif symbol is not None:
        mine &= deliveries.c.kind.in_(("alert", MAYBE)) & (notifications.c.symbol == symbol)
    else:
        mine &= deliveries.c.kind == "alert"
    query = (
        select(deliveries, notifications.c.symbol)
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .join(notifications, notifications.c.id == alerts.c.notification_id)
        .where(mine)
    )
    return tx.execute(query.order_by(deliveries.c.id.desc()).limit(1)).first()


def sent(tx: Connection, member_id: int, *, alert_id: int | None = None, digest_id: int | None = None) -> AnyRow | None:
    """The newest alert of a member, whatever became of its message, or the one that is named, or one of a digest."""
    if alert_id is None and digest_id is None:
        return last_sent(tx, member_id)
    mine = (deliveries.c.member_id == member_id) & deliveries.c.kind.in_(("alert", MAYBE))
    which = deliveries.c.alert_id == alert_id if alert_id is not None else deliveries.c.digest_id == digest_id
    return tx.execute(select(deliveries).where(mine, which).order_by(deliveries.c.id.desc()).limit(1)).first()


def recent(tx: Connection, member_id: int, *, limit: int = 4) -> list[str]:
    """The symbols of the newest alerts that were sent to the member, each once."""
    mine = (deliveries.c.member_id == member_id) & (deliveries.c.kind == "alert") & (deliveries.c.state == "sent")
    query = (
        select(notifications.c.symbol)
        .join(alerts, alerts.c.notification_id == notifications.c.id)
        .join(deliveries, deliveries.c.alert_id == alerts.c.id)
        .where(mine)
    )
    newest = tx.execute(query.order_by(deliveries.c.id.desc()).limit(5 * limit)).scalars()
    return list(dict.fromkeys(newest))[:limit]


def brought_by(tx: Connection, member_id: int, symbol: str) -> AnyRow | None:
    """What brought the newest alert about a notification's family to the member: (interest_id, notification_id,
    payload). The interest is none when they only follow the family, or ended it meanwhile."""
    query = (
        select(deliveries.c.interest_id, deliveries.c.payload, alerts.c.notification_id, notifications.c.symbol)
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .join(notifications, notifications.c.id == alerts.c.notification_id)
        .where(deliveries.c.member_id == member_id, deliveries.c.kind.in_(("alert", MAYBE)))
        .where(notifications.c.family == family_of(symbol))
    )
    return tx.execute(query.order_by(deliveries.c.interest_id.is_(None), deliveries.c.id.desc()).limit(1)).first()
