"""audience: who is in an audience is written into files for its network, and what differs from an export before.

    gather     everybody, part by part of the table (everybody.py): who is in it, as rows (jobs/audiences)
    merge      the rows of each part of the export, each once, and how they differ from the part of the one before
    tidy       what was gathered is removed; then this export is the last

Every slice can be done again: a file is written whole, and what was gathered counts only under the name that was saved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from chalicelib.errors import Permanent
from chalicelib.jobs.audiences import rows
from chalicelib.jobs.audiences.asking import Asking
from chalicelib.jobs.audiences.audience import Audience
from chalicelib.jobs.audiences.exports import DONE, FORGOTTEN, ExportRequest, began, comparable
from chalicelib.jobs.audiences.store import AudienceStore, Shelf
from chalicelib.jobs.everybody import Everybody
from chalicelib.jobs.job import Job, Slice
from chalicelib.jobs.kind import Kind, Tools
from chalicelib.jobs.settled import workers_know
from chalicelib.jobs.store import JobStore
from chalicelib.segments.conditions import SEGMENT

GATHER: Final = "gather"
MERGE: Final = "merge"
TIDY: Final = "tidy"

Report = Mapping[str, Any]


class _Audience:
    request = ExportRequest

    def work(self, request: ExportRequest, job: Job, tools: Tools) -> Slice:
        audience = AudienceStore(tools.db).audience(request.audience, request.version)
        if audience is None:
            raise Permanent(f"There is no version {request.version} of the audience {request.audience}.")
        before = _before(request, audience, tools)
        cursor = dict(job.cursor or {})
        if "phase" not in cursor:
            if _unheard(audience, tools) and not workers_know(job.created_at + timedelta(minutes=1), tools):
                return Slice({"waits": True}, {}, {"audience": audience.name, "waits_for_workers": True})
            everybody = Everybody.at_first(tools)
            parts = rows.parts_for(everybody.customers, before.parts if before else 1)
            cursor = {**everybody.cursor(), "phase": GATHER, "into": parts, "chunks": []}
        shelf = Shelf(tools.files, audience.name, job.id, cursor["into"])
        report = {**began(request, audience, shelf.parts), **(job.report or {})}
        if cursor["phase"] == GATHER:
            return _gather(audience, shelf, cursor, report, tools)
        if cursor["phase"] == MERGE:
            return _merge(audience, shelf, before, cursor, report, tools)
        return _tidy(audience, shelf, cursor, report, tools)


def _unheard(audience: Audience, tools: Tools) -> bool:
    """Whether this worker has not heard of one of the segments: it may have been put a moment ago."""
    known = {condition.name for condition in tools.around.rules().conditions.conditions}
    return any(SEGMENT + name not in known for name in audience.asked)


def _gather(audience: Audience, shelf: Shelf, cursor: dict[str, Any], report: Report, tools: Tools) -> Slice:
    everybody, found = Everybody.of(cursor), list[str]()
    chunk = f"{everybody.done}-{tools.now():%Y%m%dT%H%M%S%f}"
    everybody, counts = everybody.go_on(Asking(audience, tools).of(found.append), tools)
    shelf.gather(chunk, found, audience.form)
    cursor = {**cursor, **everybody.cursor(), "chunks": [*cursor["chunks"], *([chunk] if found else [])]}
    if everybody.over:
        cursor |= {"phase": MERGE, "part": 0}
    return Slice(cursor, counts, {**report, **everybody.report(), "phase": cursor["phase"]})


def _merge(
    audience: Audience, shelf: Shelf, before: Shelf | None, cursor: dict[str, Any], report: Report, tools: Tools
) -> Slice:
    part, files, counts = cursor["part"], list(report["files"]), Counter[str]()
    while part < shelf.parts:
        now = shelf.gathered(cursor["chunks"], part)
        files.append(shelf.write("members", part, sorted(now), audience.form))
        counts["rows"] += len(now)
        if before is not None:
            old = before.before(part, audience.form, shelf.parts)
            if old is None:
                raise Permanent(FORGOTTEN)
            found = rows.difference(audience.form, old, now)
            changes = (("removed", found.removed), ("added", found.added))
            files += [shelf.write(what, part, lines, audience.form) for what, lines in changes if lines]
            counts.update({what: len(lines) for what, lines in changes})
        part += 1
        if tools.time_is_up():
            break
    cursor = {**cursor, "part": part, "phase": MERGE if part < shelf.parts else TIDY}
    return Slice(cursor, counts, {**report, "files": files, "phase": cursor["phase"]})


def _tidy(audience: Audience, shelf: Shelf, cursor: dict[str, Any], report: Report, tools: Tools) -> Slice:
    for key in list(shelf.leftovers()):
        shelf.files.delete(key)
        if tools.time_is_up():
            return Slice(cursor, {}, report)
    AudienceStore(tools.db).finished(audience.name, shelf.job, tools.now())
    return Slice(None, {}, {**report, "phase": DONE})


def _before(request: ExportRequest, audience: Audience, tools: Tools) -> Shelf | None:
    """The files of the export to compare with."""
    if request.since is None:
        return None
    before = JobStore(tools.db).find(request.since)
    if before is None or not comparable(before, audience, tools.now()):
        raise Permanent(FORGOTTEN)
    return Shelf(tools.files, audience.name, before.id, (before.report or {})["parts"])


plugin: Kind[ExportRequest] = _Audience()
