"""Sentences that the model has never seen: the figures that we promise, and the time it takes."""

import statistics
import time
from pathlib import Path

import yaml

from nlu import training_data
from nlu.interpreter import Context
from nlu.normalize import fold
from tests.nlu.trained import DATA, NOW, intent, interpreter

HELD_OUT: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "heldout.yml").read_text(encoding="utf-8"))
LEAST = 0.9


def unseen() -> list[tuple[str, str]]:
    seen = {fold(example.text).text for example in training_data.load(DATA).examples}
    return [(name, text) for name, texts in HELD_OUT.items() for text in texts if fold(text).text not in seen]


def test_accuracy_on_unseen_sentences() -> None:
    wrong = [(name, intent(text), text) for name, text in unseen() if intent(text) != name]
    assert len(wrong) <= (1 - LEAST) * len(unseen()), wrong


def test_a_sentence_costs_less_than_a_millisecond() -> None:
    texts = [text for _, text in unseen()]
    costs = []
    for text in texts:
        began = time.process_time()
        interpreter().parse(text, Context(now=NOW))
        costs.append(time.process_time() - began)
    assert statistics.median(costs) < 0.001
