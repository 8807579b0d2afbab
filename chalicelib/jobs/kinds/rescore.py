"""rescore: everybody is judged anew, because another fit was adopted or a setting changed that stages stand on.

The customers are gone through in parts (everybody.py). Whoever was judged is the same when judged again, and is not
written. Accounts follow, marked so that the worker of the due index folds them.

It waits for a minute before it begins: until then a worker may still know the parameters of before, and whom it judges
by them after they were rescored would stay so until their next event or date.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from chalicelib.customers.store import CustomerStore
from chalicelib.jobs.everybody import Everybody
from chalicelib.jobs.job import Job, Slice
from chalicelib.jobs.kind import Kind, Tools
from chalicelib.jobs.settled import workers_know
from chalicelib.lifecycle.rules import Stage
from chalicelib.review.rescore import rescore

_PAGE: Final = 100  # accounts


class Request(BaseModel):
    """Why everybody is rescored (`model`: a fit was adopted; `settings`), and the moment of that change."""

    model_config = ConfigDict(extra="ignore")

    reason: str
    changed_at: datetime


class _Rescore:
    request = Request

    def work(self, request: Request, job: Job, tools: Tools) -> Slice:
        if not workers_know(request.changed_at, tools):
            return Slice({"waits": True}, {}, {"reason": request.reason, "waits_for_workers": True})
        cursor = dict(job.cursor or {})
        if "parts" not in cursor:
            cursor = Everybody.at_first(tools).cursor()
        everybody = Everybody.of(cursor)
        if everybody.over:
            return self._accounts(request, cursor, everybody, tools)
        rules, customers = tools.around.rules(), CustomerStore(tools.db)
        survey = tools.around.survey() if rules.conditions.v else None  # only conditions ask for anything
        everybody, counts = everybody.go_on(lambda state: rescore(state, rules, customers, tools.now(), survey), tools)
        return Slice({**cursor, **everybody.cursor()}, counts, _report(request, everybody))

    def _accounts(self, request: Request, cursor: Mapping[str, Any], everybody: Everybody, tools: Tools) -> Slice:
        accounts, stages = CustomerStore(tools.db).accounts, list(Stage)
        place, behind, marked = cursor.get("stage", 0), cursor.get("behind"), 0
        while place < len(stages) and not tools.time_is_up():
            found, behind = accounts.in_stage(str(stages[place]), limit=_PAGE, cursor=behind)
            for account in found:
                accounts.mark(account.id, tools.now())
            marked, place = marked + len(found), place if behind else place + 1
        following = {**cursor, "stage": place, "behind": behind} if place < len(stages) else None
        return Slice(following, {"accounts": marked}, _report(request, everybody))


def _report(request: Request, everybody: Everybody) -> dict[str, Any]:
    return {"reason": request.reason, **everybody.report()}


plugin: Kind[Request] = _Rescore()
