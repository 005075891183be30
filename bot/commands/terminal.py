"""What a command says, in the language of the terminal it was typed in."""

import locale
import os
from functools import cache
from typing import Any

import typer

from bot import i18n
from bot.i18n import Texts


@cache
def texts() -> Texts:
    return i18n.load()


def language() -> str:
    """The language of the terminal: LC_ALL, LC_MESSAGES or LANG begin with zh, or it is English."""
    chosen = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if (chosen or (locale.getlocale()[0] or "")).lower().startswith("zh") else "en"


def said(key: str, /, **values: Any) -> str:
    return texts()(key, language(), **values) if texts().has(key) else f"{key} {values}"


def say(key: str, /, **values: Any) -> None:
    typer.echo(said(key, **values))
