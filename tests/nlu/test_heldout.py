"""Sentences that the model has never seen: the figures that we promise, and the time it takes."""

import statistics
import time
from pathlib import Path

import pytest
import yaml

from nlu import training_data
from nlu.interpreter import Context
from nlu.normalize import fold
from tests.nlu.trained import DATA, NOW, intent, interpreter

LISTS = ("heldout.yml", "heldout2.yml", "heldout3.yml", "heldout4.yml", "heldout5.yml")
LEAST = 0.9


def unseen(name: str) -> list[tuple[str, str]]:
    held_out: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))
    seen = {fold(example.text).text for example in training_data.load(DATA).examples}
    return [(wanted, text) for wanted, texts in held_out.items() for text in texts if fold(text).text not in seen]


@pytest.mark.parametrize("name", LISTS)
def test_accuracy_on_unseen_sentences(name: str) -> None:
    sentences = unseen(name)
    wrong = [(wanted, intent(text), text) for wanted, text in sentences if intent(text) != wanted]
    assert len(wrong) <= (1 - LEAST) * len(sentences), wrong


def test_a_sentence_costs_less_than_a_millisecond() -> None:
    texts = [text for name in LISTS for _, text in unseen(name)]
    costs = []
    for text in texts:
        began = time.process_time()
        interpreter().parse(text, Context(now=NOW))
        costs.append(time.process_time() - began)
    assert statistics.median(costs) < 0.001
