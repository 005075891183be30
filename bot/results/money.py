"""Money in several currencies: added up by currency, and in US dollars by the rates that staff entered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from math import isfinite
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.db.models import exchange_rates
from bot.errors import BadInput

BASE = "USD"


@dataclass(frozen=True, slots=True)
class Amount:
    """What somebody stated: a value in a currency (ISO 4217)."""

    value: float
    currency: str

    @classmethod
    def read(cls, stated: Any) -> "Amount | None":
        """The amount of a slot; None where it was refused, not known or not asked."""
        if not isinstance(stated, Mapping) or not isinstance(stated.get("value"), (int, float)):
            return None
        return cls(float(stated["value"]), str(stated.get("currency") or "").upper())


@dataclass(frozen=True, slots=True)
class Rate:
    """One unit of the currency in US dollars on that day, and who published it."""

    currency: str
    day: date
    usd: float
    source: str


@dataclass(frozen=True, slots=True)
class Rates:
    """The newest rate of each currency up to a day."""

    by_currency: Mapping[str, Rate] = field(default_factory=dict)

    def usd(self, amount: Amount) -> float | None:
        """The amount in US dollars; None when nobody entered a rate: it is left out and said so, never guessed."""
        if amount.currency == BASE:
            return amount.value
        rate = self.by_currency.get(amount.currency)
        return amount.value * rate.usd if rate else None

    def used(self, currencies: Iterable[str]) -> tuple[Rate, ...]:
        return tuple(self.by_currency[name] for name in sorted(set(currencies)) if name in self.by_currency)

    def missing(self, currencies: Iterable[str]) -> tuple[str, ...]:
        return tuple(name for name in sorted(set(currencies)) if name != BASE and name not in self.by_currency)


def rates(tx: Connection, *, on: date) -> Rates:
    """The rates that count on a day."""
    table = exchange_rates.c
    rows = tx.execute(select(exchange_rates).where(table.day <= on).order_by(table.day))
    return Rates({row.currency: Rate(row.currency, row.day, row.usd, row.source) for row in rows})


def set_rate(tx: Connection, rate: Rate, *, by: int | None, now: datetime) -> None:
    """Enter a rate, or correct the one of that day. Raises BadInput for what cannot be one."""
    currency = rate.currency.strip().upper()
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha()) or currency == BASE:
        raise BadInput("report.bad_currency", currency=rate.currency.strip()[:10])
    if not (isfinite(rate.usd) and rate.usd > 0):
        raise BadInput("report.bad_rate")
    if not rate.source.strip():
        raise BadInput("report.no_rate_source")
    known = {"usd": rate.usd, "source": rate.source.strip(), "entered_by": by, "entered_at": now}
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    row = insert(exchange_rates).values(currency=currency, day=rate.day, **known)
    tx.execute(row.on_conflict_do_update(index_elements=["currency", "day"], set_=known))


def listed(tx: Connection, *, limit: int = 200) -> list[Rate]:
    """The rates that were entered, newest first."""
    query = select(exchange_rates).order_by(exchange_rates.c.day.desc(), exchange_rates.c.currency).limit(limit)
    return [Rate(row.currency, row.day, row.usd, row.source) for row in tx.execute(query)]
