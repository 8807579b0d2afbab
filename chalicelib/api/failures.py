"""What was given up, wherever it lies: listed, done again, discarded."""

from __future__ import annotations

from typing import Final

from chalicelib.api.failure_models import FailureDone, Failures, FailuresAsked, FailuresDone, FailuresQuery
from chalicelib.api.http import Request, Routes

READ: Final = "operations:read"
WRITE: Final = "operations:write"

routes: Final = Routes("failures")


@routes.endpoint(
    "GET", "/v1/failures", scope=READ, query=FailuresQuery, response=Failures, problems=("invalid_cursor",)
)
def list_failures(request: Request) -> Failures:
    """Everything that was given up: dead letters, batches of streams, and what is parked.

    Letters are kept for 14 days, batches for 90, what is parked for 30. Two who look at letters at the same moment may
    each see a part of them.
    """
    from chalicelib.api import failure_work

    return failure_work.listed(request.parameters(FailuresQuery))


@routes.endpoint(
    "POST",
    "/v1/failures/{id}/replay",
    scope=WRITE,
    response=FailureDone,
    problems=("failure_not_found", "parked_not_found", "not_replayable", "failed_again"),
)
def replay_failure(request: Request) -> FailureDone:
    """Have it done again by whoever gave it up; that is safe, also twice.

    A letter goes to its queue again, a batch to its function, a parked call is taken in as calls are now.
    """
    from chalicelib.api import failure_work

    return failure_work.replay(request.path["id"])


@routes.endpoint(
    "POST",
    "/v1/failures/{id}/discard",
    scope=WRITE,
    response=FailureDone,
    problems=("failure_not_found", "parked_not_found"),
)
def discard_failure(request: Request) -> FailureDone:
    """Forget it. Events stay stored and rows stay due, whatever becomes of the message about them."""
    from chalicelib.api import failure_work

    return failure_work.discard(request.path["id"])


@routes.endpoint(
    "POST",
    "/v1/failures/replay",
    scope=WRITE,
    request=FailuresAsked,
    response=FailuresDone,
    problems=("behind_others",),
)
def replay_failures(request: Request) -> FailuresDone:
    """Have many done again, as many as there is time for."""
    from chalicelib.api import failure_work

    return failure_work.many(request.json(FailuresAsked), again=True)


@routes.endpoint(
    "POST",
    "/v1/failures/discard",
    scope=WRITE,
    request=FailuresAsked,
    response=FailuresDone,
    problems=("behind_others",),
)
def discard_failures(request: Request) -> FailuresDone:
    """Forget many, as many as there is time for."""
    from chalicelib.api import failure_work

    return failure_work.many(request.json(FailuresAsked), again=False)
