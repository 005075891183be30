"""A stage for each way in which updates come."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import app as root
from tests.service import prototype  # noqa: F401
from tests.telegram.stage import Stage, staged


@pytest.fixture(params=["polling", "webhook"])
async def stage(
    request: pytest.FixtureRequest,
    prototype: root.App,  # noqa: F811
    sqlite_template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Stage]:
    """The service and the fake server, not yet running: `async with stage.up()`."""
    async with staged(request.param, prototype, sqlite_template, tmp_path) as made:
        yield made


@pytest.fixture
async def polling(prototype: root.App, sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Stage]:  # noqa: F811
    """By polling only."""
    async with staged("polling", prototype, sqlite_template, tmp_path) as made:
        yield made
