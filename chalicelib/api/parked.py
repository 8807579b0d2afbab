"""The debugger's view: calls that were not accepted, and stored events that could not be counted, and why."""

from __future__ import annotations

from typing import Final

from chalicelib.api.http import Request, Routes
from chalicelib.api.parked_models import Filter, Forgotten, ParkedPage, ParkedShown, ReplayedShown

READ: Final = "events:read"
WRITE: Final = "events:write"

routes: Final = Routes("parked")


@routes.endpoint("GET", "/v1/parked", scope=READ, query=Filter, response=ParkedPage, problems=("invalid_cursor",))
def list_parked(request: Request) -> ParkedPage:
    """What was not accepted, and why. Kept for 30 days."""
    from chalicelib.api import parked_work

    return parked_work.listed(request.parameters(Filter))


@routes.endpoint("GET", "/v1/parked/{id}", scope=READ, response=ParkedShown, problems=("parked_not_found",))
def read_parked(request: Request) -> ParkedShown:
    """One of them."""
    from chalicelib.api import parked_work

    return parked_work.read(request.path["id"])


@routes.endpoint(
    "POST",
    "/v1/parked/{id}/replay",
    scope=WRITE,
    response=ReplayedShown,
    problems=("parked_not_found", "not_replayable"),
)
def replay_parked(request: Request) -> ReplayedShown:
    """Take one in again, as calls are taken in now, with its original receipt."""
    from chalicelib.api import parked_work

    return parked_work.replay(request.path["id"])


@routes.endpoint(
    "POST", "/v1/parked/replay", scope=WRITE, request=Filter, response=ReplayedShown, problems=("invalid_cursor",)
)
def replay_many(request: Request) -> ReplayedShown:
    """Take in again whatever fits, a page at a time."""
    from chalicelib.api import parked_work

    return parked_work.replay_all(request.json(Filter))


@routes.endpoint("DELETE", "/v1/parked/{id}", scope=WRITE, response=Forgotten, problems=("parked_not_found",))
def discard_parked(request: Request) -> Forgotten:
    """Forget one of them. An event stays where it is stored; only this list forgets it."""
    from chalicelib.api import parked_work

    return parked_work.discard(request.path["id"])


@routes.endpoint(
    "POST", "/v1/parked/discard", scope=WRITE, request=Filter, response=Forgotten, problems=("invalid_cursor",)
)
def discard_many(request: Request) -> Forgotten:
    """Forget whatever calls fit, a page at a time."""
    from chalicelib.api import parked_work

    return parked_work.discard_all(request.json(Filter))
