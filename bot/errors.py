"""Errors that a person can act on: each carries the key of a sentence in bot/texts and its values."""

import json
from typing import Any


class FengsuiError(Exception):
    """The base of all errors of ours. `key` names the sentence, `values` fill it; str() is for logs."""

    def __init__(self, key: str, /, **values: Any) -> None:
        super().__init__(f"{key} {values}" if values else key)
        self.key = key
        self.values = values

    def as_data(self) -> str:
        """To be kept, and told in the language of whoever reads it later."""
        return json.dumps({"key": self.key, "values": self.values}, ensure_ascii=False, default=str)


class BadInput(FengsuiError):
    """What came in is not what was expected; nothing was stored."""


class NotAllowed(FengsuiError):
    """The person's roles do not permit this; the try was logged."""


class SettingsError(FengsuiError):
    """The configuration cannot be used; the sentence says which key and what would be right."""


class EngineDown(FengsuiError):
    """The dialogue engine does not answer. The message is kept and taken up when it does."""


class NotReady(FengsuiError):
    """Something the command needs is missing: the model, a migration, the data folder."""
