"""One row of an ePing export as normalised records: a joint row gives one for each of its symbols."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.errors import BadInput
from bot.feeds import cells, markup
from bot.notifications.merging import TRANSLATOR
from bot.notifications.record import Record, normalise, to_date, to_deadline

# Headers as printed, white space and case collapsed, and the canonical keys of our own CSV export.
COLUMNS = {
    "notifying member": "member", "distribution date": "date", "document symbol": "symbol", "title": "title",
    "description": "description", "products covered": "products", "hs code(s)": "hs_codes", "hs codes": "hs_codes",
    "ics code(s)": "ics_codes", "ics codes": "ics_codes", "objectives": "objectives", "keywords": "keywords",
    "specific regions or countries likely to be affected": "regions", "final date for comments": "comment_deadline",
    "notification type": "type", "notified document": "documents", "link to notification(en)": "link_en",
    "link to notification(fr)": "link_fr", "link to notification(es)": "link_es",
    "proposed adoption date": "proposed_adoption", "proposed entry into force date": "proposed_entry_into_force",
    "symbol": "symbol", "members": "member", "date": "date", "products": "products", "products_en": "products_en",
    "hs_codes": "hs_codes", "ics_codes": "ics_codes", "title_zh": "title_zh", "description_zh": "description_zh",
    "comment_deadline": "comment_deadline", "type": "type", "documents": "documents", "links": "link_en",
    "proposed_adoption": "proposed_adoption", "proposed_entry_into_force": "proposed_entry_into_force",
    "source": "source", "regions": "regions",
}  # fmt: skip
# The fields of tbt-sps.gov.cn, by their names there and as its pages print them: titles and texts are Chinese.
CHINESE = {
    "tbtno": "symbol", "通报号": "symbol", "tbdate": "date", "发文日期": "date", "areaname": "member",
    "通报成员": "member", "tbtitle": "title_zh", "标题": "title_zh", "tbcontent": "description_zh",
    "内容简述": "description_zh", "productscovered": "products", "覆盖产品": "products", "hscode": "hs_codes",
    "hs编码": "hs_codes", "icscode": "ics_codes", "ics编码": "ics_codes", "linkurl": "link_en", "原文链接": "link_en",
    "napprdate": "proposed_adoption", "拟批准日期": "proposed_adoption", "neffedate": "proposed_entry_into_force",
    "拟生效日期": "proposed_entry_into_force",
}  # fmt: skip
PLAIN_TEXTS = ("title", "title_zh", "description", "description_zh", "products_en", "source")
HEADER_ROWS = 20  # a title or an empty line may stand above the headers


def columns(header: Sequence[Any]) -> dict[str, int]:
    """Canonical column -> position; unknown columns are left out. {} when there is no symbol column."""
    names = [_plain(cell) for cell in header]
    known = CHINESE if any(CHINESE.get(name) == "symbol" for name in names) else COLUMNS
    found: dict[str, int] = {}
    for position, name in enumerate(names):
        if name in known:
            found.setdefault(known[name], position)
    if known is CHINESE:
        found["chinese"] = len(names)  # no column: a mark for whoever reads the rows
    return found if "symbol" in found else {}


def _plain(cell: Any) -> str:
    return (
        " ".join(str(cell or "").replace("\ufeff", "").split())
        .lower()
        .replace(" (", "(")
        .replace("hs code(s)s", "hs code(s)")
    )


def records(row: Sequence[Any], at: Mapping[str, int]) -> list[Record]:
    """The records of one row. Raises BadInput with what is wrong with it."""
    cell = {key: row[position] if position < len(row) else None for key, position in at.items()}
    read = markup.plain if "chinese" in at else cells.text
    products = read(_said(cell.get("products")))
    distributed = to_date(cells.text(cell.get("date"))) or to_date(cell.get("date"))
    deadline, words = to_deadline(_day(cell.get("comment_deadline")), distributed)
    raw = {
        "symbol": cells.hyperlink(cell.get("symbol"))[1], "date": distributed, "type": cells.kind(cell.get("type")),
        "members": [], "products": products, "hs_codes": cells.hs_codes(cell.get("hs_codes"), products),
        "ics_codes": cells.ics_codes(cell.get("ics_codes"), products), "comment_deadline": deadline,
        "comment_deadline_text": words, "objectives": cells.names(cell.get("objectives")),
        "keywords": cells.names(cell.get("keywords")), "regions": cells.names(cell.get("regions")),
        "documents": cells.urls(cell.get("documents")), "links": _links(cell),
        "proposed_adoption": to_date(_day(cell.get("proposed_adoption"))),
        "proposed_entry_into_force": to_date(_day(cell.get("proposed_entry_into_force"))),
        **{key: read(_said(cell.get(key))) for key in PLAIN_TEXTS},
        **({"source": TRANSLATOR} if "chinese" in at else {}),
    }  # fmt: skip
    if _day(cell.get("date")) and not distributed:
        raise BadInput("import.bad_date", field="date", found=cells.text(cell.get("date"))[:60])
    return normalise(raw)


def _said(cell: Any) -> str:
    return "" if cell is None else str(cell)


def _day(cell: Any) -> Any:
    return cells.text(cell) if isinstance(cell, str) else cell


def _links(cell: Mapping[str, Any]) -> dict[str, str]:
    found = {language: cells.urls(cell.get(f"link_{language}")) for language in ("en", "fr", "es")}
    return {language: addresses[0] for language, addresses in found.items() if addresses}
