"""A survey as a value, and how one is found."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, select

from bot.db.engine import AnyRow
from bot.db.models import notifications, surveys
from bot.errors import BadInput


class State(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Survey:
    """A question to those whom a notification may concern. `closes`: until when the WTO member takes comments."""

    id: int
    organisation_id: int
    notification_id: int | None
    symbol: str | None
    family: str | None
    withdrawn: bool
    title_zh: str
    title_en: str
    audience: Mapping[str, Any]
    questions: tuple[Mapping[str, Any], ...]
    state: State
    closes: date | None
    enterprise_due: date
    county_due: date
    centre_due: date
    provisional: bool
    spans: Mapping[str, Any]
    cursor: int
    invited_all_at: datetime | None
    moves: int
    moves_told: int
    moved_from: date | None
    moved_at: datetime | None
    told_at: datetime | None
    opened_by: int | None
    opened_at: datetime
    closed_by: int | None
    closed_at: datetime | None
    conclusion: str | None

    @property
    def number(self) -> str:
        """The number that people quote: S-000012."""
        return f"S-{self.id:06d}"

    def title(self, language: str) -> str:
        return self.title_en if language == "en" else self.title_zh


SELECTED = select(surveys, notifications.c.symbol, notifications.c.state.label("standing")).outerjoin(
    notifications, notifications.c.id == surveys.c.notification_id
)


def read(row: AnyRow) -> Survey:
    """A survey from a row of SELECTED."""
    values = {name: getattr(row, name) for name in Survey.__dataclass_fields__ if hasattr(row, name)}
    values |= {"closes": row.comment_deadline, "withdrawn": row.standing == "withdrawn", "state": State(row.state)}
    return Survey(**{**values, "questions": tuple(row.questions)})


def by_id(tx: Connection, survey_id: int) -> Survey:
    """Raises BadInput when there is none."""
    row = tx.execute(SELECTED.where(surveys.c.id == survey_id)).first()
    if row is None:
        raise BadInput("survey.no_such", number=survey_id)
    return read(row)


def by_key(tx: Connection, key: str) -> Survey | None:
    row = tx.execute(SELECTED.where(surveys.c.key == key)).first()
    return read(row) if row else None


def open_one(tx: Connection, survey_id: int) -> Survey:
    """The survey, which must still be open. Raises BadInput when it is not."""
    found = by_id(tx, survey_id)
    if found.state is not State.OPEN:
        raise BadInput(f"survey.is_{found.state}", number=found.number)
    return found


def all_open(tx: Connection) -> list[Survey]:
    return list(_read_all(tx, SELECTED.where(surveys.c.state == State.OPEN).order_by(surveys.c.id)))


def of_families(tx: Connection, families: Iterable[str]) -> list[Survey]:
    """The open surveys about these families, oldest first."""
    mine = (surveys.c.state == State.OPEN) & surveys.c.family.in_(list(families))
    return list(_read_all(tx, SELECTED.where(mine).order_by(surveys.c.id)))


def untold(tx: Connection) -> list[Survey]:
    """Those that ended without everybody knowing yet."""
    ended = (surveys.c.state != State.OPEN) & surveys.c.told_at.is_(None)
    return list(_read_all(tx, SELECTED.where(ended).order_by(surveys.c.id)))


def _read_all(tx: Connection, query: Select[Any]) -> Iterator[Survey]:
    return (read(row) for row in tx.execute(query))
