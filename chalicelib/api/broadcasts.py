"""Broadcasts: one message to the members of a segment, at a time (docs/BROADCASTS.md)."""

from __future__ import annotations

from typing import Final

from chalicelib.api.broadcast_models import BroadcastDefinition, BroadcastDetails, Broadcasts
from chalicelib.api.definition_models import PageQuery, Publication, PutQuery
from chalicelib.api.definitions import READ, WRITE
from chalicelib.api.http import Request, Routes
from chalicelib.api.jobs import caller
from chalicelib.api.journey_models import Resumption

routes: Final = Routes("broadcasts")


@routes.endpoint("GET", "/v1/broadcasts", scope=READ, query=PageQuery, response=Broadcasts)
def list_broadcasts(request: Request) -> Broadcasts:
    """The broadcasts by name, and how far each is."""
    from chalicelib.api import broadcast_work

    query = request.parameters(PageQuery)
    return broadcast_work.listed(query.limit, query.cursor)


@routes.endpoint(
    "GET", "/v1/broadcasts/{name}", scope=READ, response=BroadcastDetails, problems=("broadcast_not_found",)
)
def read_broadcast(request: Request) -> BroadcastDetails:
    """One broadcast, and how far it is.

    Its messages are counted at `GET /v1/journeys/{name}`.
    """
    from chalicelib.api import broadcast_work

    return broadcast_work.read(request.path["name"])


@routes.endpoint(
    "PUT",
    "/v1/broadcasts/{name}",
    scope=WRITE,
    query=PutQuery,
    request=BroadcastDefinition,
    response=BroadcastDetails,
    problems=("invalid_broadcast", "version_conflict", "name_taken"),
)
def put_broadcast(request: Request) -> BroadcastDetails:
    """Make a new version of a broadcast: a draft, which waits to be scheduled.

    The same content as the newest version makes none. What is scheduled stays so until the draft is scheduled.
    """
    from chalicelib.api import broadcast_work

    expected = request.parameters(PutQuery).expected_version
    return broadcast_work.put(request.path["name"], request.value(), expected)


@routes.endpoint(
    "POST",
    "/v1/broadcasts/{name}/schedule",
    scope=WRITE,
    request=Publication,
    response=BroadcastDetails,
    problems=("broadcast_not_found", "version_not_found", "not_publishable", "version_conflict"),
)
def schedule_broadcast(request: Request) -> BroadcastDetails:
    """Let a version begin at its time. A time that is past when this is asked begins nothing.

    It makes, and publishes, the journey of the same name. Schedule it at least two minutes ahead: workers learn of it
    within 30 seconds, and look for what has come once a minute.
    """
    from chalicelib.api import broadcast_work

    return broadcast_work.schedule(request.path["name"], request.json(Publication).version)


@routes.endpoint(
    "POST",
    "/v1/broadcasts/{name}/approve",
    scope=WRITE,
    response=BroadcastDetails,
    problems=("broadcast_not_found", "nothing_to_approve"),
)
def approve_broadcast(request: Request) -> BroadcastDetails:
    """Let go what waits for approval, because it is large, or late. Doing it again changes nothing."""
    from chalicelib.api import broadcast_work

    return broadcast_work.approve(request.path["name"], caller(request))


@routes.endpoint(
    "POST",
    "/v1/broadcasts/{name}/pause",
    scope=WRITE,
    response=BroadcastDetails,
    problems=("broadcast_not_found", "version_conflict"),
)
def pause_broadcast(request: Request) -> BroadcastDetails:
    """Nobody enters, and no message that is still to be decided is, until it is resumed."""
    from chalicelib.api import broadcast_work

    return broadcast_work.pause(request.path["name"])


@routes.endpoint(
    "POST",
    "/v1/broadcasts/{name}/resume",
    scope=WRITE,
    request=Resumption,
    response=BroadcastDetails,
    problems=("broadcast_not_found", "version_conflict"),
)
def resume_broadcast(request: Request) -> BroadcastDetails:
    """Go on where it stopped; nobody gets a second message."""
    from chalicelib.api import broadcast_work

    return broadcast_work.resume(request.path["name"], request.json(Resumption).meanwhile)


@routes.endpoint(
    "POST",
    "/v1/broadcasts/{name}/cancel",
    scope=WRITE,
    response=BroadcastDetails,
    problems=("broadcast_not_found", "version_conflict"),
)
def cancel_broadcast(request: Request) -> BroadcastDetails:
    """End it: nobody enters any more, and messages that have not left are not sent. What has left has left."""
    from chalicelib.api import broadcast_work

    return broadcast_work.cancel(request.path["name"])
