"""What the endpoints of audiences do. Imported by the handlers when one of them runs."""

from __future__ import annotations

from datetime import timedelta

from chalicelib import wiring
from chalicelib.api import audience_models as models
from chalicelib.api.definition_models import Definitions
from chalicelib.api.jobs import JobState, found, shown
from chalicelib.api.versions import as_listed, overtaken, valid
from chalicelib.aws.files import LINK_SECONDS
from chalicelib.catalog.pointer import Pointer
from chalicelib.catalog.store import VersionConflict
from chalicelib.errors import Refused
from chalicelib.jobs.audiences.audience import Audience, objections, parse_audience
from chalicelib.jobs.audiences.exports import (
    DONE,
    FORGOTTEN,
    KEPT_FOR,
    KIND,
    ExportRequest,
    comparable,
    start_export,
)
from chalicelib.jobs.audiences.store import AudienceStore
from chalicelib.segments.conditions import SEGMENT
from chalicelib.segments.fields import is_name
from chalicelib.tracking.problems import Invalid, named


def listed(limit: int, cursor: str | None) -> Definitions:
    """A page of the audiences."""
    pointers = _store().pointers(after=cursor or "", limit=limit + 1)
    more = len(pointers) > limit
    return Definitions(
        definitions=[as_listed(one) for one in pointers[:limit]],
        cursor=pointers[limit - 1].name if more else None,
    )


def read(name: str) -> models.AudienceState:
    """One audience."""
    pointer, audience = _found(name)
    return models.AudienceState(
        state=as_listed(pointer),
        definition=audience.body(),
        columns=audience.form.header.split(","),
        last_export=_store().last(name),
    )


def put(name: str, body: object, expected: int | None) -> models.AudienceState:
    """Make a version of an audience."""
    perennial = wiring.perennial()

    def checked() -> Audience:
        audience = parse_audience(named(name, body))
        live = {one.removeprefix(SEGMENT) for one in perennial.conditions.rules() if one.startswith(SEGMENT)}
        if problems := objections(audience, live):
            raise Invalid(problems)
        return audience

    audience = valid("audience", checked)
    store, now = _store(), perennial.now()
    try:
        pointer = store.put(name, audience.title, audience.body(), now, expected=expected, in_force=True)
        if not pointer.live:  # the same as before it ended
            store.change(pointer, now, version=pointer.latest, live=True)
    except VersionConflict as conflict:
        raise overtaken(conflict) from conflict
    return read(name)


def end(name: str) -> models.AudienceState:
    """End an audience. Doing it again changes nothing."""
    pointer, _ = _found(name)
    try:
        if pointer.live:
            _store().change(pointer, wiring.perennial().now(), version=pointer.version, live=False)
    except VersionConflict as conflict:
        raise overtaken(conflict) from conflict
    return read(name)


def export(name: str, order: models.ExportOrder, requested_by: str) -> JobState:
    """Start an export."""
    perennial = wiring.perennial()
    pointer, audience = _found(name)
    if not pointer.live:
        raise Refused(409, "audience_ended", "This audience has ended: put it again, then export.")
    if order.since is not None and order.mode == "full":
        raise Refused(400, "invalid_export", "A full export is compared with nothing: leave out since.")
    since = _since(audience, order.since) if order.mode == "difference" else None
    request = ExportRequest(audience=name, version=pointer.latest, since=since)
    return shown(start_export(perennial.jobs, request, requested_by, perennial.now()))


def exported(name: str, id: str) -> models.AudienceExport:
    """An export with links to its files, once it is done."""
    _found(name)
    job, perennial = found(id), wiring.perennial()
    report = job.report or {}
    request = ExportRequest.model_validate(job.request) if job.kind == KIND else None
    if request is None or request.audience != name:
        raise Refused(404, "unknown_job", "That job is no export of this audience.")
    now = perennial.now()
    kept = report.get("phase") == DONE and now - job.created_at < KEPT_FOR
    return models.AudienceExport(
        job=shown(job),
        since=request.since,
        people=(job.counts or {}).get("people", 0),
        files=[_file(one) for one in report["files"]] if kept else [],
        links_until=now + timedelta(seconds=LINK_SECONDS) if kept else None,
    )


def _file(said: dict[str, object]) -> models.AudienceFile:
    key = str(said["file"])
    name = key.rpartition("/")[2]
    link = wiring.perennial().files.download_link(key, name)
    return models.AudienceFile.model_validate({"name": name, "what": said["what"], "rows": said["rows"], "link": link})


def _since(audience: Audience, wanted: str | None) -> str:
    perennial = wiring.perennial()
    id = wanted or _store().last(audience.name)
    before = perennial.jobs.find(id) if id is not None else None
    if before is None or not comparable(before, audience, perennial.now()):
        raise Refused(409, "nothing_to_compare", FORGOTTEN)
    return before.id


def _store() -> AudienceStore:
    return AudienceStore(wiring.perennial().db)


def _found(name: str) -> tuple[Pointer, Audience]:
    store = _store()
    pointer = store.pointer(name) if is_name(name) else None
    audience = store.audience(name, pointer.latest) if pointer else None
    if pointer is None or audience is None:
        raise Refused(404, "audience_not_found", "There is no audience of this name.")
    return pointer, audience
