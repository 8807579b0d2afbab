"""Audiences: who may be matched by which advertising network, and files for it (docs/AUDIENCES.md). What the handlers
do is in audience_work.py."""

from __future__ import annotations

from typing import Final

from chalice.app import Response

from chalicelib.api.audience_models import AudienceDefinition, AudienceExport, AudienceState, ExportOrder
from chalicelib.api.definition_models import Definitions, PageQuery, PutQuery
from chalicelib.api.http import Request, Routes, respond
from chalicelib.api.jobs import JobState, caller

READ: Final = "audiences:read"
WRITE: Final = "audiences:write"
EXPORT: Final = "audiences:export"

routes: Final = Routes("audiences")


@routes.endpoint("GET", "/v1/audiences", scope=READ, query=PageQuery, response=Definitions)
def list_audiences(request: Request) -> Definitions:
    """The audiences by name."""
    from chalicelib.api import audience_work

    query = request.parameters(PageQuery)
    return audience_work.listed(query.limit, query.cursor)


@routes.endpoint("GET", "/v1/audiences/{name}", scope=READ, response=AudienceState, problems=("audience_not_found",))
def read_audience(request: Request) -> AudienceState:
    """An audience, and which export of it was the last."""
    from chalicelib.api import audience_work

    return audience_work.read(request.path["name"])


@routes.endpoint(
    "PUT",
    "/v1/audiences/{name}",
    scope=WRITE,
    query=PutQuery,
    request=AudienceDefinition,
    response=AudienceState,
    problems=("invalid_audience", "version_conflict"),
)
def put_audience(request: Request) -> AudienceState:
    """Make a new version of an audience: which segments, for which network. Nothing is exported by it."""
    from chalicelib.api import audience_work

    expected = request.parameters(PutQuery).expected_version
    return audience_work.put(request.path["name"], request.value(), expected)


@routes.endpoint(
    "DELETE",
    "/v1/audiences/{name}",
    scope=WRITE,
    response=AudienceState,
    problems=("audience_not_found", "version_conflict"),
)
def end_audience(request: Request) -> AudienceState:
    """End an audience: it is exported no more, and its segments may end. Its definition stays, to be put again."""
    from chalicelib.api import audience_work

    return audience_work.end(request.path["name"])


@routes.endpoint(
    "POST",
    "/v1/audiences/{name}/exports",
    scope=EXPORT,
    request=ExportOrder,
    response=JobState,
    problems=("audience_not_found", "audience_ended", "nothing_to_compare", "invalid_export"),
    later=True,
)
def export_audience(request: Request) -> Response:
    """Write an audience into files for its network: answered with 202 and the job that does it.

    Only people who have agreed to advertising are in it, as hashes. Ask for the files with the job's id.
    """
    from chalicelib.api import audience_work

    job = audience_work.export(request.path["name"], request.json(ExportOrder), caller(request))
    return respond(job, 202)


@routes.endpoint(
    "GET",
    "/v1/audiences/{name}/exports/{job}",
    scope=EXPORT,
    response=AudienceExport,
    problems=("audience_not_found", "unknown_job"),
)
def read_audience_export(request: Request) -> AudienceExport:
    """How far an export is, and links to its files once it is done.

    A link is good for an hour; files are linked for 29 days, and forgotten after 30.
    """
    from chalicelib.api import audience_work

    return audience_work.exported(request.path["name"], request.path["job"])
