"""Submitted feedback as values to count: who (as a number only), where, what product, which measure, how much."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from bot.db.models import affiliations, feedback, notifications, organisations
from bot.results.money import Amount

AMOUNTS = ("export_value", "estimated_loss", "extra_cost")
TEXTS = ("measures_taken", "comment", "help_needed")
NOT_AFFECTED = ("none", "unknown")
SLICE = 500  # SQLite takes some thousand parameters at most


@dataclass(frozen=True, slots=True)
class Name:
    """An organisation as reports name it."""

    id: int
    zh: str
    en: str

    def __getitem__(self, language: str) -> str:
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Answer:
    """One submitted feedback. `who` is the same for the answers of one enterprise, and tells nobody which."""

    id: int
    who: str
    at: datetime
    symbol: str | None
    subject: str | None
    markets: tuple[str, ...]
    product: str | None
    affected: str | None
    measures: tuple[str, ...]
    amounts: Mapping[str, Amount]
    texts: Mapping[str, str]
    more: Mapping[str, Any]
    consent: str | None
    language: str
    enterprise: Name | None
    county: Name | None
    associations: tuple[Name, ...] = ()

    @property
    def number(self) -> str:
        return f"F-{self.id:06d}"

    @property
    def is_affected(self) -> bool:
        return self.affected is not None and self.affected not in NOT_AFFECTED


def answers(
    tx: Connection,
    *,
    survey_id: int | None = None,
    family: str | None = None,
    bureau_ids: Collection[int] | None = None,
    demo: bool = True,
) -> list[Answer]:
    """What was submitted and may be used, oldest first: of a survey, of a family, of some counties, or all."""
    table = feedback.c
    query = select(feedback, notifications.c.members.label("markets"), notifications.c.family).outerjoin(
        notifications, notifications.c.id == table.notification_id
    )
    query = query.where(table.state == "submitted", func.coalesce(table.consent, "") != "withdrawn")
    if survey_id is not None:
        query = query.where(table.survey_id == survey_id)
    if family is not None:
        query = query.where(notifications.c.family == family)
    if bureau_ids is not None:
        query = query.where(table.bureau_id.in_(list(bureau_ids)))
    if not demo:
        query = query.where(table.demo.is_(False))
    rows = tx.execute(query.order_by(table.id)).all()
    return _read(tx, rows)


def _read(tx: Connection, rows: Collection[Any]) -> list[Answer]:
    enterprises = {row.organisation_id for row in rows if row.organisation_id}
    joined = _associations(tx, enterprises)
    counties = {row.bureau_id for row in rows if row.bureau_id}
    names = _names(tx, enterprises.union(counties, *joined.values()))
    return [_answer(row, names, joined) for row in rows]


def _answer(row: Any, names: Mapping[int, Name], joined: Mapping[int, list[int]]) -> Answer:
    said, more = row.answers, {key: value for key, value in row.more.items() if not key.startswith("_")}
    stated = {name: amount for name in AMOUNTS if (amount := Amount.read(said.get(name)))}
    texts = {name: said[name] for name in TEXTS if isinstance(said.get(name), str) and not said[name].startswith("__")}
    return Answer(
        id=row.id,
        who=_who(row),
        at=row.submitted_at or row.updated_at,
        symbol=row.symbol,
        subject=row.subject,
        markets=tuple(row.markets or _list(more.get("market"))),
        product=row.product or None,
        affected=row.affected,
        measures=_list(more.get("measure_kind")),
        amounts=stated,
        texts=texts,
        more=more,
        consent=row.consent,
        language=row.language,
        enterprise=names.get(row.organisation_id),
        county=names.get(row.bureau_id),
        associations=tuple(names[one] for one in joined.get(row.organisation_id, ())),
    )


def _who(row: Any) -> str:
    """An enterprise counts once, a person without one too; whoever was erased counts by the answer."""
    if row.organisation_id:
        return f"o{row.organisation_id}"
    return f"m{row.member_id}" if row.member_id else f"f{row.id}"


def _list(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value] if value else []
    return tuple(str(one) for one in values if not str(one).startswith("__"))


def _associations(tx: Connection, enterprises: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for part in _slices(enterprises):
        rows = tx.execute(select(affiliations).where(affiliations.c.enterprise_id.in_(part)))
        for row in rows:
            found.setdefault(row.enterprise_id, []).append(row.association_id)
    return found


def _names(tx: Connection, ids: Collection[int]) -> dict[int, Name]:
    table = organisations.c
    found: dict[int, Name] = {}
    for part in _slices(ids):
        rows = tx.execute(select(table.id, table.name_zh, table.name_en).where(table.id.in_(part)))
        found |= {row.id: Name(row.id, row.name_zh, row.name_en) for row in rows}
    return found


def _slices(ids: Collection[int]) -> list[list[int]]:
    ordered = sorted(ids)
    return [ordered[start : start + SLICE] for start in range(0, len(ordered), SLICE)]
