"""`fengsui check`: everything that is data, checked at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot import i18n
from bot.app import PROJECT, load_assistant
from bot.dialogue.problems import ProjectError
from bot.i18n import LANGUAGES
from bot.training import DATA
from knowledge.check import check_base
from knowledge.reading import Level
from nlu import training_check, training_data


@dataclass(frozen=True, slots=True)
class Problem:
    text: str
    is_error: bool = True


def problems(today: date) -> list[Problem]:
    """All problems of texts, dialogue, training data and knowledge, and which entries are due to be checked."""
    return [*_texts(), *_dialogue(), *_training(), *_knowledge(today)]


def _texts() -> Iterator[Problem]:
    for line in i18n.problems(i18n.load()):
        yield Problem(f"bot/texts: {line}")


def _dialogue() -> Iterator[Problem]:
    try:
        assistant = load_assistant()
    except ProjectError as error:
        for line in error.problems:
            yield Problem(line)
        return
    for name, variants in assistant.domain.responses.items():
        if len(variants) != len(LANGUAGES):
            yield Problem(f"nlu/domain: {name} has {len(variants)} variants, one for each language is expected")


def _training() -> Iterator[Problem]:
    for problem in training_check.check(training_data.load(DATA)):
        yield Problem(f"nlu/data: {problem}")


def _knowledge(today: date) -> Iterator[Problem]:
    for problem in check_base(PROJECT / "knowledge", today=today):
        yield Problem(f"knowledge/{problem}", is_error=_is_error(problem))


def _is_error(problem: Any) -> bool:
    return bool(problem.level is Level.ERROR)
