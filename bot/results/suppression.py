"""Which cells of a table may not be shown: those of few enterprises, and those that would give them away (pure).

The rule is the usual one of official statistics: a cell of fewer than `k` enterprises is hidden, and because the total
is shown, further cells of its column are hidden until the hidden ones together cannot be told from the total.
"""

from collections.abc import Sequence
from dataclasses import dataclass

K = 5


@dataclass(frozen=True, slots=True)
class Hidden:
    """The places of a column that are hidden, and whether its total must be hidden too."""

    places: frozenset[int]
    total: bool


def hidden(enterprises: Sequence[int], total: int, k: int = K) -> Hidden:
    """`enterprises`: how many stand behind each cell of a column; `total`: how many behind its total.

    A cell of nobody is shown as nothing and hides nothing.
    """
    if 0 < total < k:
        return Hidden(frozenset(place for place, n in enumerate(enterprises) if n), total=True)
    chosen = {place for place, n in enumerate(enterprises) if 0 < n < k}
    others = sorted((n, place) for place, n in enumerate(enterprises) if n >= k)
    while chosen and (len(chosen) < 2 or sum(enterprises[place] for place in chosen) < k) and others:
        chosen.add(others.pop(0)[1])
    lonely = bool(chosen) and (len(chosen) < 2 or sum(enterprises[place] for place in chosen) < k)
    return Hidden(frozenset(chosen), total=lonely)
