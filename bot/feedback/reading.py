"""Feedback as staff and colleagues read it: a list by filters, page by page, one in full, and all as rows."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, and_, cast, func, or_, select

from bot.db.engine import AnyRow
from bot.db.models import feedback, feedback_files, feedback_versions, members, notifications, organisations
from bot.feedback.said import AMOUNTS, CORE
from bot.feedback.store import DRAFT, REFUSED, WORDS, number

PAGE = 50
CHUNK = 500

_enterprise, _bureau = organisations.alias("enterprise"), organisations.alias("bureau")


@dataclass(frozen=True, slots=True)
class Line:
    """One feedback in a list. `answers` by slot; `family` of its notification, None for an un-notified measure."""

    id: int
    state: str
    version: int
    symbol: str | None
    subject: str | None
    product: str | None
    affected: str | None
    consent: str | None
    survey_id: int | None
    member_id: int | None
    member: str | None
    organisation_id: int | None
    organisation_zh: str | None
    organisation_en: str | None
    bureau_id: int | None
    bureau_zh: str | None
    bureau_en: str | None
    family: str | None
    language: str
    answers: dict[str, Any]
    more: dict[str, Any]
    updated_at: datetime
    submitted_at: datetime | None
    demo: bool
    files: int

    @property
    def number(self) -> str:
        return number(self.id)

    @property
    def details(self) -> dict[str, Any]:
        """The second step and the survey's own questions, by id."""
        return {key: value for key, value in self.more.items() if not key.startswith("_")}

    @property
    def words(self) -> dict[str, str]:
        """What was said of a sum besides its value, by slot: "about 3 to 5 million"."""
        return dict(self.more.get(WORDS, {}))

    @property
    def refused(self) -> dict[str, str]:
        """Why an answer was not given, by slot: declined, unknown, none, unnotified."""
        return dict(self.more.get(REFUSED, {}))


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, and how many there are in all."""

    lines: tuple[Line, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Version:
    version: int
    state: str
    record: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class File:
    """A file that hangs on a feedback; `path` is below the data folder's `files/`."""

    id: int
    name: str
    media_type: str
    path: str
    size: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Detail:
    """One feedback in full, versions oldest first."""

    line: Line
    versions: tuple[Version, ...]
    files: tuple[File, ...]


_files_of = select(func.count()).select_from(feedback_files).where(feedback_files.c.feedback_id == feedback.c.id)
_LINES = (
    select(
        feedback.c.id, feedback.c.state, feedback.c.version, feedback.c.symbol, feedback.c.subject, feedback.c.product,
        feedback.c.affected, feedback.c.consent, feedback.c.survey_id, feedback.c.member_id,
        members.c.name.label("member"), feedback.c.organisation_id, _enterprise.c.name_zh.label("organisation_zh"),
        _enterprise.c.name_en.label("organisation_en"), feedback.c.bureau_id, _bureau.c.name_zh.label("bureau_zh"),
        _bureau.c.name_en.label("bureau_en"), notifications.c.family, feedback.c.language, feedback.c.answers,
        feedback.c.more, feedback.c.updated_at, feedback.c.submitted_at, feedback.c.demo,
        _files_of.scalar_subquery().label("files"),
    )
    .select_from(feedback)
    .outerjoin(members, members.c.id == feedback.c.member_id)
    .outerjoin(_enterprise, _enterprise.c.id == feedback.c.organisation_id)
    .outerjoin(_bureau, _bureau.c.id == feedback.c.bureau_id)
    .outerjoin(notifications, notifications.c.id == feedback.c.notification_id)
)  # fmt: skip


def _line(row: AnyRow) -> Line:
    return Line(**row._mapping)


def listed(
    tx: Connection,
    *,
    survey_id: int | None = None,
    notification: str | None = None,
    family: str | None = None,
    state: str | None = "submitted",
    bureau_ids: Collection[int] | None = None,
    organisation_ids: Collection[int] | None = None,
    text: str = "",
    page: int = 0,
    size: int = PAGE,
) -> Page:
    """The feedback that passes every filter given, newest first: two queries, however many there are.

    `state`: draft, submitted, withdrawn, None = submitted and withdrawn (drafts are nobody's business but the
    member's). `bureau_ids`, `organisation_ids`: what the reader reaches; an empty one finds nothing.
    """
    where = and_(*_filters(survey_id, notification, family, state, bureau_ids, organisation_ids, text))
    counted = select(func.count()).select_from(feedback.outerjoin(members, members.c.id == feedback.c.member_id))
    counted = counted.outerjoin(_enterprise, _enterprise.c.id == feedback.c.organisation_id)
    counted = counted.outerjoin(notifications, notifications.c.id == feedback.c.notification_id).where(where)
    newest = (feedback.c.updated_at.desc(), feedback.c.id.desc())
    rows = tx.execute(_LINES.where(where).order_by(*newest).limit(size).offset(page * size))
    return Page(tuple(_line(row) for row in rows), int(tx.execute(counted).scalar_one()))


def _filters(
    survey_id: int | None,
    symbol: str | None,
    family: str | None,
    state: str | None,
    bureau_ids: Collection[int] | None,
    organisation_ids: Collection[int] | None,
    text: str,
) -> Iterator[ColumnElement[bool]]:
    yield feedback.c.state == state if state else feedback.c.state != DRAFT
    if survey_id is not None:
        yield feedback.c.survey_id == survey_id
    if symbol is not None:
        yield feedback.c.symbol == symbol
    if family is not None:
        yield notifications.c.family == family
    if bureau_ids is not None:
        yield feedback.c.bureau_id.in_(list(bureau_ids))
    if organisation_ids is not None:
        yield feedback.c.organisation_id.in_(list(organisation_ids))
    if text.strip():
        yield _holds(text.strip())


def _holds(text: str) -> ColumnElement[bool]:
    like = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    columns = (
        feedback.c.symbol, feedback.c.subject, feedback.c.product, members.c.name, _enterprise.c.name_zh,
        _enterprise.c.name_en, cast(feedback.c.answers, Text),
    )  # fmt: skip
    return or_(*(column.ilike(like, escape="\\") for column in columns))


def detail(tx: Connection, feedback_id: int) -> Detail | None:
    """One feedback with its versions and files: three queries."""
    row = tx.execute(_LINES.where(feedback.c.id == feedback_id)).first()
    if row is None:
        return None
    kept, file = feedback_versions.c, feedback_files.c
    versions = select(kept.version, kept.state, kept.record, kept.at).where(kept.feedback_id == feedback_id)
    files = select(file.id, file.name, file.media_type, file.path, file.size, file.at)
    return Detail(
        _line(row),
        tuple(Version(*one) for one in tx.execute(versions.order_by(kept.version))),
        tuple(File(*one) for one in tx.execute(files.where(file.feedback_id == feedback_id).order_by(file.id))),
    )


def export_rows(tx: Connection) -> Iterator[dict[str, Any]]:
    """Every feedback but drafts, one row an answer sheet; sums in two columns each, refusals by their reason."""
    query = _LINES.where(feedback.c.state != DRAFT).order_by(feedback.c.id)
    for row in tx.execute(query).yield_per(CHUNK):
        yield _exported(_line(row))


def _exported(one: Line) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for slot in CORE[1:]:
        value = f"({one.refused[slot]})" if slot in one.refused else one.answers.get(slot)
        if slot in AMOUNTS:
            amount = value if isinstance(value, dict) else {}
            answers |= {slot: amount.get("value", value), f"{slot}_currency": amount.get("currency")}
            answers[f"{slot}_words"] = one.words.get(slot)
        else:
            answers[slot] = value
    about = {
        "number": one.number, "state": one.state, "version": one.version, "symbol": one.symbol, "subject": one.subject,
        "affected": one.affected, "enterprise": one.organisation_zh, "county": one.bureau_zh, "survey": one.survey_id,
    }  # fmt: skip
    times = {"submitted_at": one.submitted_at, "updated_at": one.updated_at, "files": one.files, "demo": one.demo}
    return {**about, **answers, **one.details, "consent": one.consent, "language": one.language, **times}
