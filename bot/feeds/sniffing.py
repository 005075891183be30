"""What a file holds, told by its first bytes, and the rows of a table of text."""

import csv
import io
import itertools
from collections.abc import Iterator
from pathlib import Path

from bot.errors import BadInput

ZIP = b"PK\x03\x04"
SNIFFED = 65_536
FIELD_LIMIT = 2_000_000
ENCODINGS = ("utf-8-sig", "gb18030", "latin-1")  # a BOM of UTF-16 is looked for first


def start_of(file: Path) -> bytes:
    """Raises BadInput when there is no file, or nothing in it."""
    try:
        with file.open("rb") as stream:
            start = stream.read(SNIFFED)
    except OSError as error:
        raise BadInput("import.no_file", path=str(file)) from error
    if not start.strip():
        raise BadInput("import.empty_file", path=file.name)
    return start


def is_json(start: bytes) -> bool:
    return start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"[", b"{"))


def goes_on(start: bytes) -> bool:
    """Whether a whole object stands in the first line and something follows: a document begins with half an object."""
    first, _, rest = start.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    return first.startswith(b"{") and first.rstrip().endswith(b"}") and bool(rest.strip())


def is_binary(start: bytes) -> bool:
    return b"\x00" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff"))


def encoding_of(file: Path, start: bytes) -> str:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return next(encoding for encoding in ENCODINGS if _decodes(file, encoding))


def _decodes(file: Path, encoding: str) -> bool:
    try:
        with file.open(encoding=encoding) as stream:
            while stream.read(SNIFFED):
                pass
    except UnicodeDecodeError:
        return False
    return True


def csv_rows(file: Path, encoding: str) -> Iterator[list[str]]:
    csv.field_size_limit(FIELD_LIMIT)
    with file.open(encoding=encoding, newline="") as stream:
        first = stream.readline()
        delimiter = max(",;\t", key=first.count)
        try:
            yield from csv.reader(itertools.chain(io.StringIO(first, newline=""), stream), delimiter=delimiter)
        except csv.Error as error:
            raise BadInput("import.broken_csv", path=file.name) from error
