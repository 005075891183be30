"""Many profiles at once (pure): which of them a notification can concern at all, so that few pairs are compared."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from bot.matching.notice import Notice
from bot.matching.profile import Profile
from bot.matching.rules import Match, match
from bot.matching.words import EMPTY_WORDS, Term, word_set

COMMON = word_set("""
    product, article, equipment, device, machine, machinery, apparatus, material, part, appliance, system, good, use
    accessory, component, electric, electrical, household, vehicle, preparation, food, chemical, plastic
""")

Table = dict[str, set[int]]  # what a notification has to hold -> the numbers of the profiles that ask for it


@dataclass(slots=True)
class Index:
    """Profiles by what they ask for; a wider net than the rule, and the rule decides on what it catches."""

    profiles: Sequence[Profile]
    _markets: Table = field(default_factory=dict)
    _anywhere: set[int] = field(default_factory=set)
    _always: set[int] = field(default_factory=set)  # no product named, or "all products"
    _codes: Table = field(default_factory=dict)
    _above: Table = field(default_factory=dict)  # every beginning of a code that is asked for
    _ics: Table = field(default_factory=dict)
    _words: Table = field(default_factory=dict)  # Latin stems, and Chinese words by their first two characters
    _key_words: Table = field(default_factory=dict)  # the same of keywords, which count in the whole text

    def __post_init__(self) -> None:
        for number, one in enumerate(self.profiles):
            self._add(number, one)

    def matches(self, found: Notice) -> Iterator[tuple[int, Match]]:
        """(number, match) of each profile that the notification concerns, in order: what `match` says of every pair."""
        for number in sorted(self._candidates(found)):
            why = match(self.profiles[number], found)
            if why:
                yield number, why

    def _add(self, number: int, one: Profile) -> None:
        if one.reach is None:
            self._anywhere.add(number)
        _put(self._markets, one.reach or (), number)
        if not one.has_group or any(term.everything for term in one.products):
            self._always.add(number)
        codes = (*one.hs_codes, *(code for term in one.products for code in term.hs_codes))
        _put(self._codes, codes, number)
        _put(self._above, (code[:size] for code in codes for size in range(2, len(code))), number)
        _put(self._ics, (code[:2] for code in one.ics_codes), number)
        _put(self._words, (seed for term in one.products for seed in seeds(term)), number)
        _put(self._key_words, (seed for term in one.keywords for seed in seeds(term)), number)

    def _candidates(self, found: Notice) -> set[int]:
        here = self._anywhere.union(*(self._markets.get(code, ()) for code in found.markets))
        if found.all_products:
            return here
        caught = set(self._always)
        for code in (*found.hs_codes, *found.derived, *found.categories):
            caught.update(self._above.get(code, ()))
            caught.update(*(self._codes.get(code[:size], ()) for size in range(2, len(code) + 1)))
        caught.update(*(self._ics.get(code[:2], ()) for code in found.ics_codes))
        caught.update(*_held(self._words, found.stems, found.chinese))
        caught.update(*_held(self._key_words, found.all_stems, found.all_chinese))
        return caught & here


def _put(table: Table, keys: Iterable[str], number: int) -> None:
    for key in keys:
        table.setdefault(key, set()).add(number)


def seeds(term: Term) -> Iterator[str]:
    """One word of each form of the term: where it is not, the form is not."""
    for phrase, _ in term.phrases:
        yield _seed(phrase.split())
    for word in term.chinese:
        yield word[:2]
    if term.bag:
        yield _seed(term.bag)


def _seed(words: Iterable[str]) -> str:
    """The word that tells most: a long one, and none that stands everywhere if there is another."""
    return max(words, key=lambda word: (word not in EMPTY_WORDS, word not in COMMON, len(word), word))


def _held(table: Table, stems: str, chinese: str) -> Iterator[set[int]]:
    if not table:
        return
    words = set(stems.split())
    words.update(chinese)
    words.update(map("".join, pairwise(chinese)))
    yield from (table[word] for word in words if word in table)
