"""Experts: who can be asked, on what; the ones that ship with the project are samples and are shown as such."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.entry import Text, Texts
from knowledge.reading import Reading, Taker, read_folder

REQUIRED = ("id", "sample", "name", "organisation", "fields", "tags", "markets", "hs_codes", "languages", "hours")
OPTIONAL = ("conflicts", "consent_to_be_named")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expert:
    """One person; `tags` are what countermeasures ask for, `sample` marks a made-up one."""

    file: str
    id: str
    sample: bool
    name: Text
    organisation: Text
    fields: Texts
    tags: tuple[str, ...]
    markets: tuple[str, ...]
    hs_codes: tuple[str, ...]
    languages: tuple[str, ...]
    hours: Text
    conflicts: Text
    consent_to_be_named: bool


def read(folder: Path) -> Reading[Expert]:
    """All experts of `folder`."""
    return read_folder(folder, _build)


def _build(take: Taker, raw: dict[str, Any]) -> Expert:
    take.keys(raw, "expert", REQUIRED, OPTIONAL)
    return Expert(
        file=take.file,
        id=take.string(raw.get("id"), "id"),
        sample=take.truth(raw.get("sample"), "sample"),
        name=take.text(raw.get("name"), "name"),
        organisation=take.text(raw.get("organisation"), "organisation"),
        fields=take.texts(raw.get("fields"), "fields"),
        tags=take.strings(raw.get("tags"), "tags"),
        markets=take.strings(raw.get("markets"), "markets"),
        hs_codes=take.strings(raw.get("hs_codes"), "hs_codes"),
        languages=take.strings(raw.get("languages"), "languages"),
        hours=take.text(raw.get("hours"), "hours"),
        conflicts=take.optional_text(raw.get("conflicts"), "conflicts"),
        consent_to_be_named=take.truth(raw.get("consent_to_be_named", False), "consent_to_be_named"),
    )
