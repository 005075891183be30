"""Which articles of the TBT or SPS Agreement a stated reason can rest on (data: hooks.yml)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("hooks.yml")


@dataclass(frozen=True, slots=True)
class Hook:
    """An obligation of the importing member, and the reasons of an exporter that it answers."""

    agreement: str
    reasons: tuple[str, ...]
    articles: str
    zh: str
    en: str

    def text(self, language: str) -> str:
        return self.en if language == "en" else self.zh


@cache
def hooks() -> tuple[Hook, ...]:
    loaded = yaml.load(FILE.read_text("utf-8"), yaml.CSafeLoader)
    return tuple(Hook(**{**entry, "reasons": tuple(entry["reasons"])}) for entry in loaded)


def hooks_for(agreement: str, reasons: Sequence[str]) -> tuple[Hook, ...]:
    """The articles that fit one of the reasons, nearest first: those that answer it and few others."""
    fitting = [one for one in hooks() if one.agreement == agreement.upper() and {*reasons} & {*one.reasons}]
    return tuple(sorted(fitting, key=lambda one: len(one.reasons)))
