"""Alerts: what a notification's arrival or change is to members, to whom it goes and how it reads."""

from bot.alerts.audience import Fanned, Plan, Planned, follow, mute, plan, step, write
from bot.alerts.last import last_sent
from bot.alerts.opening import AlertKind, AlertState, Opened, open_alert
from bot.alerts.preview import Getting, Preview, preview
from bot.alerts.rendering import number, render

__all__ = [
    "AlertKind", "AlertState", "Fanned", "Getting", "Opened", "Plan", "Planned", "Preview", "follow", "last_sent",
    "mute", "number", "open_alert", "plan", "preview", "render", "step", "write",
]  # fmt: skip
