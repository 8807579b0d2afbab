"""What the endpoints of running journeys do. Imported by the handlers when one of them runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from chalicelib import ids, times, wiring
from chalicelib.api import definition_work
from chalicelib.api.definition_models import DefinitionState
from chalicelib.api.definition_work import unless_changed
from chalicelib.api.journey_figures import figures
from chalicelib.api.journey_models import InsideVersion, JourneyCall, JourneyCalled, JourneyShown, PublicationPreview
from chalicelib.api.versions import as_listed
from chalicelib.api.whom import chain_of
from chalicelib.catalog.pointer import Pointer
from chalicelib.errors import Refused
from chalicelib.jobs.job import Job
from chalicelib.journeys.journey import parse
from chalicelib.journeys.running import Inside, Meanwhile, Running
from chalicelib.journeys.store import JourneyStore
from chalicelib.journeys.triggers.happened import OnCall
from chalicelib.segments.fields import is_name
from chalicelib.tracking.event import JOURNEY_CALLED, statement

SETTLE: Final = "settle"


def shown(name: str, version: int | None) -> JourneyShown:
    """A version, how the journey runs, and what was counted."""
    perennial = wiring.perennial()
    one = definition_work.read("journey", name, version)
    pointer = _pointer(name)
    running = Running.of(pointer.run, pointer.version)
    counted = perennial.journey_stats.of(name)
    return JourneyShown(
        **dict(one),
        status=_status(pointer, running),
        paused_at=running.pause.at if running.pause else None,
        statistics=figures(counted, parse(one.definition), one.version),
    )


def would_change(name: str, version: int) -> PublicationPreview:
    """Who is inside, before a version is published."""
    counts = unless_changed(lambda: wiring.perennial().publisher.would_change(name, version))
    others = [
        InsideVersion(version=one.version, inside=one.inside, would_leave=one.would_leave, missing=dict(one.missing))
        for one in counts
    ]
    return PublicationPreview(version=version, others=others)


def publish(name: str, version: int, inside: Inside) -> DefinitionState:
    """Put a version in force, and have written down what that says of those inside."""
    state = definition_work.publish(name, version, inside)
    if inside != "stay":
        _settle(name)
    return state


def pause(name: str) -> DefinitionState:
    """Hold a journey."""
    return as_listed(unless_changed(lambda: wiring.perennial().publisher.pause(name, _now())))


def resume(name: str, meanwhile: Meanwhile) -> DefinitionState:
    """Let it go on."""
    state = as_listed(unless_changed(lambda: wiring.perennial().publisher.resume(name, meanwhile, _now())))
    _settle(name)
    return state


def stop(name: str) -> DefinitionState:
    """End it."""
    state = as_listed(unless_changed(lambda: wiring.perennial().publisher.stop(name, _now())))
    _settle(name)
    return state


def call(name: str, asked: JourneyCall) -> JourneyCalled:
    """State that a customer is to enter a journey."""
    pointer, perennial = _pointer(name), wiring.perennial()
    body = JourneyStore(perennial.db).body(name, pointer.version) if pointer.version is not None else None
    if body is None or not isinstance(parse(body).trigger, OnCall):
        raise Refused(409, "not_called", f"The journey {name} is not one that is called, or was never published.")
    customer = chain_of(asked.customer).root.customer
    said: dict[str, Any] = {**asked.data, "journey": name} | ({"key": asked.key} if asked.key else {})
    id = f"call-{ids.digest(name, asked.id or ids.digest(customer, str(sorted(said.items())), times.text(_now())))}"
    event = statement(JOURNEY_CALLED, id, customer, said, at=_now(), context={"active": False})
    perennial.events.store([event])
    return JourneyCalled(customer=customer, journey=name, message_id=id)


def _settle(name: str) -> None:
    """Have it written into each row. The same change starts one job."""
    perennial, pointer = wiring.perennial(), _pointer(name)
    changed_at = times.parse(pointer.updated_at)
    request = {"journey": name, "changed_at": changed_at.isoformat()}
    perennial.jobs.start(Job.new(SETTLE, request, "publisher", changed_at, name, str(pointer.v)))


def _status(pointer: Pointer, running: Running) -> Any:
    if pointer.version is None:
        return "draft"
    return "stopped" if running.stopped else "live" if pointer.live else "paused"


def _pointer(name: str) -> Pointer:
    pointer = JourneyStore(wiring.perennial().db).pointer(name) if is_name(name) else None
    if pointer is None:
        raise Refused(404, "journey_not_found", "There is no journey of this name.")
    return pointer


def _now() -> datetime:
    return wiring.perennial().now()
