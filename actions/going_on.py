"""A question after another one: the same about other names, something more of it, or one that stands for itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from actions.entries import show
from actions.entries import topic as topic_button
from actions.turn import Turn
from knowledge.advice import Composed, Definition, Reply
from knowledge.answer import SURE, Found, NotFound, Reason
from knowledge.paths import PathView
from knowledge.question import take_apart
from knowledge.sheets import SheetView
from nlu import followup
from nlu.entities import Entity, extract
from nlu.normalize import Folded, fold

MOST_NEAR = 3
SHOWN_QUESTION = 60  # characters of the question before that are quoted
OWN_WORDS = 2  # so many words of its own make a question that may stand alone


@dataclass(frozen=True, slots=True)
class Said:
    """A message read once, and what the turns before were about."""

    text: str
    known: Folded
    entities: Sequence[Entity]
    topic: Mapping[str, Any]

    @property
    def asked(self) -> str:
        """What is asked in full but for what `leaves_open` says. Empty when it only puts other names in."""
        return "" if self.topic.get("question") and followup.goes_on(self.known, self.entities) else self.text


def read(now: Turn, topic: Mapping[str, Any]) -> Said:
    known = fold(now.text)
    return Said(now.text, known, extract(now.text, now=now.local, folded=known) if topic else (), topic)


def question(now: Turn, said: Said) -> str:
    """What is asked: the message, or the question before it about what is named now ("and for Japan?")."""
    return said.asked or followup.rewritten(str(said.topic["question"]), now.text, now=now.local)


def leaves_open(said: Said, asked: str, reply: Reply) -> bool:
    """A short question that names nothing, after another one: it is about what was said before."""
    if said.topic.get("kind") != followup.QUESTION or asked != said.text or said.text.startswith("/"):
        return False
    if _is_clear(reply) or not followup.asks_more(said.known, said.entities):
        return False
    sure = isinstance(reply, Found) and reply.confidence >= SURE
    return not sure or len(take_apart(said.text).telling) < OWN_WORDS


def _is_clear(reply: Reply) -> bool:
    """It names its market or mark, its word, or says who is competent."""
    if isinstance(reply, Definition | PathView):
        return True
    return isinstance(reply, NotFound) and reply.reason in (Reason.DECLINED, Reason.OUTSIDE)


def stands_alone(said: Said, reply: Reply, within: Reply | None) -> bool:
    """With words of its own and an answer to them, it is a new question, unless it fits better what was said before."""
    if not isinstance(reply, Found) or reply.torn or len(take_apart(said.text).telling) < OWN_WORDS:
        return False
    return within is None or (isinstance(within, Found) and within.confidence < reply.confidence)


def is_new(reply: Reply, topic: Mapping[str, Any]) -> bool:
    """Whether it says something else than was said before."""
    match reply:
        case Found():
            return reply.entry.key != topic.get("entry") and not reply.torn
        case Composed(of=SheetView(topics=())):
            return False  # all of a sheet is no answer to a question about one thing
        case Composed():
            return True
    return False


def ask_back(now: Turn, topic: Mapping[str, Any]) -> None:
    """What was spoken of, and what else it may be: better asked than guessed."""
    before = str(topic["question"])
    shown = before if len(before) <= SHOWN_QUESTION else f"{before[:SHOWN_QUESTION]}…"
    near = now.services.advice.library.nearest(f"{before} {now.text}")[:MOST_NEAR]
    show(
        now,
        [now.said("answer.which_of", question=shown)],
        [*(topic_button(now, one.entry) for one in near), now.button("answer.to_person", "contact_expert")],
    )
