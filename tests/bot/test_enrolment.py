"""How a visitor comes to act for an organisation: codes that work once and end, and requests that somebody decides."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import authority, enrolment, members
from bot.authority import Grant, Role
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.db.models import audit_log, codes
from bot.enrolment import LETTERS, LIFETIME, Purpose, Redeemed
from bot.errors import BadInput, NotAllowed
from bot.members import Address
from tests.factories import Tree, person, tree


@pytest.fixture
def house(db: Database, clock: FixedClock) -> Tree:
    return db.now(tree, now=clock.now())


@pytest.fixture
def anna(db: Database, clock: FixedClock) -> int:
    return db.now(person, "anna", now=clock.now())


@pytest.fixture
def officer(db: Database, clock: FixedClock, house: Tree) -> int:
    return db.now(person, "officer", now=clock.now(), at=house.county, role=Role.OFFICER)


def _redeem(db: Database, clock: FixedClock, code: str, who: int) -> Redeemed:
    return db.now(enrolment.redeem, code, member_id=who, now=clock.now())


# --- codes ----------------------------------------------------------------------------------------


def test_an_invitation_gives_the_role_once(
    db: Database, clock: FixedClock, house: Tree, anna: int, officer: int
) -> None:
    code = db.now(enrolment.invite, officer, house.enterprise.id, now=clock.now())
    done = _redeem(db, clock, code, anna)
    assert done == Redeemed(Purpose.INVITE, anna, house.enterprise, Role.ENTERPRISE)
    assert db.look(authority.grants, anna) == [Grant(Role.ENTERPRISE, house.enterprise.id)]
    with pytest.raises(BadInput):
        _redeem(db, clock, code, db.now(person, "ben", now=clock.now()))


def test_out_of_reach_there_is_no_invitation(db: Database, clock: FixedClock, house: Tree, officer: int) -> None:
    with pytest.raises(NotAllowed):
        db.now(enrolment.invite, officer, house.other_enterprise.id, now=clock.now())
    assert not db.look(lambda tx: tx.execute(select(codes)).all())


def test_a_code_is_easy_to_read_aloud_and_forgives_how_it_is_typed(
    db: Database, clock: FixedClock, house: Tree, anna: int, officer: int
) -> None:
    code = db.now(enrolment.invite, officer, house.enterprise.id, now=clock.now())
    assert len(code) == 9
    assert set(code) - {"-"} <= set(LETTERS)
    assert not set("01OIL") & set(LETTERS)
    assert _redeem(db, clock, f"  {code.lower()} ", anna).purpose is Purpose.INVITE


def test_a_code_may_be_typed_without_its_dash(
    db: Database, clock: FixedClock, house: Tree, anna: int, officer: int
) -> None:
    code = db.now(enrolment.invite, officer, house.enterprise.id, now=clock.now())
    assert _redeem(db, clock, code.replace("-", ""), anna).purpose is Purpose.INVITE


def test_the_code_itself_is_not_stored(db: Database, clock: FixedClock, anna: int) -> None:
    code = db.now(enrolment.make_code, Purpose.ENTER, now=clock.now(), member_id=anna)
    row = db.look(lambda tx: tx.execute(select(codes)).one())
    assert code not in str(row)
    assert len(code) > 40


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_code_ends(db: Database, clock: FixedClock, house: Tree, anna: int, purpose: Purpose) -> None:
    code = db.now(
        enrolment.make_code, purpose, now=clock.now(), member_id=anna, organisation_id=house.enterprise.id,
        role=Role.ENTERPRISE,
    )  # fmt: skip
    clock.at += LIFETIME[purpose] - timedelta(seconds=1)
    other = db.now(person, "ben", now=clock.now())
    clock.move(seconds=1)
    with pytest.raises(BadInput) as caught:
        _redeem(db, clock, code, other)
    assert (caught.value.key, caught.value.values) == ("people.bad_code", {})


@pytest.mark.parametrize("code", ["", "AAAA-AAAA", "x" * 43, "'; DROP TABLE codes", "😀"])
def test_a_made_up_code_is_refused(db: Database, clock: FixedClock, anna: int, code: str) -> None:
    with pytest.raises(BadInput):
        _redeem(db, clock, code, anna)


def test_a_link_makes_two_addresses_one_person(db: Database, clock: FixedClock, anna: int) -> None:
    phone = db.now(person, "anna's phone", now=clock.now(), channel="telegram")
    code = db.now(enrolment.make_code, Purpose.LINK, now=clock.now(), member_id=anna)
    assert _redeem(db, clock, code, phone) == Redeemed(Purpose.LINK, anna)
    assert db.look(members.addresses_of, anna) == [Address("memory", "anna"), Address("telegram", "anna's phone")]


def test_linking_an_address_to_itself_changes_nothing(db: Database, clock: FixedClock, anna: int) -> None:
    code = db.now(enrolment.make_code, Purpose.LINK, now=clock.now(), member_id=anna)
    assert _redeem(db, clock, code, anna).member_id == anna
    assert db.look(members.addresses_of, anna) == [Address("memory", "anna")]


# --- roles ----------------------------------------------------------------------------------------


def test_a_role_is_given_once_and_taken_once(db: Database, clock: FixedClock, house: Tree, anna: int) -> None:
    def give() -> bool:
        return db.now(enrolment.grant, anna, house.county.id, Role.OFFICER, now=clock.now())

    def take() -> bool:
        return db.now(enrolment.revoke, anna, house.county.id, Role.OFFICER, now=clock.now())

    assert [give(), give(), take(), take()] == [True, False, True, False]
    assert db.look(authority.grants, anna) == []
    log = db.look(lambda tx: tx.execute(select(audit_log.c.action, audit_log.c.subject)).all())
    assert [row.action for row in log] == ["grant", "grant", "revoke", "revoke"]
    assert {row.subject for row in log} == {f"member {anna}"}


# --- requests -------------------------------------------------------------------------------------


def test_asking_twice_is_one_request(db: Database, clock: FixedClock, house: Tree, anna: int) -> None:
    first = db.now(enrolment.ask, anna, house.enterprise.id, now=clock.now())
    again = db.now(enrolment.ask, anna, house.enterprise.id, now=clock.now())
    assert (first.fresh, again.fresh, again.id) == (True, False, first.id)
    assert db.now(enrolment.ask, anna, house.county.id, now=clock.now()).fresh


@pytest.mark.parametrize("approve", [True, False])
def test_an_officer_decides_once(
    db: Database, clock: FixedClock, house: Tree, anna: int, officer: int, approve: bool
) -> None:
    asked = db.now(enrolment.ask, anna, house.enterprise.id, now=clock.now())
    decided = db.now(enrolment.decide, officer, asked.id, approve=approve, now=clock.now())
    assert (decided.state, decided.member_id) == ("approved" if approve else "refused", anna)
    assert db.look(authority.grants, anna) == ([Grant(Role.ENTERPRISE, house.enterprise.id)] if approve else [])
    with pytest.raises(BadInput) as caught:
        db.now(enrolment.decide, officer, asked.id, approve=not approve, now=clock.now())
    assert caught.value.key == "people.request_decided"


def test_refused_one_may_ask_again(db: Database, clock: FixedClock, house: Tree, anna: int, officer: int) -> None:
    asked = db.now(enrolment.ask, anna, house.enterprise.id, now=clock.now())
    db.now(enrolment.decide, officer, asked.id, approve=False, now=clock.now())
    assert db.now(enrolment.ask, anna, house.enterprise.id, now=clock.now()).fresh


def test_nobody_decides_out_of_reach_nor_on_their_own_request(
    db: Database, clock: FixedClock, house: Tree, anna: int, officer: int
) -> None:
    asked = db.now(enrolment.ask, anna, house.other_enterprise.id, now=clock.now())
    for someone in (officer, anna):
        with pytest.raises(NotAllowed):
            db.now(enrolment.decide, someone, asked.id, approve=True, now=clock.now())
    assert db.look(authority.grants, anna) == []


def test_a_request_that_is_not_there_is_named(db: Database, clock: FixedClock, officer: int) -> None:
    with pytest.raises(BadInput) as caught:
        db.now(enrolment.decide, officer, 404, approve=True, now=clock.now())
    assert (caught.value.key, caught.value.values) == ("people.no_such_request", {"number": 404})


def test_a_code_is_never_read_as_an_amount() -> None:
    """ "723W" would be 7.23 million."""
    for _ in range(3000):
        code = enrolment._short_code()
        assert enrolment.AMOUNT.search(code.replace("-", "")) is None
