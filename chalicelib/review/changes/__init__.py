"""A change of stage, as it leaves a customer's outbox: an entry of the history, an event of the customer, and a count.

The event is a `track` of the name `Stage Changed` and of our own source, under the customer, at the time of the cause:

    message id    the id of the effect, `stage#<version>#<place>`
    properties    from, to, cause, since, reason (the rule with its values and thresholds)

Nothing is counted from it for facts, which it was concluded from. A client's event of that name is the client's: its
source says so. The first stage of all is no change: whoever appears in the base has not moved.

The count is of a day (UTC, of the cause), a cause, and a pair of stages. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from chalicelib import times
from chalicelib.customers.stages import StageChange
from chalicelib.customers.state import Effect, effects
from chalicelib.tracking.event import OURS, STAGE_CHANGED, Event, statement

KEPT_FOR: Final = timedelta(days=400)
"""How long counts are kept: a year, and some weeks to compare with."""
_DAY: Final = len("2026-11-22")


class Place(NamedTuple):
    """Where a change is counted. `day`: `2026-11-22`, in UTC."""

    day: str
    cause: str
    stage_from: str
    stage_to: str


@dataclass(frozen=True)
class Move:
    """One change of a customer's stage. `id`: the effect's."""

    customer: str
    id: str
    change: StageChange

    @property
    def is_first(self) -> bool:
        """Whether it is the first stage of all."""
        return self.change.stage_from is None

    @property
    def place(self) -> Place | None:
        """Where it is counted; None for the first stage of all."""
        if self.change.stage_from is None:
            return None
        day = times.text(self.change.at)[:_DAY]
        return Place(day, self.change.cause, self.change.stage_from, self.change.stage_to)

    @property
    def properties(self) -> dict[str, Any]:
        """Of the event."""
        return {
            "from": self.change.stage_from,
            "to": self.change.stage_to,
            "cause": self.change.cause,
            "since": times.text(self.change.since or self.change.at),
            "reason": self.change.reason,
        }

    def event(self, now: datetime) -> Event | None:
        """The event of the customer; None for the first stage of all."""
        if self.change.stage_from is None:
            return None
        at = self.change.at
        return statement(STAGE_CHANGED, self.id, self.customer, self.properties, at=at, received_at=max(at, now))


def moves(item: Mapping[str, Any]) -> list[Move]:
    """The changes of stage that one write of a customer's state made. KeyError, TypeError or ValueError for an outbox
    that review did not write."""
    return [_move(item["pk"], int(item["v"]), said) for said in effects(item) if said["kind"] == "stage"]


def as_event(one: Move) -> Effect:
    """The event of a change, as an outbox would tell of it: what a journey starts with that listens to its name."""
    return {
        "id": f"event#{one.id}",
        "kind": "event",
        "at": times.text(one.change.at),
        "name": STAGE_CHANGED,
        "message_id": one.id,
        "source": OURS,
        "properties": one.properties,
    }


def counted(moves: Iterable[Move], now: datetime) -> Counter[Place]:
    """How many there are at each place; without what lies further back than counts are kept."""
    oldest = times.text(now - KEPT_FOR)[:_DAY]
    places = (each.place for each in moves)
    return Counter(place for place in places if place is not None and place.day >= oldest)


def _move(customer: str, v: int, said: Effect) -> Move:
    at = times.parse(said["at"])
    change = StageChange(
        stage_from=said.get("from"),
        stage_to=said["to"],
        cause=said["cause"],
        at=at,
        v=v,
        since=times.parse(said["since"]) if "since" in said else at,
        reason=said.get("reason"),
    )
    return Move(customer, said["id"], change)
