"""Imports of people: organisations, members and interests from CSV, XLSX or JSON lines; each bad row is told."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from bot import enrolment, interests, mail_address, members, organisations
from bot.authority import Role
from bot.db.models import addresses
from bot.errors import BadInput, FengsuiError
from bot.organisations import Kind

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "organisations": ("code", "kind", "name_zh", "name_en", "parent", "associations"),
    "members": ("name", "org", "role", "address", "language"),
    "interests": ("address", "products", "hs_codes", "markets", "keywords", "negatives", "until"),
}


@dataclass(slots=True)
class TableReport:
    """What an import of people did."""

    read: int = 0
    new: int = 0
    changed: int = 0
    bad: list[tuple[int, str]] = field(default_factory=list)


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line, cells by column) of a file; the format is told by its content."""
    start = path.read_bytes()[:4]
    if start.startswith(b"PK"):
        yield from _xlsx(path)
    elif start.lstrip(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), start=1):
            if line.strip():
                yield number, json.loads(line)
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from enumerate(csv.DictReader(file), start=2)


def _xlsx(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    from openpyxl import load_workbook

    rows = load_workbook(path, read_only=True, data_only=True).worksheets[0].iter_rows(values_only=True)
    head = [str(cell or "").strip() for cell in next(rows, ())]
    for number, cells in enumerate(rows, start=2):
        yield number, dict(zip(head, cells, strict=False))


def run(tx: Connection, kind: str, rows: Iterable[tuple[int, dict[str, Any]]], *, now: datetime) -> TableReport:
    """Import rows of one kind. A bad row is reported and leaves nothing behind; the others are stored."""
    report, store = TableReport(), STORES[kind]
    for number, row in rows:
        report.read += 1
        try:
            with tx.begin_nested():
                new = store(tx, _clean(kind, row), now)
        except FengsuiError as error:
            report.bad.append((number, f"{error.key}: {error.values}"))
        except (KeyError, ValueError) as error:
            report.bad.append((number, f"{error}; expected the columns {', '.join(COLUMNS[kind])}"))
        else:
            report.new += new
            report.changed += not new
    return report


def _clean(kind: str, row: Mapping[str, Any]) -> dict[str, str]:
    unknown = [key for key in row if key not in COLUMNS[kind]]
    if unknown:
        raise ValueError(f"unknown column {unknown[0]!r}")
    return {key: "" if row.get(key) is None else _text(row[key]) for key in COLUMNS[kind]}


def _text(value: Any) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value).strip()


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split("[;；,，]", text) if part.strip())


def _needed(row: Mapping[str, str], *names: str) -> None:
    missing = [name for name in names if not row[name]]
    if missing:
        raise ValueError(f"{missing[0]!r} is empty")


def _organisation(tx: Connection, row: Mapping[str, str], now: datetime) -> bool:
    _needed(row, "code", "kind", "name_zh")
    before = organisations.count(tx)
    organisations.put(
        tx,
        row["code"],
        kind=Kind(row["kind"]),
        name_zh=row["name_zh"],
        name_en=row["name_en"] or row["name_zh"],
        parent=row["parent"] or None,
        associations=_list(row["associations"]),
        now=now,
    )
    return organisations.count(tx) > before


def _member(tx: Connection, row: Mapping[str, str], now: datetime) -> bool:
    _needed(row, "name", "org", "role")
    organisation = organisations.by_code(tx, row["org"])
    known = member_at(tx, row["address"]) if row["address"] else None
    member_id = known or members.add(tx, now=now, name=row["name"], language=row["language"] or None)
    if known is None and row["address"]:
        members.add_address(tx, member_id, *address(row["address"]), now=now)
    elif known is not None:
        members.rename(tx, member_id, row["name"])
    enrolment.grant(tx, member_id, organisation.id, Role(row["role"]), now=now)
    return known is None


def _interest(tx: Connection, row: Mapping[str, str], now: datetime) -> bool:
    _needed(row, "address")
    member_id = member_at(tx, row["address"])
    if member_id is None:
        raise BadInput("cli.bad_address", address=row["address"])
    lists: dict[str, Any] = {
        key: _list(row[key]) for key in ("products", "hs_codes", "markets", "keywords", "negatives")
    }
    until = date.fromisoformat(row["until"]) if row["until"] else None
    key = f"import:{row['address']}:{json.dumps(lists, sort_keys=True, ensure_ascii=False)}"[:200]
    before = len(interests.active(tx, member_id))
    interests.register(tx, member_id, key=key, now=now, until=until, **lists)
    return len(interests.active(tx, member_id)) > before


def address(text: str) -> tuple[str, str]:
    """ "web:abc" -> ("web", "abc"), an e-mail address in small letters. Raises BadInput."""
    channel, colon, where = text.partition(":")
    where = mail_address.normal(where) if channel == "email" else where
    if not (channel and colon and where) or (channel == "email" and not mail_address.is_address(where)):
        raise BadInput("cli.bad_address", address=text)
    return channel, where


def member_at(tx: Connection, text: str) -> int | None:
    channel, where = address(text)
    here = (addresses.c.channel == channel) & (addresses.c.address == where)
    return tx.execute(select(addresses.c.member_id).where(here)).scalar()


STORES: Mapping[str, Callable[[Connection, Mapping[str, str], datetime], bool]] = {
    "organisations": _organisation,
    "members": _member,
    "interests": _interest,
}
