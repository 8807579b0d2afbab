"""Numbers that nobody is to call: registers, and lists that a shop keeps (docs/TASKS.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

from chalice.app import Response
from pydantic import Field, StringConstraints

from chalicelib import wiring
from chalicelib.api.answers import Model, Moment, Strict
from chalicelib.api.http import Request, Routes, respond
from chalicelib.api.jobs import JobState, caller, shown
from chalicelib.errors import Refused

READ: Final = "consents:read"
WRITE: Final = "consents:write"
MOST: Final = 1_000  # numbers in one call
KIND: Final = "do_not_call"  # the job's kind
_SHOWN: Final = 20

routes: Final = Routes("do-not-call")

Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class DoNotCallChange(Strict):
    """Numbers with their country codes, to be put on the list and taken off it."""

    add: list[Number] = Field([], max_length=MOST)
    remove: list[Number] = Field([], max_length=MOST)
    source: Short = Field("api", description="Whose list it is: `TPS, November`.")


class DoNotCallQuery(Strict):
    """Which number."""

    phone: Number = Field(description="With its country code.")


class DoNotCallState(Model):
    """Whether a number is on the list."""

    listed: bool
    since: Moment | None
    source: str | None


@routes.endpoint(
    "POST",
    "/v1/do-not-call",
    scope=WRITE,
    request=DoNotCallChange,
    response=JobState,
    problems=("invalid_number",),
    later=True,
)
def change_do_not_call(request: Request) -> Response:
    """Put up to 1,000 numbers on the list of those whom nobody is to call, or take them off it.

    Answered with 202 and the job that does it. A number is kept as a keyed hash, and holds for
    whoever has it, now or later. Sending the same again is safe.
    """
    from chalicelib import times
    from chalicelib.customers.do_not_call import marks
    from chalicelib.jobs.job import Job

    asked, perennial = request.json(DoNotCallChange), wiring.perennial()
    secrets = perennial.secrets_named("pii")
    hashed = {field: [marks(secrets, number) for number in getattr(asked, field)] for field in ("add", "remove")}
    wrong = [f"{field}[{place}]" for field, many in hashed.items() for place, found in enumerate(many) if not found]
    if wrong:
        raise _without_country_code(wrong[:_SHOWN])
    now = perennial.now()
    change = {
        "add": [found[0] for found in hashed["add"]],
        "remove": [mark for found in hashed["remove"] for mark in found],
        "source": asked.source,
        "at": times.text(now),
    }
    job = Job.new(KIND, change, caller(request), now, *change["add"], "/", *change["remove"])
    return respond(shown(perennial.jobs.start(job)), 202)


@routes.endpoint(
    "GET",
    "/v1/do-not-call",
    scope=READ,
    query=DoNotCallQuery,
    response=DoNotCallState,
    problems=("invalid_number",),
)
def read_do_not_call(request: Request) -> DoNotCallState:
    """Whether a number is on the list, since when, and whose list says so."""
    from chalicelib.customers.do_not_call import marks
    from chalicelib.customers.do_not_call.store import DoNotCall

    perennial = wiring.perennial()
    found = marks(perennial.secrets_named("pii"), request.parameters(DoNotCallQuery).phone)
    if not found:
        raise _without_country_code()
    listed = DoNotCall(perennial.db).find(found)
    return DoNotCallState(
        listed=listed is not None,
        since=listed.at if listed else None,
        source=listed.source if listed else None,
    )


def _without_country_code(fields: Sequence[str] = ()) -> Refused:
    """`fields`: which numbers, where there were many."""
    message = "A number has its country code: +40721234567."
    if not fields:
        return Refused(400, "invalid_number", message)
    return Refused(400, "invalid_number", f"{message} details says which have not.", {"fields": fields})
