"""Opening a survey about a notification, by staff or by the rule of the settings."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import product
from typing import Any

from sqlalchemy import Connection, select

from bot import authority, notifications, organisations
from bot.alerts.opening import inserting
from bot.audience import Audience, check
from bot.authority import Deed
from bot.db.models import organisations as table
from bot.db.models import surveys
from bot.errors import BadInput, NotAllowed
from bot.matching.profile import market_codes
from bot.notifications import Notification
from bot.organisations import Kind
from bot.surveys.moving import first_dates
from bot.surveys.questions import checked
from bot.surveys.rules import Rules
from bot.surveys.survey import State, Survey, by_key, of_families

CONCERNED: Mapping[str, Any] = {"concerned": True}  # everyone whom the notification concerns, as its alert found them


def open_survey(
    tx: Connection,
    symbol: str,
    *,
    by: int | None,
    key: str,
    now: datetime,
    rules: Rules,
    organisation_id: int | None = None,
    audience: Mapping[str, Any] | None = None,
    questions: Sequence[Mapping[str, Any]] = (),
    title_zh: str | None = None,
    title_en: str | None = None,
    spans: Mapping[str, int] | None = None,
    closes: date | None = None,
    demo: bool = False,
) -> Survey:
    """Ask those whom a notification concerns. The same key is the same survey; inviting follows step by step.

    `organisation_id`: who asks, the member's own place with this right if not given; its survey reaches whom it
    reaches. `closes`: until when comments are taken, if not what the notification says. `by` None: a rule opens it.
    Raises BadInput for an unknown symbol or a broken question, NotAllowed.
    """
    known = by_key(tx, key)
    if known:
        return known
    about = notifications.by_symbol(tx, symbol)
    if about is None:
        raise BadInput("survey.unknown_symbol", symbol=symbol)
    place = organisation_id or _own_place(tx, by)
    if by is not None:
        authority.require(tx, by, Deed.OPEN_SURVEY, place)
    _refuse_second(tx, about, place)
    row = {
        "organisation_id": place, "opened_by": by, "opened_at": now, "state": State.OPEN, "key": key, "demo": demo,
        "notification_id": about.id, "family": about.family, "cursor": 0, "questions": checked(questions),
        "title_zh": title_zh or _title(about, "zh"), "title_en": title_en or _title(about, "en"),
        "audience": checked_audience(tx, audience, by=by, place=place),
        **first_dates(tx, about, closes=closes, spans=spans, now=now, rules=rules),
    }  # fmt: skip
    statement = inserting(tx, surveys).on_conflict_do_nothing(index_elements=["key"]).returning(surveys.c.id)
    made = tx.execute(statement, row).scalar()
    if made is not None:  # else somebody was as quick with the same key
        subject = f"survey {made}"
        authority.record(tx, by, "open_survey", allowed=True, now=now, subject=subject, detail={"symbol": symbol})
    return _of_key(tx, key)


def checked_audience(tx: Connection, given: Mapping[str, Any] | None, *, by: int | None, place: int) -> dict[str, Any]:
    """As it is stored. What is not understood is refused: without any condition everybody would be asked."""
    if not given or given.get("concerned"):
        return dict(CONCERNED)
    chosen = Audience.from_json(given)
    if not chosen.to_json():
        raise BadInput("survey.bad_audience")
    if by is not None:
        check(tx, chosen, by=by, deed=Deed.OPEN_SURVEY, organisation_id=place)
    return chosen.to_json()


def _of_key(tx: Connection, key: str) -> Survey:
    found = by_key(tx, key)
    assert found is not None
    return found


def by_rule(tx: Connection, about: Notification, *, now: datetime, rules: Rules) -> Survey | None:
    """Open a survey for a new notification if the settings ask for it and there is a centre and time to comment."""
    centre = centre_id(tx)
    closing = notifications.deadline(tx, about.symbol)
    if centre is None or closing is None or closing < rules.today(now) or not _wanted(about, rules):
        return None
    if of_families(tx, [about.family]):
        return None
    key = f"auto:{about.symbol}"
    return open_survey(tx, about.symbol, by=None, key=key, now=now, rules=rules, organisation_id=centre)


def _wanted(about: Notification, rules: Rules) -> bool:
    """Of the named markets and under the named codes; an empty list of the two asks for everything, both for nothing.

    A notification without codes is not known to be outside of them.
    """
    if not rules.markets and not rules.hs:
        return False
    wanted = {code for name in rules.markets for code in market_codes(name)}
    prefixes, codes = [code.replace(".", "") for code in rules.hs], about.record.get("hs_codes") or []
    in_market = not wanted or bool(wanted & set(about.record["members"]))
    return in_market and (not prefixes or not codes or any(map(_overlap, product(codes, prefixes))))


def _overlap(pair: tuple[str, str]) -> bool:
    mine, wanted = pair
    return mine.startswith(wanted) or wanted.startswith(mine)


def centre_id(tx: Connection) -> int | None:
    """The centre; the real one before the demonstration's."""
    query = select(table.c.id).where(table.c.kind == Kind.CENTRE).order_by(table.c.demo, table.c.id)
    return tx.execute(query.limit(1)).scalar()


def _own_place(tx: Connection, by: int | None) -> int:
    """Where the member may open surveys: the widest such place."""
    held = authority.grants(tx, by) if by is not None else []
    places = [one.organisation_id for one in held if authority.permits(one.role, Deed.OPEN_SURVEY)]
    if not places:
        raise NotAllowed("people.not_allowed")
    return min(places, key=lambda place: len(organisations.reached_from(tx, place)))


def _refuse_second(tx: Connection, about: Notification, place: int) -> None:
    for one in of_families(tx, [about.family]):
        if one.organisation_id == place:
            raise BadInput("survey.already_open", number=one.number, symbol=about.symbol)


def _title(about: Notification, language: str) -> str:
    """What the notification is called; staff can put it better."""
    record = about.record
    original = str(record.get("title") or about.symbol)
    return str(record.get("title_zh") or original) if language == "zh" else original
