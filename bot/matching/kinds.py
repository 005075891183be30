"""Kinds of notifications (pure): an agreement, a type, or what a notification is for, each in any wording."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from bot.matching.words import table
from nlu.normalize import fold

AGREEMENTS = frozenset(("tbt", "sps"))
TYPES = frozenset(("regular", "addendum", "revision", "corrigendum", "supplement", "emergency"))


@dataclass(frozen=True, slots=True)
class Kinds:
    """What an interest limits itself to. Of each dimension one value has to fit, so that a further dimension narrows;
    an empty one lets everything through."""

    agreements: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    objectives: frozenset[str] = frozenset()


ANY_KIND = Kinds()


def kinds(values: Iterable[str]) -> Kinds:
    """The values by dimension. What is none of them is taken for a type, which then nothing has."""
    named = [_folded(value) for value in values]
    agreements = frozenset(value for value in named if value in AGREEMENTS)
    found = {value: objectives([value]) for value in named if value not in AGREEMENTS | TYPES}
    types = frozenset(value for value in named if value not in AGREEMENTS and not found.get(value))
    return Kinds(agreements, types, frozenset().union(*found.values()))


def objectives(texts: Iterable[str]) -> frozenset[str]:
    """The canonical names of what these texts of a form, or a member's words, say that it is for."""
    return frozenset(name for text in texts for name in _objectives(text))


@lru_cache(maxsize=2_000)  # forms use the same few sentences
def _objectives(text: str) -> tuple[str, ...]:
    said = _folded(text)
    return tuple(name for name, words in _names() if said == name or any(word in said for word in words))


@cache
def _names() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((cells[0][0], cells[1]) for cells in table("objectives.tsv"))


def _folded(text: str) -> str:
    return " ".join(fold(text.strip()).text.split())
