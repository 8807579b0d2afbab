"""What a journey's step says of a customer becomes an event of ours. Pure.

Its message id is made of the enrolment and the step, so it is the same event however often the walk is written.
"""

from __future__ import annotations

from datetime import datetime

from chalicelib import ids
from chalicelib.journeys.step import StateEvent
from chalicelib.tracking.event import Event, identify, statement


def stated(decision: StateEvent, customer: str, origin: str, now: datetime) -> Event:
    """The event that a decision of the enrolment `origin` at `now` asks for. ValueError for a customer that is none."""
    id = f"journey-{ids.digest(origin, decision.step, str(decision.occurrence))}"
    if decision.type == "track":
        return statement(decision.name, id, customer, dict(decision.properties), at=now)
    return identify(id, customer, dict(decision.traits), at=now)
