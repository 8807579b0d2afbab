"""Gates: small items beside a customer's enrolments that let only one entry of several through. Pure.

!<journey>   when the customer last entered a journey that may be entered again after a while
!#<group>    how often the customer entered any journey of a group: of two entries at one moment one reads again
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib import resources, times
from chalicelib.aws.database import ABSENT, Put
from chalicelib.journeys.enrolment import Enrolment

GATES: Final = "!~"
"""Sorts after every gate and before every enrolment: journeys' names begin with a letter or a digit."""


@dataclass(frozen=True)
class Door:
    """What was read of a customer before an entry was decided: it must still be so when that is written.

    last: the last entry into the journey, where it counts entries (`gated`). entries: those into journeys of `group`.
    """

    last: datetime | None = None
    gated: bool = False
    group: str | None = None
    entries: int = 0


def gate_key(journey: str) -> str:
    """Of a journey."""
    return f"!{journey}"


def group_key(group: str) -> str:
    """Of a group."""
    return f"!#{group}"


def gate_of(row: Enrolment, door: Door) -> Put:
    """This is the last entry from now on, if the one that was read still is it."""
    item = _item(row, gate_key(row.journey)) | {"entered_at": times.text(row.entered_at)}
    return Put(resources.ENROLMENTS, item, when={"entered_at": ABSENT if door.last is None else times.text(door.last)})


def group_gate(row: Enrolment, door: Door) -> Put:
    """One entry more, if there has been none since."""
    item = _item(row, group_key(door.group or "")) | {"entries": door.entries + 1}
    return Put(resources.ENROLMENTS, item, when={"entries": door.entries or ABSENT})


def _item(row: Enrolment, key: str) -> dict[str, object]:
    return {"pk": row.customer, "sk": key, "schema_v": resources.SCHEMA_VERSION}
