"""The whole service for tests, without network: `bot.app.build` once, a new database and a standing clock each time.

In the conftest of a test folder: `from tests.service import prototype, service  # noqa: F401`.
"""

import asyncio
import fcntl
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import pytest

from bot import app as root
from bot import conversation, demo, intake, services, settings
from bot.channels.memory import MemoryChannel
from bot.channels.rows import RowChannel
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.demo.arrivals import Arrivals
from bot.dialogue.engine import EmbeddedEngine
from bot.dialogue.tracker import Tracker
from bot.feeds.recalls.asking import Fetched
from bot.messages import Inbound, Reply
from bot.notifications import normalise
from bot.search import Search
from tests.conftest import NOW

P = ParamSpec("P")
T = TypeVar("T")

PROJECT = Path(root.__file__).resolve().parent.parent
_prototypes: list[root.App] = []  # one for the test run, however many folders have the fixture


@dataclass(slots=True)
class Service:
    """A running service. `say` speaks as a sender and returns what comes back; `memory` shows what was pushed."""

    app: root.App
    clock: FixedClock
    memory: MemoryChannel
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def db(self) -> Database:
        return self.app.services.db

    def run(self, f: Callable[Concatenate[Any, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """A write transaction."""
        return self.db.now(f, *args, **kwargs)

    def look(self, f: Callable[Concatenate[Any, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """A read transaction."""
        return self.db.look(f, *args, **kwargs)

    def say(
        self, text: str, *, sender: str = "anna", channel: str = "memory", key: str | None = None
    ) -> tuple[Reply, ...]:
        """One turn; the replies are sent over the memory channel too."""
        message = Inbound(channel, sender, key or f"test-{next(self._numbers)}", text)
        answer = asyncio.run(self.app.conversations.respond(message, self.app.channels[channel]))
        return answer.replies

    def tracker(self, sender: str = "anna", *, channel: str = "memory") -> dict[str, Any]:
        """The conversation as it stands, without its events: `slots`, `active_loop`, `latest_message`..."""
        snapshot = self.look(conversation.snapshot, channel, sender)
        domain = self.app.conversations.domain
        found = Tracker.restore(sender, snapshot, domain) if snapshot else Tracker(sender, domain)
        state: dict[str, Any] = found.current_state(events=None)
        return state

    def slots(self, sender: str = "anna", *, channel: str = "memory") -> dict[str, Any]:
        found: dict[str, Any] = self.tracker(sender, channel=channel)["slots"]
        return found

    def load_demo(self) -> None:
        """The demonstration: organisations, members, notifications, with days counted from the clock."""
        self.run(demo.load, now=self.clock.now())

    def arrive(self, **record: Any) -> None:
        """A notification comes in (keys of a normalised line) and goes to everyone it concerns."""
        config = self.app.services.settings
        intake.run_import(self.db, Arrivals(normalise(record), "test"), clock=self.clock, settings=config)
        intake.fan_out(self.db, self.clock, config)

    def recall(self, **record: Any) -> None:
        """A recall or refusal abroad comes in (keys of a normalised line) and goes to everyone it concerns."""
        config, feed = self.app.services.settings, Fetched("test", (record,))
        intake.run_import(self.db, feed, clock=self.clock, settings=config)
        intake.fan_out(self.db, self.clock, config)

    def deliver(self) -> int:
        """Send everything that is due; returns how many messages were taken."""
        return asyncio.run(_deliver(self.app))


async def _deliver(app: root.App) -> int:
    worker, total = app.worker(), 0
    while taken := await worker.once():
        total += taken
    return total


@pytest.fixture(scope="session")
def prototype(tmp_path_factory: pytest.TempPathFactory) -> root.App:
    """The service as `bot.app.build` makes it, with the model trained: some ten seconds, once in a test run."""
    if not _prototypes:
        data = Path(os.environ.get("FENGSUI_TEST_DATA") or tmp_path_factory.mktemp("service"))
        with _one_after_the_other(_of_the_whole_run(tmp_path_factory)) as run:
            if not (data / "model").exists():
                (run / "model").mkdir(exist_ok=True)
                (data / "model").symlink_to(run / "model")
            built = root.build(settings.load(PROJECT / "config.yml", environ={}, data=data))
        engine = EmbeddedEngine(root.load_assistant(), root.action_runner())
        _prototypes.append(replace(built, conversations=replace(built.conversations, engine=engine)))
    return _prototypes[0]


def _of_the_whole_run(factory: pytest.TempPathFactory) -> Path:
    """The folder that all processes of a test run share: with xdist each has its own below it."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@contextmanager
def _one_after_the_other(folder: Path) -> Iterator[Path]:
    """The first process trains, the others wait for it and find it done."""
    with (folder / "training").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


@pytest.fixture
def service(prototype: root.App, sqlite_template: Path, tmp_path: Path) -> Iterator[Service]:
    """A service of its own for this test: an empty database, Sunday 22 November 2026, 09:00 UTC."""
    shutil.copyfile(sqlite_template, tmp_path / "fengsui.db")
    made = renewed(prototype, tmp_path)
    try:
        yield made
    finally:
        made.db.close()


def renewed(prototype: root.App, data: Path) -> Service:
    """The prototype's model, dialogue and articles with the (migrated) database of another folder."""
    config = prototype.services.settings.model_copy(update={"data": data})
    clock, db = FixedClock(NOW), Database(config.url, threads=2)
    built = replace(prototype.services, settings=config, clock=clock, db=db, search=Search())
    services.install(built)
    memory = MemoryChannel()
    channels = {"memory": memory, **{name: RowChannel(name, db, clock) for name in ("web", "rest")}}
    talking = replace(prototype.conversations, db=db, clock=clock)
    return Service(replace(prototype, services=built, conversations=talking, channels=channels), clock, memory)
