"""What a stored notification does to surveys: moves their deadlines, asks more people, opens one by the rule."""

from datetime import datetime

from sqlalchemy import Connection

from bot import notifications
from bot.alerts.opening import AlertKind, AlertState, Opened
from bot.notifications import Change
from bot.notifications.record import family_of
from bot.surveys.inviting import look_again
from bot.surveys.moving import follow_comment_date
from bot.surveys.opening import CONCERNED, by_rule
from bot.surveys.rules import Rules
from bot.surveys.survey import of_families
from bot.surveys.telling import owners, tell_staff


def note_change(tx: Connection, change: Change, opened: Opened | None, *, now: datetime, rules: Rules) -> None:
    """What a stored notification does to surveys, in the transaction that stored it together with its alert.

    Their deadlines move with its own, whom its alert reaches now is asked too, who opened them hears of a withdrawal,
    and what is new may open one by the rule.
    """
    family = family_of(change.symbol)
    follow_comment_date(tx, family, now=now, rules=rules)
    if opened is None or opened.state is not AlertState.OPEN:
        return
    if change.withdraws:
        _tell_withdrawn(tx, family, now)
    look_again(tx, [one.id for one in of_families(tx, [family]) if one.audience == CONCERNED])
    news = opened.kind is AlertKind.NEW
    found = notifications.by_id(tx, change.id) if news and (rules.markets or rules.hs) else None
    if found and not found.withdrawn_by:
        by_rule(tx, found, now=now, rules=rules)


def _tell_withdrawn(tx: Connection, family: str, now: datetime) -> None:
    for one in of_families(tx, [family]):
        if one.withdrawn:
            tell_staff(tx, one, "withdrawn", "withdrawn", owners(tx, one), now=now)
