"""From the responses of the domain to bot events, and from bot events to the messages of Rasa's REST channel."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from zlib import crc32

from bot.dialogue.domain import Domain, Variation
from bot.dialogue.events import Event, make

_TOKEN = re.compile(r"\{\{|\}\}|\{([^\n{}]+)\}")
_RENDERED = ("text", "image", "custom", "buttons", "attachment", "quick_replies")
_DATA = ("elements", "quick_replies", "buttons", "attachment", "image", "custom")
Message = dict[str, Any]


def render(domain: Domain, name: str, values: Mapping[str, Any], *, channel: str | None, seed: str) -> Message | None:
    """A variation of the response with `values` filled in; None if there is no response or none that applies.

    Among equally good variations `seed` (the message's id) decides, so that a repeated turn says the same.
    """
    fitting = _fitting(domain.responses.get(name, ()), values, channel)
    if not fitting:
        return None
    chosen = fitting[crc32(f"{seed}/{name}".encode()) % len(fitting)]
    return {key: fill(item, values) if key in _RENDERED else item for key, item in chosen.message.items()}


def _fitting(variations: tuple[Variation, ...], values: Mapping[str, Any], channel: str | None) -> list[Variation]:
    """The best non-empty group in Rasa's order: for this channel before for all, with a condition before without."""
    applying = [v for v in variations if all(_equal(values.get(name), wanted) for name, wanted in v.conditions)]
    for of_channel in (channel, None):
        for conditional in (True, False):
            found = [v for v in applying if v.channel == of_channel and bool(v.conditions) is conditional]
            if found:
                return found
    return []


def _equal(value: Any, wanted: Any) -> bool:
    if isinstance(value, str) and isinstance(wanted, str):
        return value.casefold() == wanted.casefold()
    return bool(value == wanted)


# Filling in


def fill(template: Any, values: Mapping[str, Any]) -> Any:
    """`{name}` becomes str(value) (so "None" when unset), `{{` and `}}` become braces, in every text inside.

    As in Rasa a text that names an unknown value stays as it was written.
    """
    if isinstance(template, str):
        return _fill_text(template, values) if "{" in template or "}" in template else template
    if isinstance(template, dict):
        return {key: fill(item, values) for key, item in template.items()}
    if isinstance(template, list):
        return [fill(item, values) for item in template]
    return template


def _fill_text(text: str, values: Mapping[str, Any]) -> str:
    def replace(match: re.Match[str]) -> str:
        return str(values[match[1]]) if match[1] is not None else match[0][0]

    try:
        return _TOKEN.sub(replace, text)
    except KeyError:
        return text


def texts(message: Any) -> Iterator[str]:
    if isinstance(message, str):
        yield message
    elif isinstance(message, dict | list):
        for item in message.values() if isinstance(message, dict) else message:
            yield from texts(item)


def is_balanced(text: str) -> bool:
    rest = _TOKEN.sub("", text)
    return "{" not in rest and "}" not in rest


# Bot events


def bot_event(message: Message) -> Event:
    """What is neither text nor data becomes metadata; an image doubles as the attachment, as Rasa stores it."""
    data = {key: message.get(key) for key in _DATA}
    data["attachment"] = data["attachment"] or data["image"]
    metadata = {key: value for key, value in message.items() if key != "text" and key not in _DATA}
    return make("bot", text=message.get("text"), data=data, metadata=metadata)


def from_action(
    domain: Domain, answer: Message, slots: Mapping[str, Any], *, channel: str | None, seed: str
) -> Event | None:
    """The bot event for one response of a custom action; a named one is rendered with slots and its own arguments."""
    said = dict(answer)
    name = said.pop("response", None)
    draft = render(domain, name, {**slots, **said}, channel=channel, seed=seed) if name else {}
    if draft is None:
        return None
    if name:
        draft["utter_action"] = name
    if buttons := said.pop("buttons", None):
        draft["buttons"] = [*(draft.get("buttons") or []), *buttons]
    return bot_event(draft | {key: value for key, value in said.items() if value})


def messages(event: Event, *, paragraphs: bool) -> list[Message]:
    """A bot event as messages of Rasa's REST channel, in its order; `paragraphs`: one for each, as Rasa sends them."""
    data = event["data"]
    found = _text_messages(event["text"], data.get("quick_replies") or data.get("buttons"), paragraphs)
    if data.get("custom"):
        found.append({"custom": data["custom"]})
    if data.get("image"):
        found.append({"image": data["image"]})
    if data.get("attachment") and data["attachment"] != data.get("image"):
        found.append({"attachment": data["attachment"]})
    return found + [_element(element) for element in data.get("elements") or []]


def _text_messages(text: str | None, buttons: list[Message] | None, paragraphs: bool) -> list[Message]:
    if buttons:
        return [{"text": text, "buttons": buttons}]
    if not text:
        return []
    return [{"text": part} for part in (text.strip().split("\n\n") if paragraphs else [text])]


def _element(element: Message) -> Message:
    text = f"{element.get('title', '')} : {element.get('subtitle', '')}"
    return {"text": text, "buttons": element.get("buttons") or []}
