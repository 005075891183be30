"""`fengsui` that kills itself at a chosen point: python -m tests.crash.dying POINT up --data ... (only for tests).

The point is reached by a message that says TRIGGER, once in each channel, or by the first delivery. A file in the data
folder remembers that it has happened, so that the same program started again lives.
"""

import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

TRIGGER = "确认"


def main() -> None:
    point = sys.argv.pop(1)
    POINTS[point](Path(sys.argv[sys.argv.index("--data") + 1]) / "died")
    from bot.cli import main as command

    command()


def die(once: Path, channel: str = "") -> None:
    mark = once.with_name(once.name + channel)
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def die_of(once: Path, message: Any) -> None:
    if message.text == TRIGGER:
        die(once, message.channel)


def before_the_inbox(once: Path) -> None:
    from bot import inbox

    @wraps(inbox.receive)
    def receive(tx: Any, message: Any, *, now: Any, real: Any = inbox.receive) -> Any:
        found = real(tx, message, now=now)
        die_of(once, message)  # written, not committed
        return found

    inbox.receive = receive


def after_the_inbox(once: Path) -> None:
    from bot.conversation import Conversations

    async def turn(self: Any, loaded: Any, real: Any = Conversations._turn) -> Any:
        die_of(once, loaded.received.message)
        return await real(self, loaded)

    Conversations._turn = turn  # type: ignore[method-assign]


def inside_the_action(once: Path) -> None:
    from bot.db.engine import Database

    async def run(self: Any, f: Any, /, *args: Any, real: Any = Database.run, **kwargs: Any) -> Any:
        found = await real(self, f, *args, **kwargs)
        if (f.__module__, f.__name__) == ("actions.subscribe", "_register"):
            die(once, args[0].channel)
        return found

    Database.run = run  # type: ignore[method-assign]


def after_answers(once: Path) -> None:
    """At every second answer of a feedback and at its end: stored, and nobody knows of it yet. Once a message."""
    from bot.db.engine import Database

    async def run(self: Any, f: Any, /, *args: Any, real: Any = Database.run, **kwargs: Any) -> Any:
        found = await real(self, f, *args, **kwargs)
        answered = (f.__module__, f.__name__) == ("actions.feedback", "_store") and args[0].inbox_id % 2 == 0
        if answered or (f.__module__, f.__name__) == ("actions.feedback", "_submit"):
            die(once, f"-{args[0].inbox_id}")
        return found

    Database.run = run  # type: ignore[method-assign]


def before_the_reply(once: Path) -> None:
    from bot.conversation import Conversations

    async def turn(self: Any, loaded: Any, real: Any = Conversations._turn) -> Any:
        answer = await real(self, loaded)
        die_of(once, loaded.received.message)
        return answer

    Conversations._turn = turn  # type: ignore[method-assign]


def before_it_is_marked(once: Path) -> None:
    from bot.conversation import Conversations

    async def handle(self: Any, message: Any, real: Any = Conversations.handle) -> Any:
        answer = await real(self, message)
        answers[answer.inbox_id] = message
        return answer

    async def replied(self: Any, answer: Any, real: Any = Conversations.replied) -> None:
        die_of(once, answers[answer.inbox_id])
        await real(self, answer)

    answers: dict[int, Any] = {}
    Conversations.handle = handle  # type: ignore[method-assign]
    Conversations.replied = replied  # type: ignore[method-assign]


def between_send_and_settle(once: Path) -> None:
    from bot import deliveries

    def settle(*args: Any, real: Any = deliveries.settle, **kwargs: Any) -> Any:
        die(once)
        return real(*args, **kwargs)

    deliveries.settle = settle


def before_the_offset(once: Path) -> None:
    """The update is in the inbox, and Telegram has not been told: it brings it again."""
    from bot.channels.telegram.listener import Listener

    async def commit(self: Any, found: Any, real: Any = Listener.commit) -> Any:
        work = await real(self, found)
        if any(one.get("message", {}).get("text") == TRIGGER for one in found):
            die(once)
        return work

    Listener.commit = commit  # type: ignore[method-assign]


def while_inviting(once: Path) -> None:
    from bot.surveys import inviting

    def write(tx: Any, step: Any, *, now: Any, real: Any = inviting.write) -> Any:
        done = real(tx, step, now=now)
        if step.survey.cursor:  # the second part: written, not committed
            die(once)
        return done

    inviting.write = write


def while_importing(once: Path) -> None:
    from bot import intake

    def note(tx: Any, report: Any, values: Any, real: Any = intake._note) -> None:
        real(tx, report, values)
        if report.read >= 150:  # the third batch: written, not committed
            die(once)

    intake._note = note


POINTS: dict[str, Callable[[Path], None]] = {
    point.__name__: point
    for point in (
        before_the_inbox,
        after_the_inbox,
        inside_the_action,
        after_answers,
        before_the_reply,
        before_it_is_marked,
        between_send_and_settle,
        before_the_offset,
        while_inviting,
        while_importing,
    )
}

if __name__ == "__main__":
    main()
