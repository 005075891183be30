"""Rows of an XLSX file, read as a stream: formulas as text, and never more of the file in memory than a few rows."""

import posixpath
import tempfile
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree
from xml.parsers import expat

from bot.errors import BadInput
from bot.feeds.sheet import Handler, Rows, Shared, Texts

BYTES_LIMIT = 1_500_000_000  # unpacked; the whole archive since 1995 has some 45 MB packed
INDEX_LIMIT = 5_000_000  # of the parts that say which sheets there are
RATIO_FROM, RATIO = 50_000_000, 100  # a sheet packs to a tenth or so: what shrinks to a hundredth is a bomb
MEMBERS_LIMIT = 2000
REMEMBERED, SHORT = 2048, 500  # texts that are asked for again and again, and of how many bytes
CHUNK = 1 << 18
FORBIDDEN = tuple(
    mark.encode(code) for mark in ("<!DOCTYPE", "<!ENTITY") for code in ("utf-8", "utf-16-le", "utf-16-be")
)
STRINGS = "xl/sharedStrings.xml"


class SharedTexts:
    """The texts that cells refer to by number. They may be hundreds of megabytes, so they lie in a temporary file."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  closed with this object
        self._ends = array("Q", [0])

    def add(self, text: str) -> None:
        written = self._file.write(text.encode("utf-8", "surrogatepass"))
        self._ends.append(self._ends[-1] + written)

    def reader(self) -> Callable[[int], str]:
        """Looks a text up by its number; short ones, such as the names of members, are remembered."""
        short = lru_cache(REMEMBERED)(self._read)
        return lambda number: short(number) if self._length(number) <= SHORT else self._read(number)

    def _length(self, number: int) -> int:
        return self._ends[number + 1] - self._ends[number]

    def _read(self, number: int) -> str:
        start, end = self._ends[number], self._ends[number + 1]
        self._file.seek(start)
        return self._file.read(end - start).decode("utf-8", "surrogatepass")

    def __del__(self) -> None:
        self._file.close()


class Book:
    """A workbook. Check the file first."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows of each sheet as tuples of values, sheet after sheet. Raises BadInput."""
        with self._sound() as archive:
            said = self._texts.reader()
            for name in _sheets(archive):
                with archive.open(name) as stream:
                    for row in _parse(stream, Rows()):
                        yield tuple(said(cell) if isinstance(cell, Shared) else cell for cell in row)

    def estimate(self) -> int:
        """How many rows there are, from the number of row elements of the sheets."""
        try:
            with zipfile.ZipFile(self.path) as archive:
                names = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
                return max(0, sum(_count(archive, name, b"</row>") for name in names) - 1)
        except (OSError, zipfile.BadZipFile):
            return 0

    @cached_property
    def _texts(self) -> SharedTexts:
        found = SharedTexts()
        with zipfile.ZipFile(self.path) as archive:
            if STRINGS in archive.namelist():
                with archive.open(STRINGS) as stream:
                    for text in _parse(stream, Texts()):
                        found.add(text)
        return found

    @contextmanager
    def _sound(self) -> Iterator[zipfile.ZipFile]:
        try:
            with zipfile.ZipFile(self.path) as archive:
                yield archive
        except BROKEN as error:
            raise BadInput("import.broken_xlsx", path=self.path.name) from error


# What reading a file raises that is no sound workbook; a missing part is a KeyError, a number too high an IndexError.
BROKEN = (
    zipfile.BadZipFile, zlib.error, expat.ExpatError, ElementTree.ParseError, LookupError, ValueError, OverflowError,
    EOFError, NotImplementedError, RuntimeError,
)  # fmt: skip


def _sheets(archive: zipfile.ZipFile) -> list[str]:
    """The names of the sheets' parts, in the order of the tabs."""
    links = {one.get("Id"): one.get("Target", "") for one in _index(archive, "xl/_rels/workbook.xml.rels")}
    ids = [
        next((value for key, value in one.attrib.items() if key.endswith("}id")), "")
        for one in _index(archive, "xl/workbook.xml").iter()
        if one.tag.endswith("}sheet")
    ]
    found = [posixpath.normpath(posixpath.join("/xl", links[one])).lstrip("/") for one in ids]
    return [name for name in found if name.startswith("xl/worksheets/")]


def _index(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    with archive.open(name) as stream:
        content = stream.read(INDEX_LIMIT)
    return ElementTree.fromstring(content)  # noqa: S314  `check` has refused every DOCTYPE


def _parse(stream: IO[bytes], handler: Handler) -> Iterator[Any]:
    """What the handler has made of each piece of the stream, as soon as it has been read."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = handler.start, handler.end
    parser.CharacterDataHandler = handler.text
    while chunk := stream.read(CHUNK):
        parser.Parse(chunk, False)
        yield from handler.taken()
    parser.Parse(b"", True)
    yield from handler.taken()


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
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, OSError) as error:
        raise BadInput("import.broken_xlsx", path=path.name) from error


def _size(archive: zipfile.ZipFile, member: zipfile.ZipInfo, left: int, path: Path) -> int:
    size, tail = 0, b""
    with archive.open(member) as stream:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > left or size > max(RATIO_FROM, RATIO * member.compress_size):
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
