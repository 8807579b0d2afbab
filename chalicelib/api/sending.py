"""Marketing as a whole: whether it leaves, paused and resumed."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field

from chalicelib import plugins, wiring
from chalicelib.api.answers import Model, Moment, Strict
from chalicelib.api.http import Request, Routes
from chalicelib.errors import Refused
from chalicelib.messages.brake import ALL, Brake, Pause

READ: Final = "sending:read"
WRITE: Final = "sending:write"

routes: Final = Routes("sending")

Paused = Annotated[
    str, Field(pattern=r"^[a-z]{2,20}$", description="`email`, `sms`, ...; `all` for marketing on every channel.")
]


class SendingPause(Strict):
    """What is to wait, and why."""

    channel: Paused = ALL
    why: str = Field(min_length=1, max_length=500, description="For whoever finds it paused.")
    until: AwareDatetime | None = Field(None, description="When it ends by itself; left out, somebody must resume.")


class SendingResumption(Strict):
    """What is to leave again."""

    channel: Paused = ALL


class PauseShown(Model):
    """One pause that holds."""

    channel: str
    at: Moment
    why: str
    by: str = Field(description="The first characters of a key's id, or what paused it by itself.")
    until: Moment | None


class SendingShown(Model):
    """Whether marketing leaves; transactional messages always do."""

    marketing: Literal["leaves", "paused", "partly_paused"]
    pauses: list[PauseShown]
    job: str | None = Field(None, description="Of a resumption: the job that lets what waited leave at once.")


@routes.endpoint("GET", "/v1/sending", scope=READ, response=SendingShown)
def read_sending(request: Request) -> SendingShown:
    """Whether marketing leaves, or who has paused it, since when and why."""
    return _shown(wiring.perennial().brake.read())


@routes.endpoint(
    "POST",
    "/v1/sending/pause",
    scope=WRITE,
    request=SendingPause,
    response=SendingShown,
    problems=("already_over", "unknown_channel"),
)
def pause_sending(request: Request) -> SendingShown:
    """Let all marketing wait, or that of a channel: every sender knows within five seconds.

    What was planned stays in the ledger and leaves afterwards if it is still worth sending, and else is skipped as
    paused. Journeys go on. Transactional messages leave all the same. Saying it again changes what is said.
    """
    from chalicelib.api.jobs import caller
    from chalicelib.messages import channels

    asked, perennial = request.json(SendingPause), wiring.perennial()
    there = (ALL, *plugins.names(channels.PACKAGE))
    if asked.channel not in there:
        raise Refused(400, "unknown_channel", f"Nothing is paused: {asked.channel} is none of {', '.join(there)}.")
    if asked.until is not None and asked.until <= perennial.now():
        raise Refused(400, "already_over", "`until` lies in the past.")
    pause = Pause(asked.channel, perennial.now(), asked.why, caller(request), asked.until)
    return _shown(perennial.brake.pause(pause))


@routes.endpoint("POST", "/v1/sending/resume", scope=WRITE, request=SendingResumption, response=SendingShown)
def resume_sending(request: Request) -> SendingShown:
    """Let marketing leave again, all or that of a channel; nothing happens if it was not paused.

    Each pause is ended by its own channel: after a pause of all and one of a channel, both must be resumed. A job lets
    what waited leave now, at the senders' pace.
    """
    channel, perennial = request.json(SendingResumption).channel, wiring.perennial()
    before, after = perennial.brake.read(), perennial.brake.resume(channel)
    job = None
    if before != after:
        from chalicelib.api.jobs import caller
        from chalicelib.jobs.job import Job

        job = perennial.jobs.start(Job.new("wake", {"channel": channel}, caller(request), perennial.now(), channel)).id
    return _shown(after, job)


def _shown(brake: Brake, job: str | None = None) -> SendingShown:
    lasting = list(brake.lasting(wiring.perennial().now()))
    state: Literal["leaves", "paused", "partly_paused"] = "partly_paused" if lasting else "leaves"
    return SendingShown(
        job=job,
        marketing="paused" if any(pause.channel == ALL for pause in lasting) else state,
        pauses=[PauseShown(channel=one.channel, at=one.at, why=one.why, by=one.by, until=one.until) for one in lasting],
    )
