"""A customer's ways through journeys: where they are, how they came there, and why they ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import Field

from chalicelib import wiring
from chalicelib.api.answers import Model, Moment
from chalicelib.api.http import Request, Routes
from chalicelib.api.whom import chain_of

if TYPE_CHECKING:
    from chalicelib.journeys.enrolment import Enrolment

READ: Final = "customers:read"

routes: Final = Routes("journeys")


class PassedStep(Model):
    """A step that was taken."""

    step: str
    at: Moment
    why: str = Field(description="What came of it, or what failed.")
    outcome: str | None


class GoalReached(Model):
    """That the goal was reached."""

    at: Moment
    why: str
    value: float | None
    currency: str | None


class CustomerEnrolment(Model):
    """One way through one journey, as it counts now."""

    journey: str
    version: int
    status: Literal["active", "done", "exited"]
    reason: str = Field(description="What it waits for, or how it ended.")
    entered_at: Moment
    because: dict[str, Any] = Field(description="What started it.")
    step: str | None = Field(description="Where it stands, or stood last.")
    due_at: Moment | None = Field(description="When it goes on if nothing happens.")
    goal: GoalReached | None
    steps: list[PassedStep] = Field(description="The last 40 steps, oldest first.")


class CustomerEnrolments(Model):
    """All of them, the last entered first."""

    customer: str
    enrolments: list[CustomerEnrolment]


@routes.endpoint(
    "GET",
    "/v1/customers/{customer}/enrolments",
    scope=READ,
    response=CustomerEnrolments,
    problems=("customer_not_found",),
)
def list_enrolments(request: Request) -> CustomerEnrolments:
    """Every journey that the customer is in or was in, step by step, with the reasons."""
    customer = chain_of(request.path["customer"]).root.customer
    engine = wiring.perennial().engine
    rows = [engine.settle(row) for row in engine.enrolments.of(customer)]
    newest = sorted(rows, key=lambda row: row.entered_at, reverse=True)
    return CustomerEnrolments(customer=customer, enrolments=[_shown(row) for row in newest])


def _shown(row: Enrolment) -> CustomerEnrolment:
    worth = row.goal.value if row.goal else None
    return CustomerEnrolment(
        journey=row.journey,
        version=row.version,
        status=row.status,
        reason=row.reason,
        entered_at=row.entered_at,
        because=dict(row.trigger),
        step=row.position.step,
        due_at=row.due_at,
        goal=GoalReached(
            at=row.goal.at,
            why=row.goal.why,
            value=None if worth is None else float(worth),
            currency=row.goal.currency or None,
        )
        if row.goal
        else None,
        steps=[PassedStep(step=one.step, at=one.at, why=one.why, outcome=one.outcome) for one in row.trail],
    )
