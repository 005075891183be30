"""Entries that editors change from the console: drafts beside the base, live only when the whole base checks clean."""

import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from knowledge.check import check_base
from knowledge.reading import Level, Problem

DRAFTS, LIVE = "drafts", "knowledge"  # folders below the data folder, laid out as knowledge/ itself
NAME = re.compile(r"[a-z]+/(?:[a-z0-9-]+/)?[a-z0-9-]+\.yml")


class DraftError(Exception):
    """What was asked for cannot be drafted; the message is a key of texts."""


class Drafts:
    """`base` is the shipped folder knowledge/, `data` the service's data folder."""

    def __init__(self, base: Path, data: Path) -> None:
        self._base, self._drafts, self.live = base, data / DRAFTS, data / LIVE

    def names(self) -> list[str]:
        """The drafts, as paths below knowledge/."""
        return sorted(path.relative_to(self._drafts).as_posix() for path in self._drafts.rglob("*.yml"))

    def text(self, name: str) -> str:
        """The draft, else what is live, else what was shipped. Raises DraftError when there is none."""
        places = (self._drafts, self.live, self._base)
        safe = self._safe(name)
        found = next((place / safe for place in places if (place / safe).is_file()), None)
        if found is None:
            raise DraftError("draft.no_such_entry")
        return found.read_text("utf-8")

    def add_question(self, name: str, question: str, *, language: str) -> str:
        """Draft an article with one more way to ask for it; a question that it has already changes nothing."""
        content = yaml.load(self.text(name), Loader=yaml.CSafeLoader)
        asked = content.setdefault("questions", {}).setdefault(language, [])
        if question.strip() not in asked:
            asked.append(question.strip())
        return self.write(name, content)

    def begin_article(self, name: str, questions: dict[str, Sequence[str]]) -> str:
        """Draft a new article from the questions that it should answer; the rest is for the editor to fill in.

        `name` is `articles/<topic>/<id>.yml`. Raises DraftError when it is there already.
        """
        if any((place / self._safe(name)).exists() for place in (self._drafts, self.live, self._base)):
            raise DraftError("draft.exists_already")
        return self.write(name, _skeleton(name, questions))

    def write(self, name: str, content: dict[str, Any] | str) -> str:
        """Keep a draft, whatever it says: what is wrong with it is told by `problems`. Returns its name."""
        path = self._drafts / self._safe(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
        path.write_text(text, "utf-8")
        return name

    def discard(self, name: str) -> None:
        (self._drafts / self._safe(name)).unlink(missing_ok=True)

    def problems(self, names: Sequence[str] | None = None) -> list[Problem]:
        """Every error that the base would have with these drafts (all if none are named)."""
        with tempfile.TemporaryDirectory() as folder:
            whole = Path(folder) / "knowledge"
            shutil.copytree(self._base, whole, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
            if self.live.is_dir():
                shutil.copytree(self.live, whole, dirs_exist_ok=True)
            for name in self.names() if names is None else names:
                target = whole / self._safe(name)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self._drafts / name, target)
            return [problem for problem in check_base(whole) if problem.level is Level.ERROR]

    def publish(self, names: Sequence[str]) -> list[Problem]:
        """Let these drafts go live; with one error nothing does, and the errors are returned."""
        found = self.problems(names)
        for name in () if found else names:
            target = self.live / self._safe(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            (self._drafts / name).replace(target)
        return found

    def _safe(self, name: str) -> str:
        """A name stays below its folder. Raises DraftError for one that does not."""
        if not NAME.fullmatch(name):
            raise DraftError("draft.no_such_entry")
        return name


def _skeleton(name: str, questions: dict[str, Sequence[str]]) -> dict[str, Any]:
    _, topic, file = name.split("/")
    empty = {"zh": "", "en": ""}
    return {
        "id": file.removesuffix(".yml"),
        "topic": topic,
        "title": dict(empty),
        "questions": {language: list(questions.get(language, ())) for language in ("zh", "en")},
        "answer": dict(empty),
        "facts": [],
        "markets": [],
        "hs_codes": [],
        "products": {"zh": [], "en": []},
        "status": "in_force",
        "valid_from": None,
        "valid_until": None,
        "next_check": None,
        "sources": [],
        "related": [],
    }
