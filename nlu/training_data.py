"""Load the training examples: Rasa 3.1 YAML, a folder for each language."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml

LANGUAGES = ("zh", "en")
ENTITIES = frozenset({"product", "hs_code", "market", "symbol", "date", "amount", "percent", "notification_type"})
INTENTS = frozenset({  # those that must be taught; the domain may declare more, for buttons
    "ask_question", "search_notifications", "show_notification", "subscribe", "list_subscriptions",
    "unsubscribe", "give_feedback", "ask_countermeasure", "ask_case", "contact_expert", "set_language",
    "set_digest", "broadcast_notice", "export_data", "delete_my_data", "greet", "thanks", "goodbye", "help",
    "affirm", "deny", "stop", "restart", "out_of_scope", "go_back", "resume", "not_mine", "show_again",
    "link_account", "enrol", "pause_alerts", "more", "survey_progress", "calendar_file", "mute_notices",
    "show_notice", "about_ticket",
})  # fmt: skip
_ANNOTATION = re.compile(r"\[(?P<text>[^\]]+)\](?:\((?P<name>[^)]*)\)|(?P<json>\{[^}]*\}))")
_LINE = re.compile(r"^\s*-\s+(?P<example>.*\S)\s*$")


@dataclass(frozen=True, slots=True)
class Annotation:
    """An entity marked in an example: offsets in the plain text; `value` None = the surface text."""

    entity: str
    start: int
    end: int
    value: str | None


@dataclass(frozen=True, slots=True)
class Example:
    """One training sentence without its marks; `kind` = the category of its block, "" when it names none."""

    text: str
    intent: str
    language: str
    file: Path
    line: int
    annotations: tuple[Annotation, ...] = ()
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something an editor must mend; line 0 = the file as a whole."""

    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class TrainingData:
    """All examples, the files they come from (relative to the folder) and what could not be read."""

    folder: Path
    examples: tuple[Example, ...]
    files: tuple[Path, ...]
    problems: tuple[Problem, ...] = ()


class _Block(NamedTuple):
    """What the lines of one block have in common."""

    path: Path
    language: str
    intent: str
    kind: str


def load(folder: Path) -> TrainingData:
    """Read FOLDER/{zh,en}/*.yml. What cannot be read becomes a problem; nothing is raised for bad content."""
    examples: list[Example] = []
    problems: list[Problem] = []
    files: list[Path] = []
    for language in LANGUAGES:
        for path in sorted((folder / language).glob("*.yml")):
            files.append(path.relative_to(folder))
            _read_file(path, language, examples, problems)
    return TrainingData(folder, tuple(examples), tuple(files), tuple(problems))


def fingerprint(folder: Path) -> str:
    """A digest of the training files' names and bytes: the same data gives the same digest on every machine."""
    digest = hashlib.sha256()
    for language in LANGUAGES:
        for path in sorted((folder / language).glob("*.yml")):
            digest.update(f"{language}/{path.name}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _read_file(path: Path, language: str, examples: list[Example], problems: list[Problem]) -> None:
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problems.append(Problem(path, _error_line(error), "not readable as YAML"))
        return
    blocks = _child(root, "nlu")
    if not isinstance(blocks, yaml.SequenceNode):
        problems.append(Problem(path, 1, "no list of blocks under nlu:"))
        return
    for block in blocks.value:
        _read_block(path, language, block, examples, problems)


def _error_line(error: Exception) -> int:
    mark = getattr(error, "problem_mark", None)
    return int(mark.line) + 1 if mark else 1


def _child(node: Any, key: str) -> Any:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def _read_block(path: Path, language: str, block: Any, examples: list[Example], problems: list[Problem]) -> None:
    """An intent's examples; synonym, regex and lookup blocks are Rasa's, our tables do their work."""
    intent = _child(block, "intent")
    line = block.start_mark.line + 1
    if intent is None:
        if not any(_child(block, kind) for kind in ("synonym", "regex", "lookup")):
            problems.append(Problem(path, line, "a block needs intent, synonym, regex or lookup"))
        return
    listing = _child(block, "examples")
    if not isinstance(listing, yaml.ScalarNode):
        problems.append(Problem(path, line, f"intent {intent.value} has no examples: | block"))
        return
    kind = _child(_child(block, "metadata"), "category")
    block_of = _Block(path, language, intent.value, kind.value if kind else "")
    for offset, text in enumerate(listing.value.splitlines(), start=listing.start_mark.line + 2):
        _read_line(block_of, (offset, text), examples, problems)


def _read_line(block: _Block, line: tuple[int, str], examples: list[Example], problems: list[Problem]) -> None:
    number, text = line
    if not text.strip():
        return
    match = _LINE.match(text)
    if match is None:
        problems.append(Problem(block.path, number, "an example must begin with '- ' and have words"))
        return
    try:
        plain, annotations = strip_annotations(match["example"])
    except ValueError as error:
        problems.append(Problem(block.path, number, str(error)))
        return
    examples.append(Example(plain, block.intent, block.language, block.path, number, annotations, block.kind))


def strip_annotations(example: str) -> tuple[str, tuple[Annotation, ...]]:
    """ "[欧盟]{"entity": "market", "value": "EU"}的[玩具](product)" -> the plain text and its marks.

    Raises ValueError when the braces hold no valid JSON with an entity.
    """
    plain = ""
    marks = []
    at = 0
    for match in _ANNOTATION.finditer(example):
        plain += example[at : match.start()]
        name, value = _mark(match)
        marks.append(Annotation(name, len(plain), len(plain) + len(match["text"]), value))
        plain += match["text"]
        at = match.end()
    return plain + example[at:], tuple(marks)


def _mark(match: re.Match[str]) -> tuple[str, str | None]:
    if match["name"] is not None:
        name, _, value = match["name"].partition(":")
        return name, value or None
    try:
        fields = json.loads(match["json"])
        return str(fields["entity"]), None if fields.get("value") is None else str(fields["value"])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"bad entity mark {match[0]}") from error
