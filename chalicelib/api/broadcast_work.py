"""What the endpoints of broadcasts do. Imported by the handlers when one of them runs.

A broadcast is kept as it was said; scheduling it puts and publishes the journey that it comes to.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from chalicelib import times, wiring
from chalicelib.api import journey_work
from chalicelib.api.broadcast_models import BroadcastDetails, Broadcasts, Progress
from chalicelib.api.definition_work import unless_changed
from chalicelib.api.versions import valid
from chalicelib.aws.database import Database
from chalicelib.catalog.pointer import Pointer
from chalicelib.catalog.store import DefinitionStore
from chalicelib.errors import Refused
from chalicelib.jobs import occurrences
from chalicelib.jobs.job import Job, Status
from chalicelib.jobs.store import JobStore
from chalicelib.journeys import journey
from chalicelib.journeys.broadcast import is_broadcast, parse
from chalicelib.journeys.running import Meanwhile, Running
from chalicelib.journeys.schedule.store import ScheduleStore, Standing
from chalicelib.journeys.store import JourneyStore
from chalicelib.segments.fields import is_name
from chalicelib.tracking.problems import named

BROADCAST: Final = "broadcast"
WAITING: Final = ("needs_approval", "late", "held")
_INSIDE: Final = ("entered", "already_entered")
_PASSED: Final = ("others", "members", "customers")


def listed(limit: int, cursor: str | None) -> Broadcasts:
    """A page of the broadcasts."""
    found = _store().pointers(after=cursor or "", limit=limit + 1)
    shown = found[:limit]
    return Broadcasts(
        broadcasts=[_details(one) for one in shown], cursor=shown[-1].name if len(found) > len(shown) else None
    )


def read(name: str) -> BroadcastDetails:
    """One broadcast."""
    return _details(_pointer(name))


def put(name: str, body: object, expected: int | None) -> BroadcastDetails:
    """Make a version, unless the newest says the same."""
    made = valid("broadcast", lambda: parse(named(name, body)))
    _free(name)
    pointer = unless_changed(lambda: _store().put(name, made.title, made.body(), _now(), expected=expected))
    return _details(pointer)


def schedule(name: str, version: int) -> BroadcastDetails:
    """Put and publish the journey that a version comes to."""
    pointer = _pointer(name)
    body = _store().body(name, version)
    if body is None:
        said = f"The broadcast {name} has no version {version}; the newest is {pointer.latest}."
        raise Refused(404, "version_not_found", said)
    _free(name)
    wanted = parse({**body, "name": name}).journey()
    put = unless_changed(lambda: JourneyStore(_db()).put(name, wanted.title, wanted.body(), _now()))
    journey_work.publish(name, put.latest, "stay")
    scheduled = unless_changed(lambda: _store().change(pointer, _now(), version=version, live=True))
    return _details(scheduled)


def approve(name: str, by: str) -> BroadcastDetails:
    """Start the job that goes on although it is late, or large."""
    pointer = _pointer(name)
    standing = _schedules().get(name)
    job = occurrences.running(_jobs(), standing) if standing else None
    if standing is None or standing.last is None or job is None or _said(job) not in WAITING:
        raise Refused(409, "nothing_to_approve", "Nothing of this broadcast waits for approval.")
    _jobs().start(occurrences.of(name, standing.last, standing.schedule.begins(standing.last), by))
    return _details(pointer)


def pause(name: str) -> BroadcastDetails:
    """Pause its journey."""
    _pointer(name)
    journey_work.pause(name)
    return read(name)


def resume(name: str, meanwhile: Meanwhile) -> BroadcastDetails:
    """Resume its journey."""
    _pointer(name)
    journey_work.resume(name, meanwhile)
    return read(name)


def cancel(name: str) -> BroadcastDetails:
    """Stop its journey, and let it begin no more."""
    _pointer(name)
    journey_work.stop(name)
    return read(name)


def _details(pointer: Pointer) -> BroadcastDetails:
    body = _store().body(pointer.name, pointer.latest) or {}
    return BroadcastDetails(
        name=pointer.name,
        title=pointer.title,
        newest_version=pointer.latest,
        version=pointer.version,
        definition=body,
        progress=_progress(pointer),
    )


def _progress(pointer: Pointer) -> Progress:
    standing = _schedules().get(pointer.name) if pointer.version else None
    job = occurrences.running(_jobs(), standing) if standing else None
    about = standing.last if standing and job else standing.next if standing else None
    counts = dict(job.counts or {}) if job else {}
    return Progress(
        state=_state(pointer, standing, job),
        occurrence=about.isoformat(timespec="minutes") if about else None,
        begins_at=times.text(standing.schedule.begins(about)) if standing and about else None,
        members=counts.get("members"),
        entered=sum(counts.get(word, 0) for word in _INSIDE),
        not_entered={word: count for word, count in counts.items() if word not in (*_INSIDE, *_PASSED)},
        share_done=(job.report or {}).get("share_done") if job else None,
        job=job.id if job else None,
        problem=job.problem if job else None,
        next=standing.next.isoformat(timespec="minutes") if standing and standing.next else None,
    )


def _state(pointer: Pointer, standing: Standing | None, job: Job | None) -> str:
    if pointer.version is None or standing is None:
        return "draft"
    runs = JourneyStore(_db()).pointer(pointer.name)
    if runs is not None and Running.of(runs.run, runs.version).stopped:
        return "cancelled"
    if runs is not None and not runs.live:
        return "paused"
    if job is None:
        return "scheduled" if standing.next else "done"
    said = _said(job)
    return "scheduled" if said == "done" and standing.next else said


def _said(job: Job) -> str:
    """How far a job is, in the words of broadcasts."""
    if job.status in (Status.FAILED, Status.CANCELLED):
        return "failed" if job.status is Status.FAILED else "cancelled"
    return str((job.report or {}).get("state", "entering"))


def _free(name: str) -> None:
    """A journey of this name that is no broadcast is somebody's, and stays."""
    store = JourneyStore(_db())
    pointer = store.pointer(name)
    body = store.body(name, pointer.latest) if pointer else None
    if body is not None and not is_broadcast(journey.parse(body)):
        raise Refused(409, "name_taken", f"There is a journey {name}. Give the broadcast another name.")


def _pointer(name: str) -> Pointer:
    pointer = _store().pointer(name) if is_name(name) else None
    if pointer is None:
        raise Refused(404, "broadcast_not_found", "There is no broadcast of this name.")
    return pointer


def _store() -> DefinitionStore:
    return DefinitionStore(_db(), BROADCAST)


def _schedules() -> ScheduleStore:
    return ScheduleStore(_db())


def _jobs() -> JobStore:
    return wiring.perennial().jobs


def _db() -> Database:
    return wiring.perennial().db


def _now() -> datetime:
    return wiring.perennial().now()
