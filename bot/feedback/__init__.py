"""What enterprises report: the answers of one feedback (pure), its draft and versions, and how staff read it."""

from bot.feedback import details, money, wording
from bot.feedback.files import attach
from bot.feedback.fill import fill
from bot.feedback.money import amount_text
from bot.feedback.reached import meant, numbers, without_number
from bot.feedback.reading import Detail, File, Line, Page, Version, detail, export_rows, listed
from bot.feedback.said import AMOUNTS, CORE, ORDER, Filled, Named, Refusal, Said
from bot.feedback.store import (
    Feedback,
    Origin,
    amend,
    begin,
    drop_amendment,
    load,
    mine,
    number,
    questions_of,
    save,
    skip,
    submit,
    tap,
    tell_more,
    unfinished,
    withdraw,
    withdraw_consent,
)
from bot.registration import DECLINED

__all__ = [
    "AMOUNTS",
    "CORE",
    "DECLINED",
    "ORDER",
    "Detail",
    "Feedback",
    "File",
    "Filled",
    "Line",
    "Named",
    "Origin",
    "Page",
    "Refusal",
    "Said",
    "Version",
    "amend",
    "amount_text",
    "attach",
    "begin",
    "detail",
    "details",
    "drop_amendment",
    "export_rows",
    "fill",
    "listed",
    "load",
    "meant",
    "mine",
    "money",
    "number",
    "numbers",
    "questions_of",
    "save",
    "skip",
    "submit",
    "tap",
    "tell_more",
    "unfinished",
    "withdraw",
    "withdraw_consent",
    "without_number",
    "wording",
]
