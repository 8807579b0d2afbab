"""Journeys by name. PUT makes an immutable version, which waits to be published (journeys.py)."""

from __future__ import annotations

from typing import Final

from chalicelib.api.definition_models import (
    Definitions,
    DefinitionVersion,
    JourneyDefinition,
    PageQuery,
    PutQuery,
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
