"""The report of rows that were not imported, or not whole: JSON lines for programs, CSV for spreadsheets. Pure.

Spreadsheets run what looks like a formula, whoever wrote it: such cells are marked as text (jobs/cells.py).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Final

from pydantic_core import from_json, to_json

from chalicelib.jobs.cells import safe
from chalicelib.jobs.importing.request import FOLDER

MOST: Final = 10_000  # rows that are listed; further ones are only counted
LONGEST_RAW: Final = 500  # characters of a row as it was sent
_COLUMNS: Final = ("line", "imported", "column", "problem", "row")


@dataclass(frozen=True)
class Remark:
    """line: where the row stands in the file. imported: it was, but for the column. row: as it was sent, or how it
    begins."""

    line: int
    imported: bool
    column: str | None
    problem: str
    row: str


def remark(line: int, problem: str, raw: str, column: str | None = None, *, imported: bool = False) -> Remark:
    """What to say of a row."""
    text = raw.rstrip("\r\n").encode("utf-8", "replace").decode()
    return Remark(line, imported, column, problem, text[:LONGEST_RAW])


def json_lines(remarks: Iterable[Remark]) -> bytes:
    """One object a line."""
    return b"".join(to_json(asdict(each)) + b"\n" for each in remarks)


def as_csv(listed: bytes) -> bytes:
    """The same as CSV for spreadsheets: every cell quoted, none a formula; from what `json_lines` made."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(_COLUMNS)
    for line in listed.splitlines():
        held = from_json(line)
        writer.writerow([safe("" if held[name] is None else str(held[name])) for name in _COLUMNS])
    return text.getvalue().encode("utf-8-sig")


def report_folder(job: str) -> str:
    """Where an import's remarks lie."""
    return f"{FOLDER}reports/{job}/"


def report_key(job: str, format: str) -> str:
    """The whole report of an import that is over."""
    return f"{report_folder(job)}rows.{format}"
