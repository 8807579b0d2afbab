"""Writing down what was said of everybody inside a journey, row by row. It holds without that; but a row that nobody
has a reason to look at would go on showing, and being counted, as it was, and would go on only within the hour."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from chalicelib.journeys.engine import Engine
from chalicelib.journeys.enrolment import Enrolment
from chalicelib.journeys.progress import Progress

Outcome = Literal["same", "moved", "left", "overtaken"]


def settle(standing: Enrolment, engine: Engine) -> Outcome:
    """Write one row as it counts, if that is other than it stands there; `overtaken` if somebody wrote it just now, who
    read it as it counts, too."""
    row = engine.settle(standing)
    if replace(row, v=standing.v) == standing:
        return "same"
    if not engine.enrolments.move(standing, Progress(row)):
        return "overtaken"
    return "moved" if row.active else "left"
