"""What the base says to a question: an article, a market sheet, a comparison, a term, or honestly nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from knowledge.answer import SURE, Found, NotFound, Reason
from knowledge.base import Base
from knowledge.calibration import Calibration
from knowledge.entry import Entry, Kind
from knowledge.glossary import Term
from knowledge.library import ARTICLES, STORIES, Library, outside_of
from knowledge.market import MarketSheet
from knowledge.paths import Paths, PathView
from knowledge.question import Asked, take_apart
from knowledge.response import Responses
from knowledge.sheets import Comparison, Sheets, SheetView
from knowledge.terms import Glossary
from knowledge.tokens import plain
from knowledge.weighing import Weighed


class Doubt(StrEnum):
    """What speaks against a message's being a question for the base."""

    NONE = "none"
    UNCLEAR = "unclear"  # nobody could tell what it means
    FOREIGN = "foreign"  # it does not look like our subject

    @classmethod
    def of(cls, intent: str) -> Doubt:
        return {"nlu_fallback": cls.UNCLEAR, "out_of_scope": cls.FOREIGN}.get(intent, cls.NONE)


@dataclass(frozen=True, slots=True)
class Definition:
    """What a term means."""

    term: Term


@dataclass(frozen=True, slots=True)
class Composed:
    """Something made of facts, and the entry that says more, if one covers the question too."""

    of: SheetView | Comparison
    article: Entry | None


MANY = 4  # terms that point to one article: it sets them side by side

Reply = Found | NotFound | Definition | Composed | PathView


class Advice:
    """The whole base, ready to answer; unchangeable, so any thread may ask. Build a new one when the base changes."""

    def __init__(self, base: Base, calibration: Calibration, weighed: Weighed | None = None) -> None:
        self.library = Library(base.entries, calibration, weighed)
        self.sheets = Sheets(base.markets)
        self.glossary = Glossary(base.terms)
        self.paths = Paths(self.library)
        self.responses = Responses(self.library, base.experts)

    def special(self, question: str, *, language: str, today: date) -> Found | None:
        """The article on just this market or authority, for a question about what to do."""
        found = self.library.answer(question, language=language, today=today, kinds=ARTICLES)
        if not isinstance(found, Found) or not found.entry.markets:
            return None
        asked = take_apart(question)
        return found if asked.markets or asked.names else None

    def guidance(self, question: str) -> Found | None:
        """What covers a question about what to do: an article, or a countermeasure if it is surely meant."""
        outright = Kind.COUNTERMEASURE in take_apart(question).kinds  # then it is first asked where things stand
        article = None if outright else self.library.covers(question, kinds=ARTICLES)
        step = self.library.covers(question, kinds=(Kind.COUNTERMEASURE,))
        return step if step and step.confidence >= SURE and not article else article

    def reply(
        self, question: str, *, language: str, today: date, market: str | None = None, doubt: Doubt = Doubt.NONE
    ) -> Reply:
        """The best that the base has. `market` is the conversation's, for a question that names none.

        A message that was not understood, or does not look like our subject, gets a sure answer or a guess; none where
        it has words of others' subjects besides.
        """
        asked = take_apart(question, market=market)
        if not asked.declined and (path := self.paths.wanted(question)):
            return path
        found = self.library.answer(question, language=language, today=today, market=market)
        if asked.declined:
            return found
        if meant := self.glossary.meant(question):
            return Definition(meant)
        if doubt is not Doubt.NONE:
            found = _doubted(found, asked, doubt)
        unknown = bool(asked.titled) and isinstance(found, NotFound) and found.reason is Reason.UNKNOWN_NAME
        composed = None if asked.outside or unknown else self.sheets.wanted(question, asked)
        term = self.glossary.asked(question)
        if term is not None and not asked.markets and not isinstance(composed, Comparison):
            composed = None  # "what is PVoC?" asks for the word; only its mark points to a market
        if composed and _is_better(composed, found):
            return Composed(composed, found.entry if isinstance(found, Found) else None)
        if term is not None and not (isinstance(found, Found) and not found.torn and self._is_about(found.entry, term)):
            return Definition(term)
        return self._shown(found, asked) if isinstance(found, Found) else found

    def _is_about(self, entry: Entry, term: Term) -> bool:
        """An article whose title names the term says more than its definition, unless it sets many side by side."""
        if entry.kind is not Kind.ARTICLE:
            return False
        titles = plain(f"{entry.title.zh} {entry.title.en}")
        return any(plain(name) in titles for name in term.names) and self.glossary.pointing_to(entry.id) < MANY

    def _shown(self, found: Found, asked: Asked) -> Reply:
        """A term and a sheet have a way of their own to be shown."""
        match found.entry:
            case Term() as term:
                return Definition(term)
            case MarketSheet() as sheet:
                return Composed(self.sheets.view(sheet, asked), None)
        return found


def _doubted(found: Found | NotFound, asked: Asked, doubt: Doubt) -> Found | NotFound:
    """What is left of an answer: a sure one, and a guess of what is covered (or near, if it may be our subject)."""
    if isinstance(found, NotFound):
        return replace(found, perhaps=None) if doubt is Doubt.FOREIGN else found
    if asked.outside:
        return outside_of(asked)
    if found.entry.kind in STORIES:
        return NotFound((), Reason.NOTHING_NEAR)
    return found if found.confidence >= SURE else NotFound((found.entry,), Reason.NOT_COVERED, perhaps=found.entry)


def _is_better(composed: SheetView | Comparison, found: Found | NotFound) -> bool:
    """A comparison, and a question on nothing but a market's requirements, are answered by the sheets themselves."""
    if isinstance(composed, Comparison):
        return True
    if composed.pure:
        return isinstance(found, NotFound) or not composed.unspecific
    return isinstance(found, NotFound) and found.reason is not Reason.UNKNOWN_NAME
