"""What every feed over a file on disk shares: its name, its fingerprint, and reading it from the start."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from bot.notifications.record import Record
from bot.ports import BadRow


class KeptFile(ABC):
    """A feed over one file, which can be gone on with where an import stopped."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.source = path.name

    @cached_property
    def fingerprint(self) -> str:
        """Of its content, whatever its name."""
        with self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def __iter__(self) -> Iterator[tuple[int, Record] | BadRow]:
        return self.going_on(1)

    @abstractmethod
    def going_on(self, first: int) -> Iterator[tuple[int, Record] | BadRow]:
        """What it holds from this row on."""
        ...
