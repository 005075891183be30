"""Find pairs of sentences of different kinds whose letters are nearly the same, without comparing each with each."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

Grams = frozenset[str]


def near_pairs(texts: Sequence[str], kinds: Sequence[str], *, least: float) -> Iterator[tuple[int, int, float]]:
    """(number, number, likeness) of pairs of two kinds: Jaccard likeness of pairs and threes of letters.

    The lower number comes first; "" is like nothing. Two sets that are so alike must share one of their rarest
    members, so only those that do are compared (the prefix filter of Chaudhuri et al. 2006, Bayardo et al. 2007).
    """
    sets = [grams(text) for text in texts]
    counts = Counter(gram for found in sets for gram in found)
    holders: dict[str, list[int]] = defaultdict(list)
    for number in sorted(range(len(sets)), key=lambda each: (len(sets[each]), each)):
        rarest = _rarest(sets[number], counts, least)
        for other in {one for gram in rarest for one in holders[gram] if kinds[one] != kinds[number]}:
            likeness = jaccard(sets[number], sets[other])
            if likeness >= least:
                yield min(number, other), max(number, other), likeness
        for gram in rarest:
            holders[gram].append(number)


def grams(text: str) -> Grams:
    """All runs of two and of three letters, with the edges marked."""
    padded = f"^{text}$" if text else ""
    return frozenset(padded[at : at + size] for size in (2, 3) for at in range(len(padded) - size + 1))


def jaccard(one: Grams, other: Grams) -> float:
    """The share of members that both sets have."""
    common = len(one & other)
    return common / (len(one) + len(other) - common) if common else 0.0


def _rarest(found: Grams, counts: Counter[str], least: float) -> list[str]:
    """So many of the rarest members that a set as like as `least` has one of them."""
    ordered = sorted(found, key=lambda gram: (counts[gram], gram))
    return ordered[: len(found) - math.ceil(least * len(found)) + 1] if found else []
