"""Many profiles at once (pure): which of them a notification can concern at all, so that few pairs are compared."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from bot.matching.maybe import maybe
from bot.matching.notice import Notice
from bot.matching.profile import Profile
from bot.matching.rules import Match, match
from bot.matching.terms import HS, Net, asked, net

Table = dict[str, set[int]]  # what a notification has to hold -> the numbers of the profiles that ask for it


@dataclass(slots=True)
class Index:
    """Profiles by what they ask for; a wider net than the rule, and the rule decides on what it catches."""

    profiles: Sequence[Profile]
    _markets: Table = field(default_factory=dict)
    _anywhere: set[int] = field(default_factory=set)
    _terms: Table = field(default_factory=dict)
    _beginnings: Table = field(default_factory=dict)  # of every code that is asked for

    def __post_init__(self) -> None:
        for number, one in enumerate(self.profiles):
            self._add(number, one)

    def matches(self, found: Notice) -> Iterator[tuple[int, Match]]:
        """(number, match) of each profile that the notification concerns, in order: what `match` says of every pair."""
        judged = found.remembering()
        for number in sorted(self._candidates(net(found))):
            why = match(self.profiles[number], judged)
            if why:
                yield number, why

    def maybes(self, found: Notice) -> Iterator[tuple[int, Match]]:
        """The same of those whom it may concern: what `maybe` says of every pair."""
        judged = found.remembering()
        for number in sorted(self._candidates(net(found, loose=True))):
            why = maybe(self.profiles[number], judged)
            if why:
                yield number, why

    def _add(self, number: int, one: Profile) -> None:
        if one.reach is None:
            self._anywhere.add(number)
        _put(self._markets, one.reach or (), number)
        terms = asked(one)
        _put(self._terms, terms, number)
        codes = (term for term in terms if term[0] == HS)
        _put(self._beginnings, (code[:size] for code in codes for size in range(3, len(code))), number)

    def _candidates(self, by: Net) -> set[int]:
        here = self._anywhere.union(*(self._markets.get(code, ()) for code in by.markets))
        if by.everything:
            return here
        caught = set[int]().union(*(self._terms[term] for term in by.terms & self._terms.keys()))
        return caught.union(*(self._beginnings.get(code, ()) for code in by.beginnings)) & here


def _put(table: Table, keys: Iterable[str], number: int) -> None:
    for key in keys:
        table.setdefault(key, set()).add(number)
