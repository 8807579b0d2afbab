"""Segments: put in force, looked at, counted, tried out; and lists, whose members are put on and taken off."""

from __future__ import annotations

from typing import Final

from chalicelib.api import segment_models as models
from chalicelib.api.definition_models import PutQuery
from chalicelib.api.http import Request, Routes

READ: Final = "segments:read"
WRITE: Final = "segments:write"

routes: Final = Routes("segments")


@routes.endpoint(
    "GET",
    "/v1/segments",
    scope=READ,
    query=models.PageQuery,
    response=models.Segments,
    problems=("invalid_cursor",),
)
def list_segments(request: Request) -> models.Segments:
    """The segments by name, with how many were in each last."""
    from chalicelib.api import segment_work

    query = request.parameters(models.PageQuery)
    return segment_work.listed(query.limit, query.cursor)


@routes.endpoint("GET", "/v1/segments/{name}", scope=READ, response=models.Segment, problems=("segment_not_found",))
def read_segment(request: Request) -> models.Segment:
    """A segment as it is in force, and where it is used."""
    from chalicelib.api import segment_work

    return segment_work.read(request.path["name"])


@routes.endpoint(
    "PUT",
    "/v1/segments/{name}",
    scope=WRITE,
    query=PutQuery,
    request=models.SegmentDefinition,
    response=models.Segment,
    problems=("invalid_segment", "version_conflict"),
)
def put_segment(request: Request) -> models.Segment:
    """Make a new version of a segment, in force from now on.

    A job then judges everybody by it; whoever it finds in it enters silently, which starts no journey. Whom an event or
    a date lets in or out from now on enters and leaves at that moment. It may take 30 seconds until every worker knows.
    """
    from chalicelib.api import segment_work
    from chalicelib.api.jobs import caller

    expected = request.parameters(PutQuery).expected_version
    return segment_work.put(request.path["name"], request.value(), expected, caller(request))


@routes.endpoint(
    "DELETE",
    "/v1/segments/{name}",
    scope=WRITE,
    response=models.Segment,
    problems=("segment_not_found", "segment_in_use", "version_conflict"),
)
def end_segment(request: Request) -> models.Segment:
    """End a segment: nobody is in it any more. One that is used is not ended; its definition stays, to be put again."""
    from chalicelib.api import segment_work

    return segment_work.end(request.path["name"])


@routes.endpoint(
    "GET",
    "/v1/segments/{name}/members",
    scope=READ,
    query=models.MembersQuery,
    response=models.SegmentMembers,
    problems=("segment_not_found", "invalid_cursor"),
)
def list_segment_members(request: Request) -> models.SegmentMembers:
    """Who is in a segment, page by page."""
    from chalicelib.api import segment_work

    query = request.parameters(models.MembersQuery)
    return segment_work.members(request.path["name"], query.limit, query.cursor)


@routes.endpoint(
    "POST",
    "/v1/segments/{name}/members",
    scope=WRITE,
    request=models.ListChange,
    response=models.ListChanged,
    problems=("segment_not_found", "not_a_list", "invalid_customer"),
)
def change_list(request: Request) -> models.ListChanged:
    """Put people on a list, or take them off it. Larger lists come by an import of events (docs/SEGMENTS.md)."""
    from chalicelib.api import segment_work

    return segment_work.change_list(request.path["name"], request.json(models.ListChange))


@routes.endpoint(
    "GET",
    "/v1/segments/{name}/sizes",
    scope=READ,
    query=models.SizesQuery,
    response=models.Sizes,
    problems=("segment_not_found",),
)
def read_sizes(request: Request) -> models.Sizes:
    """How many were in a segment from day to day."""
    from chalicelib.api import segment_work

    return segment_work.sizes(request.path["name"], request.parameters(models.SizesQuery).days)


@routes.endpoint(
    "POST",
    "/v1/segments/preview",
    scope=READ,
    request=models.SegmentPreview,
    response=models.Previewed,
    problems=("invalid_rule",),
)
def preview_segment(request: Request) -> models.Previewed:
    """Of how many customers a rule holds now: at once from a sample, with its error; exactly by a job, if asked for."""
    from chalicelib.api import segment_work
    from chalicelib.api.jobs import caller

    return segment_work.preview(request.json(models.SegmentPreview), caller(request))
