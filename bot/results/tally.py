"""Answers added up by market, product, county, kind of measure or effect, with small cells hidden (pure)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.results.answers import AMOUNTS, Answer
from bot.results.money import Amount, Rate, Rates
from bot.results.suppression import K, hidden


class By(StrEnum):
    """What a table is broken down by."""

    MARKET = "market"
    PRODUCT = "product"
    COUNTY = "county"
    ASSOCIATION = "association"
    MEASURE = "measure"
    AFFECTED = "affected"


UNKNOWN = ""  # the key of those who did not say
COLUMNS = ("answers", "affected", *AMOUNTS)


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure, or that it is hidden. `value` is None where nobody stated anything that could be added up."""

    value: float | None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its key (a code, a word, an organisation's number) and a cell for each of COLUMNS."""

    key: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The answers broken down; amounts in US dollars, those without a rate left out."""

    by: By
    lines: tuple[Line, ...]
    total: Line

    @property
    def has_hidden(self) -> bool:
        return any(cell.hidden for line in (*self.lines, self.total) for cell in line.cells)


@dataclass(frozen=True, slots=True)
class Sum:
    """What was stated of one kind of amount in one currency, and what that is in US dollars."""

    slot: str
    currency: str
    enterprises: int
    value: Cell
    usd: Cell
    rate: Rate | None


def tally(answers: Sequence[Answer], by: By, rates: Rates, *, k: int = K) -> Table:
    """One table. An answer that names two markets counts in both lines and once in the total."""
    groups: dict[str, list[Answer]] = {}
    for answer in answers:
        for key in _keys(answer, by):
            groups.setdefault(key, []).append(answer)
    ordered = sorted(groups.items(), key=lambda item: (item[0] == UNKNOWN, -len(item[1]), item[0]))
    columns = [_column(answers, [its for _, its in ordered], name, rates, k) for name in COLUMNS]
    lines = tuple(Line(key, tuple(cells[n] for cells, _ in columns)) for n, (key, _) in enumerate(ordered))
    return Table(by, lines, Line(UNKNOWN, tuple(total for _, total in columns)))


def _keys(answer: Answer, by: By) -> Iterable[str]:
    found: dict[By, Callable[[], Iterable[str | None]]] = {
        By.MARKET: lambda: answer.markets,
        By.PRODUCT: lambda: (_fold(answer.product),),
        By.COUNTY: lambda: (str(answer.county.id) if answer.county else None,),
        By.ASSOCIATION: lambda: [str(one.id) for one in answer.associations],
        By.MEASURE: lambda: answer.measures,
        By.AFFECTED: lambda: (answer.affected,),
    }
    return dict.fromkeys(key or UNKNOWN for key in found[by]()) or (UNKNOWN,)


def _fold(product: str | None) -> str:
    return " ".join((product or "").casefold().split())


def _column(
    everyone: Sequence[Answer], groups: Sequence[Sequence[Answer]], name: str, rates: Rates, k: int
) -> tuple[list[Cell], Cell]:
    """The cells of one column and its total; whoever stated an amount stands behind its cell, the others do not."""
    behind = [_behind(group, name, rates) for group in groups]
    total = _behind(everyone, name, rates)
    secret = hidden([_enterprises(its) for its in behind], _enterprises(total), k)
    cells = [_cell(its, name, rates, place in secret.places) for place, its in enumerate(behind)]
    return cells, _cell(total, name, rates, secret.total)


def _behind(answers: Iterable[Answer], name: str, rates: Rates) -> list[Answer]:
    if name == "answers":
        return list(answers)
    if name == "affected":
        return [one for one in answers if one.is_affected]
    return [one for one in answers if name in one.amounts and rates.usd(one.amounts[name]) is not None]


def _enterprises(answers: Iterable[Answer]) -> int:
    return len({one.who for one in answers})


def _cell(answers: Sequence[Answer], name: str, rates: Rates, secret: bool) -> Cell:
    if secret:
        return Cell(None, hidden=True)
    if name in ("answers", "affected"):
        return Cell(len(answers))
    return Cell(sum(rates.usd(one.amounts[name]) or 0.0 for one in answers)) if answers else Cell(None)


def sums(answers: Sequence[Answer], rates: Rates, *, k: int = K) -> tuple[Sum, ...]:
    """What was stated by kind and currency, each with the rate that it was converted at."""
    return tuple(one for slot in AMOUNTS for one in _sums(answers, slot, rates, k))


def _sums(answers: Sequence[Answer], slot: str, rates: Rates, k: int) -> list[Sum]:
    groups: dict[str, list[tuple[Answer, Amount]]] = {}
    for answer in answers:
        if amount := answer.amounts.get(slot):
            groups.setdefault(amount.currency, []).append((answer, amount))
    counts = [len({answer.who for answer, _ in its}) for its in groups.values()]
    everyone = len({answer.who for its in groups.values() for answer, _ in its})
    secret = hidden(counts, everyone, k)
    return [
        _sum(slot, currency, counts[n], [amount for _, amount in its], rates, n in secret.places)
        for n, (currency, its) in enumerate(groups.items())
    ]


def _sum(slot: str, currency: str, enterprises: int, stated: Sequence[Amount], rates: Rates, secret: bool) -> Sum:
    value, usd = sum(one.value for one in stated), [rates.usd(one) for one in stated]
    known = None if None in usd else sum(one for one in usd if one is not None)
    used = rates.used([currency])
    return Sum(
        slot,
        currency,
        enterprises,
        Cell(None, hidden=True) if secret else Cell(value),
        Cell(None, hidden=True) if secret else Cell(known),
        used[0] if used else None,
    )
