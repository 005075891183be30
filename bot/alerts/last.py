"""The newest alert that a member got: what "not mine" and "show it again" mean."""

from sqlalchemy import Connection, select

from bot.db.engine import AnyRow
from bot.db.models import alerts, deliveries, notifications


def last_sent(tx: Connection, member_id: int) -> AnyRow | None:
    """The row of the newest alert that was sent, with its `symbol`."""
    mine = (deliveries.c.member_id == member_id) & (deliveries.c.kind == "alert") & (deliveries.c.state == "sent")
    query = (
        select(deliveries, notifications.c.symbol)
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .join(notifications, notifications.c.id == alerts.c.notification_id)
        .where(mine)
    )
    return tx.execute(query.order_by(deliveries.c.id.desc()).limit(1)).first()
