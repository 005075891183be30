"""The questions that follow an answer, on the page of its link: one by one, each kept at once, as in a conversation.

A link may be passed on, so what is typed here answers the questions of that feedback and does nothing else.
"""

import re
from dataclasses import dataclass

from sqlalchemy import Connection
from starlette.datastructures import FormData

from bot import conversation, inbox
from bot.answer_links import Link
from bot.messages import Button, Inbound, storable
from bot.web.body import row_number
from bot.web.state import WebState

FORMS = frozenset({"feedback_form", "details_form"})
MEANT = frozenset({
    "give_feedback", "add_details", "affirm", "deny", "stop", "go_back", "help", "ask_question", "show_notification",
    "set_language", "greet", "thanks", "goodbye", "out_of_scope", "nlu_fallback",
})  # fmt: skip
PRESSED = tuple(f"/{name}" for name in ("give_feedback", "add_details", "affirm", "deny", "stop", "go_back"))
BEGINS = re.compile(r"/give_feedback(?!.*\"affected\": \"(?:none|unknown)\")")  # those two are whole answers


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said last on this page. `step` numbers it: an answer to an older one is not taken for a newer one."""

    step: int
    lines: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    running: bool = False  # a question waits
    ours: bool = False  # it was said here, and not under another message


def standing(tx: Connection, link: Link) -> Talk | None:
    """Where the questions of an answered link are; None when its answer asks nothing."""
    if link.chosen is None or not BEGINS.match(link.chosen.payload):
        return None
    last = inbox.newest(tx, channel=link.channel, sender=link.address)
    if last is None or not last.message.key.startswith(f"link:{link.id}:"):
        return Talk(last.id if last else 0)
    form = conversation.standing(tx, link.channel, link.address).form
    lines = tuple(reply.text for reply in last.replies if reply.text)
    offered = tuple(one for reply in last.replies[-1:] for one in reply.buttons if one.payload.startswith(PRESSED))
    return Talk(last.id, lines, offered, form in FORMS, True)


async def take(web: WebState, link: Link, form: FormData) -> str | None:
    """Take what was typed or pressed, once. Returns the key of what to say when it was not taken."""
    talk = await web.services.db.read(standing, link)
    message = _message(link, talk, form) if talk else None
    if talk is None or message is None:
        return "nothing_said"
    known = await web.services.db.read(inbox.known, message)
    if known is None and _step(form) != talk.step:
        return "moved_on"
    if known is not None and known.message.text != message.text:
        return "moved_on"
    if known is None and (await web.conversations.meaning(message)) not in MEANT:
        return "only_questions"
    await web.conversations.replied(await web.conversations.handle(message))
    return None


def _message(link: Link, talk: Talk, form: FormData) -> Inbound | None:
    """What the form says; None when it says nothing, or presses what is not there."""
    typed, place = storable(str(form.get("text") or "")).strip(), row_number(str(form.get("choice") or ""))
    if form.get("again") and link.chosen:
        said = link.chosen
    elif place and place <= len(talk.buttons):
        said = talk.buttons[place - 1]
    elif typed and not typed.startswith("/"):
        said = Button("", typed)
    else:
        return None
    return Inbound(
        link.channel, link.address, f"link:{link.id}:{_step(form)}", said.payload, shown=said.title or None,
        metadata={"language": link.language},
    )  # fmt: skip


def _step(form: FormData) -> int:
    return row_number(str(form.get("step") or "")) or 0


def unsent(form: FormData, refused: str | None) -> str:
    """What was typed and not taken: it stays in the field."""
    return storable(str(form.get("text") or "")) if refused else ""
