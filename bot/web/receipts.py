"""What a page or a client has been given of notices counts as read: that is all a browser can tell us."""

from collections.abc import Iterable

from bot import notices
from bot.db.engine import AnyRow
from bot.web.state import WebState


async def note(web: WebState, channel: str, address: str, rows: Iterable[AnyRow]) -> None:
    """Note the notices among these messages as read by whoever is at the address; the first time counts."""
    ids = [int(row.body["custom"]["notice"]) for row in rows if (row.body.get("custom") or {}).get("notice")]
    found = await web.services.db.read(notices.unseen, channel, address, ids) if ids else None
    if found:
        member_id, fresh = found
        await web.services.db.run(notices.opened, member_id, fresh, now=web.services.clock.now())
