"""How much of a question a text covers, for texts that are too many to be measured as entries are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from knowledge.question import Asked, ProductAsked
from knowledge.search import Clause
from knowledge.tokens import IDEA_MARK, TRIGRAM_MARK, tokens
from nlu.normalize import fold

SUBJECT = 2.0  # a product says more of what is asked than the words around it


@dataclass(frozen=True, slots=True)
class _Good:
    """A product that is asked for: what it weighs, and where an index is told which documents have it.

    A document that has all tokens of the name as it was written has the product; one that has those of another name
    must be read, as the tokens may stand apart.
    """

    product: ProductAsked
    weight: float

    @property
    def clauses(self) -> tuple[Clause, Clause]:
        return (tuple(sorted(self.product.tokens)),), tuple(map(_telling, self.product.words))


class Coverage:
    """One question, weighed once by how rare each of its words is, to be held against many documents of an index.

    From 0 to 1: the weight of what a document has of the question's words and products. A product counts when any of
    its names is there, in either language; where none of those asked for is, nothing is covered. Markets do not count:
    they are a filter.
    """

    def __init__(self, asked: Asked, rarity: Callable[[str], float]) -> None:
        ideas = sorted(token for token in asked.free if token[0] == IDEA_MARK)
        self._words = [(token, rarity(token)) for token in (*sorted(asked.telling), *ideas)]
        self._must = len(asked.telling)  # an idea only counts where it is there
        self._goods = [_Good(product, SUBJECT * _weight(product, rarity)) for product in asked.products]

    @property
    def clauses(self) -> list[Clause]:
        """What an index must be asked of each document; `most` and `share` take its answers, in this order."""
        goods = [clause for good in self._goods for clause in good.clauses]
        return [*(((token,),) for token, _ in self._words), *goods]

    def most(self, held: Sequence[bool]) -> float:
        """The share if each product is there whose tokens are."""
        return self._share(held, [surely or perhaps for surely, perhaps in self._of_goods(held)])

    def share(self, held: Sequence[bool], text: Callable[[], str]) -> float:
        """The share, the text being read where the tokens alone do not tell."""
        has = self._of_goods(held)
        folded = fold(text()).text if any(perhaps and not surely for surely, perhaps in has) else ""
        pairs = zip(self._goods, has, strict=True)
        return self._share(held, [sure or (may and _names(good.product, folded)) for good, (sure, may) in pairs])

    def _of_goods(self, held: Sequence[bool]) -> list[tuple[bool, bool]]:
        own = held[len(self._words) :]
        surely = (has or not good.product.tokens for good, has in zip(self._goods, own[::2], strict=True))
        return list(zip(surely, own[1::2], strict=True))

    def _share(self, held: Sequence[bool], has_goods: Sequence[bool]) -> float:
        if self._goods and not any(has_goods):
            return 0.0
        pairs = [(weight, has) for (_, weight), has in zip(self._words, held, strict=False)]
        counted = [pair for at, pair in enumerate(pairs) if at < self._must or pair[1]]
        counted += [(good.weight, has) for good, has in zip(self._goods, has_goods, strict=True)]
        total = sum(weight for weight, _ in counted)
        return sum(weight for weight, has in counted if has) / total if total else 0.0


def _weight(product: ProductAsked, rarity: Callable[[str], float]) -> float:
    return max((rarity(token) for token in product.tokens if token[0] != TRIGRAM_MARK), default=0.0)


def _names(product: ProductAsked, folded: str) -> bool:
    return any(word in folded for word in product.words)


def _telling(word: str) -> tuple[str, ...]:
    """The tokens of every text that has this word, be it in the plural or within a longer one."""
    own = tokens(word)
    parts = {token for token in own if token[0] == TRIGRAM_MARK}
    longer = {token for token in own if len(token) > 1 and not token.isascii()}
    whole = {token for token in own if not (len(token) > 2 and token.isascii() and token.isalpha())}
    return tuple(sorted(parts | longer | whole))
