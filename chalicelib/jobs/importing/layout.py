"""How a file is written down: its encoding, what parts its columns, and what they are called. Pure.

Found out once from the beginning of the file, and kept with the job. Without a mark of its own a file is read as UTF-8,
and what is not UTF-8 in a cell as Windows-1252 (Latin 1 with a few more characters): spreadsheets mix them.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

from chalicelib.errors import Permanent

Format = Literal["csv", "jsonl"]
Codec = Literal["utf-8", "utf-16-le", "utf-16-be"]

HEAD: Final = 64 * 1024  # bytes of a file from which its layout is told
MOST_COLUMNS: Final = 500

_MARKS: Final[tuple[tuple[bytes, Codec], ...]] = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_NOT_TEXT: Final = ((b"\x1f\x8b", "gzip: unpack it"), (b"PK\x03\x04", "a spreadsheet or an archive: save it as CSV"))
_DELIMITERS: Final = ",;\t|"


@dataclass(frozen=True)
class Layout:
    """`start`: the byte at which the rows begin. `columns`: none for JSON lines. `lines`: before the first row."""

    format: Format
    codec: Codec
    start: int
    lines: int = 0
    delimiter: str = ","
    columns: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The form in which it is kept between two slices."""
        return {**vars(self), "columns": list(self.columns)}

    @classmethod
    def of_json(cls, held: dict[str, Any]) -> Self:
        """The layout that `as_json` gave."""
        return cls(**{**held, "columns": tuple(held["columns"])})


def layout(head: bytes, format: Format, delimiter: str | None = None) -> Layout:
    """The layout of a file that begins so. Permanent if it cannot be read at all."""
    for mark, what in _NOT_TEXT:
        if head.startswith(mark):
            raise Permanent(f"The file is {what}, and import that.")
    codec, start = _codec(head)
    if format == "jsonl":
        return Layout(format, codec, start)
    found = lines(head[start:], codec)
    if not found:
        raise Permanent("The file has no line with the names of its columns.")
    delimiter = delimiter or _delimiter(found[0][0])
    used = 0

    def taken() -> Iterator[str]:
        nonlocal used
        for line, size in found:
            used += size
            yield line

    feed = taken()
    cells = next(csv.reader(feed, delimiter=delimiter), [])
    if not any(cell.strip() for cell in cells):
        raise Permanent("The first line of the file is empty; it must hold the names of the columns.")
    if len(cells) > MOST_COLUMNS:
        raise Permanent(f"The file has more than {MOST_COLUMNS} columns.")
    first = head[start : start + used]
    return Layout(format, codec, start + used, len(lines(first, codec)), delimiter, _named(cells))


def lines(data: bytes, codec: Codec) -> list[tuple[str, int]]:
    """The lines of a piece of a file with their ends, and how many bytes each takes. Nothing is lost: what is no
    UTF-8 becomes surrogates (PEP 383), which `mended` reads as Windows-1252."""
    if codec == "utf-8":
        text = data.decode(codec, "surrogateescape")
        return [
            (line, len(line) if line.isascii() else len(line.encode(codec, "surrogateescape"))) for line in _cut(text)
        ]
    text = data[: len(data) // 2 * 2].decode(codec, "surrogatepass")
    return [(line, len(line.encode(codec, "surrogatepass"))) for line in _cut(text)]


def mended(cell: str) -> str:
    """A cell without what no table holds: bytes that are no UTF-8 are read as Windows-1252, NUL is replaced."""
    if not cell.isascii() and any("\udc80" <= letter <= "\udcff" for letter in cell):
        cell = cell.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    if "\0" in cell:
        cell = cell.replace("\0", "\ufffd")
    return cell


def _cut(text: str) -> Iterator[str]:
    yield from io.StringIO(text, newline="")  # at \n, \r\n and \r, and nowhere else: splitlines knows seven more


def _codec(head: bytes) -> tuple[Codec, int]:
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return codec, len(mark)
    sample = head[:1000]
    if len(sample) >= 4 and sample[1::2].count(0) * 4 > len(sample):  # every second byte of Latin text is zero
        return "utf-16-le", 0
    if len(sample) >= 4 and sample[0::2].count(0) * 4 > len(sample):
        return "utf-16-be", 0
    return "utf-8", 0


def _delimiter(header: str) -> str:
    """Whichever of them the header has most of, outside quotation marks."""
    outside = "".join(header.split('"')[::2])
    counts = Counter({delimiter: outside.count(delimiter) for delimiter in _DELIMITERS})
    return max(_DELIMITERS, key=lambda one: counts[one])


def _named(cells: Sequence[str]) -> tuple[str, ...]:
    """The columns' names: each is used once, and one without a name gets its number."""
    names: list[str] = []
    for number, cell in enumerate(cells, 1):
        name = mended(cell).strip() or f"column {number}"
        twin = 2
        unique = name
        while unique in names:
            unique, twin = f"{name} ({twin})", twin + 1
        names.append(unique)
    return tuple(names)
