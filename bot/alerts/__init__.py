"""Alerts: what a notification's arrival or change is to members, to whom it goes and how it reads."""

from bot.alerts.audience import Fanned, follow, mute, step
from bot.alerts.opening import AlertKind, AlertState, Opened, open_alert
from bot.alerts.rendering import number, render

__all__ = [
    "AlertKind", "AlertState", "Fanned", "Opened", "follow", "mute", "number", "open_alert", "render", "step",
]  # fmt: skip
