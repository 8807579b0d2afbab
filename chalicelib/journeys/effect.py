"""An effect: one thing that left a customer's item by its outbox (`fx`), as journeys read it. Pure.

A change of stage, a first identification, an event whose name a journey listens to, a condition that became true or
false. Each has a stable id, so that a second delivery is the same effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from chalicelib import times
from chalicelib.segments.conditions import HEARD

AUDIBLE: Final = frozenset({"event", "time"})
"""The causes of changes of stage, segment or condition that start journeys. The others are silent."""
Silent = Literal["first", "import", "merge", "model", "settings", "definition", "rebuild"]
"""The causes that start a journey only if its trigger says so (`also`)."""
CONDITION: Final = "condition"
"""The kind of the effect that a condition became true or false (`entered`)."""
CAUSED: Final = frozenset({"stage", CONDITION})
"""The kinds of effect that have a cause, which may be silent."""


@dataclass(frozen=True)
class Effect:
    """One thing that happened to a customer, at the time of its cause. `data` is what the outbox said, whole."""

    id: str
    kind: str
    at: datetime
    data: Mapping[str, Any]

    @property
    def properties(self) -> Mapping[str, Any]:
        """Of an event; empty for anything else."""
        found = self.data.get("properties")
        return found if isinstance(found, Mapping) else {}

    def turned(self, condition: str, *, entered: bool = True) -> bool:
        """Whether it is that this condition became true, or false."""
        return (
            self.kind == CONDITION and self.data.get("name") == condition and bool(self.data.get("entered")) is entered
        )


class Place(NamedTuple):
    """The version of a journey that listens: its conditions are named after it."""

    journey: str
    version: int

    def condition(self, what: str) -> str:
        """The name of one of its conditions: `journey/<name>/<version>/<what>`."""
        return f"journey/{self.journey}/{self.version}/{what}"

    @property
    def listener(self) -> str:
        """What it is called where it says what it listens to."""
        return f"journey/{self.journey}/{self.version}"


NOWHERE: Final = Place("", 0)


def effect(said: Mapping[str, Any]) -> Effect:
    """One entry of an outbox. Raises KeyError or ValueError on anything but what review writes."""
    return Effect(id=said["id"], kind=said["kind"], at=times.parse(said["at"]), data=said)


def watched(condition: str) -> str:
    """The name under which somebody waits for a condition, among the names of events."""
    return HEARD + condition
