"""Groups of words with one meaning for the classifier, the same in Chinese and English: cancel, expert, weekly."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from nlu.products import is_whole

TABLE = Path(__file__).parent / "concepts.yml"
MOST = 10


@cache
def table() -> dict[str, list[str]]:
    """The words of each concept, folded."""
    content: dict[str, list[str]] = yaml.load(TABLE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return content


@cache
def _finder() -> tuple[AhoCorasick, list[str]]:
    pairs = [(word, concept) for concept, words in table().items() for word in words]
    words = [word for word, _ in pairs]
    automaton = AhoCorasick(words, matchkind=MatchKind.Standard, implementation=Implementation.ContiguousNFA)
    return automaton, [concept for _, concept in pairs]


def find_concepts(folded: str) -> list[str]:
    """The concepts that a folded text names, in order of first mention, each once."""
    automaton, concepts = _finder()
    matches = automaton.find_matches_as_indexes(folded, overlapping=True)
    found = sorted((start, -end, concepts[index]) for index, start, end in matches if is_whole(folded, start, end))
    return list(dict.fromkeys(concept for _, _, concept in found))


def concept_terms(folded: str) -> list[str]:
    """Terms for the classifier: each concept, each pair of concepts, the first one."""
    names = find_concepts(folded)[:MOST]
    pairs = [f"k{min(a, b)}+{max(a, b)}" for at, a in enumerate(names) for b in names[at + 1 :]]
    return [*(f"k{name}" for name in names), *pairs, f"kfirst={names[0] if names else 'none'}"]
