"""The frozen set of services and its one accessor: actions reach the service through `current()` and nothing else."""

from dataclasses import dataclass
from typing import Any

from bot.advice import CurrentAdvice
from bot.db.engine import Database
from bot.i18n import Texts
from bot.ports import Clock, Writer
from bot.search import Search
from bot.settings import Settings
from knowledge.advice import Advice


@dataclass(frozen=True, slots=True)
class Services:
    """Everything an action or a page may use."""

    settings: Settings
    clock: Clock
    db: Database
    texts: Texts
    current_advice: CurrentAdvice
    search: Search
    writer: Writer | None = None

    @property
    def advice(self) -> Advice:
        """The base as it is now. Who needs it twice for one answer keeps it."""
        return self.current_advice.get()


_installed: list[Services] = []


def install(services: Services) -> None:
    """Called once by the composition root (and by tests, each for itself)."""
    _installed[:] = [services]


def current() -> Services:
    """The services of this process. Raises RuntimeError before `install`."""
    if not _installed:
        raise RuntimeError("no services installed: bot.app builds them")
    return _installed[0]


def of_turn(metadata: dict[str, Any]) -> tuple[int, int, str]:
    """Member, inbox row and language of the turn that an action runs in."""
    return int(metadata["member_id"]), int(metadata["inbox_id"]), str(metadata["language"])
