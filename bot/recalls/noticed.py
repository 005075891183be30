"""A recall prepared for matching by the rules for notifications: what was recalled, where, of what sort (pure)."""

from bot.matching import Notice, notice
from bot.recalls.record import Record

# What an interest may limit itself to: food and feed are of the one agreement, other goods of the other.
OBJECTIVES = {"SPS": ["Food safety"], "TBT": ["Protection of human health or safety"]}


def noticed(record: Record) -> Notice:
    """The goods are its products, and so is their category: who follows toys hears of a doll in the category toys."""
    goods = "; ".join(part for part in (record["product"], record.get("category", "")) if part)
    return notice({
        "symbol": "", "agreement": record["agreement"], "members": [record["market"]], "products": goods,
        "title": record["product"], "description": record.get("risk", ""), "hs_codes": record.get("hs_codes", []),
        "objectives": OBJECTIVES[record["agreement"]],
    })  # fmt: skip
