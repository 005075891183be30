"""What every test may use: a clock that stands still, the sentences, and a real database of every kind."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest

from bot import i18n
from bot.clock import FixedClock
from bot.db import migrate
from bot.db.engine import Database
from tests.postgresql import Cluster, why_not

# How long an example takes says more of the machine than of the code.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

Databases = Callable[[], Database]
_numbers = itertools.count(1)


@pytest.fixture
def clock() -> FixedClock:
    """Sunday, 22 November 2026, 09:00 UTC."""
    return FixedClock(NOW)


@pytest.fixture(scope="session")
def texts() -> i18n.Texts:
    return i18n.load()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a browser; the tests that drive one are skipped where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.skip("NO BROWSER: install Debian's chromium to run this test")


# --- databases: migrated once for each kind, copied for each test ----------------------------------


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "house.db"
    with _open(f"sqlite:///{path}") as db:
        migrate.upgrade(db)
    return path


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of this test run alone, on a socket in a temporary folder, with the migrated database `house`."""
    if reason := why_not():
        pytest.skip(f"NO POSTGRESQL: {reason}")
    with Cluster.running() as running:
        running.create("house")
        with _open(running.url("house")) as db:
            migrate.upgrade(db)
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table, of each kind."""
    if request.param == "sqlite":
        with _open(f"sqlite:///{tmp_path / 'empty.db'}") as db:
            yield db
    else:
        with _on_cluster(request.getfixturevalue("cluster"), template="template0") as db:
            yield db


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated database of each kind; what a test writes is real, committed, and gone afterwards."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "fengsui.db")
        with _open(f"sqlite:///{tmp_path / 'fengsui.db'}") as db:
            yield db
    else:
        with _on_cluster(request.getfixturevalue("cluster"), template="house") as db:
            yield db


@contextmanager
def _on_cluster(cluster: Cluster, *, template: str) -> Iterator[Database]:
    name = f"test_{next(_numbers)}"
    cluster.create(name, template=template)
    try:
        with _open(cluster.url(name)) as db:
            yield db
    finally:
        cluster.drop(name)


@contextmanager
def _open(url: str) -> Iterator[Database]:
    db = Database(url, threads=4)
    try:
        yield db
    finally:
        db.close()
