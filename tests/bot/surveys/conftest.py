"""A small network with a notification on its way, on both databases: counties, enterprises, an association, staff."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from bot import i18n, intake, interests, surveys
from bot.authority import Role
from bot.clock import FixedClock
from bot.db import models
from bot.db.engine import Database
from bot.demo.arrivals import Arrivals
from bot.messages import Reply
from bot.notifications import normalise
from bot.settings import Settings
from bot.surveys import Rules, Survey
from bot.surveys.work import Done
from tests import factories
from tests.conftest import NOW

SYMBOL = "G/TBT/N/EU/77"
KETTLES: dict[str, Any] = {
    "symbol": SYMBOL, "title": "Ecodesign of kettles", "title_zh": "电水壶生态设计", "hs_codes": ["851679"],
    "date": "2026-11-20", "comment_deadline": "2027-01-22",
}  # fmt: skip


class House:
    """The network and what people do in it.

    `anna` and `ben` work for one enterprise, `carl` for one in another county, `dora` for none; `officer` and
    `other_officer` are the counties', `chief` is the centre's, `secretary` an association's.
    """

    def __init__(self, db: Database, settings: Settings) -> None:
        self.db, self.settings, self.clock = db, settings, FixedClock(NOW)
        self.rules = Rules.of(settings)
        self.tree = db.now(factories.tree, now=NOW)
        self.members: dict[str, int] = {}
        for name in ("anna", "ben"):
            self.person(name, at=self.tree.enterprise)
        self.person("carl", at=self.tree.other_enterprise, language="en")
        self.person("dora")
        for name in ("anna", "ben", "carl", "dora"):
            self.interest(name)
        self.person("officer", at=self.tree.county, role=Role.OFFICER)
        self.person("other_officer", at=self.tree.other_county, role=Role.OFFICER)
        self.person("chief", at=self.tree.centre, role=Role.OFFICER)
        self.person("secretary", at=self.tree.association, role=Role.SECRETARY)
        self.arrive()

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def person(self, name: str, **more: Any) -> int:
        self.members[name] = self.db.now(factories.person, name, now=NOW, **more)
        return self.members[name]

    def interest(self, name: str, **wanted: Any) -> None:
        values = wanted or {"hs_codes": ["851679"], "markets": ["EU"]}
        self.db.now(interests.register, self.members[name], key=f"interest:{name}", now=NOW, **values)

    def arrive(self, **changes: Any) -> None:
        """A notification comes in, and its alerts go out."""
        record = normalise({**KETTLES, **changes})
        intake.run_import(self.db, Arrivals(record, "test"), clock=self.clock, settings=self.settings)
        intake.fan_out(self.db, self.clock, self.settings)

    def do(self, f: Callable[..., Any], *args: Any, by: str = "chief", **more: Any) -> Any:
        """A deed of a member, with clock and rules where it takes them."""
        wanted = f.__code__.co_varnames[: f.__code__.co_argcount + f.__code__.co_kwonlyargcount]
        known = {"now": self.now, "rules": self.rules}
        given = {name: known[name] for name in wanted if name in known}
        return self.db.now(f, *args, by=self.members[by], **given, **more)

    def open(self, *, by: str = "chief", key: str = "one", **more: Any) -> Survey:
        found: Survey = self.do(surveys.open_survey, SYMBOL, by=by, key=key, **more)
        return found

    def work(self) -> Done:
        return surveys.run(self.db, self.clock, self.rules)

    def at(self, day: str, hour: int = 10) -> None:
        """The clock stands at that hour of that day in China."""
        there = datetime.combine(date.fromisoformat(day), datetime.min.time(), self.rules.zone).replace(hour=hour)
        self.clock.move(seconds=(there - self.now).total_seconds())

    def answer(self, name: str, **more: Any) -> None:
        """As a submission does: the invitation is answered, and there is feedback."""

        def write(tx: Connection) -> None:
            mine = models.invitations.c.member_id == self.members[name]
            values = {"answered_at": self.now}
            row = tx.execute(
                update(models.invitations).where(mine).values(**values).returning(models.invitations)
            ).one()
            answer = {
                "member_id": self.members[name], "organisation_id": row.organisation_id, "bureau_id": row.bureau_id,
                "survey_id": row.survey_id, "symbol": SYMBOL, "affected": "serious", "answers": {}, "more": {},
                "state": "submitted", "version": 1, "language": "zh", "channel": "memory", "address": name,
                "key": f"answer:{name}", "created_at": self.now, "updated_at": self.now, "submitted_at": self.now,
            }  # fmt: skip
            tx.execute(insert(models.feedback).values({**answer, **more}))

        self.db.now(write)

    def told(self, what: str | None = None) -> list[tuple[str, str, str | None]]:
        """(name, what, reason) of the surveys' deliveries; the reason of what is not sent."""
        names = {number: name for name, number in self.members.items()}
        rows = self.rows()
        found = [(names[row.member_id], row.payload["what"], row.reason) for row in rows]
        return [one for one in found if what in (None, one[1])]

    def names(self, what: str) -> list[str]:
        """Who is sent this, in order."""
        return sorted(name for name, _, reason in self.told(what) if reason is None)

    def rows(self) -> list[Any]:
        query = select(models.deliveries).where(models.deliveries.c.kind == "survey").order_by(models.deliveries.c.id)
        return list(self.db.look(lambda tx: tx.execute(query).all()))

    def read(self, row: Any, language: str) -> Reply:
        texts = i18n.load()
        made = self.db.look(surveys.render, row, texts=texts, language=language, now=self.now, rules=self.rules)
        assert made is not None
        return made

    def count(self, table: Any) -> int:
        return len(self.db.look(lambda tx: tx.execute(select(table)).all()))


@pytest.fixture
def house(db: Database) -> House:
    return House(db, Settings())
