"""Opening a survey about a notification, by staff or by the rule of the settings, and changing an open one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import product
from typing import Any

from sqlalchemy import Connection, select, update

from bot import authority, notifications, organisations
from bot.alerts.opening import AlertKind, AlertState, Opened, inserting
from bot.audience import Audience, check
from bot.authority import Deed
from bot.db.models import organisations as table
from bot.db.models import surveys
from bot.errors import BadInput, NotAllowed
from bot.matching.profile import market_codes
from bot.notifications import Change, Notification
from bot.notifications.record import family_of
from bot.organisations import Kind
from bot.surveys.deadlines import Deadlines
from bot.surveys.inviting import look_again
from bot.surveys.questions import checked
from bot.surveys.rules import Rules
from bot.surveys.survey import State, Survey, all_open, by_id, by_key, of_families, open_one
from bot.surveys.telling import owners, tell_staff

CONCERNED: Mapping[str, Any] = {"concerned": True}  # everyone whom the notification concerns, as its alert found them
TIERS = ("enterprise", "county", "centre", "national")


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
    named = {"title_zh": title_zh or _title(about, "zh"), "title_en": title_en or _title(about, "en")}
    chosen = _audience(tx, audience, by=by, place=place)
    asked = {"audience": chosen, "questions": checked(questions)}
    closing = closes or notifications.deadline(tx, about.symbol)
    dates = _dates(closing, {**checked_spans(spans), **({"closes_set": True} if closes else {})}, now, rules)
    who = {"organisation_id": place, "opened_by": by, "opened_at": now, "state": State.OPEN, "key": key, "demo": demo}
    about_it = {"notification_id": about.id, "family": about.family}
    row = {**who, **about_it, **named, **asked, **dates, "cursor": 0}
    made = tx.execute(_insert_once(tx), row).scalar()
    if made is None:  # somebody else was as quick with the same key
        return _known(tx, key)
    authority.record(tx, by, "open_survey", allowed=True, now=now, subject=f"survey {made}", detail={"symbol": symbol})
    return by_id(tx, made)


def _audience(tx: Connection, given: Mapping[str, Any] | None, *, by: int | None, place: int) -> dict[str, Any]:
    """As it is stored. What is not understood is refused: without any condition everybody would be asked."""
    if not given or given.get("concerned"):
        return dict(CONCERNED)
    chosen = Audience.from_json(given)
    if not chosen.to_json():
        raise BadInput("survey.bad_audience")
    if by is not None:
        check(tx, chosen, by=by, deed=Deed.OPEN_SURVEY, organisation_id=place)
    return chosen.to_json()


def _insert_once(tx: Connection) -> Any:
    return inserting(tx, surveys).on_conflict_do_nothing(index_elements=["key"]).returning(surveys.c.id)


def _known(tx: Connection, key: str) -> Survey:
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


def checked_spans(spans: Mapping[str, int] | None) -> dict[str, Any]:
    """Only the four tiers, each a number of days. Raises BadInput."""
    for name, days in (spans or {}).items():
        if name not in TIERS or not isinstance(days, int) or not 0 <= days <= 365:
            raise BadInput("survey.bad_span", name=name, value=days)
    return dict(spans or {})


def revise(
    tx: Connection,
    survey_id: int,
    *,
    by: int,
    now: datetime,
    rules: Rules,
    title_zh: str | None = None,
    title_en: str | None = None,
    questions: Sequence[Mapping[str, Any]] | None = None,
    audience: Mapping[str, Any] | None = None,
    spans: Mapping[str, int] | None = None,
    closes: date | None = None,
) -> Survey:
    """Change an open survey; what is not given stays. Who was asked is told of new dates, a new audience is invited.

    Raises BadInput when it is closed, a question is broken or the date is past; NotAllowed.
    """
    found = open_one(tx, survey_id)
    authority.require(tx, by, Deed.OPEN_SURVEY, found.organisation_id)
    values: dict[str, Any] = {}
    if title_zh:
        values["title_zh"] = title_zh
    if title_en:
        values["title_en"] = title_en
    if questions is not None:
        values["questions"] = checked(questions)
    if audience is not None:
        chosen = _audience(tx, audience, by=by, place=found.organisation_id)
        values |= {"audience": chosen, "cursor": 0, "invited_all_at": None}
    if values:
        tx.execute(update(surveys).where(surveys.c.id == survey_id).values(**values))
    if closes is not None or spans is not None:
        if closes is not None and closes < rules.today(now):
            raise BadInput("survey.date_past", day=closes.isoformat())
        fixed = {"closes_set": True} if closes else {}
        new = {**found.spans, **checked_spans(spans), **fixed}
        move(tx, replace(found, spans=new), closes or found.closes, now=now, rules=rules)
    subject = f"survey {survey_id}"
    authority.record(
        tx, by, "revise_survey", allowed=True, now=now, subject=subject, detail={"changed": sorted(values)}
    )
    return by_id(tx, survey_id)


def note_change(tx: Connection, change: Change, opened: Opened | None, *, now: datetime, rules: Rules) -> None:
    """What a stored notification does to surveys, in the transaction that stored it together with its alert.

    Their deadlines move with its own, whom its alert reaches now is asked too, who opened them hears of a withdrawal,
    and what is new may open one by the rule.
    """
    family = family_of(change.symbol)
    follow_comment_date(tx, family, now=now, rules=rules)
    if opened is None or opened.state is not AlertState.OPEN:
        return
    if change.withdraws:
        _tell_withdrawn(tx, family, now)
    look_again(tx, [one.id for one in of_families(tx, [family]) if one.audience == CONCERNED])
    news = opened.kind is AlertKind.NEW
    found = notifications.by_id(tx, change.id) if news and (rules.markets or rules.hs) else None
    if found and not found.withdrawn_by:
        by_rule(tx, found, now=now, rules=rules)


def _tell_withdrawn(tx: Connection, family: str, now: datetime) -> None:
    for one in of_families(tx, [family]):
        if one.withdrawn:
            tell_staff(tx, one, "withdrawn", "withdrawn", owners(tx, one), now=now)


def unconfirmed(tx: Connection, *, rules: Rules) -> list[int]:
    """Surveys with provisional dates in years whose holidays are known by now."""
    return [
        one.id
        for one in all_open(tx)
        if one.provisional and rules.calendar.knows(one.enterprise_due, one.centre_due, one.closes or one.centre_due)
    ]


def confirm(tx: Connection, survey_id: int, *, now: datetime, rules: Rules) -> None:
    """Compute provisional dates anew with the holidays; those that had to be shortened, or have come, stay."""
    one = by_id(tx, survey_id)
    if not one.spans.get("shortened") and one.enterprise_due > rules.today(now):
        move(tx, one, one.closes, now=now, rules=rules)
    tx.execute(update(surveys).where(surveys.c.id == survey_id).values(provisional=False))


def follow_comment_date(tx: Connection, family: str, *, now: datetime, rules: Rules) -> list[Survey]:
    """Move the deadlines of the family's open surveys when the close of comments has moved; returns those moved.

    Called in the transaction that stores a notification. A date that staff set themselves stays.
    """
    open_ones = of_families(tx, [family])
    if not open_ones:
        return []
    closes = notifications.deadline(tx, family)
    late = [one for one in open_ones if one.closes != closes and not one.spans.get("closes_set") and closes]
    return [move(tx, one, closes, now=now, rules=rules) for one in late]


def move(tx: Connection, survey: Survey, closes: date | None, *, now: datetime, rules: Rules) -> Survey:
    """Compute the deadlines anew. Only when the enterprises' own one differs is there something to tell them."""
    values = _dates(closes, survey.spans, now, rules)
    if values["enterprise_due"] != survey.enterprise_due:
        values |= {"moved_from": survey.enterprise_due, "moved_at": now, "moves": surveys.c.moves + 1}
    tx.execute(update(surveys).where(surveys.c.id == survey.id).values(**values))
    return by_id(tx, survey.id)


def _dates(closes: date | None, spans: Mapping[str, Any], now: datetime, rules: Rules) -> dict[str, Any]:
    own = {name: spans[name] for name in TIERS if name in spans}
    dates: Deadlines = rules.deadlines(closes, today=rules.today(now), spans=replace(rules.spans, **own))
    return {
        "comment_deadline": closes, "enterprise_due": dates.enterprise, "county_due": dates.county,
        "centre_due": dates.centre, "provisional": dates.provisional,
        "spans": {**spans, "national_due": dates.national.isoformat(), "shortened": dates.shortened},
    }  # fmt: skip
