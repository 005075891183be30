"""What the answers add up to, by market, product, county and kind of measure."""

from bot.results.answers import AMOUNTS, TEXTS, Answer, Name, answers
from bot.results.money import Amount, Rate, Rates, rates, set_rate
from bot.results.money import listed as rates_listed
from bot.results.summary import About, Summary, of_survey, summarise
from bot.results.suppression import K
from bot.results.tally import COLUMNS, By, Cell, Line, Sum, Table, tally

__all__ = [
    "AMOUNTS", "COLUMNS", "TEXTS", "About", "Amount", "Answer", "By", "Cell", "K", "Line", "Name", "Rate", "Rates",
    "Sum", "Summary", "Table", "answers", "of_survey", "rates", "rates_listed", "set_rate", "summarise", "tally",
]  # fmt: skip
