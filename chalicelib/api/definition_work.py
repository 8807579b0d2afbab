"""What the endpoints of definitions do: the words of HTTP on one side, the journeys room on the other.

Imported by the handlers when one of them runs: it brings the journeys, which no other Lambda's start should pay for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from chalicelib import wiring
from chalicelib.api.definition_models import Definitions, DefinitionState, DefinitionVersion
from chalicelib.api.versions import as_listed, overtaken, valid
from chalicelib.catalog.pointer import Pointer
from chalicelib.catalog.store import DefinitionStore, VersionConflict
from chalicelib.errors import Refused
from chalicelib.jobs.segments import start_settling
from chalicelib.journeys import journey
from chalicelib.journeys.publish import Missing
from chalicelib.journeys.running import Inside
from chalicelib.segments.fields import is_name
from chalicelib.tracking.problems import Invalid, named

Kind = Literal["journey", "template", "block"]
T = TypeVar("T")


def listed(kind: Kind, limit: int, cursor: str | None) -> Definitions:
    """A page of the definitions of a kind."""
    found = _store(kind).pointers(after=cursor or "", limit=limit + 1)
    shown = found[:limit]
    more = len(found) > len(shown)
    return Definitions(definitions=[as_listed(one) for one in shown], cursor=shown[-1].name if more else None)


def read(kind: Kind, name: str, version: int | None) -> DefinitionVersion:
    """One version; without `version` the newest."""
    store = _store(kind)
    pointer = store.pointer(name) if is_name(name) else None  # a key that cannot be one is not even asked for
    if pointer is None:
        raise Refused(404, f"{kind}_not_found", f"There is no {kind} of this name.")
    body = store.body(name, version or pointer.latest)
    if body is None:
        raise Refused(404, "version_not_found", f"There is no version {version}; the newest is {pointer.latest}.")
    written = {part: said for part, said in body.items() if part != "compiled"}  # what a template's author wrote
    return DefinitionVersion(state=as_listed(pointer), version=version or pointer.latest, definition=written)


def put(kind: Kind, name: str, body: object, expected: int | None) -> DefinitionVersion:
    """Make a version, unless the newest says the same. Templates and blocks are in force at once."""
    shelf, store, now = wiring.perennial().shelf, _store(kind), wiring.perennial().now()

    def journey_put() -> tuple[Pointer, dict[str, Any]]:
        made = journey.parse(named(name, body))
        return store.put(name, made.title, made.body(), now, expected=expected), made.body()

    def shelf_put() -> tuple[Pointer, dict[str, Any]]:
        done = (shelf.put if kind == "template" else shelf.put_block)(name, body, expected=expected)
        return done.pointer, done.body

    made = journey_put if kind == "journey" else shelf_put
    pointer, written = unless_changed(lambda: valid(kind, made))
    return DefinitionVersion(state=as_listed(pointer), version=pointer.latest, definition=written)


def publish(name: str, version: int, inside: Inside = "stay") -> DefinitionState:
    """Put a version of a journey in force; `inside` says what becomes of those who are inside other versions."""
    perennial = wiring.perennial()
    before = perennial.conditions.version()
    pointer = unless_changed(lambda: perennial.publisher.publish(name, version, perennial.now(), inside))
    if perennial.conditions.version() != before:  # birthdays and scores of people who do nothing have dates from now on
        start_settling(perennial.jobs, perennial.now())
    return as_listed(pointer)


def _store(kind: Kind) -> DefinitionStore:
    return DefinitionStore(wiring.perennial().db, kind)


def unless_changed(change: Callable[[], T]) -> T:
    """What the change makes, or Refused: somebody else was faster, or it cannot be done."""
    try:
        return change()
    except VersionConflict as conflict:
        raise overtaken(conflict) from conflict
    except Missing as missing:
        raise Refused(404, f"{missing.what}_not_found", str(missing)) from missing
    except Invalid as invalid:
        message = "This version cannot be published as things stand."
        raise Refused(400, "not_publishable", message, invalid.details()) from invalid
