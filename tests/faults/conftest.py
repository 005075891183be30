"""Faults are tried on real processes, real files and a real PostgreSQL; docs/faults.md is the list."""

import pytest

from bot import log
from bot.settings import Log
from tests.server import house
from tests.service import prototype, service

__all__ = ["house", "prototype", "service"]


@pytest.fixture(autouse=True, scope="session")
def as_the_service_logs() -> None:
    """What structlog does by itself with a traceback takes seconds, in which the event loop stands still."""
    log.configure(Log(level="error"))
