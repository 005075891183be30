"""Who may do what: every role with every deed, and how far it reaches."""

import pytest
from sqlalchemy import select

from bot import authority, enrolment
from bot.authority import Deed, Role
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.db.models import audit_log
from bot.errors import NotAllowed
from bot.organisations import Organisation
from tests.factories import Tree, person, tree

# Written out a second time on purpose: whoever changes the table in the code has to mean it.
PEOPLE = "enter_console see_members invite approve grant_enterprise"
ALLOWED = {
    Role.ENTERPRISE: "",
    Role.SECRETARY: f"{PEOPLE} see_progress see_deliveries write_notice approve_notice",
    Role.OFFICER: f"{PEOPLE} see_deliveries edit_notification open_survey see_progress see_feedback fill_sheet "
    "close_survey assign_study write_comment approve_comment write_notice approve_notice answer_ticket",
    Role.ANALYST: "enter_console see_members import export see_deliveries replay edit_notification open_survey "
    "see_progress see_feedback close_survey assign_study write_comment set_rates write_notice answer_ticket "
    "edit_knowledge",
    Role.ADMINISTRATOR: f"{PEOPLE} grant_staff import export see_deliveries see_audit replay edit_notification "
    "open_survey see_progress see_feedback fill_sheet close_survey assign_study write_comment approve_comment "
    "set_rates write_notice approve_notice answer_ticket edit_knowledge",
}
EVERY = [(role, deed) for role in Role for deed in Deed]


@pytest.fixture
def house(db: Database, clock: FixedClock) -> Tree:
    return db.now(tree, now=clock.now())


@pytest.mark.parametrize(("role", "deed"), EVERY, ids=[f"{role}-{deed}" for role, deed in EVERY])
def test_the_whole_matrix(role: Role, deed: Deed) -> None:
    assert authority.permits(role, deed) == (deed in ALLOWED[role].split())


def test_every_role_and_deed_is_in_the_table() -> None:
    assert set(ALLOWED) == set(Role) == set(authority.MATRIX)
    assert {deed for deeds in ALLOWED.values() for deed in deeds.split()} == set(Deed)


@pytest.mark.parametrize(("role", "deed"), EVERY, ids=[f"{role}-{deed}" for role, deed in EVERY])
def test_the_matrix_holds_for_a_stored_role(db: Database, clock: FixedClock, role: Role, deed: Deed) -> None:
    house = db.now(tree, now=clock.now())
    someone = db.now(person, now=clock.now(), at=house.county, role=role)
    assert db.look(authority.may, someone, deed, house.county.id) == (deed in ALLOWED[role].split())


# (where the role is held, what it is used on, does it reach?)
REACH = [
    ("county", "county", True),  # own
    ("county", "enterprise", True),  # below
    ("centre", "enterprise", True),  # two below
    ("centre", "association", True),
    ("county", "other_county", False),  # sideways
    ("county", "other_enterprise", False),  # below another one
    ("county", "centre", False),  # above
    ("enterprise", "county", False),
    ("association", "enterprise", True),  # its member
    ("association", "other_enterprise", False),  # not its member
    ("association", "county", False),
    ("county", "association", False),  # though its enterprise is in it
]


@pytest.mark.parametrize(("held", "used", "reaches"), REACH, ids=[f"{held}-on-{used}" for held, used, _ in REACH])
def test_reach(db: Database, clock: FixedClock, house: Tree, held: str, used: str, reaches: bool) -> None:
    at: Organisation = getattr(house, held)
    on: Organisation = getattr(house, used)
    someone = db.now(person, now=clock.now(), at=at, role=Role.ADMINISTRATOR)
    assert db.look(authority.may, someone, Deed.APPROVE, on.id) == reaches


def test_each_role_counts_where_it_is_held_only(db: Database, clock: FixedClock, house: Tree) -> None:
    """An officer here and an enterprise there is no officer there."""
    someone = db.now(person, now=clock.now(), at=house.county, role=Role.OFFICER)
    db.now(enrolment.grant, someone, house.other_enterprise.id, Role.ENTERPRISE, now=clock.now())
    assert db.look(authority.may, someone, Deed.APPROVE, house.enterprise.id)
    assert not db.look(authority.may, someone, Deed.APPROVE, house.other_enterprise.id)


def test_without_a_role_nothing_is_allowed(db: Database, clock: FixedClock, house: Tree) -> None:
    nobody = db.now(person, now=clock.now())
    assert not any(db.look(authority.may, nobody, deed, house.enterprise.id) for deed in Deed)
    with pytest.raises(NotAllowed):
        db.look(authority.require, nobody, Deed.EXPORT, house.enterprise.id)


def test_an_approver_is_near_before_far_and_named_once(db: Database, clock: FixedClock, house: Tree) -> None:
    def add(name: str, at: Organisation, role: Role) -> int:
        return db.now(person, name, now=clock.now(), at=at, role=role)

    administrator = add("administrator", house.centre, Role.ADMINISTRATOR)
    officer = add("officer", house.county, Role.OFFICER)
    db.now(enrolment.grant, officer, house.centre.id, Role.OFFICER, now=clock.now())
    secretary = add("secretary", house.association, Role.SECRETARY)
    add("elsewhere", house.other_county, Role.OFFICER)
    add("colleague", house.enterprise, Role.ENTERPRISE)
    add("analyst", house.county, Role.ANALYST)
    assert db.look(authority.approvers, house.enterprise.id) == [secretary, officer, administrator]


def test_refused_tries_are_logged_like_deeds(db: Database, clock: FixedClock, house: Tree) -> None:
    someone = db.now(person, now=clock.now())
    db.now(authority.record, someone, "export", allowed=False, now=clock.now(), subject="interests")
    row = db.look(lambda tx: tx.execute(select(audit_log).order_by(audit_log.c.id.desc())).first())
    assert row is not None
    assert (row.member_id, row.action, row.allowed, row.subject) == (someone, "export", False, "interests")
