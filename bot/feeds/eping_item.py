"""One notification as the WTO's interface gives it, as normalised records: every field may be missing or odd (pure)."""

from collections.abc import Mapping
from typing import Any

from bot.errors import BadInput
from bot.feeds import cells, markup
from bot.notifications.record import Record, normalise, to_date, to_deadline
from nlu import markets, symbols

NAMES = ("name", "displayName", "code", "value")  # where an object holds what it is called


def records(item: Any) -> list[Record]:
    """The records of one item. Raises BadInput when it has no symbol that can be read."""
    if not isinstance(item, Mapping):
        raise BadInput("import.bad_json")
    field = {str(key): value for key, value in item.items()}
    products = markup.plain(_first_name(field, "productsFreeTextPlain", "productsFreeText"))
    distributed = to_date(_name(field.get("distributionDate")))
    deadline, words = to_deadline(_name(field.get("commentDeadlineDate")), distributed)
    symbol = cells.text(_name(field.get("documentSymbol")))
    return normalise({
        "symbol": symbol, "date": distributed, "type": cells.kind(_name(field.get("notificationType"))),
        "members": _members(symbol, field.get("notifyingMember")),
        "title": markup.plain(_first_name(field, "titlePlain", "title")),
        "description": markup.plain(_first_name(field, "descriptionPlain", "description")), "products": products,
        "hs_codes": cells.hs_codes(_codes(field.get("hsCodes")), products),
        "ics_codes": cells.ics_codes(_codes(field.get("icsCodes")), products),
        "objectives": _names(field.get("objectives")),
        "keywords": [*_names(field.get("keywords")), *_names(field.get("spsKeywords"))],
        "comment_deadline": deadline, "comment_deadline_text": words,
        "proposed_adoption": to_date(_name(field.get("proposedAdoptionDate"))),
        "proposed_entry_into_force": to_date(
            _name(_first(field, "proposedEntryIntoForceDate", "proposedEntryIntoForceDateText"))
        ),
        "documents": cells.urls(_joined(field.get("notifiedDocumentLink"))),
        "links": cells.urls(_joined(_first(field, "linkToNotification", "dolLink")))[:1],
    })  # fmt: skip


def _first(field: Mapping[str, Any], *names: str) -> Any:
    """The first of these fields that says something."""
    return next((field[name] for name in names if field.get(name)), None)


def _first_name(field: Mapping[str, Any], *names: str) -> str:
    return _name(_first(field, *names))


def _name(value: Any) -> str:
    """A text, a number, or what an object is called; everything else says nothing."""
    if isinstance(value, Mapping):
        value = next((value[key] for key in NAMES if isinstance(value.get(key), str | int)), "")
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _names(value: Any) -> list[str]:
    return list(dict.fromkeys(name for one in _each(value) for name in cells.names(_name(one))))


def _codes(value: Any) -> str:
    """As a table's cell holds them: what is behind a code does not matter here."""
    codes = (_name(one.get("code") if isinstance(one, Mapping) else one) for one in _each(value))
    return "; ".join(code for code in codes if code)


def _joined(value: Any) -> str:
    return "\n".join(_name(one) for one in _each(value))


def _members(symbol: str, stated: Any) -> list[str]:
    """The symbol itself says who notifies; the name only counts where nobody knows the symbol's letters."""
    found = symbols.parse(symbol)
    if found is None or markets.from_symbol_code(found.member):
        return []
    return [name] if (name := _name(stated)) else []
