"""How much of a question a single text covers, for texts that are too many to be measured as entries are."""

from __future__ import annotations

from collections.abc import Callable, Collection

from knowledge.question import Asked, ProductAsked
from knowledge.tokens import IDEA_MARK, TRIGRAM_MARK, ideas, tokens
from nlu.normalize import fold

SUBJECT = 2.0  # a product says more of what is asked than the words around it


def share(asked: Asked, text: str, rarity: Callable[[str], float]) -> float:
    """From 0 to 1: the weight of what the text has of the question's words and products, by how rare each is.

    A product counts when any of its names is there, in either language; where none of those asked for is, nothing is
    covered. Markets do not count: they are a filter.
    """
    own, folded = {*tokens(text), *ideas(text)}, fold(text).text
    words = [(rarity(token), token in own) for token in asked.telling]
    words += [(rarity(token), True) for token in asked.free if token[0] == IDEA_MARK and token in own]
    goods = [(SUBJECT * _weight(one, rarity), _names(one, own, folded)) for one in asked.products]
    if goods and not any(has for _, has in goods):
        return 0.0
    total = sum(weight for weight, _ in (*words, *goods))
    return sum(weight for weight, has in (*words, *goods) if has) / total if total else 0.0


def _weight(product: ProductAsked, rarity: Callable[[str], float]) -> float:
    return max((rarity(token) for token in product.tokens if token[0] != TRIGRAM_MARK), default=0.0)


def _names(product: ProductAsked, own: Collection[str], folded: str) -> bool:
    return all(token in own for token in product.tokens) or any(word in folded for word in product.words)
