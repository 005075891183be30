"""`fengsui check`: everything that is data, checked at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot import i18n
from bot.app import PROJECT, load_assistant
from bot.dialogue.problems import ProjectError
from bot.i18n import LANGUAGES
from bot.training import DATA
from knowledge.article import Level
from knowledge.check import check_folder
from nlu import training_data


@dataclass(frozen=True, slots=True)
class Problem:
    text: str
    is_error: bool = True


def problems() -> list[Problem]:
    """All problems of texts, dialogue, training data and knowledge."""
    return [*_texts(), *_dialogue(), *_training(), *_knowledge()]


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
    for problem in training_data.check(training_data.load(DATA)):
        yield Problem(f"nlu/data: {problem}")


def _knowledge() -> Iterator[Problem]:
    for problem in check_folder(PROJECT / "knowledge" / "articles"):
        yield Problem(f"knowledge: {problem}", is_error=_is_error(problem))


def _is_error(problem: Any) -> bool:
    return bool(problem.level is Level.ERROR)
