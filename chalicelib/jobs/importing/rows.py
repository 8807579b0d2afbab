"""The rows of a piece of a file, each with where it stands: CSV as people's programs write it, and JSON lines. Pure.

A piece ends anywhere; the row that it cuts is left for the next piece, which begins where the last whole row ended.
So a file of any size is read in pieces of one size.

A quotation mark that is never closed would swallow the rest of the file: a row of several lines that does not fit the
columns, or does not end within a piece, is refused for its first line alone, and reading goes on at the second.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.errors import Refused
from chalicelib.jobs.importing.layout import Layout, lines, mended
from chalicelib.tracking import envelope

PIECE: Final = 1024 * 1024  # bytes; a row is shorter
UNCLOSED: Final = "a quotation mark is not closed"


@dataclass(frozen=True)
class Row:
    """line:  where it begins, counted from 1. end: the byte behind it, counted from the piece's beginning.
    next_line: the line behind it. fields: by column; None if it cannot be read. problem: why. raw: as it stands.
    """

    line: int
    next_line: int
    end: int
    raw: str
    fields: dict[str, Any] | None
    problem: str | None = None


def rows(data: bytes, layout: Layout, line: int, *, final: bool, stuck: bool = False) -> Iterator[Row]:
    """The whole rows of a piece that begins at line `line`.

    final: the file ends with this piece. stuck: nothing could be read of this piece before, and it is as large as
    a piece may be: then its first line is refused.
    """
    found = lines(data, layout.codec)
    if found and not final and not found[-1][0].endswith("\n"):
        found.pop()  # cut, or perhaps half of \r\n
    if layout.format == "jsonl":
        return _json_lines(found, line)
    return _csv(found, layout, line, final or stuck)


def line_end(data: bytes, layout: Layout) -> int | None:
    """The byte behind the first end of a line in a piece; None if there is none: a line longer than a piece."""
    size = 0
    for text, length in lines(data, layout.codec)[:1]:
        size = length if text.endswith(("\n", "\r")) else 0
    return size or None


def _json_lines(found: Sequence[tuple[str, int]], line: int) -> Iterator[Row]:
    end = 0
    for place, (text, size) in enumerate(found, line):
        end += size
        if not text.strip():
            continue
        try:
            value = envelope.read(mended(text).encode("utf-8", "replace"))
        except Refused as unreadable:
            yield Row(place, place + 1, end, text, None, unreadable.message)
            continue
        if isinstance(value, dict):
            yield Row(place, place + 1, end, text, value)
        else:
            yield Row(place, place + 1, end, text, None, "a row is a JSON object")


class _Feed:
    """Lines for csv.reader, which says neither how many it took nor that they ended inside quotation marks."""

    def __init__(self, found: Sequence[tuple[str, int]]) -> None:
        self.found = found
        self.at = 0
        self.begun = 0
        self.short = False

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if self.at >= len(self.found):
            self.short = self.at > self.begun
            raise StopIteration
        self.at += 1
        return self.found[self.at - 1][0]


def _csv(found: Sequence[tuple[str, int]], layout: Layout, line: int, final: bool) -> Iterator[Row]:
    feed, end = _Feed(found), 0
    reader = csv.reader(feed, delimiter=layout.delimiter, strict=True)
    while True:
        first = feed.begun = feed.at
        problem: str | None = None
        cells: list[str] = []
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problem = str(error)
        if feed.short:
            if not final:
                return
            problem = UNCLOSED
        elif problem is None and any(cell.strip() for cell in cells[len(layout.columns) :]):
            problem = f"it has {len(cells)} columns, and the first line names {len(layout.columns)}"
        if problem is not None and (feed.at - first > 1 or feed.short):  # the first line alone, and on from the second
            feed.at, feed.short = first + 1, False
            reader = csv.reader(feed, delimiter=layout.delimiter, strict=True)
        used = found[first : feed.at]
        end += sum(size for _, size in used)
        raw = "".join(text for text, _ in used)
        if problem is not None:
            yield Row(line + first, line + feed.at, end, raw, None, problem)
        elif fields := _fields(layout.columns, cells):
            yield Row(line + first, line + feed.at, end, raw, fields)


def _fields(columns: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    """What stands in a row; an empty cell says nothing."""
    cleaned = ((name, mended(cell).strip()) for name, cell in zip(columns, cells, strict=False))
    return {name: cell for name, cell in cleaned if cell}
