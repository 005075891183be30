"""Rules as patterns over the last steps of a conversation, indexed so that a prediction looks at a few of them only."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from bot.dialogue.domain import Domain
from bot.dialogue.history import History, State, advance

NOT_SET: Final = "should_not_be_set"
Feature = tuple[float, ...] | str


@dataclass(frozen=True, slots=True)
class Step:
    """The conversation just before an action, as far as a rule says or sees it; None: nothing said, nothing there.

    `previous` is the action before (None only at the start of a conversation); in a rule `loop` and the slot
    features may be NOT_SET.
    """

    previous: str | None
    intent: str | None = None
    entities: tuple[str, ...] = ()
    loop: str | None = None
    slots: tuple[tuple[str, Feature], ...] = ()

    @property
    def active_loop(self) -> str | None:
        return None if self.loop == NOT_SET else self.loop

    def allows(self, seen: Step) -> bool:
        """Whether this step of a rule fits a step of the conversation."""
        if self.previous is None or seen.previous is None:
            return self.previous == seen.previous
        return (
            self.previous == seen.previous
            and self.intent in (None, seen.intent)
            and (not self.entities or self.entities == seen.entities)
            and (self.loop is None or self.active_loop == seen.loop)
            and all(_fits(feature, seen.slots, name) for name, feature in self.slots)
        )


def _fits(wanted: Feature, seen: Iterable[tuple[str, Feature]], name: str) -> bool:
    value = next((feature for slot, feature in seen if slot == name), None)
    return value is None if wanted == NOT_SET else value == wanted


@dataclass(frozen=True, slots=True)
class Pattern:
    """After these steps (oldest first) comes this action. Of several that fit the weightiest wins."""

    steps: tuple[Step, ...]
    action: str
    weight: int

    def fits(self, seen: list[Step]) -> bool:
        """`seen`: the conversation, newest first."""
        if len(self.steps) > len(seen):
            return False
        return all(step.allows(then) for step, then in zip(reversed(self.steps), seen, strict=False))


def pattern(steps: tuple[Step, ...], action: str) -> Pattern:
    """Rasa prefers the rule whose states are longest when written as JSON; so the same letters are counted here."""
    return Pattern(steps, action, len(key(steps)))


def key(steps: Iterable[Step]) -> str:
    return json.dumps([_as_rasa(step) for step in steps], sort_keys=True)


def _as_rasa(step: Step) -> dict[str, Any]:
    user = {"intent": step.intent, "entities": step.entities} if step.entities else {"intent": step.intent}
    parts = {
        "prev_action": {"action_name": step.previous} if step.previous else None,
        "user": user if step.intent else None,
        "active_loop": {"name": step.loop} if step.loop else None,
        "slots": dict(step.slots),
    }
    return {name: part for name, part in parts.items() if part}


class Index:
    """Patterns by the action before and the intent of their newest step."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._found: dict[tuple[str | None, str | None], list[Pattern]] = {}
        for item in patterns:
            newest = item.steps[-1]
            self._found.setdefault((newest.previous, newest.intent), []).append(item)

    def candidates(self, newest: Step) -> list[Pattern]:
        general = self._found.get((newest.previous, None), [])
        return [*self._found.get((newest.previous, newest.intent), []), *general] if newest.intent else general

    def best(self, seen: list[Step]) -> Pattern | None:
        fitting = (item for item in self.candidates(seen[0]) if item.fits(seen))
        return max(fitting, key=lambda item: item.weight, default=None)


@dataclass(frozen=True, slots=True)
class Rules:
    """`interrupted`, `keeps_out`: for loops after an excursion (see `policy`). `slots`: those that conditions name."""

    patterns: Index
    interrupted: Index
    keeps_out: Index
    slots: frozenset[str]
    depth: int


def steps(history: History, rules: Rules) -> list[Step]:
    """The conversation as rules see it, newest first, no further back than the longest rule."""
    domain, state = history.domain, history.start()
    seen: deque[Step] = deque(maxlen=rules.depth)
    for event in history.entries:
        if event["event"] == "action":
            seen.appendleft(_step(state, domain, rules.slots))
        state = advance(state, event, domain)
    seen.appendleft(_step(state, domain, rules.slots))
    return list(seen)


def _step(state: State, domain: Domain, slots: frozenset[str]) -> Step:
    parse = state.user["parse_data"] if state.user else {}
    types = {entity.get("entity") for entity in parse.get("entities") or []} & domain.entities
    features = ((name, domain.slots[name].feature(state.slots.get(name))) for name in sorted(slots))
    return Step(
        previous=state.action,
        intent=(parse.get("intent") or {}).get("name"),
        entities=tuple(sorted(types)),
        loop=state.loop["name"] if state.loop else None,
        slots=tuple((name, feature) for name, feature in features if feature is not None),
    )
