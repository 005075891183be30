"""Puts questions that ask for the same together, by the words they share; rare words count more."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from knowledge.question import Asked, take_apart

LIKE = 0.45  # cosine from which two questions ask for the same


def clustered(texts: Sequence[str]) -> list[list[int]]:
    """Groups of positions, each in order; every text is in one. The first text of a group speaks for it."""
    vectors = _vectors(texts)
    holders: defaultdict[str, list[int]] = defaultdict(list)  # token -> the groups whose first text has it
    groups: list[list[int]] = []
    firsts: list[dict[str, float]] = []
    for number, vector in enumerate(vectors):
        near = _nearest(vector, firsts, holders)
        if near is not None:
            groups[near].append(number)
            continue
        for token in vector:
            holders[token].append(len(groups))
        groups.append([number])
        firsts.append(vector)
    return groups


def _vectors(texts: Sequence[str]) -> list[dict[str, float]]:
    """Of length one, over the telling words, markets and products of each text."""
    sets = [_words(take_apart(text)) for text in texts]
    counts = Counter(token for own in sets for token in own)
    return [_unit({token: math.log(1 + len(texts) / counts[token]) for token in own}) for own in sets]


def _words(asked: Asked) -> frozenset[str]:
    return asked.telling.union(asked.market_tokens, *(product.tokens for product in asked.products))


def _unit(vector: dict[str, float]) -> dict[str, float]:
    size = math.sqrt(sum(weight**2 for weight in vector.values()))
    return {token: weight / size for token, weight in vector.items()} if size else {}


def _nearest(vector: dict[str, float], firsts: Sequence[dict[str, float]], holders: dict[str, list[int]]) -> int | None:
    likeness: defaultdict[int, float] = defaultdict(float)
    for token, weight in vector.items():
        for group in holders.get(token, ()):
            likeness[group] += weight * firsts[group][token]
    best = max(likeness, key=lambda group: likeness[group], default=None)
    return best if best is not None and likeness[best] >= LIKE else None
