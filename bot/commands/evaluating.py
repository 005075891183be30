"""`fengsui eval KIND [FILE]`: how well the assistant answers (knowledge) or understands (nlu), in figures."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import track

from bot import clock, training
from bot.commands.oneshot import Asker
from bot.errors import BadInput
from bot.settings import Settings
from bot.training import DATA
from knowledge import evaluation
from knowledge.evaluation import Outcome, Question
from nlu import evaluation as understanding
from nlu import evaluation_report, train, training_data
from nlu.evaluation import Judged, Sentence
from nlu.interpreter import Context, Interpreter
from nlu.normalize import fold

MOST_RANKED = 5
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The figures by name, and how to write the page with every question under a title."""

    figures: dict[str, object]
    page: Callable[[str], str]


def run(settings: Settings, kind: str, file: Path | None) -> Evaluated:
    """Raises BadInput for an unknown kind, and for a file that cannot be used."""
    kinds = {"knowledge": _knowledge, "nlu": _nlu}
    if kind not in kinds:
        raise BadInput("cli.unknown_kind", kind=kind, kinds=", ".join(kinds))
    try:
        return kinds[kind](settings, file)
    except (evaluation.QuestionError, understanding.SentenceError, OSError) as error:
        raise BadInput(f"cli.eval_unreadable_{kind}", file=str(file), why=str(error)) from error


def _knowledge(settings: Settings, file: Path | None) -> Evaluated:
    """Every question in a conversation of its own."""
    if file is None:
        raise BadInput("cli.eval_needs_file", kind="knowledge")
    questions = evaluation.read(file)
    with Asker(settings) as asker:
        verdicts = evaluation.evaluate(_shown(questions, len(questions)), lambda question: _asked(asker, question))
    figures = asdict(evaluation.figures(verdicts))
    return Evaluated(figures, lambda title: evaluation.report(verdicts, title=title))


def _asked(asker: Asker, question: Question) -> Outcome:
    told = asker.ask(question.text)
    ranked = [
        key
        for key in (told.get("article"), *told.get("nearest", ()), *(one.key for one in asker.found(question.text)))
        if key
    ]
    return Outcome(
        tuple(dict.fromkeys(ranked))[:MOST_RANKED], str(told.get("form", "none")), "\n".join(told["replies"])
    )


def _nlu(settings: Settings, file: Path | None) -> Evaluated:
    """A file by the trained model; without one, the training data by models that have not seen it."""
    now = clock.from_setting(settings.clock).now().astimezone(ZoneInfo(settings.desk.time_zone))
    judged = list(_cross_validated(Context(now=now)) if file is None else _file(settings, file, Context(now=now)))
    found = understanding.figures(judged)
    figures = {name: getattr(found, name) for name in found.__slots__}
    confused = {f"{wanted} > {got}": count for wanted, got, count in understanding.confusions(judged)}
    return Evaluated({**figures, "confusions": confused}, lambda title: evaluation_report.report(judged, title=title))


def _file(settings: Settings, file: Path, context: Context) -> Iterable[Judged]:
    """Sentences that stand in the training data are no test and left out."""
    taught = {fold(example.text).text for example in training_data.load(DATA).examples}
    sentences = [one for one in understanding.read(file) if fold(one.text).text not in taught]
    understand = training.interpreter(settings)
    parse = lambda text: understand.parse(text, context)  # noqa: E731  one line, used once
    return understanding.evaluate(_shown(sentences, len(sentences)), parse)


def _cross_validated(context: Context) -> Iterable[Judged]:
    for classifier, examples in _shown(train.fold_classifiers(DATA), train.FOLDS):
        interpreter = Interpreter.of(classifier)
        for example in examples:
            sentence = Sentence(example.text, example.language, example.intent)
            yield understanding.judge(sentence, interpreter.parse(example.text, context))


def _shown(items: Iterable[T], total: int) -> Iterable[T]:
    """With a progress bar on the error output of a terminal."""
    return track(items, description="", total=total, console=Console(stderr=True), transient=True)
