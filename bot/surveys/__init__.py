"""Who is asked about a notification, by when, and who has answered."""

from bot.surveys.answering import unwanted
from bot.surveys.calendar_file import entries as calendar_entries
from bot.surveys.calendar_file import file as calendar_file
from bot.surveys.deadlines import Deadlines, Spans, compute
from bot.surveys.ending import cancel, close
from bot.surveys.figures import figures
from bot.surveys.listing import Detail, Listed, detail, listed
from bot.surveys.local_clock import Due, due_text, local_dues, local_line
from bot.surveys.opening import CONCERNED, by_rule, centre_id, note_change, open_survey, revise
from bot.surveys.progress import Count, Progress, Row, Silent, progress, silent
from bot.surveys.rendering import render
from bot.surveys.rules import Rules
from bot.surveys.sheets import Sheet, complete_sheet, pass_up, reopen_sheet, sheet, sheets
from bot.surveys.spoken import progress_text
from bot.surveys.studies import Study, assign_study, decide_study, deliver_study, studies_listed, study
from bot.surveys.survey import State, Survey, by_id
from bot.surveys.work import run

__all__ = [
    "CONCERNED", "Count", "Deadlines", "Detail", "Due", "Listed", "Progress", "Row", "Rules", "Sheet", "Silent",
    "Spans", "State", "Study", "Survey", "assign_study", "by_id", "by_rule", "calendar_entries", "calendar_file",
    "cancel", "centre_id", "close", "complete_sheet", "compute", "decide_study", "deliver_study", "detail",
    "due_text", "figures", "listed", "local_dues", "local_line", "note_change", "open_survey", "pass_up",
    "progress", "progress_text", "render", "reopen_sheet", "revise", "run", "sheet", "sheets", "silent",
    "studies_listed", "study", "unwanted",
]  # fmt: skip
