"""What a writer is given to put an answer together: entries, and the question in the base's own words.

Nothing that a member typed is in it. The question is the nearest one that editors wrote for these entries; markets and
products are named as the entries name them. So neither a name nor an address nor an instruction can go out with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from knowledge.article import Article
from knowledge.entry import Fact
from knowledge.question import Asked, take_apart
from knowledge.tokens import tokens
from nlu import markets
from nlu.normalize import fold


@dataclass(frozen=True, slots=True)
class Brief:
    """Entries for one answer. `question` and `about` hold words of these entries only."""

    language: str
    question: str
    about: tuple[str, ...]
    entries: tuple[Article, ...]

    @property
    def given(self) -> list[str]:
        """All that may be said, in both languages: what the draft is compared with."""
        return [text for one in self.entries for language in ("zh", "en") for text in _said(one, language)]

    def material(self) -> str:
        """The same in the reader's language, as data: nothing in it can be taken for the frame around it."""
        entries = [_material(one, self.language) for one in self.entries]
        return json.dumps(
            {"question": self.question, "about": self.about, "entries": entries}, ensure_ascii=False, indent=1
        )


def brief(question: str, entries: Sequence[Article], *, language: str) -> Brief:
    asked = take_apart(question)
    return Brief(
        language, _nearest(question, entries[0], language), tuple(_about(asked, entries, language)), tuple(entries)
    )


def _nearest(question: str, entry: Article, language: str) -> str:
    """The entry's own question that has most words in common with this one."""
    own = frozenset(tokens(question))
    return max(
        entry.questions[language], key=lambda one: _likeness(own, frozenset(tokens(one))), default=entry.title[language]
    )


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / (len(one | other) or 1)


def _about(asked: Asked, entries: Sequence[Article], language: str) -> Iterator[str]:
    """Markets and products that the question names and the entries too: "Haitian Ltd" is neither."""
    places = {code for one in entries for code in one.markets}
    yield from (markets.name(code, language) for code in sorted(asked.markets & places))
    goods = {fold(word).text: word for one in entries for word in one.products[language]}
    named = {word for product in asked.products for word in product.words}
    yield from (word for folded, word in goods.items() if folded in named)


def _said(entry: Article, language: str) -> list[str]:
    facts = [_fact(fact, language) for fact in entry.facts]
    days = [day.isoformat() for day in (entry.valid_from, entry.valid_until) if day]
    texts = (entry.title, entry.answer, entry.details, entry.notes)
    return [*(text[language] for text in texts if text[language]), *facts, *days]


def _material(entry: Article, language: str) -> dict[str, Any]:
    texts = {"title": entry.title, "answer": entry.answer, "details": entry.details}
    said = {name: text[language] for name, text in texts.items() if text[language]}
    return {**said, "facts": [_fact(fact, language) for fact in entry.facts]}


def _fact(fact: Fact, language: str) -> str:
    return f"{fact.name[language]}: {fact.value} {fact.unit or ''}".strip()
