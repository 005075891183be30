"""What all kinds of entries share: words in both languages, facts with sources, legal standing, dates to look again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import zip_longest
from typing import ClassVar

LANGUAGES = ("zh", "en")
OPENED = re.compile(r"opened: (\d{4}-\d{2}-\d{2})")
RECALLED = "recalled"


class Kind(StrEnum):
    """What can be found by one question; a notification is no entry of the base, the others are."""

    ARTICLE = "article"
    MARKET = "market"
    CASE = "case"
    COUNTERMEASURE = "countermeasure"
    TERM = "term"
    NOTIFICATION = "notification"


class Status(StrEnum):
    """The legal standing of what an entry describes; PRACTICE has none."""

    IN_FORCE = "in_force"
    ADOPTED = "adopted"
    DRAFT = "draft"
    REPEALED = "repealed"
    DISPUTED = "disputed"
    PRACTICE = "practice"


class Tier(StrEnum):
    """How near a source is to the rule itself."""

    LAW = "law"
    AUTHORITY = "authority"
    BODY = "body"
    SECONDARY = "secondary"


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in both languages: `text["zh"]`, `text["en"]`."""

    zh: str = ""
    en: str = ""

    def __getitem__(self, language: str) -> str:
        return self.zh if language == "zh" else self.en

    @property
    def both(self) -> tuple[str, str]:
        return self.zh, self.en


@dataclass(frozen=True, slots=True)
class Texts:
    """Lists of words in both languages; the two lists need not match one to one."""

    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    def __getitem__(self, language: str) -> tuple[str, ...]:
        return self.zh if language == "zh" else self.en

    @property
    def all(self) -> tuple[str, ...]:
        return self.zh + self.en


def together(texts: Texts) -> tuple[Text, ...]:
    """The items of both lists side by side; the longer one goes on alone."""
    return tuple(Text(zh, en) for zh, en in zip_longest(texts.zh, texts.en, fillvalue=""))


NO_TEXT, NO_TEXTS = Text(), Texts()


@dataclass(frozen=True, slots=True)
class Fact:
    """A value that a machine may quote; `source` is a 1-based index into the entry's sources."""

    name: Text
    value: str
    unit: str | None
    source: int


@dataclass(frozen=True, slots=True)
class Source:
    """Where a statement stands; `opened` is the day a copy was really read, None when only recalled."""

    issuer: Text
    title: Text
    url: str
    tier: str
    read: str

    @property
    def opened(self) -> date | None:
        match = OPENED.fullmatch(self.read)
        return iso_date(match[1]) if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One curated entry of any kind; `file` is its path below the folder of its kind."""

    kind: ClassVar[Kind] = Kind.ARTICLE

    file: str
    id: str
    title: Text
    questions: Texts = NO_TEXTS
    markets: tuple[str, ...] = ()
    hs_codes: tuple[str, ...] = ()
    products: Texts = NO_TEXTS
    facts: tuple[Fact, ...] = ()
    status: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    next_check: date | None
    sources: tuple[Source, ...]
    related: tuple[str, ...] = ()
    notes: Text = NO_TEXT

    @property
    def key(self) -> str:
        """Names it among all kinds: the id alone for an article, `case:us-ya-pears` for the others."""
        return self.id if self.kind is Kind.ARTICLE else f"{self.kind}:{self.id}"

    @property
    def texts(self) -> tuple[Text, ...]:
        """What it says, beside its facts and the names of its sources: what can be found by words."""
        return ()

    @property
    def gist(self) -> Text:
        """Its answer in short."""
        return next(iter(self.texts), NO_TEXT)

    @property
    def checked_on(self) -> date | None:
        """The newest day on which a source was opened; None = unverified."""
        return max((day for source in self.sources if (day := source.opened)), default=None)

    @property
    def verified(self) -> bool:
        return self.checked_on is not None

    def stale(self, today: date) -> bool:
        """An editor should have looked again by now."""
        return self.next_check is not None and self.next_check < today

    def lapsed(self, today: date) -> bool:
        """What it describes has ended (the last valid day is over)."""
        return self.valid_until is not None and self.valid_until < today


def iso_date(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
