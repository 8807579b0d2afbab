"""What the endpoints of definitions do: the words of HTTP on one side, the journeys room on the other.

Imported by the handlers when one of them runs: it brings the journeys, which no other Lambda's start should pay for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, TypeVar

from chalicelib import wiring
from chalicelib.api.definition_models import Definitions, DefinitionState, DefinitionVersion
from chalicelib.catalog.pointer import Pointer
from chalicelib.catalog.store import DefinitionStore, VersionConflict
from chalicelib.errors import Refused
from chalicelib.journeys import journey, template
from chalicelib.journeys.publish import Missing, Publisher
from chalicelib.journeys.store import JourneyStore, TemplateStore
from chalicelib.messages import render
from chalicelib.segments.fields import is_name
from chalicelib.tracking.problems import Invalid, Problem

Kind = Literal["journey", "template"]
T = TypeVar("T")


def listed(kind: Kind, limit: int, cursor: str | None) -> Definitions:
    """A page of the definitions of a kind."""
    found = _store(kind).pointers(after=cursor or "", limit=limit + 1)
    shown = found[:limit]
    more = len(found) > len(shown)
    return Definitions(definitions=[_state(one) for one in shown], cursor=shown[-1].name if more else None)


def read(kind: Kind, name: str, version: int | None) -> DefinitionVersion:
    """One version; without `version` the newest."""
    store = _store(kind)
    pointer = store.pointer(name) if is_name(name) else None  # a key that cannot be one is not even asked for
    if pointer is None:
        raise Refused(404, f"{kind}_not_found", f"There is no {kind} of this name.")
    body = store.body(name, version or pointer.latest)
    if body is None:
        raise Refused(404, "version_not_found", f"There is no version {version}; the newest is {pointer.latest}.")
    return DefinitionVersion(state=_state(pointer), version=version or pointer.latest, definition=body)


def put(kind: Kind, name: str, body: object, expected: int | None) -> DefinitionVersion:
    """Make a version, unless the newest says the same."""
    made = _valid(kind, lambda: _PARSED[kind](_named(name, body)))
    title = made.title if isinstance(made, journey.Journey) else made.subject
    now, in_force = wiring.perennial().now(), kind == "template"
    pointer = _unless_changed(
        lambda: _store(kind).put(name, title, made.body(), now, expected=expected, in_force=in_force)
    )
    return DefinitionVersion(state=_state(pointer), version=pointer.latest, definition=made.body())


def publish(name: str, version: int) -> DefinitionState:
    """Put a version of a journey in force."""
    return _state(_unless_changed(lambda: _publisher().publish(name, version, wiring.perennial().now())))


def pause(name: str) -> DefinitionState:
    """Take a journey out."""
    return _state(_unless_changed(lambda: _publisher().pause(name, wiring.perennial().now())))


def _template(raw: object) -> template.Template:
    made = template.parse(raw)
    found = render.problems(made)
    if found:
        raise Invalid([Problem("", problem, "Correct the template.") for problem in found])
    return made


_PARSED: Final[dict[Kind, Callable[[object], journey.Journey | template.Template]]] = {
    "journey": journey.parse,
    "template": _template,
}


def _store(kind: Kind) -> DefinitionStore:
    db = wiring.perennial().db
    return JourneyStore(db) if kind == "journey" else TemplateStore(db)


def _publisher() -> Publisher:
    perennial = wiring.perennial()
    return Publisher(JourneyStore(perennial.db), TemplateStore(perennial.db), perennial.watch_list)


def _named(name: str, body: object) -> object:
    """The body with the path's name in it; a body that says another name is refused."""
    if not isinstance(body, dict):
        return body
    if body.get("name", name) != name:
        problem = Problem("name", "This is another name than the path's", "Leave it out, or make them equal.")
        raise Invalid([problem])
    return {**body, "name": name}


def _valid(kind: Kind, made: Callable[[], T]) -> T:
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


def _state(pointer: Pointer) -> DefinitionState:
    return DefinitionState(
        name=pointer.name,
        title=pointer.title,
        newest_version=pointer.latest,
        version=pointer.version,
        live=pointer.live,
        updated_at=pointer.updated_at,
    )
