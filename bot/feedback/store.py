"""Feedback in the database: a draft from its first answer on, submitted with a version, amended, withdrawn."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot import notifications, organisations
from bot.db.models import feedback, feedback_versions, invitations, surveys
from bot.feedback.said import OPENING, Filled
from bot.notifications.record import family_of
from bot.registration import DECLINED

DRAFT, SUBMITTED, WITHDRAWN = "draft", "submitted", "withdrawn"
# Parts of `more` that are no answers of the second step: what belongs to the core answers, and an amendment under way.
WORDS, REFUSED, AMENDMENT, SKIPPED, HEARD = "_words", "_refused", "_amendment", "_skipped", "_heard"
NO_CONSENT = "withdrawn"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where and how a feedback is given."""

    channel: str
    address: str
    language: str


@dataclass(frozen=True, slots=True)
class Working:
    """The answers as they are being edited: of a draft, or of an amendment to what was submitted."""

    answers: dict[str, Any]
    words: dict[str, str]
    refused: dict[str, str]
    subject: str | None = None
    affected: str | None = None

    def with_(self, filled: Filled) -> "Working":
        """The answers after a message. An open question has no answer; a new one drops what was said of the old."""
        given = {slot: value for slot, value in filled.answers.items() if value is not None}
        rest = {slot: value for slot, value in self.answers.items() if slot not in filled.answers}
        return Working(
            {**rest, **given},
            {**{k: v for k, v in self.words.items() if k in rest or k == OPENING}, **filled.words},
            {**{k: v for k, v in self.refused.items() if k in rest}, **{k: str(v) for k, v in filled.refused.items()}},
            filled.subject or self.subject,
            self.affected,
        )


@dataclass(frozen=True, slots=True)
class Feedback:
    """One feedback. `working` is what the form edits; `more` the second step and the survey's questions, by id."""

    id: int
    member_id: int | None
    state: str
    version: int
    symbol: str | None
    product: str | None
    affected: str | None
    consent: str | None
    survey_id: int | None
    working: Working
    more: dict[str, Any]
    skipped: tuple[str, ...]  # questions of the second step that were left out
    amending: bool
    heard: str | None  # the key of the message that changed it last
    updated_at: datetime

    @property
    def number(self) -> str:
        """The number that a member can quote: F-000123."""
        return number(self.id)

    @property
    def family(self) -> str | None:
        """Of its notification, if it has one."""
        return family_of(self.symbol) if self.symbol else None

    @property
    def editable(self) -> bool:
        return self.state == DRAFT or self.amending


def number(feedback_id: int) -> str:
    return f"F-{feedback_id:06d}"


def _feedback(row: Row[Any]) -> Feedback:
    amendment = row.more.get(AMENDMENT)
    more = {key: value for key, value in row.more.items() if not key.startswith("_")}
    words, refused = row.more.get(WORDS, {}), row.more.get(REFUSED, {})
    working = Working(**amendment) if amendment else Working(row.answers, words, refused, row.subject, row.affected)
    return Feedback(
        row.id, row.member_id, row.state, row.version, row.symbol, row.product, row.affected, row.consent,
        row.survey_id, working, more, tuple(row.more.get(SKIPPED, ())), amendment is not None,
        row.more.get(HEARD), row.updated_at,
    )  # fmt: skip


def load(tx: Connection, feedback_id: int, member_id: int) -> Feedback | None:
    """The member's own feedback of that number."""
    row = tx.execute(select(feedback).where(feedback.c.id == feedback_id, feedback.c.member_id == member_id)).first()
    return _feedback(row) if row else None


def mine(tx: Connection, member_id: int, *, state: str | None = None, limit: int = 20) -> list[Feedback]:
    """The member's feedback, what was touched last first; withdrawn ones are left out unless asked for."""
    table = feedback.c
    where = table.state == state if state else table.state != WITHDRAWN
    query = select(feedback).where(table.member_id == member_id, where)
    return [_feedback(row) for row in tx.execute(query.order_by(table.updated_at.desc(), table.id.desc()).limit(limit))]


def unfinished(tx: Connection, member_id: int) -> list[Feedback]:
    """Drafts and amendments under way, what was touched last first."""
    return [one for one in mine(tx, member_id, limit=200) if one.editable]


def begin(
    tx: Connection,
    member_id: int,
    filled: Filled,
    *,
    origin: Origin,
    key: str,
    now: datetime,
    affected: str | None = None,
) -> Feedback:
    """The draft to go on with: the unfinished one of this notification, an amendment of a one-tap answer, or a new one.

    The same key again gives the same draft.
    """
    symbol = filled.answers.get("notification")
    known = _unfinished_about(tx, member_id, symbol) if symbol and symbol != DECLINED else None
    if known is None:
        return _insert(tx, member_id, filled, origin, key=key, now=now, affected=affected)
    working = replace(known.working, affected=affected or known.working.affected)
    fresh = {slot: value for slot, value in filled.answers.items() if slot not in working.answers}
    return _put(tx, known, working.with_(replace(filled, answers=fresh)), now=now, key=key)


def _unfinished_about(tx: Connection, member_id: int, symbol: str) -> Feedback | None:
    own = mine(tx, member_id, limit=200)
    about = [one for one in own if one.working.answers.get("notification", one.symbol) == symbol]
    return next((one for one in about if one.editable), None) or next(
        (amend(one) for one in about if one.state == SUBMITTED and is_tap(one)), None
    )


def is_tap(one: Feedback) -> bool:
    """An answer by one tap says nothing but whether they are affected."""
    return not one.working.answers.keys() - {"notification", "product"}


def amend(one: Feedback) -> Feedback:
    """The submitted feedback as it is being changed; nothing is stored before the first answer."""
    return one if one.editable else replace(one, amending=True)


def _insert(
    tx: Connection, member_id: int, filled: Filled, origin: Origin, *, key: str, now: datetime, affected: str | None
) -> Feedback:
    working = Working({}, {}, {}, None, affected).with_(filled)
    values = {
        **_columns(tx, working), "member_id": member_id,
        "more": {WORDS: working.words, REFUSED: working.refused, HEARD: key},
        "state": DRAFT, "version": 0, "language": origin.language, "channel": origin.channel,
        "address": origin.address, "key": key, "created_at": now, "updated_at": now,
    }  # fmt: skip
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    tx.execute(dialect.insert(feedback).values(**values).on_conflict_do_nothing())
    return _feedback(tx.execute(select(feedback).where(feedback.c.key == key)).one())


def _columns(tx: Connection, working: Working) -> dict[str, Any]:
    """The columns that staff search by, as the answers have them."""
    symbol, product = (_stated(working.answers.get(slot)) for slot in ("notification", "product"))
    about = notifications.by_symbol(tx, symbol) if symbol else None
    return {
        "answers": working.answers,
        "subject": working.subject,
        "affected": working.affected,
        "symbol": symbol[:80] if symbol else None,
        "notification_id": about.id if about else None,
        "product": product,
    }


def _stated(value: Any) -> str | None:
    return None if value in (None, DECLINED) else str(value)


def save(tx: Connection, one: Feedback, filled: Filled, *, now: datetime, key: str | None = None) -> Feedback:
    """Store what a message did to the answers; `key`: of the message."""
    return _put(tx, one, one.working.with_(filled), now=now, key=key)


def _put(tx: Connection, one: Feedback, working: Working, *, now: datetime, key: str | None = None) -> Feedback:
    stored = dict(tx.execute(select(feedback.c.more).where(feedback.c.id == one.id)).scalar_one())
    parts = {
        "answers": working.answers, "words": working.words, "refused": working.refused,
        "subject": working.subject, "affected": working.affected,
    }  # fmt: skip
    if one.state == DRAFT:
        more = {**stored, WORDS: working.words, REFUSED: working.refused}
        values = {**_columns(tx, working), "more": {**more, HEARD: key}}
    else:
        values = {"more": {**stored, AMENDMENT: parts, HEARD: key}}
    return _update(tx, one.id, now=now, **values)


def _update(tx: Connection, feedback_id: int, *, now: datetime, **values: Any) -> Feedback:
    change = update(feedback).where(feedback.c.id == feedback_id).values(**values, updated_at=now)
    return _feedback(tx.execute(change.returning(feedback)).one())


def submit(tx: Connection, one: Feedback, *, origin: Origin, key: str, now: datetime) -> Feedback:
    """Submitted, or amended: a version of its own. The same key again changes nothing."""
    if not one.editable:
        return one
    working = one.working
    if working.subject is None and working.answers.get("notification") == DECLINED:
        working = replace(working, subject=_subject(working))
    stored = dict(tx.execute(select(feedback.c.more).where(feedback.c.id == one.id)).scalar_one())
    stored.pop(AMENDMENT, None)
    values = {
        **_columns(tx, working),
        "more": {**stored, WORDS: working.words, REFUSED: working.refused, HEARD: key},
        "state": SUBMITTED,
        "language": origin.language,
        "submitted_at": now,
    }
    return _settled(tx, one, values, key=key, now=now)


def _subject(working: Working) -> str | None:
    """What a measure is about that nobody notified: the first of the answers that says something."""
    told = (_stated(working.answers.get(slot)) for slot in ("comment", "measures_taken", "product"))
    return working.words.get(OPENING) or next((text for text in told if text), None)


def _settled(tx: Connection, one: Feedback, values: Mapping[str, Any], *, key: str, now: datetime) -> Feedback:
    """Store a version, with the enterprise, its county and the survey as they are now."""
    where = _belongs(tx, one.member_id) if one.member_id else {}
    symbol = values.get("symbol", one.symbol)
    survey_id = _answer_survey(tx, one.member_id, symbol, now) if one.member_id and symbol else None
    belongs = {**where, "survey_id": survey_id or one.survey_id}
    done = _update(tx, one.id, now=now, **{**values, **belongs, "version": one.version + 1})
    _keep_version(tx, done, key=key, now=now)
    return done


def _keep_version(tx: Connection, one: Feedback, *, key: str, now: datetime) -> None:
    working = one.working
    record = {
        "symbol": one.symbol, "product": one.product, "affected": one.affected, "consent": one.consent,
        "answers": working.answers, "words": working.words, "refused": working.refused, "subject": working.subject,
        "more": one.more, "key": key,
    }  # fmt: skip
    values = {"feedback_id": one.id, "version": one.version, "state": one.state, "record": record, "at": now}
    tx.execute(insert(feedback_versions).values(**values))


def _belongs(tx: Connection, member_id: int) -> dict[str, int | None]:
    """The enterprise that the member acts for and the county office above it."""
    found = organisations.acting_for(tx, [member_id]).get(member_id)
    bureau = organisations.bureaus(tx, [found]).get(found) if found else None
    return {"organisation_id": found, "bureau_id": bureau}


def _answer_survey(tx: Connection, member_id: int, symbol: str, now: datetime) -> int | None:
    """The open survey of this family that asks the member: from now on they have answered it."""
    asked = (
        (invitations.c.member_id == member_id) & (surveys.c.family == family_of(symbol)) & (surveys.c.state == "open")
    )
    query = select(invitations.c.id, invitations.c.survey_id).join(surveys).where(asked).order_by(surveys.c.id.desc())
    found = tx.execute(query.limit(1)).first()
    if found is None:
        return None
    unanswered = (invitations.c.id == found.id) & invitations.c.answered_at.is_(None)
    tx.execute(update(invitations).where(unanswered).values(answered_at=now))
    return int(found.survey_id)


def tap(
    tx: Connection,
    member_id: int,
    symbol: str,
    affected: str,
    *,
    origin: Origin,
    key: str,
    now: datetime,
    product: str | None = None,
) -> Feedback:
    """ "Not affected", "don't know": one tap is a whole feedback. A second tap on the same notification changes it."""
    filled = Filled()
    filled.take("notification", symbol)
    if product:
        filled.take("product", product)
    before = [one for one in mine(tx, member_id, limit=200) if one.symbol == symbol and one.state == SUBMITTED]
    if not before:
        made = _insert(tx, member_id, filled, origin, key=key, now=now, affected=affected)
        return made if made.state != DRAFT else submit(tx, made, origin=origin, key=key, now=now)
    if before[0].affected == affected:
        return before[0]
    return _settled(tx, before[0], {"affected": affected, "symbol": symbol}, key=key, now=now)


def withdraw(tx: Connection, one: Feedback, *, key: str, now: datetime) -> Feedback:
    """Taken back: it counts no more. What was said before stays among the versions. A draft is simply given up."""
    if one.state == WITHDRAWN:
        return one
    stored = dict(tx.execute(select(feedback.c.more).where(feedback.c.id == one.id)).scalar_one())
    stored.pop(AMENDMENT, None)
    version = one.version + 1 if one.state == SUBMITTED else one.version
    done = _update(tx, one.id, now=now, state=WITHDRAWN, withdrawn_at=now, version=version, more=stored)
    if version:
        _keep_version(tx, done, key=key, now=now)
    return done


def drop_amendment(tx: Connection, one: Feedback, *, now: datetime) -> Feedback:
    """What was submitted stays as it is."""
    stored = dict(tx.execute(select(feedback.c.more).where(feedback.c.id == one.id)).scalar_one())
    stored.pop(AMENDMENT, None)
    return _update(tx, one.id, now=now, more=stored)


def tell_more(tx: Connection, one: Feedback, field: str, value: Any, *, now: datetime) -> Feedback:
    """An answer of the second step, stored at once; None takes it out."""
    if field in ("affected", "consent"):
        return _update(tx, one.id, now=now, **{field: value})
    stored = dict(tx.execute(select(feedback.c.more).where(feedback.c.id == one.id)).scalar_one())
    stored.pop(field, None)
    return _update(tx, one.id, now=now, more={**stored, **({field: value} if value is not None else {})})


def questions_of(tx: Connection, one: Feedback) -> list[dict[str, Any]]:
    """What the survey that it answers asks beyond the core."""
    if one.survey_id is None:
        return []
    return list(tx.execute(select(surveys.c.questions).where(surveys.c.id == one.survey_id)).scalar() or ())


def skip(tx: Connection, one: Feedback, field: str, *, now: datetime) -> Feedback:
    """A question of the second step that was left out is not asked again."""
    stored = dict(tx.execute(select(feedback.c.more).where(feedback.c.id == one.id)).scalar_one())
    left_out = list(dict.fromkeys([*stored.get(SKIPPED, ()), field]))
    return _update(tx, one.id, now=now, more={**stored, SKIPPED: left_out})


def withdraw_consent(tx: Connection, member_id: int, *, key: str, now: datetime, feedback_id: int | None = None) -> int:
    """From now on nothing of theirs is quoted or passed on; returns how many feedbacks that concerned."""
    given = [one for one in mine(tx, member_id, state=SUBMITTED, limit=10_000) if one.consent != NO_CONSENT]
    chosen = [one for one in given if feedback_id in (None, one.id)]
    for one in chosen:
        done = _update(tx, one.id, now=now, consent=NO_CONSENT, version=one.version + 1)
        _keep_version(tx, done, key=key, now=now)
    return len(chosen)
