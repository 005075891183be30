"""What an assistant can understand, remember, ask and say: the value that everything else reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.dialogue import events

DEFAULT_ACTIONS = frozenset(
    {
        events.LISTEN,
        events.SESSION_START,
        events.DEFAULT_FALLBACK,
        events.TWO_STAGE_FALLBACK,
        "action_restart",
        "action_back",
        "action_deactivate_loop",
        "action_default_ask_affirmation",
        "action_default_ask_rephrase",
        "action_extract_slots",
    }
)
DEFAULT_INTENTS = frozenset({"restart", "back", "session_start", events.OUT_OF_SCOPE, events.NLU_FALLBACK})


class SlotType(StrEnum):
    TEXT = "text"
    BOOL = "bool"
    FLOAT = "float"
    LIST = "list"
    CATEGORICAL = "categorical"
    ANY = "any"


class Source(StrEnum):
    """Where a mapping takes the value from."""

    ENTITY = "from_entity"
    TEXT = "from_text"
    INTENT = "from_intent"
    TRIGGER_INTENT = "from_trigger_intent"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Condition:
    """A mapping applies in this loop (None: outside of any), and then while this slot is asked (None: any)."""

    active_loop: str | None
    requested_slot: str | None


@dataclass(frozen=True, slots=True)
class SlotMapping:
    """One way a message fills a slot. `key` is equal for mappings that are written alike."""

    source: Source
    key: str
    entity: str | None = None
    intents: frozenset[str] = frozenset()
    not_intents: frozenset[str] = frozenset()
    value: Any = None
    conditions: tuple[Condition, ...] = ()
    action: str | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    name: str
    type: SlotType
    initial: Any = None
    influences: bool = True
    values: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    mappings: tuple[SlotMapping, ...] = ()

    def feature(self, value: Any) -> tuple[float, ...] | None:
        """What a rule sees of the value: equal features are equal to a rule; None is "not set"."""
        if value is None or not self.influences:
            return None
        return _FEATURES[self.type](self, value)


def _presence(_slot: Slot, _value: Any) -> tuple[float, ...]:
    return (1.0,)


def _bool(_slot: Slot, value: Any) -> tuple[float, ...] | None:
    known = {"true": 1.0, "1": 1.0, "1.0": 1.0, "false": 0.0, "0": 0.0, "0.0": 0.0}.get(str(value).strip().lower())
    return None if known is None else (1.0, known)


def _float(slot: Slot, value: Any) -> tuple[float, ...] | None:
    try:
        capped = max(slot.low, min(slot.high, float(value)))
    except (TypeError, ValueError):
        return None
    return (1.0, (capped - slot.low) / ((slot.high - slot.low) or 1.0))


def _list(_slot: Slot, value: Any) -> tuple[float, ...] | None:
    return (1.0,) if isinstance(value, Sequence) and len(value) > 0 else None


def _categorical(slot: Slot, value: Any) -> tuple[float, ...]:
    """One place for each value and a last one for all others."""
    place = slot.values.index(low) if (low := str(value).lower()) in slot.values else len(slot.values)
    return tuple(1.0 if index == place else 0.0 for index in range(len(slot.values) + 1))


def _nothing(_slot: Slot, _value: Any) -> None:
    return None


_FEATURES: Mapping[SlotType, Callable[[Slot, Any], tuple[float, ...] | None]] = {
    SlotType.TEXT: _presence,
    SlotType.BOOL: _bool,
    SlotType.FLOAT: _float,
    SlotType.LIST: _list,
    SlotType.CATEGORICAL: _categorical,
    SlotType.ANY: _nothing,
}


@dataclass(frozen=True, slots=True)
class Form:
    """`unique`: keys of the entity mappings that only one of its slots has; only those fill a slot not asked for."""

    name: str
    required_slots: tuple[str, ...]
    ignored_intents: frozenset[str] = frozenset()
    unique: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Variation:
    """One wording of a response: `message` as in the domain, its slot conditions and channel."""

    message: Mapping[str, Any]
    conditions: tuple[tuple[str, Any], ...] = ()
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """Minutes after which a conversation starts anew (0: never), and whether slots survive that."""

    expires_after: float = 60.0
    carry_over_slots: bool = True


@dataclass(frozen=True, slots=True)
class Domain:
    """`actions` are the custom ones; `as_dict` is what actions get as their domain (built once)."""

    intents: frozenset[str]
    entities: frozenset[str]
    slots: Mapping[str, Slot]
    forms: Mapping[str, Form]
    responses: Mapping[str, tuple[Variation, ...]]
    actions: frozenset[str]
    session: SessionConfig
    as_dict: dict[str, Any]
    initial_slots: Mapping[str, Any] = field(init=False)
    action_names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        initial = {slot.name: slot.initial for slot in self.slots.values()}
        initial |= {events.REQUESTED_SLOT: None, events.SESSION_METADATA: None}
        object.__setattr__(self, "initial_slots", initial)
        known = DEFAULT_ACTIONS | self.actions | self.responses.keys() | self.forms.keys()
        object.__setattr__(self, "action_names", known)
