"""Reads a domain: a YAML file or a folder of them, merged; reports everything it cannot run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bot.dialogue import responses
from bot.dialogue.domain import (
    DEFAULT_INTENTS,
    Condition,
    Domain,
    Form,
    SessionConfig,
    Slot,
    SlotMapping,
    SlotType,
    Source,
    Variation,
)
from bot.dialogue.problems import Map, Report, Seq, empty_map, files, names, plain, read

_LISTS = ("intents", "entities", "actions")
_MAPS = ("slots", "forms", "responses")
_SLOT_KEYS = ("type", "initial_value", "influence_conversation", "mappings", "values", "min_value", "max_value")
_MAPPING_KEYS = ("type", "entity", "intent", "not_intent", "value", "conditions", "action")
_SAID = ("text", "buttons", "image", "custom", "attachment", "elements", "quick_replies")


def read_domain(path: Path, report: Report) -> Domain:
    """The domain as far as it can be read; whatever is wrong stands in the report."""
    merged = _merge(path, report)
    intents = _named(merged["intents"], "intent", report, ("use_entities", "ignore_entities"))
    entities = _named(merged["entities"], "entity", report, ("influence_conversation",))
    actions = _named(merged["actions"], "action", report, ("send_domain",))
    slots = {name: _slot(name, body, merged["slots"].at(name), report) for name, body in merged["slots"].items()}
    domain = Domain(
        intents=DEFAULT_INTENTS.union(intents),
        entities=frozenset(entities),
        slots=slots,
        forms={name: _form(name, merged["forms"], slots, report) for name in merged["forms"]},
        responses={name: _response(name, merged["responses"], report) for name in merged["responses"]},
        actions=frozenset(actions),
        session=_session(merged["session_config"], report),
        as_dict=_as_dict(merged, intents, entities, actions),
    )
    _check_mappings(domain, merged["slots"], report)
    _check_utterances(domain, merged["actions"], report)
    return domain


def _merge(path: Path, report: Report) -> dict[str, Any]:
    start = f"{path}:1"
    merged: dict[str, Any] = {key: [] for key in _LISTS} | {key: empty_map(start) for key in _MAPS}
    merged["session_config"] = empty_map(start)
    for file in files(path):
        content = read(file, report)
        report.unknown_keys(content, (*_LISTS, *_MAPS, "session_config", "version"), "domain")
        for key in _LISTS:
            merged[key].extend(report.sequence(content.at(key), content.get(key), key).located())
        for key in (*_MAPS, "session_config"):
            _add(merged[key], report.mapping(content.at(key), content.get(key), key), report)
    return merged


def _add(into: Map, new: Map, report: Report) -> None:
    for name, body in new.items():
        if name in into:
            report.add(new.at(name), f"{name!r} is defined twice, also at {into.at(name)}")
        into[name] = body
        into.places[name] = new.at(name)


def _named(items: Iterable[tuple[str, Any]], what: str, report: Report, ignored: tuple[str, ...]) -> list[str]:
    """Names from a list of names or of {name: {options}}; only options without an effect here are let through."""
    found = []
    for place, item in items:
        if isinstance(item, dict) and len(item) == 1:
            ((item, options),) = item.items()
            report.unknown_keys(report.mapping(place, options, f"{what} {item}"), ignored, f"{what} {item}")
        if not isinstance(item, str) or "/" in item:
            report.add(place, f"{item!r} is not the name of an {what} (retrieval intents are not supported)")
        else:
            found.append(item)
    return found


# Slots


def _slot(name: str, body: Any, place: str, report: Report) -> Slot:
    body = report.mapping(place, body, f"slot {name}")
    owner = f"slot {name}"
    report.unknown_keys(body, _SLOT_KEYS, owner)
    kind = body.get("type")
    if kind not in list(SlotType):
        report.add(body.at("type"), f"{owner}: type {kind!r} is not supported")
        kind = SlotType.ANY
    mappings = report.sequence(body.at("mappings"), body.get("mappings"), f"{owner}: mappings")
    if "mappings" not in body:
        report.add(place, f"{owner} has no mappings")
    return Slot(
        name=name,
        type=SlotType(kind),
        initial=plain(body.get("initial_value")),
        influences=kind != SlotType.ANY and body.get("influence_conversation", True) is not False,
        values=tuple(str(value).lower() for value in names(body.get("values"))),
        low=report.number(body, "min_value", 0.0),
        high=report.number(body, "max_value", 1.0),
        mappings=tuple(m for at, item in mappings.located() if (m := _mapping(item, at, owner, report))),
    )


def _mapping(item: Any, place: str, owner: str, report: Report) -> SlotMapping | None:
    item = report.mapping(place, item, f"{owner}: mapping")
    report.unknown_keys(item, _MAPPING_KEYS, f"{owner}: mapping")
    if item.get("type") not in list(Source):
        report.add(place, f"{owner}: mapping type {item.get('type')!r} is not supported")
        return None
    source = Source(item["type"])
    needed = {Source.ENTITY: "entity", Source.INTENT: "value", Source.TRIGGER_INTENT: "value"}.get(source)
    if needed and item.get(needed) is None:
        report.add(place, f"{owner}: a {source} mapping needs {needed!r}")
    conditions = report.sequence(item.at("conditions"), item.get("conditions"), f"{owner}: conditions")
    return SlotMapping(
        source=source,
        key=json.dumps(plain(item), sort_keys=True),
        entity=item.get("entity"),
        intents=frozenset(names(item.get("intent"))),
        not_intents=frozenset(names(item.get("not_intent"))),
        value=plain(item.get("value")),
        conditions=tuple(_condition(value, at, owner, report) for at, value in conditions.located()),
        action=item.get("action"),
    )


def _condition(item: Any, place: str, owner: str, report: Report) -> Condition:
    item = report.mapping(place, item, f"{owner}: condition")
    report.unknown_keys(item, ("active_loop", "requested_slot"), f"{owner}: condition")
    if "active_loop" not in item:
        report.add(place, f"{owner}: a condition needs 'active_loop'")
    return Condition(item.get("active_loop"), item.get("requested_slot"))


def _check_mappings(domain: Domain, bodies: Map, report: Report) -> None:
    for slot in domain.slots.values():
        for mapping in slot.mappings:
            for wrong in _unknown_names(domain, mapping):
                report.add(bodies.at(slot.name), f"slot {slot.name}: {wrong}")


def _unknown_names(domain: Domain, mapping: SlotMapping) -> Iterable[str]:
    if mapping.entity is not None and mapping.entity not in domain.entities:
        yield f"entity {mapping.entity!r} is not in the domain"
    for intent in sorted((mapping.intents | mapping.not_intents) - domain.intents):
        yield f"intent {intent!r} is not in the domain"
    if mapping.action is not None and mapping.action not in domain.actions:
        yield f"action {mapping.action!r} is not in the domain"
    for condition in mapping.conditions:
        if condition.active_loop is not None and condition.active_loop not in domain.forms:
            yield f"form {condition.active_loop!r} is not in the domain"
        if condition.requested_slot is not None and condition.requested_slot not in domain.slots:
            yield f"slot {condition.requested_slot!r} is not in the domain"


def _check_utterances(domain: Domain, actions: Iterable[tuple[str, Any]], report: Report) -> None:
    """Rasa takes a name that begins with utter_ for a response, and stays silent when there is none."""
    for place, name in actions:
        if str(name).startswith("utter_") and name not in domain.responses:
            report.add(place, f"action {name}: there is no such response")


# Forms


def _form(name: str, bodies: Map, slots: Mapping[str, Slot], report: Report) -> Form:
    body = report.mapping(bodies.at(name), bodies[name], f"form {name}")
    report.unknown_keys(body, ("required_slots", "ignored_intents"), f"form {name}")
    required = report.sequence(body.at("required_slots"), body.get("required_slots"), f"form {name}: required_slots")
    for place, slot in required.located():
        if slot not in slots:
            report.add(place, f"form {name}: slot {slot!r} is not in the domain")
    known = tuple(str(slot) for slot in required if slot in slots)
    counts = Counter(m.key for slot in known for m in slots[slot].mappings if m.source is Source.ENTITY)
    unique = frozenset(key for key, count in counts.items() if count == 1)
    return Form(name, known, frozenset(names(body.get("ignored_intents"))), unique)


# Responses


def _response(name: str, bodies: Map, report: Report) -> tuple[Variation, ...]:
    place = bodies.at(name)
    if not name.startswith("utter_"):
        report.add(place, f"response {name}: the name must begin with 'utter_'")
    variations = report.sequence(place, bodies[name], f"response {name}")
    if not variations:
        report.add(place, f"response {name} has no variation")
    return tuple(_variation(name, item, at, report) for at, item in variations.located())


def _variation(name: str, item: Any, place: str, report: Report) -> Variation:
    item = report.mapping(place, item, f"response {name}")
    report.unknown_keys(item, (*_SAID, "channel", "condition", "metadata"), f"response {name}")
    if not item.keys() & set(_SAID):
        report.add(place, f"response {name} says nothing")
    message = plain(item)
    for text in responses.texts(message):
        if not responses.is_balanced(text):
            report.add(place, f"response {name}: a brace is not closed or not doubled in {text!r}")
    conditions = report.sequence(item.at("condition"), item.get("condition"), f"response {name}: condition")
    return Variation(message, _slot_conditions(conditions, name, report), item.get("channel"))


def _slot_conditions(conditions: Seq, name: str, report: Report) -> tuple[tuple[str, Any], ...]:
    found = []
    for place, item in conditions.located():
        if not isinstance(item, Map) or item.get("type") != "slot" or not item.keys() >= {"name", "value"}:
            report.add(place, f"response {name}: a condition is {{type: slot, name: ..., value: ...}}")
        else:
            found.append((str(item["name"]), plain(item["value"])))
    return tuple(found)


# The rest


def _session(body: Map, report: Report) -> SessionConfig:
    report.unknown_keys(body, ("session_expiration_time", "carry_over_slots_to_new_session"), "session_config")
    carry = body.get("carry_over_slots_to_new_session", True) is not False
    return SessionConfig(report.number(body, "session_expiration_time", 60.0), carry)


def _as_dict(merged: Mapping[str, Any], intents: list[str], entities: list[str], actions: list[str]) -> dict[str, Any]:
    """The domain in the shape that Rasa sends to an action server."""
    return {
        "version": "3.1",
        "session_config": plain(merged["session_config"]),
        "intents": sorted(intents),
        "entities": entities,
        **{key: plain(merged[key]) for key in _MAPS},
        "actions": actions,
    }
