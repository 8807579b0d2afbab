"""A step of an erasure. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.jobs.kind import Tools
from chalicelib.jobs.persons import Person


@dataclass(frozen=True)
class Place:
    """Where a job is: a step, and in it a mark of its own."""

    step: str
    mark: str = ""


Step = Callable[[Person, Place, Tools, "Counter[str]"], "Place | None"]
"""Does what it can before time is up; where to go on, or None when the step is done."""
