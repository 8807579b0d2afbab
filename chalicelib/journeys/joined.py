"""What becomes of somebody's enrolments when it turns out who that is: they go on as the customer's.

The row under the joined subject ends as `merged`, and says under which key it goes on; the row under the customer has
the same origin, from which the ids of sends are made, so no step is sent again by having moved. A double enrolment, of
a journey that one is in once at a time or once for each key, does not go on: of the two the one that was entered first
does. Of two of one group the one of higher priority goes on.

    active, or of a journey that is entered once, or once for each key   moves
    over, of a journey that may be entered again                         stays where it is: nothing depends on it

Moving is done by whoever next has to know (an effect that may enrol the customer, a wait that is over), not by the
merge: until then nothing depends on where the rows are. It may be interrupted, and done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.journeys.enrolment import Enrolment
from chalicelib.journeys.journey import Journey

MERGED: Final = "merged"
ONCE: Final = "once"
KEYED: Final = "key-"
"""Before the digest of a key, the entry of an enrolment in a journey that is entered once for each."""


@dataclass(frozen=True)
class Move:
    """What one row of a joined subject comes to: rows that end, each with what it was, and the row that goes on."""

    ends: tuple[tuple[Enrolment, Enrolment], ...]
    goes_on: Enrolment | None = None


@dataclass(frozen=True)
class Terms:
    """On which an enrolment's journey lets people in. alone: only once at a time. group, priority: as it says."""

    alone: bool = True
    group: str | None = None
    priority: int = 0


def terms_of(journey: Journey | None) -> Terms:
    """The terms of a version; of one that cannot be read: one is in it alone."""
    if journey is None:
        return Terms()
    return Terms(journey.re_entry.allowed in ("once", "after"), journey.group, journey.priority)


def move(customer: str, hers: Sequence[Enrolment], theirs: Enrolment, terms: Callable[[Enrolment], Terms]) -> Move:
    """What becomes of `theirs` beside the rows that the customer has. Pure. `terms`: of a row's journey."""
    if not counts(theirs) or theirs.became:
        return Move(())
    own = terms(theirs)
    doubles = [row for row in hers if row.journey == theirs.journey and _is_double(row, theirs, own.alone)]
    rivals = [row for row in hers if _is_rival(row, theirs, terms(row), own) and row not in doubles]
    first = any((row.entered_at, row.customer) <= (theirs.entered_at, customer) for row in doubles)
    if first or any(_rank(row, terms(row)) <= _rank(theirs, own) for row in rivals):
        return Move(((theirs, _ended(theirs)),))
    doubles += rivals
    taken = {row.key for row in hers}
    entry = theirs.entry if theirs.key not in taken else f"{theirs.entry}-{theirs.origin[:12]}"
    goes_on = replace(theirs, customer=customer, entry=entry, v=1)
    ends = [(row, _ended(row)) for row in doubles if row.status == "active"]
    return Move((*ends, (theirs, replace(_ended(theirs), became=goes_on.key))), goes_on)


def counts(row: Enrolment) -> bool:
    """Whether something may still depend on a row: it waits, or it keeps its journey from being entered again."""
    return row.active or (_shuts(row) and row.reason != MERGED)


def _is_double(row: Enrolment, other: Enrolment, alone: bool) -> bool:
    return counts(row) and (row.entry == other.entry or alone or (_is_once(row) and _is_once(other)))


def _is_rival(row: Enrolment, other: Enrolment, terms: Terms, others: Terms) -> bool:
    return terms.group is not None and terms.group == others.group and row.active and other.active


def _rank(row: Enrolment, terms: Terms) -> tuple[int, datetime]:
    """The least goes on."""
    return -terms.priority, row.entered_at


def _shuts(row: Enrolment) -> bool:
    return _is_once(row) or row.entry.startswith(KEYED)


def _is_once(row: Enrolment) -> bool:
    return row.entry == ONCE or row.entry.startswith(f"{ONCE}-")


def _ended(row: Enrolment) -> Enrolment:
    return replace(row, status="exited", reason=MERGED, due_at=None, v=row.v + 1)
