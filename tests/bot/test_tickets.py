"""Tickets: due times, the queue and its reach, answers into the chat, follow-ups, ratings, drafts, words to staff."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from sqlalchemy import event, select

from bot import exports, tickets
from bot.authority import Role
from bot.channels.memory import MemoryChannel
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.db.models import audit_log
from bot.drafts import Drafts
from bot.errors import BadInput, NotAllowed
from bot.i18n import Texts
from bot.settings import Delivery
from bot.settings import Desk as DeskSettings
from bot.tickets import Desk, Kind, State, Ticket
from bot.workdays import Calendar
from bot.worker import Worker, text_renderer
from tests.conftest import NOW
from tests.factories import Tree, person, tree

CHINA = ZoneInfo("Asia/Shanghai")
DESK = Desk()
FORMULA = "=cmd|' /C calc'!A0"


@dataclass(slots=True)
class Counter:
    """anna asks from an enterprise in the county, stray has joined nothing; officer and chief answer."""

    db: Database
    clock: FixedClock
    texts: Texts
    places: Tree
    people: dict[str, int]
    memory: MemoryChannel = field(default_factory=MemoryChannel)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def ask(self, who: str = "anna", question: str = "欧盟玩具要CE吗", desk: Desk = DESK, **more: Any) -> Ticket:
        values = {"kind": Kind.UNANSWERED, "language": "zh", "channel": "memory", "address": who, "key": question}
        return self.db.now(
            tickets.open_ticket, self.people[who], question=question, now=self.now, desk=desk, **{**values, **more}
        )

    def do(self, f: Callable[..., Any], by: str, about: Ticket, **values: Any) -> Any:
        return self.db.now(f, self.people[by], about.id, now=self.now, **values)

    def answer(self, about: Ticket, by: str = "chief", text: str = "要的。", key: str = "a") -> Ticket:
        done: Ticket = self.do(tickets.answer, by, about, text=text, key=key)
        return done

    async def deliver(self) -> None:
        def ticket(tx: Any, row: Any, *, language: str, now: Any) -> Any:
            return tickets.render(tx, row, texts=self.texts)

        renderers = {"ticket": ticket, "text": text_renderer(self.texts)}
        worker = Worker(self.db, self.clock, {"memory": self.memory}, renderers, Delivery())
        while await worker.once():
            pass

    def said(self, who: str) -> list[str]:
        return [one.text for one in self.memory.shown(who)]


@pytest.fixture
def counter(db: Database, clock: FixedClock, texts: Texts) -> Counter:
    return db.now(_build, db, clock, texts)


def _build(tx: Any, db: Database, clock: FixedClock, texts: Texts) -> Counter:
    places = tree(tx, now=NOW)
    people = {
        "anna": person(tx, "anna", now=NOW, at=places.enterprise, language="en"),
        "stray": person(tx, "stray", now=NOW, language="zh"),
        "officer": person(tx, "officer", now=NOW, at=places.county, role=Role.OFFICER, language="zh"),
        "other": person(tx, "other", now=NOW, at=places.other_county, role=Role.OFFICER, language="zh"),
        "analyst": person(tx, "analyst", now=NOW, at=places.centre, role=Role.ANALYST, language="en"),
        "chief": person(tx, "chief", now=NOW, at=places.centre, role=Role.ADMINISTRATOR, language="zh"),
        "secretary": person(tx, "secretary", now=NOW, at=places.association, role=Role.SECRETARY, language="zh"),
    }
    return Counter(db, clock, texts, places, people)


# (when it is asked, hours, by when), Chinese time; 1 October 2026 begins a holiday, 10 October is a worked Saturday
DUE = [
    ("2026-11-23 09:00", 8, "2026-11-23 17:00"),
    ("2026-11-23 16:00", 2, "2026-11-24 10:00"),
    ("2026-11-22 12:00", 1, "2026-11-23 10:00"),  # a Sunday
    ("2026-11-27 16:30", 16, "2026-12-01 16:30"),  # over a weekend
    ("2026-09-30 16:00", 2, "2026-10-08 10:00"),  # over the national holiday
    ("2026-10-09 16:00", 2, "2026-10-10 10:00"),
]


@pytest.mark.parametrize(("asked", "hours", "by"), DUE, ids=[asked for asked, _, _ in DUE])
def test_a_ticket_is_due_by_desk_hours_on_working_days(asked: str, hours: int, by: str) -> None:
    desk = Desk(DeskSettings(answer_hours=hours))
    moment = datetime.fromisoformat(asked).replace(tzinfo=CHINA)
    assert desk.local(tickets.due(moment, desk)) == by


def test_a_holiday_that_staff_entered_counts() -> None:
    desk = Desk(DeskSettings(answer_hours=1), Calendar.of(holidays=[date(2026, 11, 23)]))
    assert desk.local(tickets.due(NOW, desk)) == "2026-11-24 10:00"


# --- who is told ----------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_those_on_duty_are_told_once(counter: Counter) -> None:
    counter.ask()
    counter.ask()
    await counter.deliver()
    assert "新工单 T-000001" in counter.said("chief")[0]
    assert len(counter.said("chief")) == len(counter.said("analyst")) == 1
    assert counter.said("officer") == counter.said("secretary") == []


@pytest.mark.anyio
async def test_the_settings_say_who_is_on_duty(counter: Counter) -> None:
    desk = Desk(DeskSettings(on_duty=(counter.people["officer"],)))
    counter.ask(desk=desk)
    await counter.deliver()
    assert len(counter.said("officer")) == 1
    assert counter.said("chief") == []


@pytest.mark.anyio
async def test_a_late_one_is_told_once_and_again_after_a_new_time(counter: Counter) -> None:
    made = counter.ask()
    counter.do(tickets.take, "chief", made)
    assert counter.db.now(tickets.tell_overdue, now=counter.now, desk=DESK) == 0
    counter.clock.move(days=4)
    assert counter.db.now(tickets.tell_overdue, now=counter.now, desk=DESK) == 1
    assert counter.db.now(tickets.tell_overdue, now=counter.now, desk=DESK) == 0
    counter.answer(made)
    counter.do(tickets.follow_up, "anna", made, text="还有呢", key="f", desk=DESK)
    counter.clock.move(days=5)
    assert counter.db.now(tickets.tell_overdue, now=counter.now, desk=DESK) == 1


# --- answering ------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_an_answer_goes_into_the_chat_where_it_was_asked(counter: Counter) -> None:
    made = counter.ask(address="anna")
    for _ in range(2):
        answered = counter.answer(made)
    assert (answered.state, answered.assignee_id) == (State.ANSWERED, counter.people["chief"])
    await counter.deliver()
    (reply,) = counter.memory.shown("anna")
    assert reply.text == "您的问题有答复了（T-000001）。\n您问：欧盟玩具要CE吗\n答复：要的。"
    assert [one.title for one in reply.buttons] == ["解决了", "没解决", "继续追问"]


@pytest.mark.anyio
async def test_it_goes_on_with_a_follow_up_and_ends_with_a_rating(counter: Counter) -> None:
    made = counter.ask()
    with pytest.raises(BadInput, match="no_answer_yet"):
        counter.do(tickets.rate, "anna", made, helped=True)
    counter.answer(made)
    for _ in range(2):
        again = counter.do(tickets.follow_up, "anna", made, text="那包装呢", key="f", desk=DESK)
    assert again.state is State.OPEN
    await counter.deliver()
    assert [text for text in counter.said("chief") if "追问" in text and "那包装呢" in text]
    assert not [text for text in counter.said("analyst") if "More on ticket" in text]
    counter.answer(made, text="包装也要。", key="b")
    assert counter.do(tickets.rate, "anna", made, helped=False).state is State.ANSWERED
    done = counter.do(tickets.rate, "anna", made, helped=True)
    assert (done.rating, done.state) == (1, State.CLOSED)
    found = counter.db.look(tickets.detail, counter.people["chief"], made.id)
    assert [(one.kind, one.text) for one in found.messages] == [
        ("answer", "要的。"),
        ("follow_up", "那包装呢"),
        ("answer", "包装也要。"),
    ]


@pytest.mark.anyio
async def test_a_note_stays_among_staff(counter: Counter) -> None:
    made = counter.ask()
    counter.do(tickets.note, "chief", made, text="先问检测所", key="n")
    await counter.deliver()
    assert counter.said("anna") == []
    assert counter.db.look(tickets.detail, counter.people["officer"], made.id).messages[0].kind == "note"


def test_closed_and_opened_again_by_staff_and_by_who_asked(counter: Counter) -> None:
    made = counter.ask()
    assert counter.do(tickets.close, "anna", made).state is State.CLOSED
    assert counter.do(tickets.close, "chief", made).state is State.CLOSED
    counter.clock.move(days=1)
    opened = counter.do(tickets.reopen, "anna", made, desk=DESK)
    assert (opened.state, opened.closed_at) == (State.OPEN, None)
    assert opened.due_at > made.due_at


@pytest.mark.anyio
async def test_one_takes_it_and_gives_it_to_another(counter: Counter) -> None:
    made = counter.ask()
    counter.do(tickets.take, "chief", made)
    with pytest.raises(BadInput, match="taken_already"):
        counter.do(tickets.take, "analyst", made)
    with pytest.raises(BadInput, match="cannot_take"):
        counter.do(tickets.assign, "chief", made, to=counter.people["secretary"], desk=DESK)
    counter.do(tickets.assign, "chief", made, to=counter.people["officer"], desk=DESK)
    await counter.deliver()
    assert "分给您了" in counter.said("officer")[-1]


@pytest.mark.parametrize("text", ["", " \n ", "x" * 4001])
def test_nothing_and_too_much_are_refused(counter: Counter, text: str) -> None:
    made = counter.ask()
    with pytest.raises(BadInput):
        counter.answer(made, text=text)
    assert counter.db.look(tickets.by_id, made.id).state is State.OPEN


# --- reach ----------------------------------------------------------------------------------------

# (who, sees the county's enterprise's ticket, sees the stranger's)
REACH = [
    ("chief", True, True), ("analyst", True, True), ("officer", True, False), ("other", False, False),
    ("secretary", False, False), ("anna", False, False),
]  # fmt: skip


@pytest.mark.parametrize(("who", "county", "stranger"), REACH, ids=[who for who, _, _ in REACH])
def test_everyone_sees_the_tickets_of_their_own(counter: Counter, who: str, county: bool, stranger: bool) -> None:
    made, stray = counter.ask(), counter.ask("stray", question="有没有表格")
    seen = counter.db.look(tickets.queue, counter.people[who], now=counter.now, state="open")
    assert {line.ticket.id for line in seen} == {one.id for one, yes in ((made, county), (stray, stranger)) if yes}
    for one, yes in ((made, county), (stray, stranger)):
        acts: list[tuple[Callable[..., Any], dict[str, Any]]] = [
            (tickets.answer, {"text": "好", "key": f"{who}{one.id}"}),
            (tickets.note, {"text": "好", "key": f"n{who}{one.id}"}),
            (tickets.assign, {"to": None, "desk": DESK}),
        ]  # fmt: skip
        for act, values in acts:
            if yes:
                counter.do(act, who, one, **values)
            else:
                with pytest.raises(NotAllowed):
                    counter.do(act, who, one, **values)
    assert counter.db.look(tickets.counts, counter.people[who], now=counter.now).open == 0


def test_nobody_follows_up_or_rates_another_persons_ticket(counter: Counter) -> None:
    made = counter.ask()
    counter.answer(made)
    with pytest.raises(BadInput, match="unknown"):
        counter.do(tickets.follow_up, "stray", made, text="x", key="x", desk=DESK)
    with pytest.raises(BadInput, match="unknown"):
        counter.do(tickets.rate, "stray", made, helped=True)
    with pytest.raises(NotAllowed):
        counter.do(tickets.close, "stray", made)


# --- the queue ------------------------------------------------------------------------------------


def test_the_queue_is_filtered_and_paged(counter: Counter) -> None:
    made = [counter.ask(question=f"问题{number}") for number in range(5)]
    counter.do(tickets.take, "chief", made[1])
    counter.answer(made[4], by="officer")

    def seen(**values: Any) -> list[int]:
        found = counter.db.look(tickets.queue, counter.people["chief"], now=counter.now, **values)
        return [line.ticket.id for line in found]

    assert seen(state="open", limit=2) == [1, 2]
    assert seen(state="open", limit=2, after=2) == [3, 4]
    assert seen(limit=2) == [5, 4]
    assert seen(limit=2, before=4) == [3, 2]
    assert seen(assignee=counter.people["chief"]) == [2]
    assert seen(state="open", assignee=0) == [1, 3, 4]
    assert seen(text="题3") == [4]
    assert seen(kind="person") == []
    assert seen(late=True) == []
    counter.clock.move(days=5)
    assert seen(late=True) == [4, 3, 2, 1]
    waiting = counter.db.look(tickets.counts, counter.people["chief"], now=counter.now)
    assert (waiting.open, waiting.late, waiting.mine, waiting.free) == (4, 4, 1, 3)


def test_a_long_queue_costs_as_many_queries_as_a_short_one(counter: Counter) -> None:
    def queries() -> int:
        counted: list[str] = []
        note = lambda *args: counted.append(args[2])  # noqa: E731
        engine = counter.db._reader
        event.listen(engine, "before_cursor_execute", note)
        counter.db.look(tickets.queue, counter.people["chief"], now=counter.now, limit=100)
        event.remove(engine, "before_cursor_execute", note)
        return len(counted)

    counter.ask(question="一")
    few = queries()
    for number in range(30):
        counter.ask(question=f"问{number}")
    assert queries() == few


# --- drafts and exports ---------------------------------------------------------------------------


def test_a_draft_article_of_it_waits_for_an_editor(counter: Counter, tmp_path: Path, texts: Texts) -> None:
    made = counter.ask()
    counter.answer(made)
    drafts = Drafts(Path(tickets.__file__).parents[2] / "knowledge", tmp_path)
    with pytest.raises(NotAllowed):
        counter.do(tickets.draft_article, "officer", made, drafts=drafts, texts=texts)
    for _ in range(2):
        name = counter.do(tickets.draft_article, "analyst", made, drafts=drafts, texts=texts)
    assert drafts.names() == [name] == ["articles/tickets/t-000001.yml"]
    content = yaml.safe_load(drafts.text(name))
    assert content["questions"] == {"zh": ["欧盟玩具要CE吗"], "en": []}
    assert content["answer"] == {"zh": "要的。", "en": "[to be written]"}
    assert drafts.publish([name])  # with problems: nothing of it is live
    assert not drafts.live.exists()


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_no_cell_of_an_export_is_a_formula(counter: Counter, form: str) -> None:
    made = counter.ask(question=FORMULA)
    counter.answer(made, text="@" + FORMULA)
    data = exports.write(counter.db.look(lambda tx: list(exports.KINDS["tickets"](tx))), form)
    if form == "csv":
        assert f",{FORMULA}" not in data.decode("utf-8-sig")
        assert f"'{FORMULA}" in data.decode("utf-8-sig")
    else:
        import io

        import openpyxl

        sheet = openpyxl.load_workbook(io.BytesIO(data)).active
        assert sheet is not None
        assert not [cell for row in sheet for cell in row if cell.data_type == "f"]


def test_every_deed_is_in_the_log(counter: Counter) -> None:
    made = counter.ask()
    counter.do(tickets.take, "chief", made)
    counter.answer(made)
    counter.do(tickets.close, "chief", made)
    rows = counter.db.look(lambda tx: tx.execute(select(audit_log.c.action).where(audit_log.c.subject == "ticket 1")))
    assert [row.action for row in rows] == ["take_ticket", "answer_ticket", "close_ticket"]
