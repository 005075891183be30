"""Load the training examples (Rasa 3.1 YAML, a folder for each language) and check them: all problems at once."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from nlu import declared
from nlu.normalize import fold

LANGUAGES = ("zh", "en")
MIN_EXAMPLES = 25
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
_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Annotation:
    """An entity marked in an example: offsets in the plain text; `value` None = the surface text."""

    entity: str
    start: int
    end: int
    value: str | None


@dataclass(frozen=True, slots=True)
class Example:
    """One training sentence without its marks."""

    text: str
    intent: str
    language: str
    file: Path
    line: int
    annotations: tuple[Annotation, ...] = ()


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


def check(data: TrainingData) -> list[Problem]:
    """All problems of the data, in file order."""
    found = [
        *data.problems,
        *_missing_twins(data),
        *_unknown_names(data),
        *_too_few(data),
        *_duplicates(data.examples),
    ]
    if not data.examples:
        found.append(Problem(data.folder, 0, "no training examples"))
    return sorted(found, key=lambda problem: (str(problem.file), problem.line, problem.message))


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
    for offset, text in enumerate(listing.value.splitlines(), start=listing.start_mark.line + 2):
        _read_line(path, language, intent.value, (offset, text), examples, problems)


def _read_line(
    path: Path, language: str, intent: str, line: tuple[int, str], examples: list[Example], problems: list[Problem]
) -> None:
    number, text = line
    if not text.strip():
        return
    match = _LINE.match(text)
    if match is None:
        problems.append(Problem(path, number, "an example must begin with '- ' and have words"))
        return
    try:
        plain, annotations = strip_annotations(match["example"])
    except ValueError as error:
        problems.append(Problem(path, number, str(error)))
        return
    examples.append(Example(plain, intent, language, path, number, annotations))


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


def _missing_twins(data: TrainingData) -> Iterator[Problem]:
    for path in data.files:
        language, name = path.parts[0], path.name
        twin = Path("en" if language == "zh" else "zh") / name
        if twin not in data.files:
            yield Problem(data.folder / path, 0, f"has no twin {twin}")


def _unknown_names(data: TrainingData) -> Iterator[Problem]:
    for example in data.examples:
        if example.intent not in INTENTS | declared.intents():
            yield Problem(example.file, example.line, f"unknown intent {example.intent}")
        for mark in example.annotations:
            if mark.entity not in ENTITIES | declared.entities():
                yield Problem(example.file, example.line, f"unknown entity {mark.entity}")


def _too_few(data: TrainingData) -> Iterator[Problem]:
    counts = Counter((example.intent, example.language) for example in data.examples)
    places = {(example.intent, example.language): example.file for example in reversed(data.examples)}
    for intent in sorted(INTENTS | {example.intent for example in data.examples}):
        for language in LANGUAGES:
            if counts[intent, language] < MIN_EXAMPLES:
                place = places.get((intent, language), data.folder / language)
                found = counts[intent, language]
                yield Problem(place, 0, f"intent {intent} has {found} examples in {language}, needs {MIN_EXAMPLES}")


def _duplicates(examples: tuple[Example, ...]) -> Iterator[Problem]:
    """The same words twice in one intent, or nearly the same words in two (then no classifier can tell them apart)."""
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        groups[_essence(example)].append(example)
    for group in groups.values():
        for other in group[1:]:
            first = group[0]
            where = f"{first.file.parent.name}/{first.file.name}:{first.line}"
            if other.intent != first.intent:
                message = f"nearly the same as {where}, which is {first.intent}, not {other.intent}"
                yield Problem(other.file, other.line, message)
            elif fold(other.text).text == fold(first.text).text:
                yield Problem(other.file, other.line, f"the same as {where}")


def _essence(example: Example) -> str:
    """Letters and digits only, each entity replaced by its name: what is left to tell intents apart."""
    text = example.text
    for mark in reversed(example.annotations):
        text = f"{text[: mark.start]}<{mark.entity}>{text[mark.end :]}"
    return _LETTERS.sub("", fold(text).text) or example.text
