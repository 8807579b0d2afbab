"""resegment: everybody is judged by the conditions that are live now, because a segment was put or a journey published.

Whoever is in it by what was known before enters silently, with the cause `definition`. A customer who is in nothing new
is not written. Those who are not reached yet are judged at their next event or review, which comes to the same. On the
way everybody's segments are counted: at the end the sizes of all of them are known exactly.

It waits for a minute before it begins, as rescore.py does and for the same reason.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from chalicelib.customers.state import State
from chalicelib.customers.store import CustomerStore
from chalicelib.jobs.everybody import Everybody
from chalicelib.jobs.job import Job, Slice
from chalicelib.jobs.kind import Kind, Tools
from chalicelib.jobs.settled import workers_know
from chalicelib.review.rescore import judge_anew
from chalicelib.review.survey import Survey
from chalicelib.segments.sizes import Watcher
from chalicelib.segments.sizes.store import SizeStore


class Request(BaseModel):
    """The segment that was put, and when; no segment where journeys were published."""

    model_config = ConfigDict(extra="ignore")

    segment: str
    changed_at: datetime


class _Resegment:
    request = Request

    def work(self, request: Request, job: Job, tools: Tools) -> Slice:
        if not workers_know(request.changed_at, tools):
            return Slice({"waits": True}, {}, {"segment": request.segment or None, "waits_for_workers": True})
        cursor = dict(job.cursor or {})
        everybody = Everybody.of(cursor) if "parts" in cursor else Everybody.at_first(tools)
        rules, customers = tools.around.rules(), CustomerStore(tools.db)
        survey = tools.around.survey() if rules.conditions.v else Survey(customers)
        watcher = Watcher(rules.conditions, cursor.get("sizes"))

        def judge(state: State) -> str:
            outcome, after = judge_anew(state, rules, customers, tools.now(), survey)
            watcher.see(after)
            return outcome

        everybody, counts = everybody.go_on(judge, tools)
        members = {"members": watcher.inside[request.segment]} if request.segment else {}
        report = {"segment": request.segment or None, **members, **everybody.report()}
        if not everybody.over:
            return Slice({**everybody.cursor(), "sizes": dict(watcher.inside)}, counts, report)
        SizeStore(tools.db).keep(watcher.exact(tools.now()))
        return Slice(None, counts, report)


plugin: Kind[Request] = _Resegment()
