"""Results as files: workbook, CSV, PDF; the draft comment as a Word document."""

from bot.reports.fonts import chinese
from bot.reports.pdf import pdf
from bot.reports.word import docx
from bot.reports.workbook import csv_file, workbook

__all__ = ["chinese", "csv_file", "docx", "pdf", "workbook"]
