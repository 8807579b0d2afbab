"""A person as a row of a network's file, and how two exports differ. Pure.

Rows fall into parts by the hash of what matches first in them, so that an export of millions is compared part by part
with the one before. A part holds nobody's id: rows are what the network gets, and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from chalicelib.jobs.audiences.network import MATCHES, Column, Match, Network, Person
from chalicelib.jobs.audiences.normal import hashed

PART: Final = 50_000  # people of one part, about
MOST_PARTS: Final = 512  # the job's report names every file, and is one item
WHOLE: Final = "together"

Key = tuple[str, str]
"""By what a network knows a person: the name of a column and its cell, or `together` and the cells of those that match
only all together."""


@dataclass(frozen=True)
class Form:
    """How rows are written: for which network, by what people are matched, and whether it says what they are worth."""

    network: Network
    match_on: tuple[Match, ...] = MATCHES
    worth: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the file: all that the network has, but for what it did not ask for."""
        return tuple(one for one in self.network.columns if self.worth or one.name != self.network.worth)

    @property
    def header(self) -> str:
        """The first line."""
        return ",".join(column.name for column in self.columns)

    def row(self, person: Person) -> str | None:
        """A person's row; None if nothing of it is known by which the network would know the person."""
        cells = [self._cell(one, person) for one in self.columns]
        if not all(cell for one, cell in self._together(cells)):
            cells = self._only(cells, {one.name for one in self.columns} - self.network.together)
        row = ",".join(cells)
        return row if self.keys(row) else None

    def keys(self, row: str) -> tuple[Key, ...]:
        """By what the network knows whom a row is about, each by itself."""
        cells = row.split(",")
        single = [
            (one.name, cell)
            for one, cell in zip(self.columns, cells, strict=True)
            if cell and one.name in self.network.keys
        ]
        whole = [cell for _, cell in self._together(cells)]
        return (*single, (WHOLE, ",".join(whole))) if whole and all(whole) else tuple(single)

    def without(self, row: str, staying: Collection[Key]) -> str | None:
        """What to take out for a row that is gone: nothing by which somebody is matched who stays. None for nothing."""
        keys = self.keys(row)
        gone = {name for name, cell in keys if (name, cell) not in staying}
        if len(gone) == len(keys):
            return row
        kept = gone | self.network.together if WHOLE in gone else gone
        return ",".join(self._only(row.split(","), kept)) if gone else None

    def _cell(self, column: Column, person: Person) -> str:
        if column.of is not None and column.of not in self.match_on:
            return ""
        text = column.form(person)
        return (hashed(text) if column.hashed else text) or ""

    def _together(self, cells: Sequence[str]) -> list[tuple[Column, str]]:
        return [(one, cell) for one, cell in zip(self.columns, cells, strict=True) if one.name in self.network.together]

    def _only(self, cells: Sequence[str], names: Collection[str]) -> list[str]:
        return [cell if one.name in names else "" for one, cell in zip(self.columns, cells, strict=True)]


@dataclass(frozen=True)
class Difference:
    """What is to be added to what the network has, and what is to be taken out of it, before the other is added."""

    added: tuple[str, ...]
    removed: tuple[str, ...]


def difference(form: Form, before: Collection[str], now: Collection[str]) -> Difference:
    """How the rows of one part differ from those of the export before.

    Whoever shares an address with somebody who leaves stays: what is taken out names nothing that stays.
    """
    gone, new = set(before) - set(now), set(now) - set(before)
    staying = frozenset(key for row in now for key in form.keys(row)) if gone else frozenset()
    removed = {rest for row in gone if (rest := form.without(row, staying)) is not None}
    return Difference(tuple(sorted(new)), tuple(sorted(removed)))


def part_of(form: Form, row: str, parts: int) -> int:
    """The part that a row falls into. With twice as many parts, each falls into two."""
    name, first = form.keys(row)[0]
    text = sha256(first.encode()).hexdigest() if name == WHOLE else first
    return int(text[:8], 16) % parts


def parts_for(people: int, at_least: int = 1) -> int:
    """How many parts for so many people: a power of two, and no fewer than the export before had."""
    parts = at_least
    while parts * PART < people and parts < MOST_PARTS:
        parts *= 2
    return parts


def written(form: Form, rows: Iterable[str]) -> bytes:
    """A file: the header, and the rows in their order."""
    return "".join(f"{line}\r\n" for line in (form.header, *rows)).encode()


def read(body: bytes) -> list[str]:
    """The rows of a file."""
    return body.decode().splitlines()[1:]
