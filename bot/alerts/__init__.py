"""Alerts: what a notification's arrival or change is to members, to whom it goes and how it reads."""

from bot.alerts.audience import MAYBE, Fanned, Pace, Plan, Planned, follow, mute, plan, step, write
from bot.alerts.digest import (
    last_visit,
    list_text,
    listed,
    open_buttons,
    overtaken,
    release,
    render_digest,
    reschedule,
    since,
)
from bot.alerts.last import brought_by, last_sent, recent, sent
from bot.alerts.opening import AlertKind, AlertState, Opened, open_alert
from bot.alerts.preview import Getting, Missed, Preview, preview
from bot.alerts.rendering import AFFECTED, number, product_of, render, why

__all__ = [
    "AFFECTED", "MAYBE", "AlertKind", "AlertState", "Fanned", "Getting", "Missed", "Opened", "Pace", "Plan", "Planned",
    "Preview", "brought_by", "follow", "last_sent", "last_visit", "list_text", "listed", "mute", "number", "open_alert",
    "open_buttons", "overtaken", "plan", "preview", "product_of", "recent", "release", "render", "render_digest",
    "reschedule", "sent", "since", "step", "why", "write",
]  # fmt: skip
