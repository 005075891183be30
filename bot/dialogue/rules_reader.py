"""Reads rules and turns each into patterns; reports what rules of this engine cannot say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

from bot.dialogue.domain import Domain
from bot.dialogue.events import LISTEN, REQUESTED_SLOT
from bot.dialogue.problems import Map, Report, files, names, read
from bot.dialogue.rules import NOT_SET, Feature, Index, Pattern, Rules, Step, key, pattern

_RULE_KEYS = ("rule", "steps", "condition", "conversation_start", "wait_for_user_input", "metadata")
_STEP_KEYS = ("intent", "action", "active_loop", "slot_was_set", "or", "metadata")
_ANYTHING = "..."  # the action before a rule that may begin anywhere


def read_rules(path: Path, domain: Domain, report: Report) -> Rules:
    """All rules of a file or folder. Stories are refused; NLU examples that lie beside them are left alone."""
    found: dict[str, tuple[Pattern, str]] = {}
    slots: set[str] = set()
    for file in files(path):
        content = read(file, report)
        report.unknown_keys(content, ("version", "rules", "nlu"), "rules")
        for place, item in report.sequence(content.at("rules"), content.get("rules"), "rules").located():
            _read_rule(report.mapping(place, item, "rule"), _Context(domain, report, slots), found)
    return _rules([item for item, _ in found.values()], frozenset(slots))


def _rules(patterns: list[Pattern], slots: frozenset[str]) -> Rules:
    interrupted, keeps_out = [], []
    for item in patterns:
        newest = item.steps[-1]
        if newest.active_loop and newest.previous == LISTEN and item.action == newest.active_loop:
            interrupted.append(_last_two(item))
        elif newest.active_loop and newest.previous != LISTEN and item.action != newest.active_loop:
            keeps_out.append(_last_two(item))
    depth = max((len(item.steps) for item in patterns), default=1)
    return Rules(Index(patterns), Index(interrupted), Index(keeps_out), slots, depth)


def _last_two(item: Pattern) -> Pattern:
    """The newest step and only the action of the one before: that is all Rasa asks when a loop is interrupted."""
    before = [Step(step.previous) for step in item.steps[-2:-1] if step.previous]
    return pattern((*before, item.steps[-1]), item.action)


@dataclass(slots=True)
class _Context:
    domain: Domain
    report: Report
    slots: set[str]
    name: str = ""

    def problem(self, place: str, what: str) -> None:
        self.report.add(place, f"rule {self.name!r}: {what}")


def _read_rule(rule: Map, context: _Context, found: dict[str, tuple[Pattern, str]]) -> None:
    context.name = str(rule.get("rule"))
    context.report.unknown_keys(rule, _RULE_KEYS, f"rule {context.name!r}")
    before = [_step(item, place, context, condition=True) for place, item in _located(rule, "condition", context)]
    during = [_step(item, place, context) for place, item in _located(rule, "steps", context)]
    if not during:
        context.problem(rule.place, "has no steps")
    if sum(any(isinstance(step, _Intent) for step in choice) for choice in during) > 1:
        context.problem(rule.at("steps"), "more than one user message (that is a story, and stories are not supported)")
    for choice in product(*before, *during):
        for item in _patterns(choice[: len(before)], choice[len(before) :], rule):
            _keep(item, rule, context, found)


def _located(rule: Map, name: str, context: _Context) -> Iterable[tuple[str, Any]]:
    return context.report.sequence(rule.at(name), rule.get(name), f"rule {context.name!r}: {name}").located()


def _keep(item: Pattern, rule: Map, context: _Context, found: dict[str, tuple[Pattern, str]]) -> None:
    other, place = found.setdefault(key(item.steps), (item, rule.place))
    if other.action != item.action:
        context.problem(rule.place, f"wants {item.action!r} where the rule at {place} wants {other.action!r}")


# From steps to patterns


@dataclass(frozen=True, slots=True)
class _Intent:
    name: str
    entities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Action:
    name: str


@dataclass(frozen=True, slots=True)
class _Loop:
    name: str


@dataclass(frozen=True, slots=True)
class _Slots:
    features: tuple[tuple[str, Feature], ...]


_Part = _Intent | _Action | _Loop | _Slots


@dataclass(slots=True)
class _Walk:
    """Walks along a rule: what stands now, what was before, and the patterns learnt."""

    now: Step
    past: tuple[Step, ...] = ()
    learnt: list[Pattern] = field(default_factory=list)

    def take(self, part: _Part) -> None:
        if isinstance(part, _Action):
            self.act(part.name)
        elif isinstance(part, _Loop):
            self.now = replace(self.now, loop=part.name)
        elif isinstance(part, _Slots):
            self.now = replace(self.now, slots=tuple(sorted({**dict(self.now.slots), **dict(part.features)}.items())))
        else:
            if self.now.previous != LISTEN:
                self.act(LISTEN)
            self.now = replace(self.now, intent=part.name, entities=part.entities)

    def act(self, action: str) -> None:
        if self.now.previous != _ANYTHING:
            self.past = (*self.past, self.now)
            self.learnt.append(pattern(self.past, action))
        self.now = replace(self.now, previous=action)


def _patterns(before: Iterable[_Part], during: Iterable[_Part], rule: Map) -> list[Pattern]:
    walk = _Walk(Step(None if rule.get("conversation_start") is True else _ANYTHING))
    for part in (*before, *during):
        walk.take(part)
    if rule.get("wait_for_user_input") is not False:
        walk.act(LISTEN)
    return walk.learnt


# Reading steps: each gives the parts to choose from (several for an `or`)


def _step(item: Any, place: str, context: _Context, *, condition: bool = False) -> list[_Part]:
    if not isinstance(item, Map):
        context.problem(place, f"{item!r} is not a step")
        return []
    for wrong in item.keys() - {*_STEP_KEYS, "entities"}:
        hint = {"checkpoint": " (checkpoints)", "user": " (end-to-end)", "bot": " (end-to-end)"}.get(wrong, "")
        context.problem(item.at(wrong), f"step {wrong!r} is not supported{hint}")
    if condition and (wrong_here := item.keys() & {"intent", "action", "or"}):
        context.problem(place, f"a condition is a slot or a loop, not {min(wrong_here)!r}")
        return []
    if "or" in item:
        choices = context.report.sequence(item.at("or"), item["or"], "or").located()
        return [part for at, choice in choices for part in _step(choice, at, context)]
    return [part for part in _parts(item, context, condition) if part]


def _parts(item: Map, context: _Context, condition: bool) -> Iterable[_Part | None]:
    if "intent" in item:
        yield _intent(item, context)
    elif "action" in item:
        yield _action(item, context)
    elif "active_loop" in item:
        yield _loop(item, context)
    elif "slot_was_set" in item:
        yield _slots(item, context, condition)


def _intent(item: Map, context: _Context) -> _Intent:
    name = str(item["intent"])
    if name not in context.domain.intents:
        context.problem(item.at("intent"), f"intent {name!r} is not in the domain")
    entities = [_entity(entity, item, context) for entity in item.get("entities") or []]
    return _Intent(name, tuple(sorted(set(entities))))


def _entity(entity: Any, item: Map, context: _Context) -> str:
    if isinstance(entity, dict) and entity.keys() & {"role", "group"}:
        context.problem(item.at("entities"), "roles and groups of entities are not supported")
    name = str(next(iter(entity)) if isinstance(entity, dict) else entity)
    if name not in context.domain.entities:
        context.problem(item.at("entities"), f"entity {name!r} is not in the domain")
    return name


def _action(item: Map, context: _Context) -> _Action:
    name = str(item["action"])
    if name not in context.domain.action_names:
        context.problem(item.at("action"), f"action {name!r} is not in the domain")
    return _Action(name)


def _loop(item: Map, context: _Context) -> _Loop:
    name = item["active_loop"]
    if name is not None and name not in context.domain.forms and name not in context.domain.action_names:
        context.problem(item.at("active_loop"), f"form {name!r} is not in the domain")
    return _Loop(NOT_SET if name is None else str(name))


def _slots(item: Map, context: _Context, condition: bool) -> _Slots:
    found: list[tuple[str, Feature]] = []
    for place, wanted in context.report.sequence(item.place, item["slot_was_set"], "slot_was_set").located():
        named = wanted if isinstance(wanted, Map) else dict.fromkeys(names(wanted), True)
        for name, value in named.items():
            found.extend(_feature(name, value, place, context, condition))
    return _Slots(tuple(found))


def _feature(name: str, value: Any, place: str, context: _Context, condition: bool) -> Iterable[tuple[str, Feature]]:
    slot = context.domain.slots.get(name)
    if slot is None and name != REQUESTED_SLOT:
        context.problem(place, f"slot {name!r} is not in the domain")
    elif slot is None or not slot.influences:
        if condition:  # in a step it merely tells the reader what the action did
            context.problem(place, f"slot {name!r} does not influence the conversation: the condition has no effect")
    else:
        feature = NOT_SET if value is None else slot.feature(value)
        context.slots.add(name)
        if feature is None:
            context.problem(place, f"the value {value!r} of slot {name!r} has no effect")
        else:
            yield name, feature
