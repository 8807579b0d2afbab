"""What rules and journeys may know of a customer: one value, read once, so that decisions are pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.customers.facts import Facts
from chalicelib.lifecycle.stage import Stage


@dataclass(frozen=True)
class View:
    """A customer as seen at one moment.

    traits:      name to JSON value, as the last identify left it.
    stage_since: when the stage was entered, where that is known.
    trigger:     what started the journey that asks: `{"id", "kind", "at", ...}`; empty for a segment.
    """

    customer: str
    facts: Facts
    traits: Mapping[str, Any]
    stage: Stage
    stage_since: datetime | None = None
    trigger: Mapping[str, Any] = field(default_factory=dict)
