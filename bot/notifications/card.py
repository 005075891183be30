"""A notification as a text for a phone, and the comment clock in words."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from bot.i18n import Texts
from bot.notifications.store import Notification
from bot.notifications.title_terms import title_terms
from nlu import hs, markets

SUMMARY = 240
PRODUCTS = 160
CODES = 8
FAMILY = 6
# the end of a sentence; not of "T." or "No."
END = re.compile(r"[。！？；]|(?<=[a-z0-9)\]”\"]{3})[.!?;](?=\s)")


def card(found: Notification, language: str, today: date, texts: Texts, *, family: Sequence[Notification] = ()) -> str:
    """What it is, in the reader's language and always with the original title; `family` are its other documents."""
    say = texts
    record = found.record
    lines = [
        say("notification.head", language, symbol=_shown_symbol(record), type=type_name(record, language, say)),
        *titles(record, language, say),
        *terms_line(record, language, say),
        say("notification.member", language, members=member_names(record["members"], language, say)),
        *_optional("products", shorten(products(record, language), PRODUCTS), language, say),
        *_optional("hs", _codes(record.get("hs_codes", ())), language, say),
        *_summary(record, language, say),
        *_dates(record, language, today, say),
        clock(found, language, today, say),
        *_family(found, family, language, say),
        *link_lines(record, language, say),
    ]
    return "\n".join(lines)


def clock(found: Notification, language: str, today: date, texts: Texts) -> str:
    """How long comments are open: days left, closed, none stated, withdrawn."""
    if found.withdrawn_by:
        return texts("notification.withdrawn", language, by=found.withdrawn_by)
    if found.deadline is None:
        return texts("notification.clock.none", language)
    left = (found.deadline - today).days
    day = day_text(found.deadline, language, today, texts)
    key = "closed" if left < 0 else "today" if left == 0 else "open"
    return texts(f"notification.clock.{key}", language, n=left, date=day)


def day_text(day: date, language: str, today: date, texts: Texts) -> str:
    """12月4日 / 4 December; with its year when that is not this one."""
    month = texts(f"notification.month.{day.month}", language)
    key = "near" if day.year == today.year else "far"
    return texts(f"notification.date.{key}", language, year=day.year, month=month, day=day.day)


def titles(record: dict[str, Any], language: str, texts: Texts) -> list[str]:
    """The title in the reader's language where there is one, and always the original."""
    original, own = record.get("title", ""), record.get(f"title_{language}", "")
    if not original:
        return [title] if (title := own or record.get("title_zh", "")) else []
    if not own or own == original:
        return [original]
    return [own, texts("notification.original", language, title=original)]


def terms_line(record: dict[str, Any], language: str, texts: Texts) -> list[str]:
    """What the words of the original title mean, where there is no title in the reader's language."""
    if record.get(f"title_{language}") or not record.get("title"):
        return []
    pairs = [
        texts("notification.term", language, said=said, meant=meant)
        for said, meant in title_terms(record["title"], language)
    ]
    return (
        [texts("notification.terms", language, terms=texts("notification.comma", language).join(pairs))]
        if pairs
        else []
    )


def type_name(record: dict[str, Any], language: str, texts: Texts) -> str:
    return texts(f"notification.type.{record['type']}", language)


def member_names(codes: Sequence[str], language: str, texts: Texts) -> str:
    return texts("notification.comma", language).join(markets.name(code, language) for code in codes)


def products(record: dict[str, Any], language: str) -> str:
    """The products in words: English ones for an English reader where the original has another language."""
    keys = ("products", "products_en") if language == "zh" else ("products_en", "products")
    return " ".join(next((record[key] for key in keys if record.get(key)), "").split())


def summary(record: dict[str, Any], language: str) -> str:
    """The description in the reader's language where there is one, shortened to some lines."""
    keys = (f"description_{language}", "description", "description_zh")
    return shorten(" ".join(next((record[key] for key in keys if record.get(key)), "").split()), SUMMARY)


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut after a sentence if there is one in the second half, else after a word."""
    if len(text) <= limit:
        return text
    part = text[:limit]
    end = max((found.end() for found in END.finditer(part)), default=0)
    if end > limit // 2:
        return part[:end].rstrip("；; ")
    blank = part.rfind(" ")
    return part[: blank if blank > limit // 2 else limit].rstrip(" ,;，；、") + "…"


def _shown_symbol(record: dict[str, Any]) -> str:
    return ", ".join(record.get("joint") or [record["symbol"]])


def _codes(codes: Sequence[str]) -> str:
    shown = ", ".join(hs.display(code) for code in codes[:CODES])
    return shown + "…" if len(codes) > CODES else shown


def _optional(key: str, value: str, language: str, texts: Texts) -> list[str]:
    return [texts(f"notification.{key}", language, value=value)] if value else []


def _summary(record: dict[str, Any], language: str, texts: Texts) -> list[str]:
    return _optional("summary", summary(record, language), language, texts)


def _dates(record: dict[str, Any], language: str, today: date, texts: Texts) -> list[str]:
    lines: list[str] = []
    for key in ("date", "proposed_adoption", "proposed_entry_into_force"):
        if record.get(key):
            day = day_text(date.fromisoformat(record[key]), language, today, texts)
            lines += _optional(key, day, language, texts)
    words = record.get("comment_deadline_text")
    return lines + (_optional("deadline_words", words, language, texts) if words else [])


def _family(found: Notification, family: Sequence[Notification], language: str, texts: Texts) -> list[str]:
    others = [one.symbol for one in family if one.symbol != found.symbol]
    if not others:
        return []
    shown = ", ".join(others[-FAMILY:])
    return [texts("notification.family", language, symbols=shown, n=len(others))]


def link_lines(record: dict[str, Any], language: str, texts: Texts) -> list[str]:
    links, documents = record.get("links", {}), record.get("documents", [])
    link = links.get("en") or next(iter(links.values()), "")
    return [*_optional("link", link, language, texts), *_optional("document", " ".join(documents[:2]), language, texts)]
