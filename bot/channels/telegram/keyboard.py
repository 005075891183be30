"""Buttons: what Telegram carries is an opaque number of ours; what it means, and who may press it, stays here."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bot.channels.telegram.places import Place
from bot.channels.telegram.updates import CHANNEL
from bot.db.engine import AnyRow
from bot.db.models import keyboards
from bot.messages import Button

# A press on these answers the question that is open; everything else keeps its meaning for good.
ANSWERS = frozenset({"affirm", "deny", "go_back", "stop"})


class Refused(StrEnum):
    """Why a press does nothing: the end of a key in bot/texts/*/telegram.yml."""

    UNKNOWN = "button_unknown"
    NOT_YOURS = "button_not_yours"


@dataclass(frozen=True, slots=True)
class Press:
    """A button of ours, pressed by whom it was made for."""

    keyboard: int
    place: Place
    title: str
    payload: str
    question: int | None


@dataclass(frozen=True, slots=True)
class Keyboard:
    """The buttons under one message as Telegram gets them: (title, callback data); `paging`: those that turn pages."""

    id: int
    data: tuple[tuple[str, str], ...]
    paging: frozenset[int] = frozenset()


def answers_question(button: Button) -> bool:
    """Does pressing it answer the dialogue's open question, and nothing later?"""
    if not button.payload.startswith("/"):
        return True
    return button.payload[1:].partition("{")[0] in ANSWERS


def page_of(payload: str) -> int | None:
    """The page that the button turns to, if it turns one."""
    _, brace, fields = payload.partition("{")
    if not brace:
        return None
    try:
        page = json.loads(brace + fields).get("page")
    except (ValueError, AttributeError):
        return None
    return page if isinstance(page, int) else None


def make(
    tx: Connection, place: Place, buttons: Sequence[Button], *, key: str, question: int | None, now: datetime
) -> Keyboard:
    """Store the buttons of a message that is about to be sent. `question` binds those that answer to that version."""
    token = secrets.token_urlsafe(12)
    bound = question if any(answers_question(one) for one in buttons) else None
    values = {
        "token": token,
        "channel": CHANNEL,
        "address": place.address,
        "person": place.person,
        "key": key,
        "question": bound,
        "buttons": [[one.title, one.payload] for one in buttons],
        "state": "open",
        "created_at": now,
    }
    made = tx.execute(insert(keyboards).values(**values).returning(keyboards.c.id)).scalar_one()
    paging = frozenset(at for at, one in enumerate(buttons) if page_of(one.payload) is not None)
    return Keyboard(made, tuple((one.title, f"{token}:{at}") for at, one in enumerate(buttons)), paging)


def sent(tx: Connection, keyboard_id: int, message_id: int) -> None:
    tx.execute(update(keyboards).where(keyboards.c.id == keyboard_id).values(message_id=message_id))


def pressed(tx: Connection, data: str, *, user: int, chat: int) -> Press | Refused:
    """What the callback data of this user stands for. Whatever a client made up itself stands for nothing."""
    token, _, at = data.partition(":")
    row = tx.execute(select(keyboards).where(keyboards.c.token == token, keyboards.c.channel == CHANNEL)).first()
    if row is None or not at.isdecimal() or int(at) >= len(row.buttons):
        return Refused.UNKNOWN
    if row.person not in (None, str(user)):
        return Refused.NOT_YOURS
    return _press(row, int(at), user, chat)


def _press(row: AnyRow, at: int, user: int, chat: int) -> Press:
    title, payload = row.buttons[at]
    thread = Place.of(row.address).thread
    place = Place(chat, thread, user) if chat < 0 else Place(chat)
    bound = row.question if answers_question(Button(title, payload)) else None
    return Press(row.id, place, title, payload, bound)


def close(tx: Connection, keyboard_ids: Sequence[int]) -> None:
    tx.execute(update(keyboards).where(keyboards.c.id.in_(keyboard_ids)).values(state="closed"))


def outdated(tx: Connection, address: str, version: int) -> list[AnyRow]:
    """Buttons whose question has been answered or asked anew, and which are still shown."""
    here = (keyboards.c.channel == CHANNEL) & (keyboards.c.address == address) & (keyboards.c.state == "open")
    query = select(keyboards.c.id, keyboards.c.message_id).where(here, keyboards.c.question < version)
    return list(tx.execute(query.order_by(keyboards.c.id)).all())


def message_of(tx: Connection, keyboard_id: int) -> int | None:
    found: Any = tx.execute(select(keyboards.c.message_id).where(keyboards.c.id == keyboard_id)).scalar()
    return found if found is None else int(found)
