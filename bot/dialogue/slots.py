"""What a message puts into slots: the mappings of the domain, read against the conversation."""

from __future__ import annotations

from typing import Any

from bot.dialogue.domain import Domain, Form, Slot, SlotMapping, SlotType, Source
from bot.dialogue.events import REQUESTED_SLOT, Event, slot
from bot.dialogue.tracker import Tracker


def extract(domain: Domain, tracker: Tracker) -> list[Event | str]:
    """Slot events in the order of the domain; a string is a custom action to be run at this place."""
    found: list[Event | str] = []
    reading = _Reading(domain, tracker)
    for wanted in domain.slots.values():
        for mapping in wanted.mappings:
            if mapping.source is Source.CUSTOM:
                if mapping.action and mapping.action not in found and reading.applies(mapping, wanted):
                    found.append(mapping.action)
            elif (values := reading.values(mapping)) and reading.applies(mapping, wanted):
                value = values if wanted.type is SlotType.LIST else values[-1]
                if value is not None or tracker.slots.get(wanted.name) is not None:
                    found.append(slot(wanted.name, value))
                    break
    return found


class _Reading:
    """The latest message and the loop it fell into."""

    def __init__(self, domain: Domain, tracker: Tracker) -> None:
        message = tracker.latest_message
        self.text = message.get("text")
        self.intent = tracker.intent
        self.entities: dict[str, list[Any]] = {}
        for entity in message.get("entities") or []:
            self.entities.setdefault(str(entity.get("entity")), []).append(entity.get("value"))
        self.loop = tracker.active_loop_name
        self.form: Form | None = domain.forms.get(self.loop or "")
        self.requested = tracker.slots.get(REQUESTED_SLOT)
        self.rejected = bool(tracker.active_loop and tracker.active_loop["rejected"])

    def values(self, mapping: SlotMapping) -> list[Any]:
        if mapping.source is Source.ENTITY:
            return self.entities.get(mapping.entity or "", [])
        if mapping.source is Source.TEXT:
            return [self.text]
        if mapping.source is Source.TRIGGER_INTENT and not self._is_triggered(mapping):
            return []
        return [mapping.value]

    def _is_triggered(self, mapping: SlotMapping) -> bool:
        """Only while a loop runs; the engine reads the activating message again when a form begins."""
        loops = {condition.active_loop for condition in mapping.conditions}
        return self.loop is not None and (not loops or self.loop in loops)

    def applies(self, mapping: SlotMapping, wanted: Slot) -> bool:
        return (
            self._has_intent(mapping)
            and (not mapping.conditions or mapping.source is Source.TRIGGER_INTENT or self._holds(mapping, wanted))
            and not self._is_ambiguous(mapping, wanted)
        )

    def _has_intent(self, mapping: SlotMapping) -> bool:
        if mapping.intents:
            return self.intent in mapping.intents
        return self.intent not in mapping.not_intents and not self._is_ignored(mapping)

    def _is_ignored(self, mapping: SlotMapping) -> bool:
        """Intents that the form ignores fill nothing, unless the mapping is for another loop."""
        if self.form is None or self.intent not in self.form.ignored_intents:
            return False
        return not mapping.conditions or any(c.active_loop == self.loop for c in mapping.conditions)

    def _holds(self, mapping: SlotMapping, wanted: Slot) -> bool:
        if self.rejected and self.requested == wanted.name:
            return False
        return any(
            condition.active_loop == self.loop and condition.requested_slot in (None, self.requested)
            for condition in mapping.conditions
        )

    def _is_ambiguous(self, mapping: SlotMapping, wanted: Slot) -> bool:
        """An entity that several slots of the form would take goes only to the one that was asked for."""
        return (
            mapping.source is Source.ENTITY
            and self.form is not None
            and self.requested != wanted.name
            and wanted.name in self.form.required_slots
            and mapping.key not in self.form.unique
        )
