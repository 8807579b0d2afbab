"""Exports of audiences: what is asked of the job, what its report says, and with which export another can be compared.
Pure, but for the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from chalicelib.jobs.audiences.audience import Audience
from chalicelib.jobs.job import Job
from chalicelib.jobs.store import JobStore

KIND: Final = "audience"  # the job's kind
DONE: Final = "done"
KEPT_FOR: Final = timedelta(days=29)
"""How long an export may be compared with: its files are forgotten after 30 days."""
FORGOTTEN: Final = "The export to compare with is forgotten, was not finished, or has other columns: export in full."


class ExportRequest(BaseModel):
    """Which version of which audience. since: the job of the export that is compared with; None for a full one."""

    model_config = ConfigDict(extra="ignore")

    audience: str
    version: int
    since: str | None = None


def start_export(jobs: JobStore, request: ExportRequest, requested_by: str, now: datetime) -> Job:
    """Have an audience exported; impatient repetitions within a minute are one job."""
    minute = now.replace(second=0, microsecond=0)
    asked = request.model_dump(mode="json")
    cause = (request.audience, str(request.version), request.since or "full")
    return jobs.start(Job.new(KIND, asked, requested_by, minute, *cause))


def began(request: ExportRequest, audience: Audience, parts: int) -> Mapping[str, Any]:
    """What the report says from the first slice on."""
    return {
        "audience": audience.name,
        "version": request.version,
        "columns": columns(audience),
        "since": request.since,
        "parts": parts,
        "files": [],
    }


def columns(audience: Audience) -> str:
    """What an export's rows are made of: a text that is the same for exports that can be compared."""
    return f"{audience.network}: {audience.form.header}; by {', '.join(audience.form.match_on)}"


def comparable(before: Job, audience: Audience, now: datetime) -> bool:
    """Whether an export can be compared with: it is done, of this audience, has the same columns, and its files are
    still there."""
    said = before.report or {}
    same = said.get("audience") == audience.name and said.get("columns") == columns(audience)
    return before.kind == KIND and same and said.get("phase") == DONE and now - before.created_at < KEPT_FOR
