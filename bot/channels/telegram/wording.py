"""Texts as Telegram takes them: HTML in which nothing is markup, in parts of at most 4,096 characters.

Telegram counts "after entities parsing", in UTF-16 code units: escaping costs nothing, an emoji counts two.
Source: https://core.telegram.org/bots/api#sendmessage
"""

import html
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence

from bot.channels import splitting

TEXT = 4096
CAPTION = 1024
ROW_WIDTH = 28  # so many columns of titles fit beside each other on a phone; a Chinese character takes two
ROW_MOST = 4
# What Telegram shows nothing of: a message of nothing else is refused as empty
BLANK = re.compile(r"[\s\u0000-\u0020\u180e\u200b-\u200f\u2060-\u2064\u2800\ufeff\ufffc\ufe0f]*")
EDGE = re.compile(BLANK.pattern + r"\Z")
BROKEN = re.compile("[\x00\ud800-\udfff]")


def escape(text: str) -> str:
    """HTML that shows exactly this text."""
    return html.escape(text, quote=False)


def clean(text: str) -> str:
    """The text without what no JSON and no database can carry: lone surrogates and NUL become U+FFFD."""
    return BROKEN.sub("\ufffd", text) if BROKEN.search(text) else text


def width(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def is_blank(text: str) -> bool:
    return BLANK.fullmatch(text) is not None


def split(text: str, limit: int = TEXT) -> list[str]:
    """Parts of at most `limit` units which together are the text, none of them blank unless all of it is."""
    return list(_joined(splitting.split(text, limit, width)))


def shown(part: str, limit: int = TEXT) -> str:
    """The part as it is sent: what nobody would see at its ends is left away when it would make the part too long."""
    if width(part) <= limit:
        return part
    start = BLANK.match(part)
    return EDGE.sub("", part[start.end() if start else 0 :])


def _joined(parts: Sequence[str]) -> Iterator[str]:
    """A blank part would be refused as empty: it goes with its neighbour."""
    kept = ""
    for part in parts:
        if is_blank(kept) or is_blank(part):
            kept += part
        else:
            yield kept
            kept = part
    yield kept


def rows(titles: Sequence[str], *, apart: Collection[int] = ()) -> list[list[int]]:
    """Which buttons stand beside each other: short ones together, long ones alone; those `apart` not with the rest."""
    found: list[list[int]] = []
    room = 0.0
    for place, title in enumerate(titles):
        needed = max(6, columns(title) + 2)
        together = found and (place in apart) == (place - 1 in apart)
        if together and len(found[-1]) < ROW_MOST and needed <= room:
            found[-1].append(place)
            room -= needed
        else:
            found.append([place])
            room = ROW_WIDTH - needed
    return found


def columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
