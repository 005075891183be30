"""A file of which nobody said what it holds: recalls where it has one of their forms, else notifications."""

from pathlib import Path

from bot.errors import BadInput
from bot.feeds import eping_file
from bot.feeds.recalls import file as recall_file
from bot.ports import NotificationFeed


def open(path: Path) -> NotificationFeed:
    """Raises BadInput when it is neither: what it says is about notifications, which most files hold."""
    try:
        return recall_file.open(path)
    except BadInput:
        return eping_file.open(path)
