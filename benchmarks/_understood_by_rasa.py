"""A Rasa pipeline as a process to be measured, by .venv-rasa: `train CONFIG DATA MODEL`, `parse MODEL TEXTS OUT`."""

import asyncio
import json
import sys
import time
from pathlib import Path


def train(config: str, data: str, model: str) -> None:
    from rasa.model_training import train_nlu

    train_nlu(config, data, model, fixed_model_name="model")


def parse(model: str, texts: str, out: str) -> None:
    """Write {"start": CPU seconds until the first answer, "took": CPU of each, "intents": [...]}."""
    from rasa.core.agent import Agent

    loop = asyncio.new_event_loop()
    agent = Agent.load(str(Path(model) / "model.tar.gz"))
    loop.run_until_complete(agent.parse_message("hello"))
    start, took, intents = time.process_time(), [], []
    for text in json.loads(Path(texts).read_text("utf-8")):
        before = time.process_time()
        intents.append(loop.run_until_complete(agent.parse_message(text))["intent"]["name"])
        took.append(time.process_time() - before)
    Path(out).write_text(json.dumps({"start": start, "took": took, "intents": intents}), "utf-8")


if __name__ == "__main__":
    {"train": train, "parse": parse}[sys.argv[1]](*sys.argv[2:])
