"""An association with members and a secretary, its centre, and another association beside it; on both databases."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot import i18n, notices, organisations
from bot.authority import Role
from bot.channels.memory import MemoryChannel
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.db.models import deliveries
from bot.db.models import organisations as places
from bot.messages import Reply
from bot.notices import Notice
from bot.organisations import Kind
from bot.settings import Delivery
from bot.worker import Worker, text_renderer
from tests.conftest import NOW
from tests.factories import Tree, person, tree

TEXT = {"zh": "关于召开年会的通知"}


@dataclass(slots=True)
class Hall:
    """The association's secretary is `secretary`, another with the same role `second`; `anna`, `bert` are members."""

    db: Database
    clock: FixedClock
    texts: i18n.Texts
    places: Tree
    people: dict[str, int]
    memory: MemoryChannel = field(default_factory=MemoryChannel)

    def draft(self, by: str = "secretary", key: str = "one", **values: Any) -> Notice:
        at = values.pop("at", self.places.association.id)
        values = {"titles": TEXT, "bodies": {"zh": "请准时参加。"}, **values}
        return self.db.now(notices.draft, self.people[by], organisation_id=at, key=key, now=self.now, **values)

    @property
    def now(self) -> Any:
        return self.clock.now()

    def do(self, f: Callable[..., Any], by: str, about: Notice, **values: Any) -> Any:
        return self.db.now(f, self.people[by], about.id, now=self.now, **values)

    def sent(self, **values: Any) -> Notice:
        """A notice that is in the outbox."""
        made = self.draft(**values)
        self.do(notices.schedule, "secretary", made)
        self.fan_out()
        return self.db.look(notices.by_id, made.id)

    def fan_out(self, **values: Any) -> int:
        return notices.run(self.db, self.clock, **values)

    async def deliver(self) -> None:
        def notice(tx: Any, row: Any, *, language: str, now: Any) -> Reply | None:
            return notices.render(tx, row, texts=self.texts, language=language)

        renderers = {"notice": notice, "text": text_renderer(self.texts)}
        worker = Worker(self.db, self.clock, {"memory": self.memory}, renderers, Delivery())
        while await worker.once():
            pass

    def states(self, about: Notice) -> dict[tuple[str, str | None], int]:
        """Deliveries of a notice by state and reason."""
        query = select(deliveries.c.state, deliveries.c.reason, func.count()).where(deliveries.c.notice_id == about.id)
        rows = self.db.look(lambda tx: tx.execute(query.group_by(deliveries.c.state, deliveries.c.reason)).all())
        return {(state, reason): number for state, reason, number in rows}

    def second_approval(self) -> None:
        wants = update(places).where(places.c.id == self.places.association.id).values(second_approval=True)
        self.db.now(lambda tx: tx.execute(wants))


@pytest.fixture
def hall(db: Database, clock: FixedClock, texts: i18n.Texts) -> Hall:
    return db.now(_build, db, clock, texts)


def _build(tx: Any, db: Database, clock: FixedClock, texts: i18n.Texts) -> Hall:
    made = tree(tx, now=NOW)
    beside = organisations.put(tx, "beside", kind=Kind.ASSOCIATION, name_zh="旁边协会", name_en="Beside", now=NOW)
    people = {
        "anna": person(tx, "anna", now=NOW, at=made.enterprise, language="zh"),
        "bert": person(tx, "bert", now=NOW, at=made.enterprise, language="en"),
        "carl": person(tx, "carl", now=NOW, at=made.other_enterprise, language="zh"),
        "secretary": person(tx, "secretary", now=NOW, at=made.association, role=Role.SECRETARY, language="zh"),
        "second": person(tx, "second", now=NOW, at=made.association, role=Role.SECRETARY, language="en"),
        "beside": person(tx, "beside", now=NOW, at=beside, role=Role.SECRETARY, language="zh"),
        "chief": person(tx, "chief", now=NOW, at=made.centre, role=Role.ADMINISTRATOR, language="zh"),
    }
    return Hall(db, clock, texts, made, people)
