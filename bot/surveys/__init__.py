"""Who is asked about a notification, by when, and who has answered."""

from bot.surveys.answering import unwanted
from bot.surveys.calendar_file import entries as calendar_entries
from bot.surveys.calendar_file import file as calendar_file
from bot.surveys.closing import CLOSING, overtaken
from bot.surveys.deadlines import Deadlines, Spans
from bot.surveys.ending import cancel, close
from bot.surveys.following import note_change
from bot.surveys.listing import Detail, Listed, detail, listed
from bot.surveys.local_clock import Due, due_text, local_dues, local_line
from bot.surveys.opening import CONCERNED, centre_id, open_survey
from bot.surveys.progress import Count, Progress, Row, Silent, progress, silent
from bot.surveys.rendering import render
from bot.surveys.revising import revise
from bot.surveys.rules import Rules
from bot.surveys.sheets import Sheet, complete_sheet, pass_up, reopen_sheet, sheet
from bot.surveys.spoken import progress_text
from bot.surveys.studies import Study, assign_study, decide_study, deliver_study, studies_listed, study
from bot.surveys.survey import State, Survey, by_id
from bot.surveys.work import run

__all__ = [
    "CLOSING", "CONCERNED", "Count", "Deadlines", "Detail", "Due", "Listed", "Progress", "Row", "Rules", "Sheet",
    "Silent", "Spans", "State", "Study", "Survey", "assign_study", "by_id", "calendar_entries", "calendar_file",
    "cancel", "centre_id", "close", "complete_sheet", "decide_study", "deliver_study", "detail", "due_text",
    "listed", "local_dues", "local_line", "note_change", "open_survey", "overtaken", "pass_up", "progress",
    "progress_text", "render", "reopen_sheet", "revise", "run", "sheet", "silent", "studies_listed", "study",
    "unwanted",
]  # fmt: skip
