"""What is wrong with how a source was set up, said so that its author can mend it: where, what, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One objection. `path` leads from the definition to the place: `mapping.events[1].when`."""

    path: str
    problem: str
    hint: str

    def details(self) -> dict[str, str]:
        """The form that the API shows."""
        return {"path": self.path, "problem": self.problem, "hint": self.hint}


class Problems(ValueError):
    """A definition that cannot be used, and everything that was found wrong with it."""

    def __init__(self, found: Iterable[Problem]) -> None:
        self.found = tuple(found)
        super().__init__("; ".join(f"{one.path}: {one.problem}" for one in self.found))
