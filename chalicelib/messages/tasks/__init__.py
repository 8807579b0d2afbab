"""What people were asked to do: rows of the ledger on the channel `task`, and what came of them. Pure.

A task is open from the moment at which its row is sent until somebody says what came of it. That is written on the row
first, with its time, and then said of the customer by an event that is made of the row: whoever is interrupted between
the two, and says it again, says the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Literal, get_args

from chalicelib.customers.consent import BY_PEOPLE, UNSUBSCRIBED
from chalicelib.journeys.send import Send, Status
from chalicelib.tracking.event import Event, statement

CHANNEL: Final = "task"
COMPLETED: Final = "Task Completed"
"""Our own event: what came of a task (`outcome`), for journeys that wait for it."""

Outcome = Literal["done", "no_answer", "refused"]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
_ENDED: Final[Mapping[str, Outcome]] = {f"{outcome}_at": outcome for outcome in OUTCOMES}
_UNWANTED: Final = "do_not_call_at"


def is_task(row: Send) -> bool:
    """Whether a row is a task that was put on the list."""
    return row.channel == CHANNEL and row.status is Status.SENT and row.said is not None


def outcome(row: Send) -> tuple[Outcome, datetime] | None:
    """What came of a task, and when that was said; None as long as it is open."""
    return next(((_ENDED[name], at) for name, at in row.outcomes.items() if name in _ENDED), None)


def ended(row: Send, came: Outcome, now: datetime, *, unwanted: bool = False) -> Send:
    """The row of an open task when somebody says what came of it. unwanted: the customer wants no more of it."""
    said = {f"{came}_at": now} | ({_UNWANTED: now} if unwanted else {})
    return replace(row, todo=None, outcomes={**row.outcomes, **said}, v=row.v + 1)


def unwanted(row: Send, now: datetime) -> Send:
    """The row of a closed task when somebody says later that the customer wants no more; the same row if it knew."""
    if _UNWANTED in row.outcomes:
        return row
    return replace(row, outcomes={**row.outcomes, _UNWANTED: now}, v=row.v + 1)


def put_off(row: Send, until: datetime) -> Send:
    """The row of an open task that is to be tried again."""
    return replace(row, todo=until, v=row.v + 1)


def handed_over(row: Send, owner: str | None) -> Send:
    """The row of an open task that is somebody's, or nobody's in particular; the same row if it is already."""
    said = {name: value for name, value in (row.said or {}).items() if name != "owner"} | (
        {"owner": owner} if owner else {}
    )
    return row if said == row.said else replace(row, said=said, v=row.v + 1)


def events(row: Send, note: str | None = None, by: str | None = None) -> list[Event]:
    """What the end of a task says of its customer. note: what whoever did it remarks; `by`: who that was."""
    found = outcome(row)
    if found is None:
        return []
    came, at = found
    said: dict[str, Any] = {"outcome": came, "task": row.id, "journey": row.journey, "step": row.step}
    said |= {name: value for name, value in (("note", note), ("by", by)) if value}
    told = [statement(COMPLETED, f"task-{row.id}", row.customer, said, at=at)]
    channel = (row.said or {}).get("by")
    if _UNWANTED in row.outcomes and channel in BY_PEOPLE:
        properties = {"channel": channel, "source": CHANNEL, "send_id": row.id}
        said_at = row.outcomes[_UNWANTED]
        told.append(statement(UNSUBSCRIBED, f"task-{row.id}-unwanted", row.customer, properties, at=said_at))
    return told
