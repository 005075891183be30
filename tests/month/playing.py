"""A world played through the real service: its imports, jobs and worker on the injected clock, quarter by quarter."""

import asyncio
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bot import alerts, intake, interests, jobs, members
from bot.channels.memory import MemoryChannel
from bot.clock import FixedClock
from bot.feeds.jsonl import JsonLines
from bot.i18n import LANGUAGES, Texts
from bot.messages import Inbound, Recipient, Reply
from bot.ports import Gone, Outcome
from bot.timing import Quiet
from tests.month.oracle import PAGE, Message
from tests.month.world import Act, Habits, Person, Wish, World
from tests.service import Service

QUARTER = timedelta(minutes=15)
SYMBOL = re.compile(r"G/(?:TBT|SPS)/N/[A-Z]+/\d+(?:/[A-Z]+\.\d+)*")
EVERY_QUARTER = ("let_go",)
EVERY_HOUR = ("surveys", "notices", "erase")
AFTER_AN_ACT = ("fan_out", "let_go", "surveys", "erase")
LISTS = {"zh": "products", "en": "products", "hs": "hs_codes", "ics": "ics_codes", "keyword": "keywords", "market": ""}


@dataclass(slots=True)
class Noting(MemoryChannel):
    """The memory channel with the minute of each message; who has blocked the bot is gone."""

    clock: FixedClock | None = None
    noted: list[tuple[datetime, str, Reply, str]] = field(default_factory=list)
    blocked: set[str] = field(default_factory=set)

    async def send(self, to: Recipient, reply: Reply, *, key: str) -> Outcome:
        if to.address in self.blocked:
            return Gone("blocked")
        if key.startswith("delivery:"):
            assert self.clock
            self.noted.append((self.clock.now(), to.address, reply, key))
        return await MemoryChannel.send(self, to, reply, key=key)


def play(service: Service, world: World, folder: Path) -> Noting:
    """Let the month pass; what was sent, to whom, in which minute."""
    channel = Noting(clock=service.clock)
    service.app.channels["memory"] = channel  # type: ignore[index]
    service.clock.at = world.start
    house = House(service, channel, folder, world)
    service.run(house.move_in)
    asyncio.run(house.live())
    return channel


@dataclass(slots=True)
class House:
    service: Service
    channel: Noting
    folder: Path
    world: World
    numbers: dict[str, int] = field(default_factory=dict)  # of members
    wishes: dict[str, list[int]] = field(default_factory=dict)  # numbers of their interests
    acts: int = 0

    def move_in(self, tx: Connection) -> None:
        now = self.world.start
        for person in self.world.people:
            number = members.at_address(tx, "memory", person.name, now=now, time_zone=person.habits.zone)
            self.numbers[person.name] = number
            members.choose_language(tx, number, person.language)
            _choose(tx, number, person.habits)
            self.wishes[person.name] = [self.register(tx, person.name, wish) for wish in person.wishes]

    def register(self, tx: Connection, who: str, wish: Wish) -> int:
        values: dict[str, Any] = {"markets": wish.markets, "negatives": (*wish.not_markets, *wish.not_words)}
        if LISTS[wish.by]:
            values[LISTS[wish.by]] = (wish.value,)
        key = f"{who}:{wish}"
        made = interests.register(
            tx, self.numbers[who], key=key, now=self.service.clock.now(), kinds=wish.kinds, frequency=wish.frequency,
            **values,
        )  # fmt: skip
        assert made.new
        return made.interest.id

    # --- time ---

    async def live(self) -> None:
        by_name = {job.name: job.work for job in jobs.jobs(self.service.app.services)}
        worker = self.service.app.worker()

        async def work(names: Iterable[str]) -> None:
            for name in names:
                await by_name[name]()
            while await worker.once():
                pass

        for moment, act in self.steps():
            self.service.clock.at = moment
            if act:
                await self.act(act)
            await work(AFTER_AN_ACT if act else EVERY_QUARTER if moment.minute else (*EVERY_QUARTER, *EVERY_HOUR))

    def steps(self) -> Iterator[tuple[datetime, Act | None]]:
        count = (self.world.end - self.world.start) // QUARTER
        quarters = [(self.world.start + number * QUARTER, None) for number in range(count)]
        yield from sorted([*quarters, *((act.at, act) for act in self.world.acts)], key=lambda step: step[0])

    # --- what happens ---

    async def act(self, act: Act) -> None:
        db, now = self.service.db, act.at
        match act.kind:
            case "import":
                await asyncio.to_thread(self.bring, act)
            case "register":
                self.wishes[act.who] += [await db.run(self.register, act.who, wish) for wish in act.what]
            case "pause":
                await db.run(members.pause, self.numbers[act.who], act.what)
            case "choose":
                await db.run(self.choose, act.who, act.what, now)
            case "leave":
                await db.run(members.ask_erase, self.numbers[act.who])
            case "block":
                self.channel.blocked.add(act.who)
            case _:
                await self.say(act)

    async def say(self, act: Act) -> None:
        """By a button, as it stands under an alert or a list."""
        intent, entities = {
            "unsubscribe": ("unsubscribe", {"interest": str(self.wishes[act.who][act.what])}
                            if act.kind == "unsubscribe" else {}),
            "not mine": ("not_mine", {"symbol": act.what}),
            "answer": ("give_feedback", {"symbol": act.what, "affected": "none"}),
        }[act.kind]  # fmt: skip
        self.acts += 1
        message = Inbound("memory", act.who, f"act-{self.acts}", f"/{intent}{json.dumps(entities)}")
        await self.service.app.conversations.respond(message, self.channel)

    def bring(self, act: Act) -> None:
        path = self.folder / f"{act.at:%m%d-%H%M}.jsonl"
        lines = (json.dumps(document.line(), ensure_ascii=False) for document in act.what)
        path.write_text("\n".join(lines), "utf-8")
        report = intake.run_import(
            self.service.db, JsonLines(path), clock=self.service.clock, settings=self.service.app.services.settings
        )
        assert (report.read, report.bad) == (len(act.what), 0)

    def choose(self, tx: Connection, who: str, habits: Habits, now: datetime) -> None:
        """What the action of the dialogue does (actions/timing.py)."""
        number, rhythm = self.numbers[who], self.service.app.services.settings.alerts.rhythm
        _choose(tx, number, habits)
        interests.set_frequency(tx, [one.id for one in interests.active(tx, number)], habits.frequency)
        alerts.reschedule(tx, number, now=now, rhythm=rhythm)


def _choose(tx: Connection, number: int, habits: Habits) -> None:
    at = time.fromisoformat(habits.at) if habits.at else None
    members.choose_rhythm(tx, number, habits.frequency, at=at, weekday=habits.weekday)
    members.choose_quiet(tx, number, Quiet(*map(time.fromisoformat, habits.quiet)) if habits.quiet else None)


# --- what was said --------------------------------------------------------------------------------


def messages(channel: Noting, people: Iterable[Person], texts: Texts) -> list[Message]:
    """What people saw, in the oracle's words: read from the messages' own text."""
    values = {one.name: list(one.wishes) for one in people}
    read = partial(_read, texts=texts)
    found = (read(at, who, reply, values.get(who, [])) for at, who, reply, _ in channel.noted)
    return sorted(found, key=lambda one: (one.at, one.who, one.kind, one.about))


def _read(at: datetime, who: str, reply: Reply, wishes: list[Wish], *, texts: Texts) -> Message:
    if "show_again" in (reply.buttons[0].payload if reply.buttons else ""):
        count, about = _digest(reply)
        return Message(at, who, "digest", about, count=count)
    lines = reply.text.splitlines()
    kind = "closing" if _is_reminder(lines[0], texts) else "alert"
    return Message(at, who, kind, tuple(SYMBOL.findall(lines[-1])), _why(reply.text, wishes, texts))


def _digest(reply: Reply) -> tuple[int, tuple[str, ...]]:
    head, *lines = reply.text.splitlines()
    found = re.search(r"\d+", head)
    assert found
    about = [SYMBOL.findall(line)[0] for line in lines]
    assert len(about) == min(int(found[0]), PAGE)
    return int(found[0]), tuple(about)


def _is_reminder(line: str, texts: Texts) -> bool:
    marks = (re.escape(texts("alert.closing", language, market="@", type="@", agreement="@")) for language in LANGUAGES)
    return any(re.fullmatch(mark.replace("@", ".*"), line) for mark in marks)


def _why(text: str, wishes: list[Wish], texts: Texts) -> str:
    """The value of the wish that the reason names."""
    if any(texts("alert.followed", language) in text for language in LANGUAGES):
        return "followed"
    start = [texts("alert.why", language, reason="@").partition("@")[0] for language in LANGUAGES]
    reason = next(line for line in text.splitlines() if line.startswith(tuple(start)))
    if any(texts("alert.reason.market", language) in reason for language in LANGUAGES):
        return ""
    plain = reason.lower().replace(".", "")
    return next((wish.value for wish in wishes if wish.value and wish.value.replace(".", "") in plain), reason)
