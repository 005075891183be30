"""How well sentences are understood: a frozen file, or the training data judged by models that have not seen it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nlu.interpreter import FALLBACK, Parse
from nlu.normalize import fold

OUTSIDE = "out_of_scope"
REFUSED = frozenset({OUTSIDE, FALLBACK})
Named = tuple[str, str]  # an entity and its canonical value, written so that equal things are equal


class SentenceError(Exception):
    """The file of sentences cannot be used; the message names the line and what was expected."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of the file; `entities` None = nobody has marked what it names."""

    text: str
    language: str
    intent: str
    entities: tuple[Named, ...] | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What was made of a sentence."""

    sentence: Sentence
    intent: str
    confidence: float
    second: str
    entities: tuple[Named, ...]

    @property
    def refused(self) -> bool:
        return self.intent in REFUSED

    @property
    def right(self) -> bool:
        """The intent is right; what is none of ours may be asked back about or turned down."""
        return self.refused if self.sentence.intent == OUTSIDE else self.intent == self.sentence.intent


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares from 0 to 1. Accuracy and F1 are those of the sentences in scope; a refusal is an error there."""

    sentences: int
    in_scope: int
    accuracy: float
    macro_f1: float
    refused: float  # of those in scope
    outside: int
    outside_recall: float
    outside_precision: float
    marked: int  # sentences with marked entities
    entity_f1: float
    by_language: Mapping[str, float]
    f1_by_intent: Mapping[str, float]
    f1_by_entity: Mapping[str, float]


def read(path: Path) -> list[Sentence]:
    """The sentences of a JSON lines file. Raises SentenceError with the first line that is none."""
    lines = path.read_text("utf-8").splitlines()
    return [_sentence(number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _sentence(number: int, line: str) -> Sentence:
    try:
        raw = json.loads(line)
        marked = raw.get("entities")
        entities = None if marked is None else tuple(named(str(one["entity"]), one["value"]) for one in marked)
        return Sentence(str(raw["text"]), str(raw["language"]), str(raw["intent"]), entities)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SentenceError(f"line {number}: {error!r}") from error


def named(entity: str, value: object) -> Named:
    """An entity ready to be compared: a product by its folded words, a number as one, the rest by value."""
    if entity == "product":
        return entity, fold(str(value)).text
    if isinstance(value, int | float):
        return entity, str(float(value))
    return entity, json.dumps(value, sort_keys=True, ensure_ascii=False)


def judge(sentence: Sentence, parse: Parse) -> Judged:
    second = next((score.name for score in parse.ranking if score.name != parse.intent.name), "")
    found = tuple(named(one.entity, one.value) for one in parse.entities)
    return Judged(sentence, parse.intent.name, parse.intent.confidence, second, found)


def evaluate(sentences: Iterable[Sentence], parse: Callable[[str], Parse]) -> Iterator[Judged]:
    """Each sentence parsed and judged, one by one, so that a caller can show how far it is."""
    return (judge(sentence, parse(sentence.text)) for sentence in sentences)


def figures(judged: Sequence[Judged]) -> Figures:
    inside = [one for one in judged if one.sentence.intent != OUTSIDE]
    outside = [one for one in judged if one.sentence.intent == OUTSIDE]
    by_intent = _f1_by_intent(inside)
    by_entity, entity_f1 = _entity_f1(judged)
    turned_down = [one for one in judged if one.refused]
    return Figures(
        sentences=len(judged),
        in_scope=len(inside),
        accuracy=_share(one.right for one in inside),
        macro_f1=sum(by_intent.values()) / max(len(by_intent), 1),
        refused=_share(one.refused for one in inside),
        outside=len(outside),
        outside_recall=_share(one.refused for one in outside),
        outside_precision=_share(one.sentence.intent == OUTSIDE for one in turned_down),
        marked=sum(one.sentence.entities is not None for one in judged),
        entity_f1=entity_f1,
        by_language=_by_language(inside),
        f1_by_intent=by_intent,
        f1_by_entity=by_entity,
    )


def confusions(judged: Iterable[Judged]) -> list[tuple[str, str, int]]:
    """(wanted, got, how often), most frequent first."""
    counts = Counter((one.sentence.intent, one.intent) for one in judged if not one.right)
    return [(*pair, count) for pair, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]


def calibration(judged: Iterable[Judged], *, bins: int = 10) -> list[tuple[float, float, int]]:
    """(mean confidence, share that was right, how many) for each tenth of confidence that occurs; refusals left out."""
    grouped: dict[int, list[Judged]] = defaultdict(list)
    for one in judged:
        if not one.refused:
            grouped[min(int(one.confidence * bins), bins - 1)].append(one)
    return [
        (sum(one.confidence for one in group) / len(group), _share(one.right for one in group), len(group))
        for _, group in sorted(grouped.items())
    ]


def _f1_by_intent(inside: Sequence[Judged]) -> dict[str, float]:
    wanted = Counter(one.sentence.intent for one in inside)
    got = Counter(one.intent for one in inside)
    right = Counter(one.intent for one in inside if one.right)
    return {name: 2 * right[name] / (wanted[name] + got[name]) for name in sorted(wanted)}


def _entity_f1(judged: Iterable[Judged]) -> tuple[dict[str, float], float]:
    """By kind, and over all; an entity counts as found when kind and canonical value are right."""
    hits: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for one in judged:
        if one.sentence.entities is None:
            continue
        wanted, found = Counter(one.sentence.entities), Counter(one.entities)
        hits.update(kind for kind, _ in (wanted & found).elements())
        sizes.update(kind for kind, _ in (*wanted.elements(), *found.elements()))
    by_kind = {kind: 2 * hits[kind] / size for kind, size in sorted(sizes.items())}
    return by_kind, 2 * hits.total() / sizes.total() if sizes else 0.0


def _by_language(inside: Sequence[Judged]) -> dict[str, float]:
    languages = sorted({one.sentence.language for one in inside})
    return {name: _share(one.right for one in inside if one.sentence.language == name) for name in languages}


def _share(values: Iterable[bool]) -> float:
    counted = list(values)
    return sum(counted) / len(counted) if counted else 0.0
