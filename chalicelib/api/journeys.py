"""Journeys as they run: in force, paused, resumed, stopped; who is to enter; what was counted."""

from __future__ import annotations

from typing import Final

from chalicelib.api.definition_models import DefinitionState, VersionQuery
from chalicelib.api.http import Request, Routes
from chalicelib.api.journey_models import (
    JourneyCall,
    JourneyCalled,
    JourneyPublication,
    JourneyShown,
    PublicationPreview,
    Resumption,
    VersionAsked,
)

READ: Final = "definitions:read"
WRITE: Final = "definitions:write"

routes: Final = Routes("journeys")


@routes.endpoint(
    "GET",
    "/v1/journeys/{name}",
    scope=READ,
    query=VersionQuery,
    response=JourneyShown,
    problems=("journey_not_found", "version_not_found"),
)
def read_journey(request: Request) -> JourneyShown:
    """One version of a journey (the newest, if none is asked for), how the journey runs, and what was counted of it."""
    from chalicelib.api import journey_work

    return journey_work.shown(request.path["name"], request.parameters(VersionQuery).version)


@routes.endpoint(
    "GET",
    "/v1/journeys/{name}/publication",
    scope=READ,
    query=VersionAsked,
    response=PublicationPreview,
    problems=("journey_not_found", "version_not_found"),
)
def preview_publication(request: Request) -> PublicationPreview:
    """Who is inside other versions, and how many of them could not move to this one."""
    from chalicelib.api import journey_work

    return journey_work.would_change(request.path["name"], request.parameters(VersionAsked).version)


@routes.endpoint(
    "POST",
    "/v1/journeys/{name}/publish",
    scope=WRITE,
    request=JourneyPublication,
    response=DefinitionState,
    problems=("journey_not_found", "version_not_found", "not_publishable", "version_conflict"),
)
def publish_journey(request: Request) -> DefinitionState:
    """Let a version take the new entrants, from now on or again after a pause or a stop.

    `inside` says what becomes of those inside other versions; it holds at once, and a job writes it down. It may take
    30 seconds until every worker knows.
    """
    from chalicelib.api import journey_work

    asked = request.json(JourneyPublication)
    return journey_work.publish(request.path["name"], asked.version, asked.inside)


@routes.endpoint(
    "POST",
    "/v1/journeys/{name}/pause",
    scope=WRITE,
    response=DefinitionState,
    problems=("journey_not_found", "version_conflict"),
)
def pause_journey(request: Request) -> DefinitionState:
    """Hold a journey: nobody enters, and those inside stay where they are until it is resumed.

    Whoever reaches the goal or the exit leaves all the same. What was decided before still leaves. It may take 30
    seconds until every worker knows.
    """
    from chalicelib.api import journey_work

    return journey_work.pause(request.path["name"])


@routes.endpoint(
    "POST",
    "/v1/journeys/{name}/resume",
    scope=WRITE,
    request=Resumption,
    response=DefinitionState,
    problems=("journey_not_found", "not_publishable", "version_conflict"),
)
def resume_journey(request: Request) -> DefinitionState:
    """Let a paused journey go on.

    `meanwhile` says what becomes of what fell due in the pause.
    """
    from chalicelib.api import journey_work

    return journey_work.resume(request.path["name"], request.json(Resumption).meanwhile)


@routes.endpoint(
    "POST",
    "/v1/journeys/{name}/stop",
    scope=WRITE,
    response=DefinitionState,
    problems=("journey_not_found", "version_conflict"),
)
def stop_journey(request: Request) -> DefinitionState:
    """End a journey: nobody enters, whoever is inside leaves, and what was planned and not sent is not sent."""
    from chalicelib.api import journey_work

    return journey_work.stop(request.path["name"])


@routes.endpoint(
    "POST",
    "/v1/journeys/{name}/enrolments",
    scope="customers:write",
    request=JourneyCall,
    response=JourneyCalled,
    problems=("journey_not_found", "not_called", "customer_not_found"),
)
def call_journey(request: Request) -> JourneyCalled:
    """Ask that a customer enters a journey that is called.

    It is stored as an event of the customer, and the journey hears it as any other: its entry rule, re-entry, group and
    consent are asked then. Asking again with the same `id` asks nothing new.
    """
    from chalicelib.api import journey_work

    return journey_work.call(request.path["name"], request.json(JourneyCall))
