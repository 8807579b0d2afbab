"""Times as clients send them: what a clock or a property says, as far as it can be believed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from chalicelib import times

DAWN: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Nothing happened before: whatever says so has a clock at its epoch."""
LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)
"""Beyond it a date may leave the calendar when something is added to it."""


def moment(value: object) -> datetime | None:
    """A time that a property says, RFC 3339 or a date; None for what is none, or beyond the calendar."""
    if not isinstance(value, str) or not 10 <= len(value) <= 40:
        return None
    try:
        at = times.parse(value if len(value) > 10 else f"{value}T00:00:00Z")
    except ValueError:
        return None
    return at if DAWN <= at < LATEST else None
