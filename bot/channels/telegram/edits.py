"""Messages that were changed after they were sent: when the new version is an answer, and when it is only kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from bot import conversation
from bot.channels.telegram import intake
from bot.channels.telegram.updates import CHANNEL
from bot.messages import Inbound

RECENT = 120  # events: two turns, however long


def answers_anew(tx: Connection, message: Inbound) -> bool:
    """Is it the newest message, and is the question still open that it left open?"""
    if intake.newest(tx, message.sender) != message.metadata["edited"]:
        return False
    return left_open(conversation.history(tx, CHANNEL, message.sender, limit=RECENT))


def left_open(events: Sequence[Mapping[str, Any]]) -> bool:
    """Did the last turn end with the same question as it began with?"""
    turns = [place for place, event in enumerate(events) if event["event"] == "user"]
    before = _asked(events[: turns[-1]]) if turns else None
    return before is not None and before == _asked(events)


def _asked(events: Sequence[Mapping[str, Any]]) -> Any:
    """The slot that was asked for last."""
    wanted = (one for one in reversed(events) if one["event"] == "slot" and one["name"] == "requested_slot")
    return next((one["value"] for one in wanted), None)
