"""Answers as CSV for spreadsheets: RFC 4180, UTF-8, a header row, and no cell that a spreadsheet would run
(jobs/cells.py). Numbers are numbers and stay so.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from chalice.app import Response
from pydantic import Field

from chalicelib.api.answers import Strict
from chalicelib.api.http import Request
from chalicelib.jobs import cells

Cell = str | int | float | bool | None
Format = Literal["json", "csv"]

CSV: Final = "text/csv"
_JSON: Final = "application/json"


class Asked(Strict):
    """What every report may be asked."""

    format: Format | None = Field(None, description="`csv` for a spreadsheet. Left out: as `Accept` says, else JSON.")


def wants_sheet(request: Request, asked: Asked) -> bool:
    """Whether the answer is to be CSV: by `format`, or by what `Accept` likes best."""
    if asked.format is not None:
        return asked.format == "csv"
    return _liked(request.headers.get("accept", ""))


def sheet(name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """The rows under the names of their columns, as a file `<name>.csv`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    headers: dict[str, str | list[str]] = {
        "Content-Type": f"{CSV}; charset=utf-8; header=present",
        "Content-Disposition": f'attachment; filename="{name}.csv"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(text.getvalue(), status_code=200, headers=headers)


def safe(cell: Cell) -> str | int | float:
    """A cell that no spreadsheet runs. Nothing is an empty cell, truth is `true` or `false`."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case str():
            return cells.safe(cell)
        case _:
            return cell


def _liked(accept: str) -> bool:
    """Whether CSV stands before JSON in an Accept header, by quality and then by order."""
    best: tuple[float, bool] = (0.0, False)
    for part in accept.split(","):
        kind, *parameters = (each.strip().lower() for each in part.split(";"))
        if kind not in (CSV, _JSON, "*/*", "application/*"):
            continue
        quality = next((_number(each[2:]) for each in parameters if each.startswith("q=")), 1.0)
        if quality > best[0]:
            best = (quality, kind == CSV)
    return best[1]


def _number(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 0.0
