"""Alerts: what a notification's arrival or change is to members, to whom it goes and how it reads."""

from bot.alerts.audience import Fanned, Plan, Planned, follow, mute, plan, step, write
from bot.alerts.last import last_sent, recent
from bot.alerts.opening import AlertKind, AlertState, Opened, open_alert
from bot.alerts.preview import Getting, Preview, preview
from bot.alerts.rendering import AFFECTED, number, product_of, render

__all__ = [
    "AFFECTED", "AlertKind", "AlertState", "Fanned", "Getting", "Opened", "Plan", "Planned", "Preview", "follow",
    "last_sent", "mute", "number", "open_alert", "plan", "preview", "product_of", "recent", "render", "step", "write",
]  # fmt: skip
