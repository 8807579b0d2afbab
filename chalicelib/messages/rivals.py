"""Which messages go first: those of journeys of higher priority that wait for the same person. Pure.

The ledger holds them: a journey that decides to send plans its row at once, and those that are held up (for a cap, for
the night) stay there with their dates. So whoever asks for room under a cap sees who else does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from chalicelib.journeys.journey import MIDDLE
from chalicelib.journeys.send import Send, Status
from chalicelib.messages import channels
from chalicelib.messages.permission import CAPPED, OUTRANKED, OWN_FREQUENCY, QUIET_HOURS, Waiting

LOOKED_AT: Final = 16
"""Rows of the customer, the newest, among which they are sought."""

_WILL_LEAVE: Final = frozenset({None, CAPPED, OUTRANKED, OWN_FREQUENCY, QUIET_HOURS, "paced", "throttled"})
"""Why a row waits that goes on by itself. One that waits for somebody (a budget, a ticket, SES) holds up nobody."""


def outranked(row: Send, priorities: Mapping[str, int]) -> bool:
    """Whether any live journey goes before the one of this row: if none does, nobody need look. What somebody waits for
    stands behind nothing."""
    own = priorities.get(row.journey, MIDDLE)
    asks = row.test is None and row.message_class == "marketing"
    return asks and any(priority > own for priority in priorities.values())


def first(row: Send, others: Iterable[Send], priorities: Mapping[str, int], now: datetime) -> tuple[Waiting, ...]:
    """Those of the other rows that go first."""
    own = priorities.get(row.journey, MIDDLE)
    return tuple(
        Waiting(_channel(other), other.due_at, other.deadline, other.message_class)
        for other in others
        if other.id != row.id
        and other.due_at is not None
        and other.deadline > now
        and other.status in (Status.PLANNED, Status.RETRY)
        and other.reason in _WILL_LEAVE
        and priorities.get(other.journey, MIDDLE) > own
    )


def _channel(row: Send) -> str | None:
    """By which channel its caps count; None if it is not known yet."""
    try:
        reaches = channels.channel(row.channel).reaches(row)
    except LookupError:
        return None
    return reaches.channel if reaches else "none"
