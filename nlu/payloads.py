"""Messages that buttons send: /intent, /intent@0.7, /intent{"entity": "value"}, read as Rasa does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from nlu.entities import Entity

EXTRACTOR = "RegexMessageHandler"
_PAYLOAD = re.compile(r"\s*/(?P<intent>[A-Za-z_]\w*)(?:@(?P<confidence>[0-9.]+)|@\w+)?\s*(?P<json>\{.*)?\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PayloadEntity(Entity):
    """An entity from a button; only the extractor's name differs."""

    def to_rasa(self) -> dict[str, object]:
        """The entity as Rasa's parse data has it."""
        return Entity.to_rasa(self) | {"extractor": EXTRACTOR}


@dataclass(frozen=True, slots=True)
class Payload:
    """What a button says: intent, confidence (1 unless given) and entities, each spanning the JSON."""

    intent: str
    confidence: float
    entities: tuple[Entity, ...]


def read(text: str, *, intents: frozenset[str], entities: frozenset[str]) -> Payload | None:
    """The payload, or None when the text is none or names an unknown intent (then it is read as a sentence).

    Unknown entities are dropped, a list gives an entity for each item, broken JSON gives none.
    """
    match = _PAYLOAD.fullmatch(text)
    if match is None or match["intent"] not in intents:
        return None
    found = tuple(_entities(match, entities)) if match["json"] else ()
    return Payload(match["intent"], _confidence(match["confidence"]), found)


def _confidence(text: str | None) -> float:
    try:
        return min(1.0, float(text)) if text else 1.0
    except ValueError:
        return 1.0


def _entities(match: re.Match[str], known: frozenset[str]) -> Iterator[Entity]:
    start, span = match.start("json"), match["json"].rstrip()
    try:
        fields = json.loads(span)
    except (ValueError, RecursionError):
        return
    for name, value in fields.items() if isinstance(fields, dict) else ():
        if name in known:
            for item in value if isinstance(value, list) else [value]:
                yield PayloadEntity(name, start, start + len(span), item, span)
