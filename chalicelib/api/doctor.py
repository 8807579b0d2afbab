"""How the deployment is, and what to do about it."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from chalicelib import wiring
from chalicelib.api.answers import Model, Moment
from chalicelib.api.http import Request, Routes

READ: Final = "operations:read"

routes: Final = Routes("doctor")

Health = Literal["well", "watch", "bad", "unknown"]


class FindingShown(Model):
    """Something that was looked at."""

    subject: str
    state: Health = Field(description="watch: worth a look today; bad: now; unknown: it could not be read.")
    says: str
    do: str | None = Field(description="What to do about it; null where nothing is to be done.")


class Diagnosis(Model):
    """Every finding, the worst first; `state` is that of the worst."""

    at: Moment
    state: Health
    findings: list[FindingShown]


@routes.endpoint("GET", "/v1/doctor", scope=READ, response=Diagnosis)
def see_doctor(request: Request) -> Diagnosis:
    """How the deployment is, and what to do about what is wrong.

    Alarms, queues and their ages, what was given up, due dates that have passed, messages that are held or whose end
    is open, pauses, SES's quota, models, jobs. What cannot be read is a finding, and hides no other. It takes a second
    or two: it is for people, and for a look a minute at most.
    """
    from chalicelib.operations.doctor.diagnosis import diagnose, worst

    perennial = wiring.perennial()
    found = diagnose(perennial.readings.read(perennial.now()))
    return Diagnosis(
        at=perennial.now(),
        state=worst(found),
        findings=[FindingShown(subject=one.subject, state=one.state, says=one.says, do=one.do) for one in found],
    )
