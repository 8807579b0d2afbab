"""lift_suppression: what SES's suppression list said of an address counts no more, for whoever comes with it
(customers/suppression.py). The address comes as keyed hashes, so the job says nothing of anybody; doing it again
changes nothing. What an erasure left under them stays.
"""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, Field

from chalicelib.customers.store import CustomerStore
from chalicelib.jobs.job import Job, Slice
from chalicelib.jobs.kind import Kind, Tools


class Lift(BaseModel):
    """The hash keys under which the address may stand, and until when what was said of it is lifted."""

    marks: list[str] = Field(max_length=10)
    at: AwareDatetime


class _LiftSuppression:
    request = Lift

    def work(self, request: Lift, job: Job, tools: Tools) -> Slice:
        customers = CustomerStore(tools.db)
        for mark in request.marks:
            customers.lift(mark, request.at)
        return Slice(None, {"hashes": len(request.marks)})


plugin: Kind[Lift] = _LiftSuppression()
