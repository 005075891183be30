"""What the base says to a question: an article, a market sheet, a comparison, a term, or honestly nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from knowledge.answer import Found, Library, NotFound, Reason
from knowledge.article import Article
from knowledge.base import Base
from knowledge.calibration import Calibration
from knowledge.glossary import Term
from knowledge.question import take_apart
from knowledge.response import Responses
from knowledge.sheets import Comparison, Sheets, SheetView
from knowledge.terms import Glossary
from knowledge.tokens import plain


@dataclass(frozen=True, slots=True)
class Definition:
    """What a term means."""

    term: Term


@dataclass(frozen=True, slots=True)
class Composed:
    """Something made of facts, and the article that says more, if one covers the question too."""

    of: SheetView | Comparison
    article: Article | None


Reply = Found | NotFound | Definition | Composed


class Advice:
    """The whole base, ready to answer; unchangeable, so any thread may ask. Build a new one when the base changes."""

    def __init__(self, base: Base, calibration: Calibration) -> None:
        self.library = Library(base.articles, calibration)
        self.sheets = Sheets(base.markets)
        self.glossary = Glossary(base.terms)
        self.responses = Responses(base, calibration)

    def special(self, question: str, *, language: str, today: date) -> Found | None:
        """The article on just this market or authority, for a question about what to do."""
        found = self.library.answer(question, language=language, today=today)
        if not isinstance(found, Found) or not found.article.markets:
            return None
        asked = take_apart(question)
        return found if asked.markets or asked.names else None

    def reply(self, question: str, *, language: str, today: date, market: str | None = None) -> Reply:
        """The best that the base has. `market` is the conversation's, for a question that names none."""
        found = self.library.answer(question, language=language, today=today, market=market)
        asked = take_apart(question, market=market)
        composed = None if asked.outside else self.sheets.wanted(question, asked)
        if composed and _is_better(composed, found):
            return Composed(composed, found.article if isinstance(found, Found) else None)
        term = self.glossary.asked(question)
        if term is not None and not (isinstance(found, Found) and _is_about(found.article, term)):
            return Definition(term)
        return found


def _is_about(article: Article, term: Term) -> bool:
    """An article whose title names the term says more than its definition."""
    titles = plain(f"{article.title.zh} {article.title.en}")
    return any(plain(name) in titles for name in term.names)


def _is_better(composed: SheetView | Comparison, found: Found | NotFound) -> bool:
    """A comparison, and a question on nothing but a market's requirements, are answered by the sheets themselves."""
    if isinstance(composed, Comparison):
        return True
    if composed.pure:
        return isinstance(found, NotFound) or not composed.unspecific
    return isinstance(found, NotFound) and found.reason is not Reason.UNKNOWN_NAME
