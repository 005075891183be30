"""Rows of an XLSX file, formulas as text; a file that is a bomb or carries a DOCTYPE is refused before it is parsed."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.errors import BadInput

BYTES_LIMIT = 1_500_000_000  # unpacked; the whole archive since 1995 has some 45 MB packed
MEMBERS_LIMIT = 2000
CHUNK = 1 << 20
FORBIDDEN = tuple(
    mark.encode(code) for mark in ("<!DOCTYPE", "<!ENTITY") for code in ("utf-8", "utf-16-le", "utf-16-be")
)


def rows(path: Path) -> Iterator[tuple[Any, ...]]:
    """The rows of each sheet as tuples of values, sheet after sheet. Check the file first. Raises BadInput."""
    import openpyxl  # 150 ms: only where an XLSX file is read

    with path.open("rb") as stream:  # a stream, because openpyxl judges a path by its ending
        try:
            book = openpyxl.load_workbook(stream, read_only=True, keep_links=False)
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # a wrong dimension pads every row or hides columns
                yield from sheet.iter_rows(values_only=True)
        except Exception as error:  # whatever a library of 60,000 lines raises for a file that is not sound
            raise BadInput("import.broken_xlsx", path=path.name) from error


def estimate(path: Path) -> int:
    """How many rows there are, from the number of row elements of the sheets."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
            return max(0, sum(_count(archive, name, b"</row>") for name in names) - 1)
    except (OSError, zipfile.BadZipFile):
        return 0


def check(path: Path, *, limit: int = BYTES_LIMIT) -> None:
    """Unpack everything once without keeping it: the sizes that a zip states about itself prove nothing."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MEMBERS_LIMIT:
                raise BadInput("import.too_big", path=path.name)
            left = limit
            for member in members:
                left -= _size(archive, member, left, path)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError) as error:
        raise BadInput("import.broken_xlsx", path=path.name) from error


def _size(archive: zipfile.ZipFile, member: zipfile.ZipInfo, left: int, path: Path) -> int:
    size, tail = 0, b""
    with archive.open(member) as stream:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > left:
                raise BadInput("import.too_big", path=path.name)
            if any(mark in tail + chunk for mark in FORBIDDEN):
                raise BadInput("import.has_doctype", path=path.name)
            tail = chunk[-32:]
    return size


def _count(archive: zipfile.ZipFile, name: str, mark: bytes) -> int:
    found, tail = 0, b""
    with archive.open(name) as stream:
        while chunk := stream.read(CHUNK):
            found += (tail + chunk).count(mark)
            tail = chunk[-(len(mark) - 1) :]
    return found
