"""What one cell of an ePing export holds, read into canonical values (pure)."""

import re
from collections.abc import Iterable
from typing import Any

from bot.notifications.record import to_hs, to_ics

HYPERLINK = re.compile(
    r'^=\s*HYPERLINK\(\s*"((?:[^"]|"")*)"\s*(?:[,;]\s*"((?:[^"]|"")*)"\s*)?\)\s*$', re.IGNORECASE | re.DOTALL
)
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
INVISIBLE = re.compile("[\xad\u200b-\u200f\u2028-\u202e\u2060\ufeff\x00-\x08\x0b\x0c\x0e-\x1f]")
HARD_BREAK = re.compile(r"(?<![.;:!?。；：！？\n])[ \t]*\n(?!\n|\s*(?:[-•*–]|\(?\w{1,3}[.)]))[ \t]*")
RULE = re.compile(r"\s*-?_{4,}\d*\s*$")
URL = re.compile(r"https?://[^\s,;|]+(?:%20[^\s,;|]+)*")
HS_ITEM = re.compile(r"^\s*(\d{2,4}(?:[. ]?\d{1,2}){0,4})\s*(?:[-–—]\s.*|)$", re.DOTALL)
ICS_ITEM = re.compile(r"^\s*(\d{2}(?:\.\d{3}(?:\.\d{2})?)?)\s*(?:[-–—]\s.*|)$", re.DOTALL)
BARE_LIST = re.compile(r"^[\d.,;\s]+$")
HS_IN_TEXT = re.compile(
    r"\b(?:HS|H\.S\.)\s*(?:codes?\s*(?:\(s\))?|heading|no\.?)?\s*[:：]?\s*((?:\d{4}(?:\.?\d{2}){0,3}(?:\s*[,;]\s*)?)+)",
    re.IGNORECASE,
)
ICS_IN_TEXT = re.compile(
    r"\b(?:ICS|la ICS)\s*(?:codes?\s*(?:\(s\))?|no\.?)?\s*[:：)]?\s*((?:\d{2}\.\d{3}(?:\.\d{2})?(?:\s*[,;]\s*)?)+)",
    re.IGNORECASE,
)
WIDE = str.maketrans("，；、．　", ",;,. ")
AGREEMENT_MARK = re.compile(r"\s*\((?:TBT|SPS)\)\s*$", re.IGNORECASE)
TYPES = (
    ("addend", "addendum"), ("补遗", "addendum"), ("补充", "supplement"), ("revis", "revision"), ("修订", "revision"),
    ("corrig", "corrigendum"), ("勘误", "corrigendum"), ("更正", "corrigendum"), ("suppl", "supplement"),
    ("emergency", "emergency"), ("urgence", "emergency"), ("urgencia", "emergency"), ("紧急", "emergency"),
    ("regular", "regular"), ("ordinaire", "regular"), ("ordinaria", "regular"), ("常规", "regular"),
    ("通报", "regular"),
)  # fmt: skip


def hyperlink(cell: Any) -> tuple[str, str]:
    """(address, shown text) of a HYPERLINK formula; a plain cell is both."""
    value = str(cell).strip() if cell is not None else ""
    found = HYPERLINK.match(value)
    if not found:
        return value, value
    address, shown = (part.replace('""', '"').strip() for part in (found[1], found[2] or found[1]))
    return address, shown


def text(cell: Any) -> str:
    """Plain text: Excel's escapes, odd blanks, and line breaks inside sentences removed; paragraphs kept."""
    value = hyperlink(cell)[1].replace("\r\n", "\n").replace("\r", "\n")
    value = INVISIBLE.sub("", ESCAPED.sub(_escape, value)).replace("\r", "").replace("\xa0", " ").replace("\v", " ")
    lines = (" ".join(line.split()) for line in HARD_BREAK.sub(" ", value).split("\n"))
    return RULE.sub("", "\n".join(line for line in lines if line)).strip()


def _escape(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return "" if character == "\r" else character


def hs_codes(cell: Any, products: str = "") -> list[str]:
    """Codes of "8517 - text, and; more; 6506 - text"; an empty cell takes "(HS code(s): 6506)" from the products."""
    found = to_hs(_items(text(cell), HS_ITEM))
    return found or to_hs(_inside(HS_IN_TEXT, products))


def ics_codes(cell: Any, products: str = "") -> list[str]:
    """Codes of "23.020.20 - text; 43.080 - text"; an empty cell is filled from "(ICS 67.040)" in the products."""
    found = to_ics(_items(text(cell), ICS_ITEM))
    return found or to_ics(_inside(ICS_IN_TEXT, products))


def _items(value: str, item: re.Pattern[str]) -> Iterable[str]:
    value = value.translate(WIDE)
    if BARE_LIST.match(value):
        return re.split(r"[,;\s]+", value)
    # a description may hold semicolons: only a piece that starts with a code and goes on with " - " is one
    return [found[1].replace(" ", "") for piece in value.split(";") if (found := item.match(piece))]


def _inside(pattern: re.Pattern[str], value: str) -> list[str]:
    return [code.strip(". ") for found in pattern.finditer(value) for code in re.split(r"[,;\s]+", found[1]) if code]


def names(cell: Any) -> list[str]:
    """The parts of "Labelling (TBT); Food safety (SPS)" without the agreement, in order, none twice."""
    parts = (AGREEMENT_MARK.sub("", part.strip()) for part in re.split(r"[;\n]", text(cell)))
    return list(dict.fromkeys(part for part in parts if part))


def urls(cell: Any) -> list[str]:
    """Every address of a cell (line breaks or commas between them), in order, none twice."""
    value = hyperlink(cell)[0].replace("\xa0", " ")
    return list(dict.fromkeys(found.rstrip(".)") for found in URL.findall(value)))


def kind(cell: Any) -> str:
    """The canonical type: "Addendum to Emergency Notification (SPS)" -> addendum; "" when the cell is empty or odd."""
    value = text(cell).lower()
    return next((canonical for word, canonical in TYPES if word in value), "")
