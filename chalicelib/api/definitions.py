"""Journeys by name. PUT makes an immutable version, publishing puts one in force."""

from __future__ import annotations

from typing import Final

from chalicelib.api.definition_models import (
    Definitions,
    DefinitionState,
    DefinitionVersion,
    JourneyDefinition,
    PageQuery,
    Publication,
    PutQuery,
    VersionQuery,
)
from chalicelib.api.http import Request, Routes

READ: Final = "definitions:read"
WRITE: Final = "definitions:write"

routes: Final = Routes("definitions")


@routes.endpoint("GET", "/v1/journeys", scope=READ, query=PageQuery, response=Definitions)
def list_journeys(request: Request) -> Definitions:
    """The journeys by name, and which are live."""
    from chalicelib.api import definition_work

    query = request.parameters(PageQuery)
    return definition_work.listed("journey", query.limit, query.cursor)


@routes.endpoint(
    "GET",
    "/v1/journeys/{name}",
    scope=READ,
    query=VersionQuery,
    response=DefinitionVersion,
    problems=("journey_not_found", "version_not_found"),
)
def read_journey(request: Request) -> DefinitionVersion:
    """One version of a journey; the newest, if none is asked for."""
    from chalicelib.api import definition_work

    return definition_work.read("journey", request.path["name"], request.parameters(VersionQuery).version)


@routes.endpoint(
    "PUT",
    "/v1/journeys/{name}",
    scope=WRITE,
    query=PutQuery,
    request=JourneyDefinition,
    response=DefinitionVersion,
    problems=("invalid_journey", "version_conflict"),
)
def put_journey(request: Request) -> DefinitionVersion:
    """Make a new version of a journey, which waits to be published.

    The same content as the newest version makes none. `details` of `invalid_journey` lists every problem with its
    path and what to do about it.
    """
    from chalicelib.api import definition_work

    expected = request.parameters(PutQuery).expected_version
    return definition_work.put("journey", request.path["name"], request.value(), expected)


@routes.endpoint(
    "POST",
    "/v1/journeys/{name}/publish",
    scope=WRITE,
    request=Publication,
    response=DefinitionState,
    problems=("journey_not_found", "version_not_found", "not_publishable", "version_conflict"),
)
def publish_journey(request: Request) -> DefinitionState:
    """Let a version take the new entrants, from now on or again after a pause.

    Those inside stay with the version that they entered. It may take 30 seconds until every worker knows.
    """
    from chalicelib.api import definition_work

    return definition_work.publish(request.path["name"], request.json(Publication).version)


@routes.endpoint(
    "POST",
    "/v1/journeys/{name}/pause",
    scope=WRITE,
    response=DefinitionState,
    problems=("journey_not_found", "version_conflict"),
)
def pause_journey(request: Request) -> DefinitionState:
    """Stop a journey: nobody enters, and those inside stay where they are until it is published again.

    What was decided before still leaves. It may take 30 seconds until every worker knows.
    """
    from chalicelib.api import definition_work

    return definition_work.pause(request.path["name"])
