"""`fengsui` that kills itself, once, at a chosen point: python -m tests.crash.dying POINT up --data ... (only for tests).

The point is reached by the message that says TRIGGER, or by the first delivery. A file in the data folder remembers
that it has happened, so the same program started again lives.
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


def die(once: Path) -> None:
    if not once.exists():
        once.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def before_the_inbox(once: Path) -> None:
    from bot import inbox

    @wraps(inbox.receive)
    def receive(tx: Any, message: Any, *, now: Any, real: Any = inbox.receive) -> Any:
        found = real(tx, message, now=now)
        if message.text == TRIGGER:
            die(once)  # written, not committed
        return found

    inbox.receive = receive


def after_the_inbox(once: Path) -> None:
    from bot.conversation import Conversations

    async def turn(self: Any, loaded: Any, real: Any = Conversations._turn) -> Any:
        if loaded.received.message.text == TRIGGER:
            die(once)
        return await real(self, loaded)

    Conversations._turn = turn  # type: ignore[method-assign]


def inside_the_action(once: Path) -> None:
    from bot.db.engine import Database

    async def run(self: Any, f: Any, /, *args: Any, real: Any = Database.run, **kwargs: Any) -> Any:
        found = await real(self, f, *args, **kwargs)
        if (f.__module__, f.__name__) == ("actions.subscribe", "_register"):
            die(once)
        return found

    Database.run = run  # type: ignore[method-assign]


def before_the_reply(once: Path) -> None:
    from bot.conversation import Conversations

    async def turn(self: Any, loaded: Any, real: Any = Conversations._turn) -> Any:
        answer = await real(self, loaded)
        if loaded.received.message.text == TRIGGER:
            die(once)
        return answer

    Conversations._turn = turn  # type: ignore[method-assign]


def between_reply_and_mark(once: Path) -> None:
    from bot.conversation import Conversations

    async def replied(self: Any, answer: Any, real: Any = Conversations.replied) -> None:
        if any("I-0" in reply.text for reply in answer.replies):
            die(once)
        await real(self, answer)

    Conversations.replied = replied  # type: ignore[method-assign]


def between_send_and_settle(once: Path) -> None:
    from bot import deliveries

    def settle(*args: Any, real: Any = deliveries.settle, **kwargs: Any) -> Any:
        die(once)
        return real(*args, **kwargs)

    deliveries.settle = settle


POINTS: dict[str, Callable[[Path], None]] = {
    point.__name__: point
    for point in (
        before_the_inbox,
        after_the_inbox,
        inside_the_action,
        before_the_reply,
        between_reply_and_mark,
        between_send_and_settle,
    )
}

if __name__ == "__main__":
    main()
