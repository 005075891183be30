"""Whether a draft says nothing but what the entries say that it was made from: sentence by sentence, and else why not.

Every number with its unit, every day, rule, market and name of a sentence must stand in the entries; what turns a
statement round must stand there too; and most of its words must. It cannot tell whether a number that stands there is
the right one in this place: that is why the answer names its entries and shows their sources.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from knowledge import claims, references
from knowledge.claims import Claims, Number
from knowledge.question import faint
from nlu import numerals
from nlu.language import ordinary_words
from nlu.normalize import fold

LONGEST = {"zh": 600, "en": 1100}  # characters, as for an answer that editors write
MOST_SENTENCES = 12
STRAY = 0.4  # of an English sentence's words, so much at most may stand in no entry
FEWEST = 4  # words from which on that is asked
_ENDS = re.compile(  # "No. 69" and "Cap. 424" go on
    r"(?<=[。！？!?；;\n])|(?<=[.])(?<!\b[A-Z][a-z]\.)(?<!\b[A-Z][a-z]{2}\.)(?=\s+[\"“(]?[A-Z0-9]|\s*$)"
)
_HAN = re.compile(r"[\u3400-\u9fff]+")
_WORD = re.compile(r"[a-z][a-z'’-]*")
_BEFORE = 2  # signs before the end of a name that must stand in an entry too
_JOINT = re.compile(r"[^\u3400-\u9fff]|[在由向到对的按和与或及位个等该各其是为给经需请从用把被让使即如]")
_UNSEEN = ("Cc", "Cf", "Co", "Cn", "Cs")  # signs that are not seen could part a number that is read as one
_COUNT = re.compile(
    r"百分之|(?<=[\d零〇一二两三四五六七八九十百千万亿])\s*(?:个月|天|日|号|月|年)(?:之?[前内后]|[起止])?"
    r"|[零〇一二两三四五六七八九十百千万亿]"
)


class Flaw(StrEnum):
    """What is wrong with a draft."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    WRONG_LANGUAGE = "wrong_language"
    LINK = "link"
    UNSEEN = "unseen"
    NUMBER = "number"
    DATE = "date"
    RULE = "rule"
    MARKET = "market"
    NAME = "name"
    PHRASE = "phrase"
    NEGATION = "negation"
    STRAY = "stray"


@dataclass(frozen=True, slots=True)
class Ungrounded:
    """The first flaw of a draft, and the words that have it."""

    flaw: Flaw
    what: str


def check(draft: str, given: Sequence[str], *, language: str) -> Ungrounded | None:
    """None when all of `draft` stands in the `given` texts, which may be of both languages."""
    whole = _whole(draft, language)
    if whole:
        return whole
    ground = Ground.of(given)
    flaws = (flaw for sentence in sentences(draft) for flaw in ground.flaws(sentence, language))
    return next(flaws, None)


def _whole(draft: str, language: str) -> Ungrounded | None:
    """What the draft shows at first sight."""
    if not draft.strip():
        return Ungrounded(Flaw.EMPTY, "")
    if any(unicodedata.category(sign) in _UNSEEN for sign in draft if sign != "\n"):
        return Ungrounded(Flaw.UNSEEN, "")
    if claims.has_link(draft):
        return Ungrounded(Flaw.LINK, "")
    if len(draft) > LONGEST[language] or len(sentences(draft)) > MOST_SENTENCES:
        return Ungrounded(Flaw.TOO_LONG, str(len(draft)))
    signs = sum(len(run) for run in _HAN.findall(draft))
    letters = len(re.findall(r"[A-Za-z]", draft))
    wrong = signs * 2 < letters if language == "zh" else signs > 0
    return Ungrounded(Flaw.WRONG_LANGUAGE, draft[:20]) if wrong else None


def sentences(draft: str) -> list[str]:
    return [piece.strip() for piece in _ENDS.split(draft) if piece.strip()]


@dataclass(frozen=True, slots=True)
class Ground:
    """What the entries say, ready to be compared with."""

    text: str  # folded
    claims: Claims
    words: frozenset[str]  # Latin ones, folded
    pairs: frozenset[tuple[str, str]]  # of Latin words that stand beside one another
    signs: frozenset[str]  # pairs of Chinese signs

    @classmethod
    def of(cls, given: Sequence[str]) -> Ground:
        whole = "\n".join(given)
        folded = fold(whole).text
        words = [list(map(_stem, claims.latin_words(text))) for text in given]
        pairs = frozenset(pair for row in words for pair in itertools.pairwise(row))
        known = frozenset(part for row in words for word in row for part in _parts(word))
        return cls(folded, claims.of(whole), known, pairs, frozenset(_pairs(folded)))

    def flaws(self, sentence: str, language: str) -> Iterator[Ungrounded]:
        """All flaws of one sentence, the gravest first."""
        own, folded = claims.of(sentence), fold(sentence).text
        yield from _named(Flaw.NUMBER, (one.value for one in own.numbers if not self._has_number(one)))
        yield from _named(Flaw.DATE, (str(day) for day in own.days if not any(map(day.is_in, self.claims.days))))
        rules = frozenset(rule.key for rule in self.claims.rules)
        yield from _named(Flaw.RULE, (rule.text for rule in own.rules if not references.covers(rules, [rule])))
        yield from _named(Flaw.MARKET, own.markets - self.claims.markets)
        yield from _named(Flaw.PHRASE, (one for one in claims.listed("phrases") if self._is_new(one, folded)))
        yield from _named(Flaw.NAME, self._names(sentence, folded, language))
        yield from _named(Flaw.NEGATION, self._negations(folded))
        yield from _named(Flaw.STRAY, self._strays(folded, language))

    def _has_number(self, one: Number) -> bool:
        """With a unit only beside the same unit: 60 days are no 60 per cent."""
        if one.unit:
            return one in self.claims.numbers
        return any(one.value == other.value for other in self.claims.numbers)

    def _names(self, sentence: str, folded: str, language: str) -> Iterator[str]:
        yield from (title for title in claims.titles(sentence) if fold(title).text.strip(" .,。，") not in self.text)
        yield from self._latin_names(sentence, language)
        for ending in claims.listed("bodies"):
            for match in re.finditer(re.escape(ending), folded):
                before = _JOINT.split(folded[max(match.start() - _BEFORE, 0) : match.start()])[-1]
                if ending not in self.text or before not in self.text:
                    yield before + ending

    def _latin_names(self, sentence: str, language: str) -> Iterator[str]:
        """In Chinese every Latin word; in English those with a capital, also as a pair beside another one."""
        words = claims.latin_words(sentence)
        for place, word in enumerate(words):
            head = place == 0 and language == "en" and word[1:].islower() | (len(word) == 1)
            named = language == "zh" or word != word.lower()
            if named and not self._knows(word) and not (head and _is_small(word)):
                yield word
            follows = words[place + 1] if place + 1 < len(words) else ""
            if language == "en" and not head and word[:1].isupper() and follows[:1].isupper():
                pair = (_stem(word), _stem(follows))
                if re.search(rf"{re.escape(word)}\s+{re.escape(follows)}", sentence) and pair not in self.pairs:
                    yield f"{word} {follows}"

    def _knows(self, word: str) -> bool:
        return all(part in self.words for part in _parts(_stem(word))) or word.lower() in claims.unit_words()

    def _is_new(self, phrase: str, folded: str) -> bool:
        return _stands_in(phrase, folded) and not _stands_in(phrase, self.text)

    def _negations(self, folded: str) -> Iterator[str]:
        for word in claims.listed("negations"):
            following = r"\s+[a-z]+" if word.isascii() else "[\u3400-\u9fff]"
            for match in re.finditer(rf"(?<![a-z]){re.escape(word)}{following}", folded):
                if match[0] not in self.text:
                    yield match[0]

    def _strays(self, folded: str, language: str) -> Iterator[str]:
        if language == "zh":
            yield from self._strange_signs(folded)
            return
        own = list(_telling(folded))
        strange = [one for one in own if one not in self.words]
        if len(own) >= FEWEST and len(strange) > STRAY * len(own):
            yield " ".join(strange[:5])

    def _strange_signs(self, folded: str) -> Iterator[str]:
        """Signs side by side that stand in no pair of the entries, in no number and in no word that names nothing."""
        marked = _plain_words().sub(lambda match: "·" * len(match[0]), folded)
        for run in _HAN.finditer(folded):
            known = [False, *(pair in self.signs for pair in _pairs(run[0])), False]
            signs = enumerate(marked[run.start() : run.end()])
            left = "".join("·" if known[place] or known[place + 1] else sign for place, sign in signs)
            yield from (piece for piece in left.split("·") if len(piece) > 1)


def _named(flaw: Flaw, found: Iterable[str]) -> Iterator[Ungrounded]:
    yield from (Ungrounded(flaw, what) for what in sorted(found))


def _stands_in(phrase: str, folded: str) -> bool:
    return bool(re.search(rf"(?<![a-z]){re.escape(phrase)}(?![a-z])" if phrase.isascii() else phrase, folded))


def _pairs(folded: str) -> Iterator[str]:
    for run in _HAN.findall(folded):
        yield from (run[place : place + 2] for place in range(len(run) - 1))


@cache
def _plain_words() -> re.Pattern[str]:
    """Numerals, and Chinese words that name nothing, the longest first."""
    words = sorted(claims.listed("plain_zh") | {word for word in faint() if len(word) > 1}, key=len, reverse=True)
    return re.compile("|".join([_COUNT.pattern, *map(re.escape, words)]))


def _telling(folded: str) -> Iterator[str]:
    small = claims.listed("plain")
    words = (word for word in _WORD.findall(folded) if word not in small | faint() | numerals.ENGLISH.keys())
    yield from (part for word in words for part in _parts(word) if len(part) > 1)


def _stem(word: str) -> str:
    """Good enough to let "manufacturers" stand for "manufacturer"."""
    lowered = word.lower().replace("’", "'")
    for ending in ("ies", "ing", "ed", "es", "s", "e"):
        if lowered.endswith(ending) and len(lowered) - len(ending) >= 3:
            return lowered[: -len(ending)] + ("y" if ending == "ies" else "")
    return lowered


def _parts(word: str) -> list[str]:
    return [_stem(part) for part in re.split(r"[/&+\-'.]", word) if part] or [word]


def _is_small(word: str) -> bool:
    lowered = word.lower()
    return lowered in claims.listed("plain") or lowered in ordinary_words()
