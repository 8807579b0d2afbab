"""settle: what a publication, a pause's end or a stop has said of everybody inside a journey is written into each row.

It goes through the enrolments once, page by page. Whoever is settled is the same when settled again, and is not
written. It waits until every worker knows what was said, so that none lets anybody in by what was before.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from chalicelib.jobs.job import Job, Slice
from chalicelib.jobs.kind import Kind, Tools
from chalicelib.jobs.settled import workers_know
from chalicelib.journeys.engine import Engine
from chalicelib.journeys.enrolment import Enrolment
from chalicelib.journeys.settle import settle
from chalicelib.resources import ENROLMENTS


class Request(BaseModel):
    """Of which journey, and when that was said."""

    model_config = ConfigDict(extra="ignore")

    journey: str
    changed_at: datetime


class _Settle:
    request = Request

    def work(self, request: Request, job: Job, tools: Tools) -> Slice:
        cursor = dict(job.cursor or {})
        if not workers_know(request.changed_at, tools):
            return Slice({"waits": True}, {}, {"journey": request.journey, "waits_for_workers": True})
        engine, counts, behind = tools.around.engine(), Counter[str](), cursor.get("behind")
        while True:
            page = tools.db.scan(ENROLMENTS, start=behind)
            for item in page.items:
                if str(item["sk"]).startswith(f"{request.journey}#"):
                    counts[_settled(item, engine)] += 1
            behind = page.next
            if behind is None:
                return Slice(None, dict(counts), {"journey": request.journey})
            if tools.time_is_up():
                return Slice({"behind": behind}, dict(counts), {"journey": request.journey})


def _settled(item: dict[str, object], engine: Engine) -> str:
    try:
        row = Enrolment.from_item(item)
    except (KeyError, ValueError, TypeError):
        return "unreadable"
    return settle(row, engine)


plugin: Kind[Request] = _Settle()
