"""A person behind one or several addresses: found, merged, exported and erased without a trace."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Column, Connection, insert, select

from bot import authority, deliveries, enrolment, inbox, members
from bot.authority import Role
from bot.channels import rows
from bot.clock import FixedClock
from bot.db import models
from bot.db.engine import Database
from bot.db.models import addresses as address_table
from bot.db.models import (
    audit_log,
    conversations,
    enrolments,
    events,
    follows,
    interests,
    keyboards,
    metadata,
    roles,
    sent_messages,
    tickets,
    web_sessions,
)
from bot.db.models import members as table
from bot.enrolment import Purpose
from bot.errors import BadInput
from bot.members import Address
from bot.messages import Inbound
from tests.factories import alert, delivery, interest, person, tree

# --- finding --------------------------------------------------------------------------------------


def test_a_new_address_is_a_new_member_and_an_old_one_is_not(db: Database, clock: FixedClock) -> None:
    first = db.now(members.at_address, "web", "a", now=clock.now())
    assert db.now(members.at_address, "web", "a", now=clock.now()) == first
    assert db.now(members.at_address, "mail", "a", now=clock.now()) != first
    assert db.look(members.addresses_of, first) == [Address("web", "a")]


def test_who_writes_again_is_alive_again(db: Database, clock: FixedClock) -> None:
    db.now(members.at_address, "web", "a", now=clock.now())
    db.now(lambda tx: tx.execute(address_table.update().values(state="gone", reason="blocked")))
    db.now(members.at_address, "web", "a", now=clock.now())
    row = db.look(lambda tx: tx.execute(select(address_table.c.state, address_table.c.reason)).one())
    assert tuple(row) == ("active", None)


# --- choices --------------------------------------------------------------------------------------


def _row(db: Database, member_id: int) -> Any:
    return db.look(lambda tx: tx.execute(select(table).where(table.c.id == member_id)).one())


def test_choices_are_kept(db: Database, clock: FixedClock) -> None:
    anna = db.now(person, now=clock.now())
    until = clock.now() + timedelta(days=3)
    db.now(members.choose_language, anna, "en")
    db.now(members.choose_time_zone, anna, "Europe/Berlin")
    db.now(members.rename, anna, "安娜")
    db.now(members.pause, anna, until)
    db.now(members.privacy_shown, anna, now=clock.now())
    row = _row(db, anna)
    assert (row.language, row.time_zone, row.name) == ("en", "Europe/Berlin", "安娜")
    assert (row.paused_until, row.privacy_shown_at) == (until, clock.now())
    db.now(members.pause, anna, None)
    assert _row(db, anna).paused_until is None


def test_a_zone_that_is_none_is_refused(db: Database, clock: FixedClock) -> None:
    anna = db.now(person, now=clock.now())
    with pytest.raises(BadInput) as caught:
        db.now(members.choose_time_zone, anna, "Mars/Olympus")
    assert caught.value.values == {"zone": "Mars/Olympus"}
    assert _row(db, anna).time_zone == "Asia/Shanghai"


# --- everything that the service can keep about a person ---------------------------------------------

MARK = "anna-7f3e"  # her address: found wherever it is left behind


def _fill(tx: Connection, mark: str, clock: FixedClock) -> int:
    """A row of this person's in every table that can have one."""
    now = clock.now()
    house = tree(tx, now=now)
    one = person(tx, mark, now=now, channel="web", at=house.enterprise)
    members.rename(tx, one, f"name of {mark}")
    enrolment.ask(tx, one, house.association.id, now=now, note=f"from {mark}")
    enrolment.make_code(tx, Purpose.LINK, now=now, member_id=one, by=one)
    wanted = interest(tx, one, now=now, key=f"interest {mark}")
    told = alert(tx, now=now, symbol=f"G/TBT/N/EU/{one}")
    deliveries.enqueue(
        tx,
        [delivery(one, f"delivery {mark}", channel="web", address=mark, alert_id=told, interest_id=wanted)],
        now=now,
    )
    inbox.receive(tx, Inbound("web", mark, "1", f"I am {mark}"), now=now)
    rows.put(tx, "web", mark, key="1", body={"text": f"I am {mark}"}, mine=True, now=now)
    authority.record(tx, one, "export", allowed=True, now=now, subject="interests")
    _talk(tx, one, mark, clock)
    return one


def _talk(tx: Connection, one: int, mark: str, clock: FixedClock) -> None:
    now = clock.now()
    talk = {"channel": "web", "sender": mark, "member_id": one, "language": "zh", "snapshot": {"who": mark}}
    made = tx.execute(insert(conversations).values(**talk, updated_at=now).returning(conversations.c.id)).scalar_one()
    tx.execute(insert(events).values(conversation_id=made, seq=1, data={"text": f"I am {mark}"}))
    tx.execute(insert(follows).values(member_id=one, family="G/TBT/N/EU/1", created_at=now))
    session = {"hash": f"{one:064}", "visitor": mark, "created_at": now, "expires_at": now}
    tx.execute(insert(web_sessions).values(**session))
    _press(tx, mark, clock)
    _linked(tx, one, mark, clock)
    asked = {"channel": "web", "address": mark, "kind": "person", "question": mark, "language": "zh"}
    values = {**asked, "assignee_id": one, "key": f"ticket {mark}", "created_at": now, "due_at": now}
    ticket = tx.execute(insert(tickets).values(**values, member_id=one).returning(tickets.c.id)).scalar_one()
    thought = {"question": mark, "language": "zh", "entry": "x", "verdict": "useful", "key": mark, "created_at": now}
    tx.execute(insert(models.answer_ratings).values(**thought, member_id=one))
    said = {"ticket_id": ticket, "author_id": one, "kind": "follow_up", "text": mark, "key": f"said {mark}", "at": now}
    tx.execute(insert(models.ticket_messages).values(**said))
    _answer(tx, one, mark, clock)
    _work(tx, one, mark, clock)


def _answer(tx: Connection, one: int, mark: str, clock: FixedClock) -> None:
    """Feedback to a survey, submitted, with a file and a version; a notice that was read."""
    now, organisation = clock.now(), tx.execute(select(models.organisations.c.id).limit(1)).scalar_one()
    day = now.date()
    survey = {
        "organisation_id": organisation, "title_zh": "征集", "title_en": "Survey", "audience": {}, "questions": [],
        "enterprise_due": day, "county_due": day, "centre_due": day, "spans": {}, "key": f"survey {one}",
        "opened_by": one, "closed_by": one, "opened_at": now,
    }  # fmt: skip
    asked = tx.execute(insert(models.surveys).values(**survey).returning(models.surveys.c.id)).scalar_one()
    tx.execute(insert(models.invitations).values(survey_id=asked, member_id=one, invited_at=now))
    answers = {"product": "toys", "export_value": {"value": 1e6, "currency": "USD"}, "contact": mark}
    given = {
        "member_id": one, "survey_id": asked, "product": "toys", "answers": answers, "more": {"reason": mark},
        "state": "submitted", "language": "zh", "channel": "web", "address": mark, "key": f"feedback {mark}",
        "created_at": now, "updated_at": now,
    }  # fmt: skip
    made = tx.execute(insert(models.feedback).values(**given).returning(models.feedback.c.id)).scalar_one()
    version = {"feedback_id": made, "version": 1, "state": "submitted", "record": answers, "at": now}
    tx.execute(insert(models.feedback_versions).values(**version))
    file = {"name": "label.jpg", "media_type": "image/jpeg", "path": f"{mark}/label.jpg", "size": 1, "key": mark}
    tx.execute(insert(models.feedback_files).values(**file, feedback_id=made, at=now))
    notice = {"organisation_id": organisation, "audience": {}, "key": f"notice {one}", "author_id": one}
    written = insert(models.notices).values(**notice, approved_by=one, created_at=now, updated_at=now)
    sent = tx.execute(written.returning(models.notices.c.id)).scalar_one()
    tx.execute(insert(models.receipts).values(notice_id=sent, member_id=one, read_at=now))
    tx.execute(insert(models.notice_mutes).values(organisation_id=organisation, member_id=one, created_at=now))


def _work(tx: Connection, one: int, mark: str, clock: FixedClock) -> None:
    """What a member of staff leaves behind."""
    now, day = clock.now(), clock.now().date()
    organisation = tx.execute(select(models.organisations.c.id).limit(1)).scalar_one()
    survey = tx.execute(select(models.surveys.c.id).order_by(models.surveys.c.id.desc())).scalars().first()
    told = tx.execute(select(models.notifications.c.id).order_by(models.notifications.c.id.desc())).scalars().first()
    account = {"member_id": one, "login": mark, "password": "hashed", "created_at": now, "changed_at": now}
    tx.execute(insert(models.accounts).values(**account))
    session = {"hash": f"{one:063}s", "member_id": one, "token": "t", "created_at": now, "seen_at": now}
    tx.execute(insert(models.staff_sessions).values(**session, expires_at=now))
    group = {"organisation_id": organisation, "channel": "web", "address": f"group {one}", "added_by": one}
    tx.execute(insert(models.groups).values(**group, created_at=now))
    text = {"notification_id": told, "language": "zh", "title": "玩具", "written_by": one, "written_at": now}
    tx.execute(insert(models.notification_texts).values(**text))
    sheet = {"survey_id": survey, "organisation_id": organisation, "figures": {}, "updated_by": one, "passed_by": one}
    tx.execute(insert(models.county_sheets).values(**sheet, updated_at=now))
    study = {
        "survey_id": survey, "organisation_id": organisation, "title": "study", "task": "t", "assignee_id": one,
        "created_by": one, "due": day, "created_at": now, "updated_at": now,
    }  # fmt: skip
    tx.execute(insert(models.studies).values(**study))
    comment = {"survey_id": survey, "blocks": {}, "edited_by": one, "approved_by": one, "edited_at": now}
    tx.execute(insert(models.draft_comments).values(**comment))
    rate = {"currency": "EUR", "day": day - timedelta(days=one), "usd": 1.1, "source": "test", "entered_by": one}
    tx.execute(insert(models.exchange_rates).values(**rate, entered_at=now))


def _press(tx: Connection, mark: str, clock: FixedClock) -> None:
    """A message with buttons, in her own chat and in a group where she is the one who may press."""
    for address in (mark, "a group"):
        shown = {"token": f"{mark} {address}", "channel": "web", "address": address, "person": mark, "key": "turn:1:0"}
        tx.execute(insert(keyboards).values(**shown, buttons=[], created_at=clock.now()))
    tx.execute(insert(sent_messages).values(channel="web", key=f"turn {mark}", address=mark, at=clock.now()))


def _linked(tx: Connection, one: int, mark: str, clock: FixedClock) -> None:
    """A link to answer with, and an address that is still to be confirmed."""
    now, where = clock.now(), {"channel": "email", "address": f"{mark}@example.com", "member_id": one}
    link = {"hash": f"{one:063}l", "language": "zh", "text": "t", "buttons": [], "expires_at": now, "created_at": now}
    tx.execute(insert(models.answer_links).values(**link, **where))
    code = {"hash": f"{one:063}c", "purpose": "address", "expires_at": now, "created_at": now}
    tx.execute(insert(models.codes).values(**code, **where))


def _points_to_a_member(column: Column[Any]) -> bool:
    return any(key.column is table.c.id for key in column.foreign_keys)


def _traces(tx: Connection, member_id: int, mark: str) -> Iterator[str]:
    """Every column of every table that still leads to the person."""
    for each in metadata.tables.values():
        for row in tx.execute(select(each)):
            for column in each.columns:
                value = row._mapping[column.name]
                hers = _points_to_a_member(column) and value == member_id
                if hers or mark in str(value) or f"member {member_id}" == value:
                    yield f"{each.name}.{column.name}"
        if each is table and tx.execute(select(table).where(table.c.id == member_id)).first():
            yield "members.id"


def _personal_columns() -> set[str]:
    named = ("address", "person", "sender", "visitor")
    return {
        f"{each.name}.{column.name}"
        for each in metadata.tables.values()
        for column in each.columns
        if _points_to_a_member(column) or column.name in named
    } - {"enrolments.decided_by", "roles.granted_by", "groups.address"}  # the deed of another person; a group


def test_the_filled_person_has_a_row_everywhere(db: Database, clock: FixedClock) -> None:
    """So that a table which is added later cannot be forgotten by the tests below."""
    anna = db.now(_fill, MARK, clock)
    assert _personal_columns() <= set(db.look(lambda tx: list(_traces(tx, anna, MARK))))


def test_erased_nothing_leads_to_the_person_any_more(db: Database, clock: FixedClock) -> None:
    anna = db.now(_fill, MARK, clock)
    db.now(members.erase, anna)
    assert db.look(lambda tx: list(_traces(tx, anna, MARK))) == []


def test_erasing_one_leaves_the_others_as_they_were(db: Database, clock: FixedClock) -> None:
    anna, ben = db.now(_fill, MARK, clock), db.now(_fill, "ben-11aa", clock)
    before = db.look(lambda tx: list(_traces(tx, ben, "ben-11aa")))
    db.now(members.erase, anna)
    assert db.look(lambda tx: list(_traces(tx, ben, "ben-11aa"))) == before


def test_a_deed_on_the_person_stays_in_the_log_without_the_person(db: Database, clock: FixedClock) -> None:
    anna = db.now(_fill, MARK, clock)
    before = len(db.look(lambda tx: tx.execute(select(audit_log)).all()))
    db.now(members.erase, anna)
    log = db.look(lambda tx: tx.execute(select(audit_log)).all())
    assert len(log) == before
    assert {row.action for row in log} == {"grant", "export"}


def test_the_members_own_data_is_all_of_it(db: Database, clock: FixedClock) -> None:
    anna = db.now(_fill, MARK, clock)
    db.now(_fill, "ben-11aa", clock)
    found = db.look(lambda tx: list(members.own_data(tx, anna)))
    assert "ben-11aa" not in str(found)
    assert {row["table"] for row in found} == {
        "members", "addresses", "roles", "enrolments", "conversations", "events", "interests", "follows",
        "deliveries", "tickets", "inbox", "chat_messages", "feedback", "feedback_versions", "feedback_files",
        "invitations", "receipts", "notice_mutes", "accounts", "staff_sessions", "ticket_messages",
        "answer_ratings", "answer_links",
    }  # fmt: skip


# --- merging --------------------------------------------------------------------------------------


def test_merged_everything_belongs_to_the_one_that_is_kept(db: Database, clock: FixedClock) -> None:
    anna, phone = db.now(_fill, MARK, clock), db.now(_fill, "phone-22bb", clock)
    db.now(members.merge, keep=anna, gone=phone)
    assert db.look(members.addresses_of, anna) == [Address("web", MARK), Address("web", "phone-22bb")]
    for owned in (conversations, interests, tickets, enrolments):
        owners = db.look(lambda tx, t=owned: tx.execute(select(t.c.member_id)).scalars().all())
        assert owners == [anna, anna], owned.name
    assert not db.look(lambda tx: tx.execute(select(table).where(table.c.id == phone)).first())


def test_merged_what_both_had_is_there_once(db: Database, clock: FixedClock) -> None:
    anna, phone = db.now(_fill, MARK, clock), db.now(_fill, "phone-22bb", clock)
    house = db.now(tree, now=clock.now())
    db.now(enrolment.grant, phone, house.county.id, Role.OFFICER, now=clock.now())
    db.now(members.merge, keep=anna, gone=phone)
    held = db.look(lambda tx: tx.execute(select(roles.c.member_id, roles.c.role).order_by(roles.c.role)).all())
    assert [tuple(row) for row in held] == [(anna, Role.ENTERPRISE), (anna, Role.OFFICER)]
    assert db.look(lambda tx: tx.execute(select(follows.c.member_id)).scalars().all()) == [anna]


def test_merged_with_oneself_nothing_happens(db: Database, clock: FixedClock) -> None:
    anna = db.now(_fill, MARK, clock)
    db.now(members.merge, keep=anna, gone=anna)
    assert db.look(members.addresses_of, anna) == [Address("web", MARK)]


def test_merged_the_other_persons_alerts_still_come(db: Database, clock: FixedClock) -> None:
    anna, phone = db.now(_fill, MARK, clock), db.now(_fill, "phone-22bb", clock)
    db.now(members.merge, keep=anna, gone=phone)
    claimed = db.now(deliveries.claim, channels=["web"], limit=10, lease_seconds=60)
    assert [(item.row.member_id, item.row.address) for item in claimed] == [(anna, MARK), (anna, "phone-22bb")]


def test_erased_what_was_submitted_is_still_counted(db: Database, clock: FixedClock) -> None:
    anna = db.now(_fill, MARK, clock)
    db.now(members.erase, anna)
    row = db.look(lambda tx: tx.execute(select(models.feedback)).one())
    assert (row.member_id, row.product) == (None, "toys")
    assert row.answers == {"product": "toys", "export_value": {"value": 1e6, "currency": "USD"}}
    assert db.look(lambda tx: tx.execute(select(models.invitations.c.member_id)).scalars().all()) == [None]


def test_merged_every_deed_is_the_kept_persons(db: Database, clock: FixedClock) -> None:
    anna, phone = db.now(_fill, MARK, clock), db.now(_fill, "phone-22bb", clock)
    db.now(members.merge, keep=anna, gone=phone)
    found = db.look(lambda tx: [set(tx.execute(select(column)).scalars()) for column in members.SIGNED])
    assert set.union(*found) <= {anna, None}
    assert db.look(lambda tx: tx.execute(select(models.accounts.c.login)).scalars().all()) == [MARK]


def test_somebody_new_who_writes_several_times_at_once_is_one_member(db: Database, clock: FixedClock) -> None:
    def arrive(name: str) -> int:
        return db.now(members.at_address, "rest", name, now=clock.now())

    names = [f"carl-{number}" for number in range(20) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(arrive, names))
    assert len(set(zip(names, found, strict=True))) == len(set(names)) == len(set(found))
