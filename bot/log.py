"""Structured logs on standard error: constant event names with key=value pairs; never a secret, never a text."""

import logging
import sys
from contextlib import suppress

import structlog

from bot.settings import Log


def configure(settings: Log) -> None:
    level = getattr(logging, settings.level.upper())
    last = structlog.processors.JSONRenderer() if settings.format == "json" else _line
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Stderr,
        cache_logger_on_first_use=True,
    )
    plain = "%(asctime)s %(levelname)s %(name)s %(message)s"
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format=plain)


class _Stderr:
    """Writes to what standard error is at the moment: it may be replaced while we run."""

    def __init__(self, *_: object) -> None: ...

    def msg(self, message: str) -> None:
        with suppress(OSError):  # the disk that the log is on is full: that must stop nothing else
            print(message, file=sys.stderr, flush=True)

    debug = info = warning = error = critical = exception = fatal = msg


def _line(_logger: object, _method: str, event: structlog.typing.EventDict) -> str:
    """2026-11-22T09:00:00Z info delivery_settled delivery=12 state=sent"""
    head = [str(event.pop("timestamp", "")), str(event.pop("level", "")), str(event.pop("event", ""))]
    trace = event.pop("exception", None)
    text = " ".join([*head, *(f"{key}={value}" for key, value in event.items())])
    return f"{text}\n{trace}" if trace else text
