"""Definitions: journeys and templates by name. PUT makes an immutable version, publishing puts one in force."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from chalicelib import wiring
from chalicelib.api.definition_models import (
    Definitions,
    DefinitionState,
    JourneyVersion,
    PageQuery,
    Publication,
    PutQuery,
    TemplateVersion,
    VersionQuery,
)
from chalicelib.api.http import Request, Routes
from chalicelib.errors import Refused
from chalicelib.journeys import template
from chalicelib.journeys.definitions import Pointer
from chalicelib.journeys.journey import Journey, parse
from chalicelib.journeys.publish import Missing, Publisher
from chalicelib.journeys.store import DefinitionStore, JourneyStore, TemplateStore, VersionConflict
from chalicelib.segments.fields import is_name
from chalicelib.segments.problems import Invalid, Problem

READ: Final = "definitions:read"
WRITE: Final = "definitions:write"

routes: Final = Routes("definitions")
T = TypeVar("T")


@routes.endpoint("GET", "/v1/journeys", scope=READ, query=PageQuery, response=Definitions)
def list_journeys(request: Request) -> Definitions:
    """The journeys by name, and which are live."""
    return _list(_journeys(), request)


@routes.endpoint(
    "GET",
    "/v1/journeys/{name}",
    scope=READ,
    query=VersionQuery,
    response=JourneyVersion,
    problems=("journey_not_found", "version_not_found"),
)
def read_journey(request: Request) -> JourneyVersion:
    """One version of a journey; the newest, if none is asked for."""
    pointer, version, body = _read(_journeys(), "journey", request)
    return JourneyVersion(state=_state(pointer), version=version, definition=body)


@routes.endpoint(
    "PUT",
    "/v1/journeys/{name}",
    scope=WRITE,
    query=PutQuery,
    request=Journey,
    response=JourneyVersion,
    problems=("invalid_journey", "version_conflict"),
)
def put_journey(request: Request) -> JourneyVersion:
    """Make a new version of a journey, which waits to be published.

    The same content as the newest version makes none. `details` of `invalid_journey` lists every problem with its
    path and what to do about it.
    """
    query = request.parameters(PutQuery)
    journey = _valid("journey", lambda: parse(_named(request)))
    store, now = _journeys(), wiring.perennial().now()
    pointer = _unless_changed(
        lambda: store.put(journey.name, journey.title, journey.body(), now, expected=query.expected_version)
    )
    return JourneyVersion(state=_state(pointer), version=pointer.latest, definition=journey.body())


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
    version = request.json(Publication).version
    publisher, now = _publisher(), wiring.perennial().now()
    return _state(_unless_changed(lambda: publisher.publish(_name(request, "journey"), version, now)))


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
    publisher, now = _publisher(), wiring.perennial().now()
    return _state(_unless_changed(lambda: publisher.pause(_name(request, "journey"), now)))


@routes.endpoint("GET", "/v1/templates", scope=READ, query=PageQuery, response=Definitions)
def list_templates(request: Request) -> Definitions:
    """The templates by name."""
    return _list(_templates(), request)


@routes.endpoint(
    "GET",
    "/v1/templates/{name}",
    scope=READ,
    query=VersionQuery,
    response=TemplateVersion,
    problems=("template_not_found", "version_not_found"),
)
def read_template(request: Request) -> TemplateVersion:
    """One version of a template; the newest, if none is asked for."""
    pointer, version, body = _read(_templates(), "template", request)
    return TemplateVersion(state=_state(pointer), version=version, definition=body)


@routes.endpoint(
    "PUT",
    "/v1/templates/{name}",
    scope=WRITE,
    query=PutQuery,
    request=template.Content,
    response=TemplateVersion,
    problems=("invalid_template", "version_conflict"),
)
def put_template(request: Request) -> TemplateVersion:
    """Make a new version of a template, in force from the next message on.

    Marketing must show `{{ links.unsubscribe }}` and `{{ postal_address }}` in every body. The same content as the
    newest version makes none.
    """
    query = request.parameters(PutQuery)
    made = _valid("template", lambda: _renderable(template.parse(_named(request))))
    store, now = _templates(), wiring.perennial().now()
    pointer = _unless_changed(
        lambda: store.put(made.name, made.subject, made.body(), now, expected=query.expected_version, in_force=True)
    )
    return TemplateVersion(state=_state(pointer), version=pointer.latest, definition=made.body())


def _journeys() -> JourneyStore:
    return JourneyStore(wiring.perennial().db)


def _templates() -> TemplateStore:
    return TemplateStore(wiring.perennial().db)


def _publisher() -> Publisher:
    perennial = wiring.perennial()
    return Publisher(_journeys(), _templates(), perennial.watch_list)


def _name(request: Request, kind: str) -> str:
    """The path's name; one that no definition can have is not found."""
    name = request.path["name"]
    if not is_name(name):
        raise Refused(404, f"{kind}_not_found", f"There is no {kind} of this name.")
    return name


def _named(request: Request) -> object:
    """The body with the path's name in it; a body that says another name is refused."""
    body = request.value()
    if not isinstance(body, dict):
        return body
    name = request.path["name"]
    if body.get("name", name) != name:
        problem = Problem("name", "This is another name than the path's", "Leave it out, or make them equal.")
        raise Invalid([problem])
    return {**body, "name": name}


def _renderable(made: template.Template) -> template.Template:
    # Imported here: rendering brings Liquid, which no other endpoint needs.
    from chalicelib.messages import render

    found = render.problems(made)
    if found:
        raise Invalid([Problem("", problem, "Correct the template.") for problem in found])
    return made


def _valid(kind: str, made: Callable[[], T]) -> T:
    try:
        return made()
    except Invalid as invalid:
        details = [problem.details() for problem in invalid.problems]
        message = f"This {kind} cannot be used as it stands; details says where, what and what to do."
        raise Refused(400, f"invalid_{kind}", message, details) from invalid


def _unless_changed(change: Callable[[], Pointer]) -> Pointer:
    try:
        return change()
    except VersionConflict as conflict:
        message = f"Somebody else was here: the newest version is {conflict.latest}. Read it, then decide again."
        raise Refused(409, "version_conflict", message, {"newest_version": conflict.latest}) from conflict
    except Missing as missing:
        raise Refused(404, f"{missing.what}_not_found", str(missing)) from missing
    except Invalid as invalid:
        details = [problem.details() for problem in invalid.problems]
        raise Refused(400, "not_publishable", "This version cannot be published as things stand.", details) from invalid


def _read(store: DefinitionStore, kind: str, request: Request) -> tuple[Pointer, int, dict[str, Any]]:
    query, name = request.parameters(VersionQuery), _name(request, kind)
    pointer = store.pointer(name)
    if pointer is None:
        raise Refused(404, f"{kind}_not_found", f"There is no {kind} of this name.")
    version = query.version or pointer.latest
    body = store.body(name, version)
    if body is None:
        raise Refused(404, "version_not_found", f"There is no version {version}; the newest is {pointer.latest}.")
    return pointer, version, body


def _list(store: DefinitionStore, request: Request) -> Definitions:
    query = request.parameters(PageQuery)
    found = store.pointers(after=query.cursor or "", limit=query.limit + 1)
    shown = found[: query.limit]
    more = len(found) > len(shown)
    return Definitions(definitions=[_state(one) for one in shown], cursor=shown[-1].name if more else None)


def _state(pointer: Pointer) -> DefinitionState:
    return DefinitionState(
        name=pointer.name,
        title=pointer.title,
        newest_version=pointer.latest,
        version=pointer.version,
        live=pointer.live,
        updated_at=pointer.updated_at,
    )
