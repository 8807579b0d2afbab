"""Refits and rescores, worked off as the work table's stream drives them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.aws.database import Database
from chalicelib.customers.fold import fold
from chalicelib.customers.seen import Seen as Counted
from chalicelib.customers.state import Join, State
from chalicelib.customers.store import CustomerStore
from chalicelib.errors import Transient
from chalicelib.jobs.job import KIND, Job, Status
from chalicelib.jobs.kind import Around
from chalicelib.jobs.kinds import refit, rescore
from chalicelib.jobs.kinds.refit import _Refit
from chalicelib.jobs.lifecycle import next_weekly, start_rescore, weekly
from chalicelib.jobs.run import Runner
from chalicelib.jobs.store import JobStore
from chalicelib.lifecycle.fitted import Fitted
from chalicelib.lifecycle.history import History
from chalicelib.lifecycle.stage import DEFAULT
from chalicelib.lifecycle.store import FitStore
from chalicelib.lifecycle.versions import in_force
from chalicelib.resources import CUSTOMERS, WORK
from chalicelib.review.advance import Rules, advance
from tests.customers.events import order
from tests.fakes.database import MemoryDatabase
from tests.fakes.files import MemoryFiles
from tests.fakes.queues import MemoryQueues
from tests.fakes.secrets import MemorySecrets
from tests.review.faults import Crash, counting, crashing

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)  # a Wednesday
DAY = timedelta(days=1)
FIT = Fitted(
    source="fit", buyers=900, returned=300, once_occasional_days=30, once_waiting_days=90, once_at_risk_days=200
)


@dataclass
class Desk:
    """Whoever works the jobs of a database off: both functions. `fits`: what the next fits come to."""

    db: Database
    fits: Iterator[Fitted]
    now: datetime = NOW
    alarms: list[str] = field(default_factory=list)
    samples: list[int] = field(default_factory=list)

    def how(self, sample: Sequence[History], now: datetime, previous: Fitted | None = None, **asked: Any) -> Fitted:
        self.samples.append(len(sample))
        return next(self.fits)

    def runner(self, db: Database, *, heavy: bool) -> Runner:
        around = Around(self.rules, self.pause, self.alarms.append)
        kinds: dict[str, Any] = {"refit": _Refit(self.how), "rescore": rescore.plugin}
        ports = MemoryFiles(), MemoryQueues(), MemorySecrets()
        return Runner(db, *ports, lambda: self.now, kinds.__getitem__, heavy=heavy, around=around)

    def rules(self) -> Rules:
        return Rules(in_force(DEFAULT, FitStore(self.db).standing().fitted))

    def pause(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def work(self, db: Database | None = None) -> None:
        """Until no job is open. `db`: one with faults, for the functions alone."""
        working = db or self.db
        while open := [item for item in self.jobs() if item["status"] in ("queued", "running")]:
            for item in open:
                for heavy in (False, True):
                    self.runner(working, heavy=heavy).work(item)

    def jobs(self) -> list[dict[str, Any]]:
        return [dict(item) for item in self.db.query(WORK, KIND).items]

    def done(self, kind: str) -> list[Job]:
        found = [JobStore(self.db).find(item["sk"]) for item in self.jobs() if item["kind"] == kind]
        return [job for job in found if job is not None]


def desk(db: Database, *fits: Fitted) -> Desk:
    return Desk(db, iter(fits))


def buyer(name: str, days_ago: float) -> State:
    """One order, and judged when it was made."""
    at = NOW - days_ago * DAY
    bought = order(name, at).model_copy(update={"user_id": name, "received_at": at})
    return advance(
        State(f"u#{name}"), [bought], fold(State("").facts, [bought]), Counted().add([bought]), Rules(DEFAULT), at
    )


def shop(db: Database) -> None:
    """Ann bought 10 days ago, Bob 40, Cyd 100; Dan belongs to Ann."""
    customers = CustomerStore(db)
    for state in (buyer("ann", 10), buyer("bob", 40), buyer("cyd", 100)):
        customers.save(state)
    customers.save(State("u#dan", v=1, join=Join("u#ann", NOW)))


def stages(db: Database) -> dict[str, tuple[str | None, str | None]]:
    states = map(CustomerStore(db).load, ("u#ann", "u#bob", "u#cyd"))
    return {state.customer: (state.stage, state.cause) for state in states}


def test_an_adopted_fit_is_in_force_and_everybody_is_rescored_by_it(database: Database) -> None:
    shop(database)
    here = desk(database, FIT)
    JobStore(database).start(weekly(NOW))
    here.work()
    (fitted,), (judged,) = here.done("refit"), here.done("rescore")
    assert (fitted.status, judged.status) == (Status.DONE, Status.DONE), (fitted.problem, judged.problem)
    assert FitStore(database).standing().fitted == replace(FIT, version=1)
    assert fitted.report
    assert fitted.report["adopted"]
    assert fitted.report["rescore"] == judged.id
    assert here.samples == [3], "whoever has an order, and nobody twice"
    assert stages(database) == {
        "u#ann": ("occasional", "first"),
        "u#bob": ("waiting", "model"),
        "u#cyd": ("at_risk", "model"),
    }
    ann = CustomerStore(database).load("u#ann")
    assert ann.next_at == NOW + 20 * DAY, "the same stage, another date"
    assert judged.counts == {"customers": 3, "redated": 1, "moved": 2, "accounts": 0}
    assert judged.report
    assert judged.report["share_done"] == 1.0
    assert here.alarms == []


def test_a_rescore_waits_until_every_worker_knows() -> None:
    db = MemoryDatabase()
    shop(db)
    here = desk(db)
    start_rescore(JobStore(db), "settings", "somebody", NOW, "a change")
    here.work()
    assert here.now >= NOW + timedelta(seconds=60)


def test_whom_nothing_new_is_thought_of_is_not_written() -> None:
    db = MemoryDatabase()
    shop(db)
    written = len(db.changes)
    here = desk(db)
    job = start_rescore(JobStore(db), "settings", "somebody", NOW - DAY, "a change")
    here.work()
    (done,) = here.done("rescore")
    assert done.counts == {"customers": 3, "same": 2, "moved": 1, "accounts": 0}, "time alone made Cyd Waiting"
    assert [c for c in db.changes[written:] if c.table == CUSTOMERS and (c.new or {})["pk"] != "u#cyd"] == []
    assert stages(db)["u#cyd"] == ("waiting", "time")
    assert start_rescore(JobStore(db), "settings", "somebody", NOW - DAY, "a change").id == job.id, "the same change"


REFUSED = [
    ("worse in two windows running", replace(FIT, drift=(0.4, 0.3)), ["drifted"], ["BadRefit"]),
    ("a small shop", replace(FIT, buyers=20), ["too_few"], []),
]


@pytest.mark.parametrize(
    ("fitted", "objections", "alarms"), [case[1:] for case in REFUSED], ids=[c[0] for c in REFUSED]
)
def test_a_refused_fit_is_kept_and_moves_nobody(
    database: Database, fitted: Fitted, objections: list[str], alarms: list[str]
) -> None:
    shop(database)
    before = stages(database)
    here = desk(database, fitted)
    JobStore(database).start(weekly(NOW))
    here.work()
    (done,) = here.done("refit")
    assert done.status is Status.DONE
    assert done.report
    assert [reason["objection"] for reason in done.report["reasons"]] == objections
    assert here.done("rescore") == []
    assert (stages(database), here.alarms) == (before, alarms)
    assert [one.verdict.adopted for one in FitStore(database).history(5)] == [False]


def test_no_fit_at_all_ends_the_job_and_pages_somebody() -> None:
    db = MemoryDatabase()
    shop(db)

    def fails(*given: Any, **asked: Any) -> Fitted:
        raise ValueError("alpha must be finite")

    here = desk(db)
    here.how = fails  # type: ignore[method-assign]
    JobStore(db).start(weekly(NOW))
    here.work()
    (done,) = here.done("refit")
    assert done.status is Status.FAILED
    assert "alpha must be finite" in str(done.problem)
    assert here.alarms == ["BadRefit"]


def test_the_schedule_starts_one_job_a_week(database: Database) -> None:
    here = desk(database, *[replace(FIT, hero_value=float(n)) for n in range(1, 9)])
    for later in (0, 1, 6, 7):  # Wednesday, Thursday, Tuesday, Wednesday
        JobStore(database).start(weekly(NOW + later * DAY))
        here.work()
    assert len(here.done("refit")) == 2
    assert [one.fitted.version for one in FitStore(database).history(9)] == [2, 1]


@pytest.mark.parametrize("acknowledged", [False, True], ids=["not done", "done and not told"])
@pytest.mark.parametrize("kind", ["refit", "rescore"])
def test_a_crash_anywhere_leaves_one_fit_and_everybody_rescored(acknowledged: bool, kind: str) -> None:
    at = 0
    while True:
        db = MemoryDatabase()
        shop(db)
        here = desk(db, *[FIT] * 3)
        JobStore(db).start(weekly(NOW))
        broken = crashing(db, at, acknowledged=acknowledged)
        counted, calls = counting(broken)
        try:
            here.work(counted)
        except Crash:
            here.work()
        assert [one.fitted.version for one in FitStore(db).history(9)] == [1]
        assert [job.status for job in (*here.done("refit"), *here.done("rescore"))] == [Status.DONE] * 2
        assert {state[0] for state in stages(db).values()} == {"occasional", "waiting", "at_risk"}
        if calls() <= at:
            break
        at += 7 if kind == "rescore" else 1
    assert at > 20


def test_of_two_refits_at_one_moment_both_are_kept_one_after_the_other() -> None:
    db = MemoryDatabase()
    shop(db)
    here = desk(db, *[FIT] * 4)
    first, second = (JobStore(db).start(Job.new("refit", {}, name, NOW, name)) for name in ("ann", "bob"))

    def meanwhile(*given: Any, **asked: Any) -> Fitted:
        here.how = Desk.how.__get__(here)  # type: ignore[method-assign]
        here.runner(db, heavy=True).work({"sk": second.id, "v": 1})
        return FIT

    here.how = meanwhile  # type: ignore[method-assign]
    with pytest.raises(Transient):  # Lambda brings the record again
        here.runner(db, heavy=True).work({"sk": first.id, "v": 1})
    here.work()
    assert [one.job for one in FitStore(db).history(9)] == [first.id, second.id]


def test_each_function_works_its_own_kinds() -> None:
    db = MemoryDatabase()
    here = desk(db, FIT)
    job = JobStore(db).start(weekly(NOW))
    assert here.runner(db, heavy=False).work({"sk": job.id, "v": 1}) == "passed"
    assert here.runner(db, heavy=True).work({"sk": job.id, "v": 1}) == "ended"
    assert refit.plugin is not None


def test_facts_of_another_fold_are_made_anew_by_the_worker_of_the_due_index() -> None:
    db = MemoryDatabase()
    shop(db)
    CustomerStore(db).save(replace(CustomerStore(db).load("u#bob"), v=2, fold_v=1))
    here = desk(db)
    start_rescore(JobStore(db), "settings", "somebody", NOW - DAY, "a vocabulary")
    here.work()
    (done,) = here.done("rescore")
    assert (done.counts or {})["to_rebuild"] == 1
    bob = CustomerStore(db).load("u#bob")
    assert (bob.rebuild, bob.due_at) == ("facts of another fold", NOW)


def test_a_large_base_is_rescored_in_several_slices() -> None:
    db = MemoryDatabase()
    customers = CustomerStore(db)
    for number in range(900):
        customers.save(buyer(f"n{number}", 40))
    here = desk(db)
    started = NOW

    def slowly() -> datetime:
        here.now += timedelta(milliseconds=60)
        return here.now

    start_rescore(JobStore(db), "settings", "somebody", started - DAY, "a change")
    slices = 0
    while (job := here.done("rescore")[0]).status is not Status.DONE:
        ports = MemoryFiles(), MemoryQueues(), MemorySecrets()
        Runner(db, *ports, slowly, around=Around(here.rules, here.pause)).work({"sk": job.id, "v": job.v})
        slices += 1
    assert slices > 2
    assert (job.counts or {})["customers"] == 900


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (NOW, datetime(2026, 11, 30, 3, 17, tzinfo=UTC)),
        (datetime(2026, 11, 30, 3, 16, tzinfo=UTC), datetime(2026, 11, 30, 3, 17, tzinfo=UTC)),
        (datetime(2026, 11, 30, 3, 17, tzinfo=UTC), datetime(2026, 12, 7, 3, 17, tzinfo=UTC)),
    ],
)
def test_the_next_refit_is_on_monday_at_night(now: datetime, then: datetime) -> None:
    assert next_weekly(now) == then
