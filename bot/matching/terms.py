"""What a profile asks for and what a notification holds, as plain words that an index can join (pure).

A wider net than the rule: whatever the rule would find shares a term, and the rule decides on what is caught.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

from bot.matching.kinds import objectives
from bot.matching.maybe import HEADING
from bot.matching.notice import Notice
from bot.matching.profile import Profile
from bot.matching.words import EMPTY_WORDS, Term, word_set
from nlu import markets

COMMON = word_set("""
    product, article, equipment, device, machine, machinery, apparatus, material, part, appliance, system, good, use
    accessory, component, electric, electrical, household, vehicle, preparation, food, chemical, plastic
""")
ALWAYS = "*"  # no product named, or all products
HS, ICS, WORD, KEYWORD, OBJECTIVE = "hiwko"
LONGEST = 40  # characters of a term
ANYWHERE, PLACES = 0, 251
MOST_PLACES = 12  # a row for each of an interest


@dataclass(frozen=True, slots=True)
class Net:
    """What a notification is looked up by: terms, and the beginnings of longer ones; `everything`: all that is asked
    for in its markets."""

    terms: frozenset[str]
    beginnings: frozenset[str]
    markets: frozenset[str]
    everything: bool = False


def asked(one: Profile) -> frozenset[str]:
    """The terms under which an interest is found."""
    codes = (*one.hs_codes, *(code for term in one.products for code in term.hs_codes))
    always = not one.has_group or any(term.everything for term in one.products)
    return frozenset((
        *((ALWAYS,) if always else ()),
        *(HS + code for code in codes),
        *(ICS + code[:2] for code in one.ics_codes),
        *(_word(WORD, seed) for term in one.products for seed in seeds(term)),
        *(_word(KEYWORD, seed) for term in one.keywords for seed in seeds(term)),
        *(OBJECTIVE + name for name in objectives(term.word for term in one.keywords)),
    ))  # fmt: skip


def net(found: Notice, *, loose: bool = False) -> Net:
    """What to look a notification up by; `loose`: for what may concern somebody, too."""
    codes = (*found.hs_codes, *found.derived, *found.categories)
    products = _words(found.all_stems if loose else found.stems, found.all_chinese if loose else found.chinese)
    terms = frozenset((
        ALWAYS,
        *(HS + code[:size] for code in codes for size in range(2, len(code) + 1)),
        *(ICS + code[:2] for code in found.ics_codes),
        *(_word(WORD, word) for word in products),
        *(_word(KEYWORD, word) for word in _words(found.all_stems, found.all_chinese)),
        *(OBJECTIVE + name for name in found.objectives),
    ))  # fmt: skip
    near = (code[:HEADING] for code in found.hs_codes if len(code) > HEADING) if loose else ()
    beginnings = frozenset(HS + code for code in (*codes, *near))
    return Net(terms, beginnings, found.markets, found.all_products)


def asked_in(reach: frozenset[str] | None) -> frozenset[int]:
    """Where an interest is looked for: its markets as numbers that few share; none or very many of them = anywhere."""
    found = places(reach or ())
    return found if reach is not None and len(found) <= MOST_PLACES else frozenset((ANYWHERE,))


def places(codes: Iterable[str]) -> frozenset[int]:
    """Markets as numbers: what shares none of them shares no market."""
    return frozenset(_place(code) for code in codes)


def _place(code: str) -> int:
    """One place for the EU and its members, which are nearly always asked for together."""
    return 1 if code == "EU" or code in markets.EU_MEMBERS else 2 + crc32(code.encode()) % PLACES


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


def _words(stems: str, chinese: str) -> set[str]:
    words = set(stems.split())
    words.update(chinese)
    words.update(map("".join, pairwise(chinese)))
    return words


def _word(kind: str, word: str) -> str:
    return kind + word[:LONGEST]
