"""Suppressions: SES's list taken over, and what was suppressed lifted (docs/FEEDBACK.md)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from chalice.app import Response
from pydantic import Field, StringConstraints

from chalicelib import wiring
from chalicelib.api.answers import Model, Strict
from chalicelib.api.http import Request, Routes, respond
from chalicelib.api.jobs import JobState, caller, shown

WRITE: Final = "sending:write"

routes: Final = Routes("suppressions")

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class Lift(Strict):
    """Which address is to be written to again, who asks for it, and why. Both are kept with the customer."""

    channel: Literal["email", "sms"] = "email"
    address: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=254)] = Field(
        description="The mail address, or for sms the number with its country code."
    )
    asked_by: Words = Field(description="Who asks: the person, or whoever heard it of the person.")
    why: Words = Field(description="What has changed: `The mailbox was full, and is emptied.`")


class Lifted(Model):
    """What was lifted."""

    customers: list[str] = Field(description="Who has the address. Their facts follow within two minutes.")
    job: str | None = Field(description="The job that lifts it for whoever comes with the address later; mail only.")


@routes.endpoint("POST", "/v1/suppressions/sync", scope=WRITE, response=JobState, later=True)
def sync_suppressions(request: Request) -> Response:
    """Take over what stands on SES's suppression list of the account: answered with 202 and the job that does it.

    Every night reads what came onto the list lately; this reads all of it, as when an account has sent before. Whoever
    has such an address is suppressed on mail, and shows why; whoever comes with it later is not written to either.
    """
    from chalicelib.jobs.suppressions import start_sync

    perennial = wiring.perennial()
    return respond(shown(start_sync(perennial.jobs, caller(request), perennial.now())), 202)


@routes.endpoint(
    "POST",
    "/v1/suppressions/lift",
    scope=WRITE,
    request=Lift,
    response=Lifted,
    problems=("invalid_address", "not_suppressed", "suppressed_by_erasure", "consent_needed"),
)
def lift_suppression(request: Request) -> Lifted:
    """Write to an address again that was suppressed, because its mailbox works again or a complaint was a mistake.

    Bounces are lifted at once. A complaint is lifted only after the person has agreed anew, with a proof; what an
    erasure left behind never is. The address is taken off SES's suppression list, too. What was skipped meanwhile
    is not sent later. A repetition does no harm.
    """
    from chalicelib.api.suppression_work import lift

    return lift(request.json(Lift), caller(request))
