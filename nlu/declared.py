"""The intents and entities that the assistant's domain declares, read from nlu/domain."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

DOMAIN = Path(__file__).parent / "domain" / "domain.yml"


@cache
def _lists() -> dict[str, frozenset[str]]:
    if not DOMAIN.exists():
        return {}
    content = yaml.load(DOMAIN.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return {key: frozenset(_name(item) for item in content.get(key) or ()) for key in ("intents", "entities")}


def _name(item: str | dict[str, object]) -> str:
    return item if isinstance(item, str) else next(iter(item))


def intents() -> frozenset[str]:
    """All declared intents, those of buttons included; empty when there is no domain."""
    return _lists().get("intents", frozenset())


def entities() -> frozenset[str]:
    """All declared entities, those of buttons included; empty when there is no domain."""
    return _lists().get("entities", frozenset())
