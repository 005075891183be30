"""Market sheets: what a market asks of goods, field by field, and where a group of products departs from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

from knowledge.entry import Entry, Fact, Kind, Status, Text, Texts
from knowledge.reading import Reading, Taker, common, fact, read_folder


class Topic(StrEnum):
    """The fields of a sheet, in the order in which they are shown."""

    MARKS = "marks"
    CERTIFICATES = "certificates"
    APPLICANTS = "applicants"
    REPRESENTATIVE = "representative"
    TEST_REPORTS = "test_reports"
    LABELS = "labels"
    CUSTOMS = "customs"
    ENQUIRY_POINT = "enquiry_point"


class Group(StrEnum):
    """Groups of products that sheets can be compared on."""

    ELECTRICAL = "electrical"
    RADIO = "radio"
    BATTERIES = "batteries"
    TOYS = "toys"
    MACHINERY = "machinery"
    TEXTILES = "textiles"
    FOOTWEAR = "footwear"
    FURNITURE = "furniture"
    FOOD = "food"
    FOOD_CONTACT = "food_contact"
    AGRICULTURE = "agriculture"
    AQUATIC = "aquatic"
    CHEMICALS = "chemicals"
    COSMETICS = "cosmetics"
    MEDICAL = "medical"
    VEHICLES = "vehicles"
    BUILDING = "building"
    PACKAGING = "packaging"


@dataclass(frozen=True, slots=True)
class Field:
    """What a sheet says on one topic: `short` fits a cell of a table; `sources` are numbers counted from 1."""

    short: Text
    text: Text
    sources: tuple[int, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class ProductGroup:
    """What holds for some products instead of, or beside, what the sheet says in general."""

    group: str
    products: Texts
    hs_codes: tuple[str, ...]
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSheet(Entry):
    """One market; `id` is its ISO code in small letters, `market` the code itself."""

    kind: ClassVar[Kind] = Kind.MARKET

    fields: Mapping[str, Field]
    groups: tuple[ProductGroup, ...] = ()

    @property
    def texts(self) -> tuple[Text, ...]:
        every = (*self.fields.values(), *(field for group in self.groups for field in group.fields.values()))
        return tuple(text for field in every for text in (field.short, field.text))

    @property
    def market(self) -> str:
        return self.id.upper()

    def field(self, topic: str, group: ProductGroup | None = None) -> Field | None:
        """What holds: the group's own word first, then the general one."""
        own = group.fields.get(topic) if group else None
        return own or self.fields.get(topic)


REQUIRED = ("id", "title", "status", "fields", "next_check", "sources")
OPTIONAL = ("questions", "groups", "related", "notes")


def read(folder: Path) -> Reading[MarketSheet]:
    """All market sheets of `folder`."""
    return read_folder(folder, _build)


def _build(take: Taker, raw: dict[str, Any]) -> MarketSheet:
    take.keys(raw, "market sheet", REQUIRED, OPTIONAL)
    shared = common(take, raw)
    return MarketSheet(
        **{**shared, "markets": (shared["id"].upper(),)},
        status=take.choice(raw.get("status"), "status", Status),
        fields=_fields(take, raw.get("fields"), "fields"),
        groups=take.items(raw.get("groups"), "groups", _group),
    )


def _group(take: Taker, raw: dict[str, Any], where: str) -> ProductGroup:
    take.keys(raw, where, ("group", "products", "hs_codes", "fields"), ())
    return ProductGroup(
        group=take.choice(raw.get("group"), f"{where}.group", Group),
        products=take.texts(raw.get("products"), f"{where}.products"),
        hs_codes=take.strings(raw.get("hs_codes"), f"{where}.hs_codes"),
        fields=_fields(take, raw.get("fields"), f"{where}.fields"),
    )


def _fields(take: Taker, raw: Any, where: str) -> dict[str, Field]:
    if not isinstance(raw, dict):
        if raw is not None:
            take.wrong(where, "a mapping of topics", raw)
        return {}
    take.keys(raw, where, (), tuple(Topic))
    return {topic: _field(take, raw[topic], f"{where}.{topic}") for topic in Topic if topic in raw}


def _field(take: Taker, raw: Any, where: str) -> Field:
    if not isinstance(raw, dict):
        take.wrong(where, "a mapping with short, text and sources", raw)
        raw = {}
    take.keys(raw, where, ("short", "text", "sources"), ("facts",))
    return Field(
        short=take.text(raw.get("short"), f"{where}.short"),
        text=take.text(raw.get("text"), f"{where}.text"),
        sources=take.numbers(raw.get("sources"), f"{where}.sources"),
        facts=take.items(raw.get("facts"), f"{where}.facts", fact),
    )
