"""What an editor must mend in the training data: all problems at once, each with its file and line."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from nlu import declared
from nlu.company_names import find_names
from nlu.entities import Entity, extract
from nlu.features import masked
from nlu.near import near_pairs
from nlu.normalize import fold
from nlu.training_data import ENTITIES, INTENTS, LANGUAGES, Annotation, Example, Problem, TrainingData

MIN_EXAMPLES = 60
# From this likeness of their letters on, two sentences differ by a letter or two: a slip or an ending, not a word.
# Between 0.5 and this stand the pairs that must be taught because one word decides: "my feedback", "edit my feedback".
NEAR = 0.75
# A name that occurs so often, and in one intent only, has become a sign of that intent.
OFTEN = 4
NAMES = frozenset({"product", "market", "hs_code", "symbol"})
_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_LETTERS = re.compile("[^\\w\ue010-\ue019]+")
_EDGES = re.compile(r"^[\s,.;:!?，。；：！？、]|[\s,.;:!?，。；：！？、]$")
_TORN = re.compile(r"\]\s*[({]|\{\s*\"entity\"")
# What makes a sentence polite does not make it another one
_POLITE = re.compile(
    r"(?<![a-z'])(?:please|pls|plz|kindly|can you|could you|would you|just|i want to|i'd like to|i would like to)"
    r"(?![a-z'])|请问|请|帮我|帮忙|麻烦|一下|我想要|我想|我要"
)
_SHORTEST = 3


def check(data: TrainingData) -> list[Problem]:
    """All problems of the data, in file order."""
    named = {example: extract(example.text, now=_DAY) for example in data.examples}
    found = [
        *data.problems,
        *_missing_twins(data),
        *_missing_in_twins(data),
        *_unknown_names(data),
        *_too_few(data),
        *_duplicates(data.examples),
        *_near_duplicates(named),
        *_bad_marks(named),
        *_names_of_intents(data.examples),
        *_telling_names(named),
    ]
    if not data.examples:
        found.append(Problem(data.folder, 0, "no training examples"))
    return sorted(found, key=lambda problem: (str(problem.file), problem.line, problem.message))


def _missing_twins(data: TrainingData) -> Iterator[Problem]:
    for path in data.files:
        if _twin(path) not in data.files:
            yield Problem(data.folder / path, 1, f"has no twin {_twin(path)}")


def _twin(path: Path) -> Path:
    return Path("en" if path.parts[0] == "zh" else "zh") / path.name


def _missing_in_twins(data: TrainingData) -> Iterator[Problem]:
    """An intent that a file teaches and its twin does not: one of the two languages was forgotten."""
    taught: dict[Path, dict[str, Example]] = defaultdict(dict)
    for example in data.examples:
        taught[example.file.relative_to(data.folder)].setdefault(example.intent, example)
    for path, intents in taught.items():
        twin = _twin(path)
        for intent, first in intents.items():
            if twin in data.files and intent not in taught.get(twin, {}):
                yield Problem(first.file, first.line, f"intent {intent} has no examples in {twin}")


def _unknown_names(data: TrainingData) -> Iterator[Problem]:
    for example in data.examples:
        if example.intent not in INTENTS | declared.intents():
            yield Problem(example.file, example.line, f"unknown intent {example.intent}")
        for mark in example.annotations:
            if mark.entity not in ENTITIES | declared.entities():
                yield Problem(example.file, example.line, f"unknown entity {mark.entity}")


def _too_few(data: TrainingData) -> Iterator[Problem]:
    counts = Counter((example.intent, example.language) for example in data.examples)
    places = {(example.intent, example.language): example for example in reversed(data.examples)}
    for intent in sorted(INTENTS | {example.intent for example in data.examples}):
        for language in LANGUAGES:
            if (found := counts[intent, language]) < MIN_EXAMPLES:
                first = places.get((intent, language))
                place = (first.file, first.line) if first else (data.folder / language, 0)
                yield Problem(*place, f"intent {intent} has {found} examples in {language}, needs {MIN_EXAMPLES}")


def _duplicates(examples: tuple[Example, ...]) -> Iterator[Problem]:
    """The same words twice in one intent, or the same letters in two."""
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        groups[_letters(example.text)].append(example)
    for first, *others in groups.values():
        for other in others:
            if other.intent != first.intent:
                message = f"the same letters as {_place(first)}, which is {first.intent}, not {other.intent}"
                yield Problem(other.file, other.line, message)
            elif fold(other.text).text == fold(first.text).text:
                yield Problem(other.file, other.line, f"the same as {_place(first)}")


def _near_duplicates(named: dict[Example, list[Entity]]) -> Iterator[Problem]:
    """Nearly the same in two intents as the model sees them, names masked: then nothing can tell them apart."""
    for language in LANGUAGES:
        examples = [example for example in named if example.language == language]
        intents = [example.intent for example in examples]
        bones = [_bones(example, named[example]) for example in examples]
        for first, second, likeness in near_pairs(bones, intents, least=NEAR):
            one, other = examples[first], examples[second]
            if _letters(one.text) != _letters(other.text):
                message = (
                    f"nearly the same ({likeness:.2f}) as {_place(one)}, which is {one.intent}, not {other.intent}"
                )
                yield Problem(other.file, other.line, f"{message}: {other.text} / {one.text}")


def _bad_marks(named: dict[Example, list[Entity]]) -> Iterator[Problem]:
    """A mark that is torn, has a blank or a comma at its edge, or says another thing than what is found there."""
    for example, entities in named.items():
        if _TORN.search(example.text):
            yield Problem(example.file, example.line, f"a mark is torn: {example.text}")
        for mark in example.annotations:
            words = example.text[mark.start : mark.end]
            if _EDGES.search(words):
                yield Problem(example.file, example.line, f"the mark of {words!r} has a blank or a point at its edge")
            elif not any(_agree(mark, entity) for entity in entities):
                seen = ", ".join(f"{one.entity} {one.text} = {one.value}" for one in entities) or "nothing"
                value = f" = {mark.value}" if mark.value else ""
                yield Problem(
                    example.file, example.line, f"marked {mark.entity} {words}{value}, found {seen}: {example.text}"
                )


def _agree(mark: Annotation, entity: Entity) -> bool:
    if (mark.entity, mark.start, mark.end) != (entity.entity, entity.start, entity.end):
        return False
    if mark.value is None or mark.value == str(entity.value):
        return True
    return isinstance(entity.value, int | float) and _number(mark.value) == float(entity.value)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _names_of_intents(examples: tuple[Example, ...]) -> Iterator[Problem]:
    """Nobody types ask_question: a pasted name would be learnt instead of the words."""
    for example in examples:
        if re.search(rf"(?<![a-z]){example.intent}(?![a-z])", example.text.lower()) and "_" in example.intent:
            yield Problem(example.file, example.line, f"holds the name of its intent, {example.intent}")


def _telling_names(named: dict[Example, list[Entity]]) -> Iterator[Problem]:
    """A product, market, code or symbol that one intent alone has, often: then the name decides, not the sentence."""
    homes: dict[tuple[str, str, str], list[Example]] = defaultdict(list)
    for example, entities in named.items():
        for key in {(example.language, one.entity, _value(one)) for one in entities if one.entity in NAMES}:
            homes[key].append(example)
    for (_, entity, value), examples in homes.items():
        if len(examples) >= OFTEN and len({one.intent for one in examples}) == 1:
            first = examples[0]
            times = f"{len(examples)} times in {first.intent} and in no other intent"
            yield Problem(first.file, first.line, f"{entity} {value} stands {times}")


def _value(entity: Entity) -> str:
    return fold(entity.text).text if entity.entity == "product" else str(entity.value)


def _bones(example: Example, entities: list[Entity]) -> str:
    """What the model sees of a sentence, without politeness and blanks; "" when hardly anything is left."""
    seen = masked(fold(example.text), entities, find_names(example.text))
    bones = _LETTERS.sub("", _POLITE.sub("", seen))
    return bones if len(bones) >= _SHORTEST * (2 if bones.isascii() else 1) else ""


def _letters(text: str) -> str:
    return _LETTERS.sub("", fold(text).text) or text


def _place(example: Example) -> str:
    return f"{example.file.parent.name}/{example.file.name}:{example.line}"
