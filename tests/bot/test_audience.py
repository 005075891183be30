"""Whom an audience means: every list alone and together, never beyond the sender's own, on both databases."""

import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from bot import audience, interests, members
from bot.audience import Audience
from bot.authority import Deed, Role
from bot.clock import FixedClock
from bot.db import models
from bot.db.engine import Database
from bot.enrolment import grant
from bot.errors import NotAllowed
from bot.i18n import Texts
from bot.organisations import Organisation
from tests.conftest import NOW
from tests.factories import Tree, person, tree

MANY = 10_000


def house(tx: Connection) -> tuple[Tree, dict[str, int]]:
    """Two enterprises with people, their offices, and someone who never joined anything."""
    places = tree(tx, now=NOW)

    def add(name: str, at: Organisation | None, role: Role = Role.ENTERPRISE, language: str = "zh") -> int:
        return person(tx, name, now=NOW, at=at, role=role, language=language)

    people = {
        "anna": add("anna", places.enterprise),
        "bert": add("bert", places.enterprise, language="en"),
        "carl": add("carl", places.other_enterprise, language="en"),
        "secretary": add("secretary", places.association, Role.SECRETARY),
        "officer": add("officer", places.county, Role.OFFICER),
        "chief": add("chief", places.centre, Role.ADMINISTRATOR),
        "stranger": add("stranger", None, language="en"),
    }
    wants(tx, people["anna"], products=["毛绒玩具"], markets=["EU"])
    wants(tx, people["bert"], hs_codes=["9503"], markets=["US"])
    wants(tx, people["carl"], products=["toy cars"])
    wants(tx, people["stranger"], products=["Toyota parts"], markets=["DE"])
    return places, people


def wants(tx: Connection, member_id: int, **values: Any) -> int:
    key = f"{member_id}:{sorted(values.items())}"
    return interests.register(tx, member_id, key=key, now=NOW, **values).interest.id


def meant(db: Database, wanted: Audience, at: int, **more: Any) -> list[int]:
    return [one.member_id for one in db.look(audience.after, wanted, organisation_id=at, now=NOW, **more)]


# (in whose name, what is asked for, who is meant)
CASES: list[tuple[str, dict[str, Any], str]] = [
    ("centre", {}, "anna bert carl secretary officer chief stranger"),
    ("centre", {"roles": ["enterprise"]}, "anna bert carl stranger"),
    ("centre", {"roles": ["officer", "secretary"]}, "secretary officer"),
    ("county", {}, "anna bert officer"),
    ("county", {"roles": ["enterprise"]}, "anna bert"),
    ("association", {"roles": ["enterprise"]}, "anna bert"),
    ("other_county", {}, "carl"),
    ("enterprise", {}, "anna bert"),
    ("centre", {"languages": ["en"]}, "bert carl stranger"),
    ("centre", {"languages": ["en"], "roles": ["enterprise"], "markets": ["US"]}, "bert carl"),
    ("centre", {"organisations": ["county"]}, "anna bert officer"),
    ("centre", {"organisations": ["enterprise", "other_enterprise"]}, "anna bert carl"),
    ("centre", {"regions": ["county"], "associations": ["association"], "roles": ["enterprise"]}, "anna bert"),
    ("centre", {"regions": ["other_county"], "associations": ["association"]}, ""),
    ("association", {"regions": ["county"]}, "anna bert"),
    ("centre", {"products": ["玩具"]}, "anna bert carl"),
    ("centre", {"products": ["toys"]}, "anna bert carl"),
    ("centre", {"products": ["玩具"], "markets": ["EU"]}, "anna carl"),
    ("centre", {"products": ["玩具"], "markets": ["DE"]}, "anna carl"),
    ("centre", {"products": ["玩具"], "markets": ["JP"]}, "carl"),
    ("centre", {"hs_codes": ["950300"]}, "bert"),
    ("centre", {"hs_codes": ["95"]}, "bert"),
    ("centre", {"hs_codes": ["8504"]}, ""),
    ("centre", {"markets": ["EU"]}, "anna carl stranger"),
    ("centre", {"products": ["100%_'"]}, ""),
    ("county", {"products": ["玩具"]}, "anna bert"),
]


@pytest.mark.parametrize(("at", "asked", "who"), CASES, ids=[f"{at}-{asked}" for at, asked, _ in CASES])
def test_who_is_meant(db: Database, at: str, asked: dict[str, Any], who: str) -> None:
    places, people = db.now(house)
    resolved = {
        key: [getattr(places, one).id for one in value]
        if key in ("organisations", "regions", "associations")
        else value
        for key, value in asked.items()
    }
    wanted, sender = Audience.of(**resolved), getattr(places, at).id
    assert meant(db, wanted, sender) == [people[name] for name in who.split()]
    assert db.look(audience.count, wanted, organisation_id=sender, today=NOW.date()).total == len(who.split())
    assert Audience.from_json(wanted.to_json()) == wanted


def test_an_ended_or_past_interest_and_a_person_who_left_are_not_meant(db: Database) -> None:
    places, people = db.now(house)
    toys = Audience.of(products=["玩具"])
    db.now(wants, people["officer"], products=["玩具"], until=(NOW - timedelta(days=1)).date())
    db.now(interests.end, db.now(wants, people["chief"], products=["玩具"]), now=NOW)
    db.now(members.ask_erase, people["carl"])
    assert meant(db, toys, places.centre.id) == [people["anna"], people["bert"]]


def test_pages_follow_one_another(db: Database) -> None:
    places, people = db.now(house)
    first = meant(db, Audience(), places.centre.id, chunk=4)
    rest = meant(db, Audience(), places.centre.id, chunk=4, cursor=first[-1])
    assert first + rest == sorted(people.values())


def test_the_address_comes_along_and_its_absence_is_counted(db: Database) -> None:
    places, people = db.now(house)
    bare = db.now(members.add, now=NOW, name="无地址", language="zh")
    db.now(grant, bare, places.enterprise.id, Role.ENTERPRISE, now=NOW)
    found = db.look(audience.after, Audience(), organisation_id=places.association.id, now=NOW)
    assert [(one.member_id, one.channel, one.address) for one in found] == [
        (people["anna"], "memory", "anna"),
        (people["bert"], "memory", "bert"),
        (people["secretary"], "memory", "secretary"),
        (bare, None, None),
    ]
    counted = db.look(audience.count, Audience(), organisation_id=places.association.id, today=NOW.date())
    assert (counted.total, counted.without_address) == (4, 1)
    assert counted.languages == {"en": 1, "zh": 3}
    by_place = [(one.name_zh, one.count) for one in counted.organisations]
    assert by_place == [("enterprise机构", 3), ("association机构", 1)]
    named = db.look(audience.sample, Audience(), organisation_id=places.association.id, today=NOW.date())
    assert [(one.name, one.organisation_en) for one in named][-1] == ("无地址", "The enterprise")


# (who, for which organisation, naming which place, refused?)
REFUSED = [
    ("secretary", "association", {}, False),
    ("secretary", "association", {"regions": "county"}, False),  # its members there
    ("secretary", "association", {"regions": "other_county"}, True),
    ("secretary", "association", {"organisations": "other_enterprise"}, True),
    ("secretary", "centre", {}, True),
    ("officer", "county", {"associations": "association"}, False),
    ("officer", "other_county", {}, True),
    ("anna", "enterprise", {}, True),
    ("stranger", "centre", {}, True),
    ("chief", "association", {}, False),
]


@pytest.mark.parametrize(("who", "at", "named", "refused"), REFUSED, ids=[f"{r[0]}-{r[1]}-{r[2]}" for r in REFUSED])
def test_nobody_reaches_beyond_their_own(db: Database, who: str, at: str, named: dict[str, str], refused: bool) -> None:
    places, people = db.now(house)
    wanted = Audience.of(**{key: [getattr(places, value).id] for key, value in named.items()})

    def check() -> None:
        what = {"by": people[who], "deed": Deed.WRITE_NOTICE, "organisation_id": getattr(places, at).id}
        db.look(audience.check, wanted, **what)

    if refused:
        with pytest.raises(NotAllowed):
            check()
    else:
        check()


def test_it_is_told_in_words(db: Database, texts: Texts) -> None:
    places, _ = db.now(house)
    wanted = Audience.of(regions=[places.county.id], products=["玩具"], markets=["欧盟", "US"], hs_codes=["8507.60"])
    assert db.look(audience.described, wanted, texts=texts, language="zh") == "county机构；玩具、8507.60；欧盟、美国"
    assert db.look(audience.described, Audience(), texts=texts, language="en") == "all members"


def test_what_is_unknown_is_left_out() -> None:
    found = Audience.from_json({"languages": ["fr", "en"], "roles": ["king"], "hs_codes": ["95.03", "x"], "more": [1]})
    assert found == Audience(languages=("en",), hs_codes=("9503",))


def test_ten_thousand_are_counted_and_paged_soon(db: Database, clock: FixedClock) -> None:
    """Nobody waits for a preview: on an idle machine it takes a tenth of a second."""
    places, _ = db.now(house)
    db.now(_many, places)
    wanted = Audience.of(products=["玩具"], markets=["EU"], languages=["zh"], associations=[places.association.id])
    began = time.perf_counter()
    counted = db.look(audience.count, wanted, organisation_id=places.centre.id, today=NOW.date())
    page = meant(db, wanted, places.centre.id, cursor=MANY // 2)
    took = time.perf_counter() - began
    assert counted.total == MANY // 2 + 1
    assert len(page) == 500
    assert took < 10, f"{took:.2f} s"


def _many(tx: Connection, places: Tree) -> None:
    """Enterprises of the association and others, a person in each, every second one in toys for the EU."""
    numbers = range(1000, 1000 + MANY)
    orgs = [
        {"id": n, "kind": "enterprise", "code": f"E{n}", "name_zh": f"企业{n}", "name_en": f"E {n}",
         "parent_id": places.county.id, "created_at": NOW, "demo": False}
        for n in numbers
    ]  # fmt: skip
    tx.execute(insert(models.organisations), orgs)
    tx.execute(
        insert(models.affiliations), [{"enterprise_id": n, "association_id": places.association.id} for n in numbers]
    )
    tx.execute(insert(models.members), [{"id": n, "language": "zh", "created_at": NOW} for n in numbers])
    address = {"channel": "memory", "state": "active", "created_at": NOW}
    tx.execute(insert(models.addresses), [{"member_id": n, "address": f"m{n}", **address} for n in numbers])
    held = {"role": "enterprise", "granted_at": NOW}
    tx.execute(insert(models.roles), [{"member_id": n, "organisation_id": n, **held} for n in numbers])
    empty = {name: [] for name in ("hs_codes", "ics_codes", "keywords", "negatives", "kinds")}
    tx.execute(
        insert(models.interests),
        [
            {"member_id": n, "products": ["塑胶玩具" if n % 2 else "茶叶"], "markets": ["EU", "US"], **empty,
             "state": "active", "key": f"many:{n}", "created_at": NOW}
            for n in numbers
        ],
    )  # fmt: skip
