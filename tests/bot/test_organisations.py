"""The tree of organisations, and whose people reach whom."""

import pytest

from bot import organisations
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.errors import BadInput
from bot.organisations import Kind, Organisation
from tests.factories import Tree, tree


@pytest.fixture
def house(db: Database, clock: FixedClock) -> Tree:
    return db.now(tree, now=clock.now())


def _put(db: Database, clock: FixedClock, code: str, **more: object) -> Organisation:
    values = {"kind": Kind.ENTERPRISE, "name_zh": "某厂", "name_en": "A works", "now": clock.now(), **more}
    return db.now(organisations.put, code, **values)  # type: ignore[arg-type]


def test_without_a_parent_an_organisation_stands_below_the_centre(house: Tree) -> None:
    assert house.centre.parent_id is None
    assert house.association.parent_id == house.centre.id
    assert house.enterprise.parent_id == house.county.id


def test_the_first_one_may_come_before_any_centre(db: Database, clock: FixedClock) -> None:
    assert _put(db, clock, "early").parent_id is None


def test_put_again_changes_it(db: Database, clock: FixedClock, house: Tree) -> None:
    before = db.look(organisations.count)
    changed = _put(db, clock, "enterprise", name_en="Renamed", parent="other-county")
    assert (changed.id, changed.name("en"), changed.name("zh")) == (house.enterprise.id, "Renamed", "某厂")
    assert changed.parent_id == house.other_county.id
    assert db.look(organisations.count) == before


@pytest.mark.parametrize("more", [{"parent": "none"}, {"associations": ("none",)}])
def test_an_unknown_neighbour_is_named_and_nothing_is_stored(
    db: Database, clock: FixedClock, house: Tree, more: dict[str, object]
) -> None:
    before = db.look(organisations.count)
    with pytest.raises(BadInput) as caught:
        _put(db, clock, "new", **more)
    assert (caught.value.key, caught.value.values) == ("people.no_such_organisation", {"code": "none"})
    assert db.look(organisations.count) == before


def test_affiliated_twice_is_once(db: Database, house: Tree) -> None:
    for _ in range(2):
        db.now(organisations.affiliate, house.enterprise.id, house.association.id)
    assert db.look(organisations.reached_from, house.enterprise.id).count(house.association.id) == 1


def test_reached_from_its_associations_and_all_above_nearest_first(db: Database, house: Tree) -> None:
    def reach(one: Organisation) -> list[int]:
        return db.look(organisations.reached_from, one.id)

    assert reach(house.enterprise) == [house.enterprise.id, house.association.id, house.county.id, house.centre.id]
    assert reach(house.other_enterprise) == [house.other_enterprise.id, house.other_county.id, house.centre.id]
    assert reach(house.centre) == [house.centre.id]


def test_a_circle_of_parents_ends(db: Database, clock: FixedClock, house: Tree) -> None:
    """Nobody should make one, and an import could."""
    _put(db, clock, "county", kind=Kind.BUREAU, parent="enterprise")
    assert set(db.look(organisations.reached_from, house.county.id)) == {
        house.county.id, house.enterprise.id,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("enterprise", ["enterprise", "other-enterprise"]),
        ("ENTERPRISE", ["enterprise", "other-enterprise"]),
        ("  other-enterprise ", ["other-enterprise"]),
        ("the county", ["county"]),
        ("association机构", ["association"]),
        ("机构", ["centre", "county", "other-county", "association", "enterprise"]),
        ("100%", []),
        ("_", []),
        ("", []),
        ("   ", []),
    ],
)
def test_found_by_code_or_name_exact_ones_first(db: Database, house: Tree, text: str, codes: list[str]) -> None:
    assert [one.code for one in db.look(organisations.named, text)] == codes
