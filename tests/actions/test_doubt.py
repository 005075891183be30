"""Which tasks a message that was not understood may have meant."""

import pytest

from actions.doubt import tasks


@pytest.mark.parametrize(
    ("ranking", "offered"),
    [
        ({"nlu_fallback": 0.4, "pause_alerts": 0.4, "resume": 0.35}, ["pause_alerts", "resume"]),
        ({"nlu_fallback": 0.4, "ask_question": 0.4, "subscribe": 0.3}, ["subscribe"]),
        ({"nlu_fallback": 0.4, "subscribe": 0.4, "resume": 0.11}, ["subscribe"]),
        ({"nlu_fallback": 0.4, "greet": 0.4, "thanks": 0.39}, []),
        ({"help": 0.3, "enrol": 0.3, "subscribe": 0.3}, ["help", "enrol"]),
        ({}, []),
    ],
)
def test_tasks(ranking: dict[str, float], offered: list[str]) -> None:
    assert tasks([{"name": name, "confidence": value} for name, value in ranking.items()]) == offered
