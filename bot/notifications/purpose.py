"""What a later document of a family is for, as its symbol and the WTO's own keywords say it (pure)."""

from bot.notifications.record import Record, parent_of, type_of

# Keywords that the Secretariat gives an addendum. A withdrawal and a moved date are computed from the whole family.
KEYWORDS = {
    "adoption/publication/entry into force of reg": "adoption",
    "modification of content/scope of regulation": "scope",
    "modification of final date for comments": "date",
}


def purposes(record: Record) -> tuple[str, ...]:
    """What kind of document it is to the one above it, then what it tells; () for the first document of a family."""
    if parent_of(record["symbol"]) is None:
        return ()
    words = (str(word).lower().rstrip(". ") for word in record.get("keywords", ()))
    return type_of(record["symbol"]), *dict.fromkeys(KEYWORDS[word] for word in words if word in KEYWORDS)
