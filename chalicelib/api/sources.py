"""Webhook sources: which there are, how they are set up, what they sign with, and what a payload would come to."""

from __future__ import annotations

from typing import Final

from chalicelib.api.definition_models import PutQuery, VersionQuery
from chalicelib.api.http import Request, Routes
from chalicelib.api.source_models import (
    Preview,
    ReadySources,
    Sample,
    Secret,
    SecretQuery,
    SecretState,
    SourceBody,
    Sources,
    SourceVersion,
)

READ: Final = "sources:read"
WRITE: Final = "sources:write"

routes: Final = Routes("sources")


@routes.endpoint("GET", "/v1/sources", scope=READ, response=Sources)
def list_sources(request: Request) -> Sources:
    """The webhook sources, and where each of them posts to."""
    from chalicelib.api import source_work

    return source_work.listed()


@routes.endpoint("GET", "/v1/sources/ready", scope=READ, response=ReadySources)
def list_ready_sources(request: Request) -> ReadySources:
    """Mappings for common kinds of services, ready to be put or to begin with."""
    from chalicelib.api import source_work

    return source_work.ready()


@routes.endpoint(
    "GET",
    "/v1/sources/{name}",
    scope=READ,
    query=VersionQuery,
    response=SourceVersion,
    problems=("source_not_found", "version_not_found"),
)
def read_source(request: Request) -> SourceVersion:
    """How a source is set up; in the newest version, if none is asked for."""
    from chalicelib.api import source_work

    return source_work.read(request.path["name"], request.parameters(VersionQuery).version)


@routes.endpoint(
    "PUT",
    "/v1/sources/{name}",
    scope=WRITE,
    query=PutQuery,
    request=SourceBody,
    response=SourceVersion,
    problems=("invalid_source", "version_conflict"),
)
def put_source(request: Request) -> SourceVersion:
    """Set a source up, or change how it is.

    It posts to `/webhooks/{name}` and is believed once its secret is put. Every change is a version; the newest is in
    force within 30 seconds. `details` of `invalid_source` lists every problem with its path and what to do about it.
    """
    from chalicelib.api import source_work

    return source_work.put(request.path["name"], request.value(), request.parameters(PutQuery).expected_version)


@routes.endpoint(
    "POST",
    "/v1/sources/{name}/preview",
    scope=WRITE,
    request=Sample,
    response=Preview,
    problems=("source_not_found", "invalid_source"),
)
def preview_source(request: Request) -> Preview:
    """Show the events that a payload would give, under the set-up in force or one that comes with it.

    Nothing is stored, and nothing is asked of anybody's data. Whose an order is by an earlier event is not looked up.
    """
    from chalicelib.api import source_work

    return source_work.preview(request.path["name"], request.json(Sample), request.body)


@routes.endpoint(
    "PUT",
    "/v1/sources/{name}/secret",
    scope=WRITE,
    request=Secret,
    response=SecretState,
    problems=("source_not_found", "invalid_secret"),
)
def put_secret(request: Request) -> SecretState:
    """Put the secret that a source signs with. It can be written and never read.

    The one before it stays good until another is put, or until it is deleted.
    """
    from chalicelib.api import source_work

    return source_work.put_secret(request.path["name"], request.json(Secret).secret)


@routes.endpoint(
    "DELETE",
    "/v1/sources/{name}/secret",
    scope=WRITE,
    query=SecretQuery,
    response=SecretState,
    problems=("source_not_found",),
)
def forget_secret(request: Request) -> SecretState:
    """Forget the secret before the newest, once the source signs with the newest."""
    from chalicelib.api import source_work

    request.parameters(SecretQuery)
    return source_work.forget_previous(request.path["name"])
