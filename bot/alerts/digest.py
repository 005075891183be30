"""What was held for its reader's hours is let go: alone, or as one message that several deliveries point to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select, update

from bot.alerts.audience import MAYBE, ROUTINE, unsure
from bot.alerts.opening import AlertKind
from bot.alerts.reach import reach
from bot.alerts.rendering import why
from bot.db.engine import AnyRow
from bot.db.models import alerts, conversations, deliveries, follows, inbox, interests, notifications
from bot.deliveries import DIGEST, NewDelivery, State, enqueue, hours_of, latest_of
from bot.i18n import Texts
from bot.interests import ENDED
from bot.messages import Button, Reply
from bot.notifications import Notification, by_id, clock
from bot.notifications.card import member_names, shorten, titles
from bot.timing import INSTANT, Rhythm, at_most_daily

PAGE = 6
TITLE = 90
MEMBERS_AT_ONCE = 200
ALERT, RECALL = "alert", "recall"

Entry = tuple[str, Button]  # a line of a digest, and the button that opens it
More = Callable[[Connection, int], list[Entry]]  # what else than alerts came in a digest
WAITS = {MAYBE: unsure, RECALL: at_most_daily}  # what nobody is interrupted for comes less often

_HELD = and_(deliveries.c.state == State.HELD, deliveries.c.digest_id.is_(None))


def release(tx: Connection, *, now: datetime, most: int = MEMBERS_AT_ONCE) -> int:
    """Let go what is due, of some members; returns how many rows. 0: nothing is due.

    What is urgent goes alone, as does a single alert; several become one message, however many days they waited. All
    of it is one transaction: a row is in a digest for good or not at all.
    """
    whose = select(deliveries.c.member_id).where(_HELD, deliveries.c.due_at <= now).distinct().limit(most)
    members = list(tx.execute(whose).scalars())
    if not members:
        return 0
    due = select(deliveries).where(_HELD, deliveries.c.due_at <= now, deliveries.c.member_id.in_(members))
    rows = tx.execute(due.order_by(deliveries.c.id).with_for_update(skip_locked=True)).all()
    to = reach(tx, members, (), now=now)
    for member_id in members:
        _let_go(tx, [row for row in rows if row.member_id == member_id], to.address(member_id), now)
    return len(rows)


def _let_go(tx: Connection, rows: Sequence[AnyRow], address: tuple[str, str] | None, now: datetime) -> None:
    collected = [row for row in rows if _is_collected(row)]
    alone = [row for row in rows if not _is_collected(row) or len(collected) == 1]
    mine = deliveries.c.id.in_([row.id for row in alone])
    tx.execute(update(deliveries).where(mine, _HELD).values(state=State.QUEUED))
    if len(collected) > 1:
        _bind(tx, collected, address or (collected[0].channel, collected[0].address), now)


def _bind(tx: Connection, rows: Sequence[AnyRow], address: tuple[str, str], now: datetime) -> None:
    key = f"{DIGEST}:{rows[0].id}"  # a row is bound once, so this is too
    enqueue(tx, [NewDelivery(key, rows[0].member_id, *address, kind=DIGEST)], now=now)
    made = tx.execute(select(deliveries.c.id).where(deliveries.c.key == key)).scalar_one()
    tx.execute(update(deliveries).where(deliveries.c.id.in_([row.id for row in rows])).values(digest_id=made))


def reschedule(tx: Connection, member_id: int, *, now: datetime, rhythm: Rhythm) -> None:
    """What is held for a member follows their new choice."""
    hours = hours_of(tx, [member_id])[member_id]
    joined = deliveries.outerjoin(interests, interests.c.id == deliveries.c.interest_id)
    held = select(deliveries, interests.c.frequency).select_from(joined)
    for row in tx.execute(held.where(_HELD, deliveries.c.member_id == member_id)).all():
        frequency = (row.frequency or hours.frequency) if _is_collected(row) else INSTANT
        frequency = WAITS.get(row.kind, str)(frequency)
        moment = hours.moment(now, rhythm=replace(rhythm, frequency=frequency), latest=latest_of(row))
        tx.execute(update(deliveries).where(deliveries.c.id == row.id).values(due_at=moment))


def _is_collected(row: AnyRow) -> bool:
    return str(row.kind) in (ALERT, MAYBE, RECALL) and int(row.priority) >= ROUTINE


def overtaken(tx: Connection, row: AnyRow) -> str | None:
    """Why an alert that waited has nothing to say any more: it was withdrawn meanwhile, or is not theirs."""
    about = alerts.join(notifications, notifications.c.id == alerts.c.notification_id)
    query = select(alerts.c.kind, notifications.c.state, notifications.c.family).select_from(about)
    found = tx.execute(query.where(alerts.c.id == row.alert_id)).first()
    if found is None:
        return None
    if found.state == "withdrawn" and found.kind != AlertKind.WITHDRAWN:
        return "withdrawn"
    mine = (follows.c.member_id == row.member_id) & (follows.c.family == found.family)
    state = tx.execute(select(follows.c.state).where(mine)).scalar()
    ended = state == ENDED and row.interest_id is None
    return "not_mine" if state == "muted" else "unsubscribed" if ended else None


# --- how it reads ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """An alert in a list: what it was about, and what kind of news it was."""

    alert_id: int
    kind: str
    about: Notification
    unsure: Mapping[str, Any] | None = None  # the reasons of what only may concern its reader


def in_digest(tx: Connection, digest_id: int) -> list[Listed]:
    """What came (or is to come) in a digest, by days left, what is not sure at the end; not what was left out of it."""
    mine = (deliveries.c.digest_id == digest_id) & (deliveries.c.state != State.SKIPPED)
    mine &= deliveries.c.alert_id.is_not(None)
    rows = tx.execute(
        select(deliveries.c.alert_id, deliveries.c.kind, deliveries.c.payload).where(mine).order_by(deliveries.c.id)
    ).all()
    found = listed(tx, (row.alert_id for row in rows))
    unsure = {row.alert_id: row.payload for row in rows if row.kind == MAYBE}
    marked = [replace(one, unsure=unsure.get(one.alert_id)) for one in found]
    return sorted(marked, key=lambda one: one.unsure is not None)


def listed(tx: Connection, alert_ids: Iterable[int]) -> list[Listed]:
    """Alerts for a list, the least days left first, of one document the newest only."""
    query = select(alerts.c.id, alerts.c.kind, alerts.c.notification_id).where(alerts.c.id.in_(list(alert_ids)))
    newest = {row.notification_id: row for row in tx.execute(query.order_by(alerts.c.id))}
    found = [(row, by_id(tx, row.notification_id)) for row in newest.values()]
    lines = [Listed(row.id, row.kind, about) for row, about in found if about is not None]
    return sorted(lines, key=lambda one: (one.about.deadline or date.max, one.alert_id))


def since(tx: Connection, member_id: int, start: datetime, end: datetime) -> list[Listed]:
    """What the member was alerted of after `start` and until `end`, what still waits and what a pause kept included."""
    shown = (deliveries.c.state != State.SKIPPED) | (deliveries.c.reason == "paused")
    came = (deliveries.c.created_at > start) & (deliveries.c.created_at <= end)
    mine = (deliveries.c.member_id == member_id) & (deliveries.c.kind == "alert")
    return listed(tx, tx.execute(select(deliveries.c.alert_id).where(mine, shown, came)).scalars())


def last_visit(tx: Connection, member_id: int, *, before: datetime) -> datetime | None:
    """When they last wrote, from any of their addresses, before a moment."""
    theirs = (conversations.c.channel == inbox.c.channel) & (conversations.c.sender == inbox.c.sender)
    wrote = select(func.max(inbox.c.received_at)).select_from(inbox.join(conversations, theirs))
    mine = (conversations.c.member_id == member_id) & (inbox.c.received_at < before)
    found: datetime | None = tx.execute(wrote.where(mine)).scalar()
    return found


def list_text(found: Sequence[Listed], *, texts: Texts, language: str, today: date) -> str:
    return "\n".join(_line(one, texts, language, today) for one in found)


def _line(one: Listed, texts: Texts, language: str, today: date) -> str:
    title = (titles(one.about.record, language, texts) or [one.about.symbol])[0]
    reason = why(one.unsure, language, texts) if one.unsure is not None else ""
    key = "maybe" if one.unsure is not None else one.kind
    return texts(
        f"digest.line.{key}", language, symbol=one.about.symbol, title=shorten(title, TITLE), reason=reason,
        market=member_names(one.about.record["members"][:2], language, texts),
        clock=clock(one.about, language, today, texts),
    )  # fmt: skip


def open_buttons(found: Sequence[Listed]) -> list[Button]:
    """A button for each, which opens the alert itself."""
    return [Button(one.about.symbol, f'/show_again{{"alert": "{one.alert_id}"}}') for one in found]


def render_digest(
    tx: Connection, digest_id: int, *, texts: Texts, language: str, today: date, page: int = 0, more: More | None = None
) -> Reply | None:
    """The message of a digest, or a further page of it; None when nothing of it is left.

    `more`: what came in it besides alerts, which stands at its end; whoever writes that stands above alerts.
    """
    found = in_digest(tx, digest_id)
    lines = [_line(one, texts, language, today) for one in found]
    whole = [*zip(lines, open_buttons(found), strict=True), *(more(tx, digest_id) if more else ())]
    shown = whole[page * PAGE : (page + 1) * PAGE]
    if not shown:
        return None
    head = texts("digest.head", language, n=len(whole), first=page * PAGE + 1, last=page * PAGE + len(shown))
    buttons = [button for _, button in shown]
    if len(whole) > (page + 1) * PAGE:
        further = f'/show_again{{"digest": "{digest_id}", "page": {page + 1}}}'
        buttons.append(Button(texts("digest.more", language, n=len(whole) - (page + 1) * PAGE), further))
    return Reply("\n".join([head, *(line for line, _ in shown)]), tuple(buttons))
