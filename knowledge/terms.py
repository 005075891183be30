"""Whether a question asks what a word means, and which term of the glossary that is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from knowledge.glossary import Term
from knowledge.tokens import plain
from nlu.normalize import fold

_POLITE = r"^(?:请问|请教|问一下|想问|麻烦)*\s*"
_ASKING = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_POLITE}(?:什么是|什么叫|啥是|啥叫|何谓|何为|解释一?下?|科普一?下?)\s*(.+?)$",
        rf"{_POLITE}(.+?)\s*(?:是什么的?缩写|是啥的?缩写|的?全称|是?什么意思|是?啥意思|的意思|指的是什么|是?指什么|的定义|的含义)(?:是什么|是啥)?$",
        rf"{_POLITE}(.+?)\s*(?:怎么解释|是什么东西|是什么|是个?啥|代表什么|英文怎么说|中文叫什么)$",
        r"^(?:please\s+)?(?:explain|define|definition of|meaning of)\s+(?:the term\s+)?(.+?)$",
        r"^what(?:'s| is| does| do| are)\s+(?:the meaning of\s+)?(?:an?\s+|the\s+)?(.+?)"
        r"\s+(?:mean|means|stand for|stands for|short for|the abbreviation of)$",
        r"^what\s*(?:is|are|'s)\s+(?:meant by\s+)?(?:an?\s+|the\s+)?(.+?)$",
    )
)
# Who asks for the meaning of a word, an abbreviation or its full name wants the definition and no article
_MEANING = re.compile(
    r"缩写|全称|意思|指什么|指的是什么|定义|含义|代表什么|解释|英文怎么说|中文叫什么|"
    r"(?<![a-z])(?:mean|means|meant|meaning|stands? for|short for|define|definition)(?![a-z])"
)
_EDGES = " ?？!！.。,，、“”\"'《》()（）吗呢呀啊"


class Glossary:
    """The terms, by every name that they have."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self.terms = {term.id: term for term in terms}
        self._by_name = {plain(name): term for term in reversed(self.terms.values()) for name in term.names}

    def asked(self, question: str) -> Term | None:
        """The term whose meaning is asked for; a message that is nothing but a term asks for it too."""
        return self.defined(question) or self._called(fold(question).text)

    def meant(self, question: str) -> Term | None:
        """The term of a message that asks for the meaning of a word in so many words."""
        return self.defined(question) if _MEANING.search(fold(question).text) else None

    def defined(self, question: str) -> Term | None:
        """The term of a message that asks for a meaning and for nothing else: "X是什么意思", "what is X"."""
        text = fold(question).text.strip(_EDGES)
        named = (match[1] for pattern in _ASKING if (match := pattern.match(text)))
        return next((term for name in named if (term := self._called(name))), None)

    def pointing_to(self, article: str) -> int:
        """How many terms an article explains besides."""
        return sum(article in term.related for term in self.terms.values())

    def _called(self, name: str) -> Term | None:
        written = plain(name.strip(_EDGES))
        return self._by_name.get(written) if written else None
