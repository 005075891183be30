"""A notice as its reader gets it: in their language, in the other one when only that was written, with who wrote it."""

import json
import re
from typing import Any

from sqlalchemy import Connection

from bot import organisations
from bot.i18n import Texts
from bot.messages import Button, Reply
from bot.notices.notice import Notice, find

SHORT, SHORT_HAN = 600, 300  # characters of a body that a phone shows at once, and Chinese ones
HAN = re.compile(r"[\u3400-\u9fff]")


def render(tx: Connection, row: Any, *, texts: Texts, language: str) -> Reply | None:
    """The message of a delivery (notice_id, payload); None when the notice is gone."""
    found = find(tx, row.notice_id)
    if found is None:
        return None
    sender = organisations.by_id(tx, found.organisation_id).name(language)
    return message(found, sender, texts=texts, language=language, again=row.payload.get("round", 0) > 0)


def message(found: Notice, sender: str, *, texts: Texts, language: str, again: bool = False) -> Reply:
    """`again`: it is a reminder."""
    body = found.body(language)
    lines = [
        *([_reminder(found, texts, language)] if again else []),
        texts("notice.head", language, sender=sender),
        found.title(language),
        *([shorten(body, _room(body))] if body else []),
        *([texts(f"notice.only_{found.languages[0]}", language)] if language not in found.languages else []),
        texts("notice.foot", language, number=found.number),
    ]
    # `custom` tells the channels that can see what is on a screen that this is a notice.
    return Reply("\n".join(lines), _buttons(found, texts, language), file=found.file, custom={"notice": found.id})


def whole(found: Notice, sender: str, *, texts: Texts, language: str) -> Reply:
    """All of it, for "read more"."""
    lines = [texts("notice.head", language, sender=sender), found.title(language), found.body(language)]
    lines.append(texts("notice.foot", language, number=found.number))
    buttons = _buttons(found, texts, language, more=False)
    return Reply("\n".join(line for line in lines if line), buttons, file=found.file)


def _reminder(found: Notice, texts: Texts, language: str) -> str:
    return texts("notice.again_confirm" if found.acknowledge else "notice.again", language)


def _buttons(found: Notice, texts: Texts, language: str, *, more: bool = True) -> tuple[Button, ...]:
    about = json.dumps({"notice": str(found.id)})
    asked = [
        ("acknowledge", found.acknowledge),
        ("read", more and len(body := found.body(language)) > _room(body)),
        ("mute", True),
    ]
    intents = {"acknowledge": "acknowledge_notice", "read": "read_notice", "mute": "mute_notices"}
    return tuple(
        Button(texts(f"notice.button_{name}", language), f"/{intents[name]}{about}") for name, wanted in asked if wanted
    )


def _room(text: str) -> int:
    return SHORT_HAN if HAN.search(text) else SHORT


def shorten(text: str, most: int) -> str:
    """Cut at a line or sentence near the limit, with an ellipsis."""
    if len(text) <= most:
        return text
    cut = text[:most]
    at = max(cut.rfind(mark) for mark in "\n。.!?！？；;")
    return cut[: at + 1 if at > most // 2 else most].rstrip() + "…"
