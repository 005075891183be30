"""A model of the real training data, trained once for all tests that need one."""

import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from nlu.interpreter import Context, Interpreter
from nlu.train import train_in_child

DATA = Path(__file__).parents[2] / "nlu" / "data"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@cache
def interpreter() -> Interpreter:
    """Trained in a child process, as the service does it."""
    with tempfile.TemporaryDirectory() as folder:
        train_in_child(DATA, Path(folder))
        return Interpreter.load(Path(folder))


def intent(text: str, *, form: str | None = None, slot: str | None = None) -> str:
    """What the interpreter makes of a message, in the given situation."""
    return interpreter().parse(text, Context(now=NOW, form=form, requested_slot=slot)).intent.name
