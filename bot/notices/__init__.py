"""Notices: what an association or the centre writes to its members; who gets it, who read it."""

from bot.notices import groups
from bot.notices.notice import Notice, State, by_id, find, number, numbers
from bot.notices.reading import acknowledge, latest_to, mute, opened, readable, unmute, unseen, unwanted
from bot.notices.rendering import render, whole
from bot.notices.reporting import Line, Recipient, Report, Round, detail, export_rows, listed, recipients, report
from bot.notices.sending import Part, plan, remind, run, sweep, write
from bot.notices.writing import (
    MEMBERS,
    Preview,
    approve,
    ask_approval,
    cancel,
    confirm,
    draft,
    newest_draft,
    preview,
    refuse,
    revise,
    schedule,
    senders,
)

__all__ = [
    "MEMBERS", "Line", "Notice", "Part", "Preview", "Recipient", "Report", "Round", "State", "acknowledge", "approve",
    "ask_approval", "by_id", "cancel", "confirm", "detail", "draft", "export_rows", "find", "groups", "latest_to",
    "listed", "mute", "newest_draft", "number", "numbers", "opened", "plan", "preview", "readable", "recipients",
    "refuse", "remind", "render", "report", "revise", "run", "schedule", "senders", "sweep", "unmute", "unseen",
    "unwanted", "whole", "write",
]  # fmt: skip
