"""The words of all entries, counted and weighed: a second of work that can be kept as arrays from start to start."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge import references
from knowledge.entry import LANGUAGES, Entry
from knowledge.postings import Floats, Kept, Numbering, Numbers, Postings, Vocabulary, bm25
from knowledge.question import words_of
from knowledge.tokens import ideas, tokens
from nlu import markets

Arrays = Mapping[str, NDArray[Any]]
POSTINGS = ("naming", "ranked", "questions", "passages")
_TINY = 1e-9
_PASSAGE_END = re.compile(r"[。！？；\n]|[.!?;]\s")


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the texts of all entries come to.

    naming: what each is asked and its keywords; ranked: all of it with the factors of BM25; questions, passages: each
    by itself, those of an entry beginning at its start; norms: the length of each question; references: the rules that
    each names by number.
    """

    vocabulary: Vocabulary
    naming: Postings
    ranked: Postings
    questions: Postings
    passages: Postings
    question_starts: Numbers
    passage_starts: Numbers
    norms: Floats
    references: tuple[frozenset[tuple[str, str]], ...]


def weigh(entries: Sequence[Entry]) -> Weighed:
    """From the entries themselves."""
    numbering = Numbering()
    asked = [[numbering.of(telling(text)) for text in asked_as(entry)] for entry in entries]
    named = [numbering.of(token for text in keywords(entry) for token in tokens(text)) for entry in entries]
    stated = [[numbering.of(telling(text)) for text in passages(entry)] for entry in entries]
    fields = ([np.concatenate(texts) for texts in asked], named, [np.concatenate(texts) for texts in stated])
    ranked, questions = bm25(numbering, fields), _units(numbering, asked)
    vocabulary = Vocabulary.of(numbering, ranked, len(entries))
    return Weighed(
        vocabulary,
        naming=Postings.of(numbering, [np.concatenate(parts) for parts in zip(*fields[:2], strict=True)]),
        ranked=ranked,
        questions=questions,
        passages=_units(numbering, stated),
        question_starts=_starts(asked),
        passage_starts=_starts(stated),
        norms=np.maximum(questions.norms(vocabulary.all_weights), _TINY),
        references=tuple(references.keys((*asked_as(entry), *said(entry))) for entry in entries),
    )


def arrays(weighed: Weighed) -> dict[str, NDArray[Any]]:
    """All of it, to be kept."""
    named = json.dumps([sorted(own) for own in weighed.references], ensure_ascii=False)
    return {
        "tokens": _bytes("\n".join(weighed.vocabulary.numbers)),
        "weights": weighed.vocabulary.all_weights,
        "size": np.array(weighed.vocabulary.size),
        "references": _bytes(named),
        "norms": weighed.norms,
        "question_starts": weighed.question_starts,
        "passage_starts": weighed.passage_starts,
        **{f"{name}.{key}": part for name in POSTINGS for key, part in getattr(weighed, name).arrays().items()},
    }


def restored(found: Arrays) -> Weighed:
    """What `arrays` gave. Raises ValueError, KeyError when it is something else."""
    numbers = {token: number for number, token in enumerate(_text(found["tokens"]).split())}
    own = {
        name: {key.partition(".")[2]: part for key, part in found.items() if key.startswith(f"{name}.")}
        for name in POSTINGS
    }
    return Weighed(
        Vocabulary(numbers, found["weights"], int(found["size"])),
        **{name: Postings.restored(numbers, own[name]) for name in POSTINGS},
        question_starts=found["question_starts"],
        passage_starts=found["passage_starts"],
        norms=found["norms"],
        references=tuple(frozenset(map(tuple, one)) for one in json.loads(_text(found["references"]))),
    )


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _text(found: NDArray[Any]) -> str:
    return found.tobytes().decode()


def _units(numbering: Numbering, texts: Sequence[Sequence[Kept]]) -> Postings:
    """Postings of all questions (or sentences) of all entries."""
    return Postings.of(numbering, [unit for entry in texts for unit in entry])


def _starts(texts: Sequence[Sequence[Kept]]) -> Numbers:
    """Where the questions (or sentences) of each entry begin."""
    return np.cumsum([0, *(len(entry) for entry in texts)][:-1], dtype=np.intp)


def telling(text: str) -> list[str]:
    """The tokens of an entry's text: its words and the ideas that they name."""
    return tokens(text) + ideas(text)


def asked_as(entry: Entry) -> tuple[str, ...]:
    """The titles and questions of an entry: what a member may have typed."""
    return (entry.title.zh, entry.title.en, *entry.questions.all)


def keywords(entry: Entry) -> tuple[str, ...]:
    """Names of the entry's markets, and its products with all their synonyms."""
    named = [markets.name(market, language) for market in entry.markets for language in LANGUAGES]
    words = [form for word in entry.products.all for form in words_of(word)]
    return tuple(dict.fromkeys([*named, *words]))


def said(entry: Entry) -> tuple[str, ...]:
    """What an entry says, as against what it is asked."""
    texts = [*entry.texts, entry.notes, *(fact.name for fact in entry.facts)]
    texts += [source.title for source in entry.sources]
    return tuple(text[language] for text in texts for language in LANGUAGES if text[language])


def passages(entry: Entry) -> tuple[str, ...]:
    """The same, sentence by sentence: what stands together belongs together."""
    found = tuple(passage for text in said(entry) for passage in _PASSAGE_END.split(text) if passage.strip())
    return found or ("",)
