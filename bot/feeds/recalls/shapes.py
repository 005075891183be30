"""The records of foreign authorities as they publish them, each made into what `recalls.normalise` takes (pure).

Every field may be missing. Where each shape was read is written down in docs/operators.md.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.errors import BadInput
from bot.feeds.recalls.cell import Row, day, first, text
from bot.recalls.record import KEYS, Kind, Record, normalise

SAFETY_GATE, CPSC, FDA_REFUSALS, OPENFDA, RASFF = "safety_gate", "cpsc", "fda_refusals", "openfda", "rasff"
REJECTED = re.compile(r"\breject|\brefus|\bborder\b", re.IGNORECASE)
ORIGIN = re.compile(r"\b(?:product|produce) of ([A-Z][\w .]{2,30})|\bmade in ([A-Z][\w .]{2,30})", re.IGNORECASE)
FDA_FOOD = (*range(2, 51), 52, 54)  # industries of FDA's product codes that are food, additives and supplements
FDA_SEARCH = "https://www.accessdata.fda.gov/scripts/importrefusals/"
RASFF_PAGE = "https://webgate.ec.europa.eu/rasff-window/screen/search"


@dataclass(frozen=True, slots=True)
class Shape:
    """How records of one source look: the fields by which they are known, and how one is read."""

    name: str
    marks: frozenset[str]
    read: Callable[[Row], Mapping[str, Any]]


def shape_of(names: Iterable[str]) -> Shape | None:
    """The shape whose marks are all among these field names."""
    known = set(names)
    return next((one for one in SHAPES if one.marks <= known), None)


def record(found: Row, shape: Shape | None = None) -> Record:
    """The normalised record of one row. Raises BadInput with what is wrong with it."""
    shape = shape or shape_of(found)
    if shape is None:
        raise BadInput("recall.unknown_shape")
    return normalise(shape.read(found))


def _safety_gate(found: Row) -> dict[str, Any]:
    """The EU's Safety Gate as OpenDataSoft gives it."""
    measure = first(found, "measures_country", "measures")
    name = first(found, "product_name", "product_type", "product_description")
    return {
        "source": SAFETY_GATE, "number": first(found, "alert_number"), "date": day(found.get("alert_date")),
        "kind": Kind.REFUSAL if REJECTED.search(measure) else Kind.RECALL, "market": "EU",
        "notified_by": first(found, "alert_country"), "product": _with(name, first(found, "product_model_type")),
        "category": first(found, "product_category"), "brand": _known(first(found, "product_brand")),
        "origin": found.get("product_country"), "measure": measure,
        "risk": _joined(first(found, "alert_type"), first(found, "technical_defect", "alert_description")),
        "link": first(found, "rapex_url", "product_recall_url"),
    }  # fmt: skip


def _cpsc(found: Row) -> dict[str, Any]:
    """The US Consumer Product Safety Commission."""
    products = found.get("products")
    return {
        "source": CPSC, "number": first(found, "recallnumber") or f"ID {first(found, 'recallid')}",
        "date": day(found.get("recalldate")), "kind": Kind.RECALL, "market": "US",
        "product": text(products, "name") or first(found, "title"), "category": text(products, "type"),
        "firm": next((said for key in ("manufacturers", "importers", "distributors")
                      if (said := text(found.get(key), "name"))), ""),
        "origin": [text(one, "country") for one in _listed(found.get("manufacturercountries"))],
        "risk": text(found.get("hazards"), "name"),
        "measure": text(found.get("remedyoptions"), "option") or text(found.get("remedies"), "name"),
        "link": first(found, "url").replace("https:/www", "https://www"),
    }  # fmt: skip


def _fda_refusal(found: Row) -> dict[str, Any]:
    """Goods that the US Food and Drug Administration refused: its data dashboard, or the rows of its files."""
    code = first(found, "productcode", "product_code")
    return {
        "source": FDA_REFUSALS, "number": _fda_number(found, code), "kind": Kind.REFUSAL, "market": "US",
        "date": day(found.get("refusaldate", found.get("refusal_date"))), "agreement": _fda_agreement(code),
        "product": first(found, "productcodedescription", "prdct_code_desc_text"),
        "category": first(found, "industrycodedescription", "productcategory"),
        "firm": first(found, "firmname", "lgl_name"),
        "origin": first(found, "countrycode", "countryname", "iso_cntry_code"),
        "risk": first(found, "charges", "refusalcharges", "refusal_charges"), "link": FDA_SEARCH,
    }  # fmt: skip


def _fda_number(found: Row, code: str) -> str:
    """The entry with its line, as the agency tells lines apart."""
    names = ("entry_num", "rfrnc_doc_id", "line_num", "line_sfx_id")
    line = "/".join(said for name in names if (said := first(found, name)))
    shipment = first(found, "shipmentid")
    return line or ("/".join(part for part in (shipment, code) if part) if shipment else "")


def _fda_agreement(code: str) -> str:
    return "SPS" if code[:2].isdigit() and int(code[:2]) in FDA_FOOD else "TBT"


def _openfda(found: Row) -> dict[str, Any]:
    """Recalls of food, drugs and devices as openFDA gives them: `country` is that of the firm, not of the goods."""
    product = first(found, "product_description")
    stated = ORIGIN.search(product)
    return {
        "source": OPENFDA, "number": first(found, "recall_number"), "date": day(found.get("report_date")),
        "kind": Kind.RECALL, "market": "US", "product": product, "firm": first(found, "recalling_firm"),
        "agreement": "SPS" if first(found, "product_type").lower() == "food" else "TBT",
        "category": first(found, "product_type"), "origin": (stated[1] or stated[2]).strip(" .") if stated else "",
        "risk": first(found, "reason_for_recall"),
        "measure": _joined(first(found, "classification"), first(found, "voluntary_mandated")),
    }  # fmt: skip


def _rasff(found: Row) -> dict[str, Any]:
    """The EU's system for food and feed, as its search page exports it."""
    decided = first(found, "classification")
    return {
        "source": RASFF, "number": first(found, "reference"), "date": day(found.get("date")), "market": "EU",
        "kind": Kind.REFUSAL if "border" in decided.lower() else Kind.RECALL, "agreement": "SPS",
        "notified_by": first(found, "notifying_country"), "product": first(found, "subject"),
        "category": first(found, "category"), "origin": first(found, "origin"), "measure": decided,
        "risk": _joined(first(found, "hazards"), first(found, "risk_decision")), "link": RASFF_PAGE,
    }  # fmt: skip


def _own(found: Row) -> dict[str, Any]:
    """A normalised record, such as our own export."""
    return {key: value for key, value in found.items() if value not in (None, "")}


REFUSAL_LINES = Shape(FDA_REFUSALS, frozenset({"refusal_date", "entry_num"}), _fda_refusal)
SHAPES = (
    Shape(SAFETY_GATE, frozenset({"alert_number", "alert_date"}), _safety_gate),
    Shape(CPSC, frozenset({"recallid", "recalldate"}), _cpsc),
    Shape(FDA_REFUSALS, frozenset({"refusaldate", "firmname"}), _fda_refusal),
    REFUSAL_LINES,
    Shape(OPENFDA, frozenset({"recall_number", "reason_for_recall"}), _openfda),
    Shape(RASFF, frozenset({"reference", "subject", "notifying_country", "classification"}), _rasff),
    Shape("own", frozenset(KEYS[:5]), _own),
)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _known(brand: str) -> str:
    return "" if brand.lower() in ("unknown", "none", "n/a", "-") else brand


def _with(name: str, model: str) -> str:
    return f"{name} ({model})" if model and model.lower() not in (name.lower(), "unknown") else name


def _joined(*parts: str) -> str:
    return "; ".join(dict.fromkeys(part for part in parts if part))
