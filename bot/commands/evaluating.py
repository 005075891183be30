"""`fengsui eval knowledge`: a frozen set of questions put to the assistant as a member would, and judged."""

from pathlib import Path

from bot.commands.oneshot import Asker
from bot.settings import Settings
from knowledge import evaluation
from knowledge.evaluation import Outcome, Question, Verdict

MOST_RANKED = 5


def run(settings: Settings, file: Path) -> list[Verdict]:
    """Every question in a conversation of its own. Raises evaluation.QuestionError for a file that cannot be used."""
    questions = evaluation.read(file)
    with Asker(settings) as asker:
        return evaluation.evaluate(questions, lambda question: _asked(asker, question))


def _asked(asker: Asker, question: Question) -> Outcome:
    told = asker.ask(question.text)
    ranked = [key for key in (told.get("article"), *told.get("nearest", ()), *asker.ranked(question.text)) if key]
    return Outcome(
        tuple(dict.fromkeys(ranked))[:MOST_RANKED], str(told.get("form", "none")), "\n".join(told["replies"])
    )
