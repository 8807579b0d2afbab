"""occurrence: a time of a scheduled journey has come, and the members of its segment enter.

    late, too many, paused    it ends and says so; somebody confirms, and a job of its own goes on
    count                     how many members there are, if that has to be known
    enter                     each enters by the same decision as by any trigger (journeys/enrol.py), once for this time

Nothing sleeps for a rate or for somebody's nine o'clock: who enters later has a date (`begins_at`), and waits in the
due index. A part that was interrupted is done again; who is in is in.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from chalicelib import times
from chalicelib.customers import zones
from chalicelib.customers.state import State
from chalicelib.customers.store import CustomerStore
from chalicelib.errors import Permanent
from chalicelib.jobs.everybody import Everybody
from chalicelib.jobs.job import Job, Slice
from chalicelib.jobs.kind import Kind, Tools
from chalicelib.journeys.effect import Effect
from chalicelib.journeys.engine import Engine
from chalicelib.journeys.enrol import start
from chalicelib.journeys.live import Live
from chalicelib.journeys.schedule.occurrences import LOCAL, Schedule
from chalicelib.journeys.triggers.happened import SCHEDULED, OnSchedule
from chalicelib.review.rescore import rescore
from chalicelib.segments.conditions import SEGMENT, Condition

COUNTING: Final = "counting"
ENTERING: Final = "entering"
LATE: Final = "late"
NEEDS_APPROVAL: Final = "needs_approval"
HELD: Final = "held"
DONE: Final = "done"


class Request(BaseModel):
    """Which time of which journey. occurrence: as the calendar has it; begins_at: for the first of all people.
    confirmed: somebody has said that it may be late, and large."""

    model_config = ConfigDict(extra="ignore")

    journey: str
    occurrence: datetime
    begins_at: AwareDatetime
    confirmed: bool = False


class _Occurrence:
    request = Request

    def work(self, request: Request, job: Job, tools: Tools) -> Slice:
        engine = tools.around.engine()
        live = next((one for one in engine.live.all() if one.journey.name == request.journey), None)
        trigger = live.journey.trigger if live else None
        if live is None or not isinstance(trigger, OnSchedule):
            return Slice(None, {}, {"state": HELD})
        cursor = dict(job.cursor or {})
        if not cursor:
            if not request.confirmed and tools.now() - request.begins_at > live.journey.max_age:
                return Slice(None, {}, {"state": LATE})
            begin = COUNTING if trigger.approve_above is not None and not request.confirmed else ENTERING
            cursor = _phase(begin, tools)
        everybody = Everybody.of(cursor)
        if cursor["state"] == COUNTING:
            return self._count(_condition(trigger, tools), everybody, cursor, job, trigger, tools)
        entry = _Entry(
            request, live, trigger, engine, times.parse(cursor["since"]), (job.counts or {}).get("entered", 0)
        )
        everybody, counts = everybody.go_on(entry.of(_condition(trigger, tools), tools), tools)
        following = None if everybody.over else {**cursor, **everybody.cursor()}
        return Slice(following, counts, _report(DONE if everybody.over else ENTERING, everybody, job))

    def _count(
        self,
        condition: Condition,
        everybody: Everybody,
        cursor: Mapping[str, Any],
        job: Job,
        trigger: OnSchedule,
        tools: Tools,
    ) -> Slice:
        everybody, counts = everybody.go_on(
            lambda state: "members" if condition.key in state.memberships else "others", tools
        )
        members = (job.counts or {}).get("members", 0) + counts["members"]
        if not everybody.over:
            return Slice({**cursor, **everybody.cursor()}, counts, _report(COUNTING, everybody, job))
        if trigger.approve_above is not None and members > trigger.approve_above:
            return Slice(None, counts, _report(NEEDS_APPROVAL, everybody, job))
        return Slice(_phase(ENTERING, tools), counts, _report(ENTERING, everybody, job))


class _Entry:
    """Lets members in. `since`: when the first entered; `before`: how many entered in the slices before this one."""

    def __init__(
        self, request: Request, live: Live, trigger: OnSchedule, engine: Engine, since: datetime, before: int
    ) -> None:
        self._request, self._live, self._trigger, self._engine = request, live, trigger, engine
        self._since, self._place = since, before
        self._turn = threading.Lock()

    def of(self, condition: Condition, tools: Tools) -> Any:
        """What is done to each customer."""
        customers, rules, survey = CustomerStore(tools.db), tools.around.rules(), tools.around.survey()

        def work(state: State) -> str:
            if state.conditions_v < condition.since:  # nobody has asked yet whether this one is in the segment
                rescore(state, rules, customers, tools.now(), survey)
                state = customers.load(state.customer)
            return self._enter(state) if condition.key in state.memberships else "others"

        return work

    def _enter(self, state: State) -> str:
        now = self._engine.clock()
        begins_at = max(self._own_time(state), self._turn_of_the_rate())
        if now - begins_at > self._live.journey.max_age and not self._request.confirmed:
            return "too_late"
        occurrence = self._request.occurrence.isoformat(timespec="minutes")
        said = {"journey": self._request.journey, "occurrence": occurrence, "begins_at": times.text(begins_at)}
        cause = Effect(f"schedule#{self._request.journey}#{occurrence}", SCHEDULED, now, said)
        outcomes = [one.outcome for one in start(state.customer, [cause], self._engine)]
        return outcomes[0] if outcomes else "others"

    def _own_time(self, state: State) -> datetime:
        if self._trigger.zone != LOCAL:
            return self._request.begins_at
        traits = self._engine.customers.profile(state.customer).values
        own = zones.local(traits, self._engine.knowing.zone())
        schedule = Schedule(self._request.occurrence, None, LOCAL)
        return schedule.begins_for(self._request.occurrence, own.zone)

    def _turn_of_the_rate(self) -> datetime:
        """When it is the next one's turn, so that so many a minute enter and no more."""
        with self._turn:
            place, self._place = self._place, self._place + 1
        rate = self._trigger.per_minute
        return self._since + (timedelta(minutes=place / rate) if rate else timedelta(0))


def _condition(trigger: OnSchedule, tools: Tools) -> Condition:
    name = SEGMENT + trigger.segment
    found = next((one for one in tools.around.rules().conditions.conditions if one.name == name), None)
    if found is None:
        raise Permanent(f"There is no segment {trigger.segment}: PUT /v1/segments/{trigger.segment}, then approve.")
    return found


def _phase(state: str, tools: Tools) -> dict[str, Any]:
    return {**Everybody.at_first(tools).cursor(), "state": state, "since": times.text(tools.now())}


def _report(state: str, everybody: Everybody, job: Job) -> dict[str, Any]:
    return {"state": state, **everybody.report()}


plugin: Kind[Request] = _Occurrence()
