"""The normalised notification record: its keys, and how any dictionary becomes one or is refused with a reason."""

import difflib
import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from bot.db.engine import dumps
from bot.errors import BadInput
from nlu import markets, symbols

Record = dict[str, Any]

TEXTS = (
    "title",
    "title_zh",
    "products",
    "products_en",
    "description",
    "description_zh",
    "source",
    "comment_deadline_text",
)
LISTS = ("objectives", "keywords", "documents", "regions")
DATES = ("date", "comment_deadline", "proposed_adoption", "proposed_entry_into_force")
KEYS = (
    "symbol", "agreement", "members", "date", "type", "parent", "products", "products_en", "hs_codes", "ics_codes",
    "title", "title_zh", "description", "description_zh", "objectives", "keywords", "comment_deadline",
    "comment_deadline_text", "proposed_adoption", "proposed_entry_into_force", "source", "documents", "links",
    "regions", "joint",
)  # fmt: skip
TYPES = ("regular", "addendum", "revision", "corrigendum", "supplement", "emergency")
TYPE_OF_PART = {"REV": "revision", "ADD": "addendum", "CORR": "corrigendum", "SUPPL": "supplement"}
FAMILY_SEGMENTS = 5  # G / TBT / N / USA / 1234

EXCEL_EPOCH = date(1899, 12, 30)
EXCEL_DAYS = range(18_000, 80_000)  # 1949 to 2119: other numbers are not dates
NO_DATE = date(1900, 1, 1)  # what the Chinese site writes for "none"
DATE_FORMATS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %B %Y", "%d %b %Y",
    "%B %d, %Y", "%B %d %Y", "%Y年%m月%d日",
)  # fmt: skip
DAYS_FROM = re.compile(
    r"(\d{1,3})\s*(?:calendar\s+)?(?:days?|天|日|jours?|d[ií]as?)[^.;]*?"
    r"(?:from|after|of|since|à compter|a partir|desde)|(?:散发|通报|分发|发布)[^\d]{0,6}(\d{1,3})\s*[天日]",
    re.IGNORECASE,
)
PRINTED = re.compile(r"G/(TBT|SPS)/N/([A-Z]{2,4})/(\d+)((?:/(?:Rev|Add|Corr|Suppl)\.\d+)*)(?![/\w])", re.IGNORECASE)
PRINTED_PART = re.compile(r"/([A-Za-z]+)\.(\d+)")
HS_CODE = re.compile(r"\d{2,10}")
ICS_CODE = re.compile(r"\d{2}(?:\.\d{3}(?:\.\d{2})?)?")


def normalise(raw: Mapping[str, Any]) -> list[Record]:
    """The records of one line: one for each symbol of a joint notification. Raises BadInput with what is wrong."""
    for key in raw:
        if key not in KEYS:
            raise BadInput("import.unknown_key", found=str(key)[:60], nearest=_nearest(str(key), KEYS))
    found = parse_symbols(_text(raw.get("symbol")))
    record = {key: value for key in KEYS if (value := _value(key, raw.get(key))) not in (None, "", [], {})}
    return [_complete(record, symbol, found) for symbol in found]


def parse_symbols(text: str) -> list[symbols.Symbol]:
    """Every document symbol of a cell, in order, none twice. Raises BadInput when there is none."""
    if not text:
        raise BadInput("import.no_symbol")
    found = _printed(text) or list(dict.fromkeys(symbol for _, _, symbol in symbols.find(text)))
    if not found:
        one = symbols.parse(text)
        found = [one] if one else []
    if not found:
        raise BadInput("import.bad_symbol", found=text[:80])
    return found


def _printed(text: str) -> list[symbols.Symbol]:
    """The symbols of a cell in the WTO's own spelling; [] when anything else is there too."""
    rest = PRINTED.sub("", text)
    if rest.strip(" ,;\n"):
        return []
    found = (match.groups() for match in PRINTED.finditer(text))
    return list(dict.fromkeys(
        symbols.Symbol(agreement.upper(), member.upper(), int(number), _parts(suffix))
        for agreement, member, number, suffix in found
    ))  # fmt: skip


def _parts(suffix: str) -> tuple[tuple[str, int], ...]:
    return tuple((name.upper(), int(number)) for name, number in PRINTED_PART.findall(suffix))


def digest(record: Record) -> str:
    """SHA-256 of a record: equal digests mean that nothing changed."""
    return hashlib.sha256(dumps({key: record[key] for key in sorted(record)}).encode()).hexdigest()


def family_of(symbol: str) -> str:
    """The base symbol: G/TBT/N/USA/1234/REV.1/ADD.2 -> G/TBT/N/USA/1234."""
    return "/".join(symbol.split("/")[:FAMILY_SEGMENTS])


def parent_of(symbol: str) -> str | None:
    """The document that a part belongs to: .../REV.1/ADD.2 -> .../REV.1; None for a base symbol."""
    return symbol.rpartition("/")[0] if symbol.count("/") >= FAMILY_SEGMENTS else None


def type_of(symbol: str) -> str:
    """What the last part of a symbol says: revision, addendum...; a base symbol is regular."""
    last = symbol.rpartition("/")[2].partition(".")[0] if parent_of(symbol) else ""
    return TYPE_OF_PART.get(last, "regular")


def to_date(value: Any) -> date | None:
    """A date from ISO text, an Excel serial, a datetime or a written date; None when it is none of them."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip() if value is not None else ""
    number = re.fullmatch(r"(\d{5})(?:\.\d+)?", text)
    if number and int(number[1]) in EXCEL_DAYS:
        return EXCEL_EPOCH + timedelta(days=int(number[1]))
    found = _written_date(re.sub(r"[T ]\d{1,2}:\d{2}.*$", "", text))
    return None if found == NO_DATE else found


def to_deadline(value: Any, distributed: date | None) -> tuple[date | None, str | None]:
    """(deadline, the words it was stated in when they are not a date): "60 days from notification" is counted."""
    found = to_date(value)
    text = str(value).strip() if value is not None else ""
    if found or not text or text.startswith("1900-01-01"):
        return found, None
    days = DAYS_FROM.search(text)
    if days and distributed:
        return distributed + timedelta(days=int(days[1] or days[2])), text
    inside = re.search(r"\d{4}-\d{2}-\d{2}|\d{1,2}\s+[A-Z][a-z]+\s+\d{4}", text)
    return (to_date(inside[0]) if inside else None), text


def to_hs(values: Iterable[Any]) -> list[str]:
    """HS codes as digits, in order, none twice; five digits are a national level and stay five."""
    plain = (re.sub(r"[.\s-]", "", str(value)) for value in values)
    return list(dict.fromkeys(code for code in plain if HS_CODE.fullmatch(code)))


def to_ics(values: Iterable[Any]) -> list[str]:
    """ICS codes of one to three groups (43, 43.080, 43.060.40), in order, none twice."""
    return list(dict.fromkeys(code for value in values if ICS_CODE.fullmatch(code := str(value).strip())))


def to_market(value: Any) -> str:
    """A member's canonical market code. Raises BadInput when nobody knows it."""
    text = _text(value)
    code = markets.from_wto_member(text) if text else None
    if code is None:
        raise BadInput("import.bad_member", found=text[:60], nearest=markets.suggest(text) or "")
    return code


def _value(key: str, value: Any) -> Any:
    if value is None or key in ("symbol", "agreement", "joint", "parent"):
        return None
    if key in TEXTS:
        return "; ".join(_text(item) for item in value) if isinstance(value, list) else _text(value)
    if key in DATES:
        return _date(key, value)
    return _LIST_READERS[key](value) if key in _LIST_READERS else _items(value)


def _date(key: str, value: Any) -> str | None:
    if value == "":
        return None
    found = to_date(value)
    if found is None and not str(value).startswith("1900-01-01"):
        raise BadInput("import.bad_date", field=key, found=str(value)[:60])
    return found.isoformat() if found else None


def _type(value: Any) -> str:
    text = _text(value).lower()
    if text and text not in TYPES:
        raise BadInput("import.bad_type", found=text[:60], nearest=_nearest(text, TYPES))
    return text


def _links(value: Any) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {str(key): _text(link) for key, link in value.items() if link}
    found = _items(value)
    return {"en": found[0]} if found else {}


def _items(value: Any) -> list[str]:
    values = value if isinstance(value, (list, tuple)) else re.split(r"[;\n]", str(value))
    return list(dict.fromkeys(text for item in values if (text := _text(item))))


def _codes(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else re.split(r"[;,\s]+", str(value))


_LIST_READERS: dict[str, Any] = {
    "type": _type,
    "links": _links,
    "hs_codes": lambda value: to_hs(_codes(value)),
    "ics_codes": lambda value: to_ics(_codes(value)),
    "members": lambda value: list(dict.fromkeys(to_market(item) for item in _items(value))),
}


def _complete(record: Record, symbol: symbols.Symbol, joint: list[symbols.Symbol]) -> Record:
    """What the symbol itself says: agreement, member, type, parent; the order of keys is fixed."""
    name = str(symbol)
    own = markets.from_symbol_code(symbol.member)
    members = [own] if own and (len(joint) > 1 or not record.get("members")) else record.get("members")
    if not members:
        raise BadInput("import.bad_member", found=symbol.member, nearest="")
    said: Record = {
        "symbol": name, "agreement": symbol.agreement, "members": members, "parent": parent_of(name),
        "type": record.get("type") or type_of(name), "joint": [str(one) for one in joint] if len(joint) > 1 else None,
    }  # fmt: skip
    full = {**record, **said}
    return {key: full[key] for key in KEYS if full.get(key)}


def _text(value: Any) -> str:
    return str(value).strip() if value is not None else ""


def _written_date(text: str) -> date | None:
    for form in DATE_FORMATS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  a calendar day has no zone
        except ValueError:
            continue
    return None


def _nearest(text: str, known: Iterable[str]) -> str:
    names = list(known)
    return (difflib.get_close_matches(text, names, n=1, cutoff=0.0) or names)[0]
