"""Our understanding as a process to measure: `train DATA MODEL [ENCODER]`, `parse MODEL TEXTS OUT [ENCODER]`."""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

AMBIGUITY = 0.1  # Rasa's FallbackClassifier in config.diet.yml has the same: both refuse what is as close as that


def train(data: str, model: str, *encoder: str) -> None:
    from nlu import train as lesson

    lesson.MARGIN = AMBIGUITY
    lesson.train(Path(data), Path(model))
    if encoder:
        from nlu import train_semantic

        train_semantic.train(Path(data), Path(model), Path(*encoder))


def parse(model: str, texts: str, out: str, *encoder: str) -> None:
    """Write {"start": CPU seconds until the first answer, "took": CPU of each, "intents": [...]}."""
    from nlu.interpreter import Context, Interpreter
    from nlu.semantic.encoder import Encoder

    context = Context(now=datetime(2026, 11, 22, 9, tzinfo=UTC))
    interpreter = Interpreter.load(Path(model), Encoder.load(Path(*encoder)) if encoder else None)
    interpreter.parse("hello", context)
    start, took, intents = time.process_time(), [], []
    for text in json.loads(Path(texts).read_text("utf-8")):
        before = time.process_time()
        intents.append(interpreter.parse(text, context).intent.name)
        took.append(time.process_time() - before)
    Path(out).write_text(json.dumps({"start": start, "took": took, "intents": intents}), "utf-8")


if __name__ == "__main__":
    {"train": train, "parse": parse}[sys.argv[1]](*sys.argv[2:])
