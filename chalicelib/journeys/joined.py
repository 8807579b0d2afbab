"""What becomes of somebody's enrolments when it turns out who that is: they go on as the customer's.

The row under the joined subject ends as `merged`, and says under which key it goes on; the row under the customer has
the same origin, from which the ids of sends are made, so no step is sent again by having moved. A double enrolment, of
a journey that one is in once at a time, does not go on: of the two the one that was entered first does.

    active, or of a journey that is entered once   moves
    over, of a journey that may be entered again   stays where it is: nothing depends on it

Moving is done by whoever next has to know (an effect that may enrol the customer, a wait that is over), not by the
merge: until then nothing depends on where the rows are. It may be interrupted, and done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from chalicelib.journeys.enrolment import Enrolment

MERGED: Final = "merged"
ONCE: Final = "once"


@dataclass(frozen=True)
class Move:
    """What one row of a joined subject comes to: rows that end, each with what it was, and the row that goes on."""

    ends: tuple[tuple[Enrolment, Enrolment], ...]
    goes_on: Enrolment | None = None


def move(customer: str, hers: Sequence[Enrolment], theirs: Enrolment, alone: Callable[[Enrolment], bool]) -> Move:
    """What becomes of `theirs` beside the rows that the customer has. Pure.

    alone: whether one can be in the enrolment's journey only once at a time.
    """
    if not counts(theirs) or theirs.became:
        return Move(())
    doubles = [row for row in hers if row.journey == theirs.journey and _is_double(row, theirs, alone(theirs))]
    if any((row.entered_at, row.customer) <= (theirs.entered_at, customer) for row in doubles):
        return Move(((theirs, _ended(theirs)),))
    taken = {row.key for row in hers}
    entry = theirs.entry if theirs.key not in taken else f"{theirs.entry}-{theirs.origin[:12]}"
    goes_on = replace(theirs, customer=customer, entry=entry, v=1)
    ends = [(row, _ended(row)) for row in doubles if row.status == "active"]
    return Move((*ends, (theirs, replace(_ended(theirs), became=goes_on.key))), goes_on)


def counts(row: Enrolment) -> bool:
    """Whether something may still depend on a row: it waits, or it keeps its journey from being entered again."""
    return row.status == "active" or (_is_once(row) and row.reason != MERGED)


def _is_double(row: Enrolment, other: Enrolment, alone: bool) -> bool:
    return counts(row) and (row.entry == other.entry or alone or (_is_once(row) and _is_once(other)))


def _is_once(row: Enrolment) -> bool:
    return row.entry == ONCE or row.entry.startswith(f"{ONCE}-")


def _ended(row: Enrolment) -> Enrolment:
    return replace(row, status="exited", reason=MERGED, due_at=None, v=row.v + 1)
