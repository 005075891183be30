"""The console's templates: its sentences, and how days, moments and numbers are written."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.i18n import Texts
from bot.web.pages import TEMPLATES


@lru_cache(maxsize=1)
def environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=StrictUndefined,
    )  # fmt: skip


def render(template: str, texts: Texts, language: str, zone: ZoneInfo, **values: Any) -> str:
    """The template with `t(key)`, `word(group, value)`, `moment`, `day` and `link` at hand."""
    tools = {
        "t": partial(_say, texts, language),
        "word": partial(word, texts, language),
        "moment": partial(_moment, zone),
        "day": _day,
        "link": link,
        "language": language,
    }
    return environment().get_template(f"console/{template}").render(**tools, **values)


def _say(texts: Texts, language: str, key: str, **values: Any) -> str:
    return texts(f"console.{key}", language, **values)


def word(texts: Texts, language: str, group: str, value: Any) -> str:
    """What a stored state or reason is called: the sentence `group.value`, or the value itself where there is none."""
    key = f"console.{group}.{value}"
    return texts(key, language) if texts.has(key) else str(value or "")


def _moment(zone: ZoneInfo, at: datetime | None) -> Markup:
    """A moment in the desk's time zone, for people and for programs."""
    if at is None:
        return Markup("–")
    local = at.astimezone(zone)
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(), f"{local:%Y-%m-%d %H:%M}")


def _day(day: date | None) -> Markup:
    return Markup('<time datetime="{0}">{0}</time>').format(day.isoformat()) if day else Markup("–")


def link(path: str, values: Mapping[str, Any], **more: Any) -> str:
    """A path with the values that are not empty as its query."""
    kept = {key: value for key, value in {**values, **more}.items() if value not in (None, "")}
    return f"{path}?{urlencode(kept)}" if kept else path
