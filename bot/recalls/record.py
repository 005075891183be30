"""The normalised record of a recall or refusal: its keys, and how any dictionary becomes one or is refused."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from bot.db.engine import dumps
from bot.errors import BadInput
from bot.notifications.record import to_date, to_hs
from nlu import markets
from nlu.normalize import fold

Record = dict[str, Any]

KEYS = (
    "source", "number", "kind", "date", "market", "notified_by", "agreement", "product", "category", "brand", "firm",
    "origin", "risk", "measure", "hs_codes", "link", "language",
)  # fmt: skip
TEXTS = {"product": 2000, "category": 200, "brand": 200, "firm": 200, "risk": 2000, "measure": 1000}
NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
NUMBER_LENGTH = 120
LINK = re.compile(r"https?://[^\s<>\"']{4,500}")
APART = re.compile(r"\s*(?:[;,/|\n]|\band\b|&)\s*")


class Kind(StrEnum):
    RECALL = "recall"  # taken back from the market, or its sale stopped
    REFUSAL = "refusal"  # turned back at the border


def normalise(raw: Mapping[str, Any]) -> Record:
    """The record of one dictionary. Raises BadInput with what is missing or wrong."""
    for key in raw:
        if key not in KEYS:
            raise BadInput("recall.unknown_key", found=str(key)[:60])
    record: Record = {
        "source": _source(raw.get("source")), "number": _number(raw.get("number")), "kind": _kind(raw.get("kind")),
        "date": _date(raw.get("date")), "market": _market(raw.get("market")),
        "notified_by": _code(raw.get("notified_by")), "agreement": _agreement(raw.get("agreement")),
        "origin": origins(raw.get("origin")), "hs_codes": to_hs(_items(raw.get("hs_codes"))),
        "link": _link(raw.get("link")), "language": _text(raw.get("language"))[:8] or "en",
        **{key: _text(raw.get(key))[:limit].strip() for key, limit in TEXTS.items()},
    }  # fmt: skip
    if not record["product"]:
        raise BadInput("recall.no_product")
    return {key: record[key] for key in KEYS if record[key]}


def digest(record: Record) -> str:
    """SHA-256 of a record: equal digests mean that nothing changed."""
    return hashlib.sha256(dumps({key: record[key] for key in sorted(record)}).encode()).hexdigest()


def alike(record: Record) -> str:
    """Equal for the same goods of one firm, refused or recalled in the same market on the same day: a consignment has
    many lines, and two sources may tell of one case."""
    told = (record["kind"], record["market"], record["date"], record["product"], record.get("firm", ""))
    return hashlib.sha256("\n".join(fold(part).text for part in told).encode()).hexdigest()


def origins(value: Any) -> list[str]:
    """The markets that a cell or list names, in order, none twice; what nobody knows ("Unknown") is left out."""
    found: list[str] = []
    for item in _items(value):
        whole = markets.from_wto_member(item)
        found += [whole] if whole else [code for part in APART.split(item) if (code := _code(part))]
    return list(dict.fromkeys(found))


def _items(value: Any) -> Iterable[str]:
    if isinstance(value, list | tuple):
        return [text for item in value if (text := _text(item))]
    return [text] if (text := _text(value)) else []


def _text(value: Any) -> str:
    return str(value).strip() if value is not None else ""


def _code(value: Any) -> str:
    return markets.from_wto_member(text) or "" if (text := _text(value)) else ""


def _source(value: Any) -> str:
    name = _text(value).lower()
    if not NAME.fullmatch(name):
        raise BadInput("recall.bad_source", found=name[:60])
    return name


def _number(value: Any) -> str:
    if not (number := " ".join(_text(value).split())):
        raise BadInput("recall.no_number")
    if len(number) > NUMBER_LENGTH:
        raise BadInput("recall.long_number", found=number[:60], limit=NUMBER_LENGTH)
    return number


def _kind(value: Any) -> str:
    if (name := _text(value).lower()) not in set(Kind):
        raise BadInput("recall.bad_kind", found=name[:60])
    return name


def _date(value: Any) -> str:
    found: date | None = to_date(value)
    if found is None:
        raise BadInput("recall.bad_date", found=_text(value)[:60])
    return found.isoformat()


def _market(value: Any) -> str:
    if not (code := _code(value)):
        raise BadInput("import.bad_member", found=_text(value)[:60], nearest=markets.suggest(_text(value)) or "")
    return code


def _agreement(value: Any) -> str:
    return "SPS" if _text(value).upper() == "SPS" else "TBT"


def _link(value: Any) -> str:
    found = LINK.fullmatch(_text(value))
    return found[0] if found else ""
