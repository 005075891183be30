"""What a Rasa server asks us: a pipeline component that has each message understood by the service (POST /model/parse).

It runs inside Rasa 3.6, on Python 3.10, with nothing but the standard library and Rasa itself; nothing of ours imports
it. `config.yml` names it; `url` is where the service listens, and the token is read from FENGSUI_API_TOKEN.
"""

from __future__ import annotations

import json
import os
import urllib.request
from typing import Any, Dict, List, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

TOKEN = "FENGSUI_API_TOKEN"  # noqa: S105  # the name of the variable, not the token


@DefaultV1Recipe.register(
    [DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR],
    is_trainable=False,
)
class FengsuiInterpreter(GraphComponent, IntentClassifier, EntityExtractorMixin):
    """Intent, ranking and entities from the service; what it knows of the turn goes along as `metadata`."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"url": "http://127.0.0.1:8000", "timeout": 10.0}

    def __init__(self, config: Dict[Text, Any]) -> None:
        self._url = config["url"].rstrip("/") + "/model/parse"
        self._timeout = float(config["timeout"])

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FengsuiInterpreter:
        return cls(config)

    def process(self, messages: List[Message]) -> List[Message]:
        """Raises OSError when the service does not answer: then Rasa drops the turn, and the service says so."""
        for message in messages:
            parse = self._ask({"text": message.get("text") or "", "metadata": message.get("metadata") or {}})
            message.set("intent", parse["intent"], add_to_output=True)
            message.set("intent_ranking", parse.get("intent_ranking", []), add_to_output=True)
            message.set("entities", parse["entities"], add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def _ask(self, question: Dict[Text, Any]) -> Dict[Text, Any]:
        token = os.environ.get(TOKEN)
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        asked = urllib.request.Request(self._url, json.dumps(question).encode(), headers)  # noqa: S310
        with urllib.request.urlopen(asked, timeout=self._timeout) as answer:  # noqa: S310  # our own address
            parse: Dict[Text, Any] = json.loads(answer.read())
        return parse
