"""Writing a notice: draft, revise, preview, a second person's word, when it goes out, and taking it back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bot import audience, authority, organisations
from bot.alerts.reach import reach
from bot.audience import Audience, Counted, Named
from bot.authority import Deed, Role
from bot.db.models import audit_log, notices
from bot.db.models import organisations as places
from bot.deliveries import NewDelivery, enqueue
from bot.errors import BadInput, NotAllowed
from bot.i18n import LANGUAGES, Texts
from bot.messages import Attachment, Reply
from bot.notices import groups
from bot.notices.notice import CHANGEABLE, Notice, State, by_id, read
from bot.notices.rendering import message, shorten
from bot.notices.sending import sweep
from bot.organisations import Organisation

LONGEST_TITLE, LONGEST_BODY = 200, 10_000
MEMBERS = Audience(roles=(Role.ENTERPRISE,))  # whom a notice means unless its author says otherwise
SHOWN_IN_REQUEST = 500


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen: to how many, to whom for example, and how it looks in each language."""

    notice: Notice
    organisation: Organisation
    counted: Counted
    sample: tuple[Named, ...]
    groups: int
    looks: Mapping[str, Reply]
    second_approval: bool


# --- drafts ---------------------------------------------------------------------------------------


def senders(tx: Connection, by: int) -> list[Organisation]:
    """The organisations in whose name the member may write, in the order in which they got the roles."""
    held = authority.grants(tx, by)
    at = dict.fromkeys(one.organisation_id for one in held if authority.permits(one.role, Deed.WRITE_NOTICE))
    return [organisations.by_id(tx, one) for one in at]


def draft(
    tx: Connection, by: int, *, organisation_id: int, key: str, now: datetime, demo: bool = False, **values: Any
) -> Notice:
    """A new draft; keywords as in `revise`. The same key is the same draft. Raises NotAllowed, BadInput."""
    known = tx.execute(select(notices).where(notices.c.key == key)).first()
    if known:
        return read(known)
    audience.check(
        tx, values.get("audience") or MEMBERS, by=by, deed=Deed.WRITE_NOTICE, organisation_id=organisation_id
    )
    row = {
        "organisation_id": organisation_id, "key": key, "state": State.DRAFT, "author_id": by, "created_at": now,
        "updated_at": now, "demo": demo, "audience": MEMBERS.to_json(), "acknowledge": False, **_columns(values),
    }  # fmt: skip
    made = read(tx.execute(insert(notices).values(row).returning(notices)).one())
    _record(tx, by, "write_notice", made, now)
    return made


def revise(tx: Connection, by: int, notice_id: int, *, now: datetime, **values: Any) -> Notice:
    """Change what is given: titles, bodies ({language: text}), audience, acknowledge, file (None takes it off).

    What had been approved or was waiting for it is a draft again. Raises NotAllowed; BadInput once it is going out.
    """
    found = _mine(tx, by, notice_id, Deed.WRITE_NOTICE)
    if values.get("audience") is not None:
        audience.check(tx, values["audience"], by=by, deed=Deed.WRITE_NOTICE, organisation_id=found.organisation_id)
    changed = _columns(values, found)
    again = {"state": State.DRAFT, "reason": None, "approved_by": None, "approved_at": None, "author_id": by}
    revised = _move(tx, found, CHANGEABLE, {**changed, **again}, now)
    _record(tx, by, "write_notice", revised, now)
    return revised


def newest_draft(tx: Connection, by: int) -> Notice | None:
    """The draft that the member worked on last: what "go on with the notice" means."""
    open_ones = notices.c.state.in_((State.DRAFT, State.REFUSED))
    query = select(notices).where(notices.c.author_id == by, open_ones)
    row = tx.execute(query.order_by(notices.c.updated_at.desc(), notices.c.id.desc()).limit(1)).first()
    return read(row) if row else None


def _columns(values: Mapping[str, Any], before: Notice | None = None) -> dict[str, Any]:
    """Columns of the table for what is given; texts are trimmed and measured."""
    row: dict[str, Any] = {}
    for name, column, most in (("titles", "title", LONGEST_TITLE), ("bodies", "body", LONGEST_BODY)):
        for language, text in (values.get(name) or {}).items():
            row[f"{column}_{language}"] = _measured(str(text or ""), most)
    if values.get("audience") is not None:
        row["audience"] = values["audience"].to_json()
    if "acknowledge" in values:
        row["acknowledge"] = bool(values["acknowledge"])
    if "file" in values:
        file: Attachment | None = values["file"]
        row["file"] = asdict(file) if file else None
    return row


def _measured(text: str, most: int) -> str | None:
    if len(text.strip()) > most:
        raise BadInput("notice.too_long", n=len(text.strip()), most=most)
    return text.strip() or None


def preview(tx: Connection, by: int, notice_id: int, *, texts: Texts, now: datetime) -> Preview:
    """What the notice would do if it went out now. Raises NotAllowed, BadInput."""
    found = _mine(tx, by, notice_id, Deed.WRITE_NOTICE, Deed.APPROVE_NOTICE)
    at, today = found.organisation_id, now.date()
    place = organisations.by_id(tx, at)
    return Preview(
        notice=found,
        organisation=place,
        counted=audience.count(tx, found.audience, organisation_id=at, today=today),
        sample=tuple(audience.sample(tx, found.audience, organisation_id=at, today=today)),
        groups=len(groups.reached(tx, found)),
        looks={one: message(found, place.name(one), texts=texts, language=one) for one in LANGUAGES if found.titles},
        second_approval=_needs_second(tx, at),
    )


# --- a second person, and when it goes out --------------------------------------------------------


def confirm(tx: Connection, by: int, notice_id: int, *, now: datetime, send_at: datetime | None = None) -> Notice:
    """The author's yes: to the second person where the organisation wants one, else on its way."""
    found = by_id(tx, notice_id)
    ahead = ask_approval if _needs_second(tx, found.organisation_id) else schedule
    return ahead(tx, by, notice_id, now=now, send_at=send_at)


def ask_approval(tx: Connection, by: int, notice_id: int, *, now: datetime, send_at: datetime | None = None) -> Notice:
    """Ask those who may approve it, in their chats; whoever wrote on it may not. Raises BadInput if there is nobody."""
    found = _ready(tx, by, notice_id, now, send_at)
    asked = [one for one in approvers(tx, found) if one != by]
    if not asked:
        raise BadInput("notice.no_second")
    waiting = _move(tx, found, (State.DRAFT, State.REFUSED), {"state": State.WAITING, "send_at": send_at}, now)
    _record(tx, by, "ask_approval", waiting, now)
    _ask(tx, waiting, asked, now)
    return waiting


def approve(tx: Connection, by: int, notice_id: int, *, now: datetime) -> Notice:
    """The second person's yes. Raises NotAllowed for whoever wrote on it, BadInput when it is not waiting."""
    found = _decidable(tx, by, notice_id)
    when = max(found.send_at, now) if found.send_at else now
    values = {"state": State.SCHEDULED, "approved_by": by, "approved_at": now, "send_at": when, "round": 0, "cursor": 0}
    approved = _move(tx, found, (State.WAITING,), values, now)
    _record(tx, by, "approve_notice", approved, now)
    _tell_author(tx, approved, "notice.was_approved", now)
    return approved


def refuse(tx: Connection, by: int, notice_id: int, *, now: datetime, reason: str = "") -> Notice:
    """The second person's no; the author can revise it and ask again."""
    found = _decidable(tx, by, notice_id)
    refused = _move(tx, found, (State.WAITING,), {"state": State.REFUSED, "reason": reason.strip()[:500] or None}, now)
    _record(tx, by, "refuse_notice", refused, now)
    _tell_author(tx, refused, "notice.was_refused_because" if refused.reason else "notice.was_refused", now)
    return refused


def schedule(tx: Connection, by: int, notice_id: int, *, now: datetime, send_at: datetime | None = None) -> Notice:
    """Send it then, or at once. Raises BadInput without a text, for nobody, for a time that is over, or where a second
    person has to approve it."""
    found = _ready(tx, by, notice_id, now, send_at)
    if _needs_second(tx, found.organisation_id):
        raise BadInput("notice.needs_second")
    values = {"state": State.SCHEDULED, "send_at": send_at or now, "round": 0, "cursor": 0}
    scheduled = _move(tx, found, (State.DRAFT, State.REFUSED, State.SCHEDULED), values, now)
    _record(tx, by, "send_notice", scheduled, now)
    return scheduled


def cancel(tx: Connection, by: int, notice_id: int, *, now: datetime, reason: str = "") -> Notice:
    """Stop it, also midway: what has not been sent stays unsent, with the reason `cancelled`."""
    found = _mine(tx, by, notice_id, Deed.WRITE_NOTICE, Deed.APPROVE_NOTICE)
    if found.state is State.CANCELLED:
        return found
    stoppable = (State.WAITING, State.SCHEDULED, State.SENDING, State.SENT)
    values = {"state": State.CANCELLED, "reason": reason.strip()[:500] or None}
    cancelled = _move(tx, found, stoppable, values, now)
    _record(tx, by, "cancel_notice", cancelled, now)
    sweep(tx, now=now, notice_id=cancelled.id)
    return cancelled


def approvers(tx: Connection, found: Notice) -> list[int]:
    """Who may approve it: the role, within reach, and no hand in the text."""
    wrote = _writers(tx, found)
    able = authority.approvers(tx, found.organisation_id, Deed.APPROVE_NOTICE)
    return [one for one in able if one not in wrote]


def _writers(tx: Connection, found: Notice) -> set[int]:
    """Everyone who wrote on it, by the log."""
    deeds = (audit_log.c.subject == subject(found.id)) & (audit_log.c.action == "write_notice") & audit_log.c.allowed
    wrote = set(tx.execute(select(audit_log.c.member_id).where(deeds)).scalars())
    return {one for one in (*wrote, found.author_id) if one is not None}


def _decidable(tx: Connection, by: int, notice_id: int) -> Notice:
    found = _mine(tx, by, notice_id, Deed.APPROVE_NOTICE)
    if by in _writers(tx, found):
        raise NotAllowed("notice.own_approval", number=found.number)
    return found


def _ready(tx: Connection, by: int, notice_id: int, now: datetime, send_at: datetime | None) -> Notice:
    """The notice, if it can go out. Raises NotAllowed, BadInput."""
    found = _mine(tx, by, notice_id, Deed.WRITE_NOTICE)
    if not found.titles:
        raise BadInput("notice.no_text")
    if send_at is not None and send_at < now:
        raise BadInput("notice.time_over")
    audience.check(tx, found.audience, by=by, deed=Deed.WRITE_NOTICE, organisation_id=found.organisation_id)
    people = audience.after(tx, found.audience, organisation_id=found.organisation_id, now=now, chunk=1)
    if not people and not groups.reached(tx, found):
        raise BadInput("notice.nobody")
    return found


def _needs_second(tx: Connection, organisation_id: int) -> bool:
    return bool(tx.execute(select(places.c.second_approval).where(places.c.id == organisation_id)).scalar())


def _mine(tx: Connection, by: int, notice_id: int, *deeds: Deed) -> Notice:
    """The notice, if one of the deeds is the member's to do. Raises NotAllowed, BadInput."""
    found = by_id(tx, notice_id)
    if not any(authority.may(tx, by, deed, found.organisation_id) for deed in deeds):
        raise NotAllowed("notice.not_yours", number=found.number)
    return found


def _move(tx: Connection, found: Notice, states: Sequence[State], values: Mapping[str, Any], now: datetime) -> Notice:
    """Change it if it is still in one of these states: of two who press at once, one comes first."""
    still = (notices.c.id == found.id) & notices.c.state.in_(states)
    row = tx.execute(update(notices).where(still).values({**values, "updated_at": now}).returning(notices)).first()
    if row is None:
        raise BadInput(f"notice.is_{by_id(tx, found.id).state}", number=found.number)
    return read(row)


# --- words to staff -------------------------------------------------------------------------------


def subject(notice_id: int) -> str:
    """How the audit log names a notice."""
    return f"notice {notice_id}"


def _record(tx: Connection, by: int, action: str, found: Notice, now: datetime) -> None:
    authority.record(tx, by, action, allowed=True, now=now, subject=subject(found.id))


def _ask(tx: Connection, found: Notice, asked: Sequence[int], now: datetime) -> None:
    place = organisations.by_id(tx, found.organisation_id)
    counted = audience.count(tx, found.audience, organisation_id=place.id, today=now.date())
    values = {
        "number": found.number, "organisation_zh": place.name_zh, "organisation_en": place.name_en,
        "n": counted.total, "title_zh": found.title("zh"), "title_en": found.title("en"),
        "body_zh": shorten(found.body("zh"), SHOWN_IN_REQUEST), "body_en": shorten(found.body("en"), SHOWN_IN_REQUEST),
    }  # fmt: skip
    buttons = [
        {"key": f"notice.button_{answer}", "payload": f'/decide_notice{{"notice": "{found.id}", "answer": "{answer}"}}'}
        for answer in ("approve", "refuse")
    ]
    occasion = f"notice:{found.id}:approval:{now.timestamp():.0f}"  # asked again after a change, it is a new request
    tell(tx, asked, occasion, "notice.please_approve", values, now=now, buttons=buttons)


def _tell_author(tx: Connection, found: Notice, sentence: str, now: datetime) -> None:
    values = {"number": found.number, "title": found.title("zh"), "reason": found.reason or ""}
    if found.author_id is not None:
        tell(tx, [found.author_id], f"notice:{found.id}:{found.state}:{now.timestamp():.0f}", sentence, values, now=now)


def tell(
    tx: Connection,
    people: Sequence[int],
    occasion: str,
    sentence: str,
    values: Mapping[str, Any],
    *,
    now: datetime,
    buttons: Sequence[Mapping[str, str]] = (),
) -> None:
    """A text through the outbox to each of these, once for an occasion."""
    where = reach(tx, people, (), now=now).addresses
    payload = {"key": sentence, "values": dict(values), "buttons": list(buttons)}
    rows = [
        NewDelivery(f"{occasion}:{one}", one, *where[one], kind="text", payload=payload, priority=3)
        for one in people
        if one in where
    ]
    enqueue(tx, rows, now=now)
