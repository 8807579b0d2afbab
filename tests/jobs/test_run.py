"""Jobs are worked off slice by slice, whatever is lost, doubled or broken between two calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel

from chalicelib.aws.database import Database
from chalicelib.errors import Permanent, Transient
from chalicelib.jobs.job import KIND, TRIES, Job, Slice, Status
from chalicelib.jobs.kind import Kind, Tools
from chalicelib.jobs.run import Runner
from chalicelib.jobs.store import Conflict, JobStore
from chalicelib.resources import CATALOG, WORK
from tests.fakes.files import MemoryFiles
from tests.fakes.queues import MemoryQueues
from tests.fakes.secrets import MemorySecrets

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


class Numbers(BaseModel):
    """What is asked of the kind below: so many numbers."""

    many: int


@dataclass
class Count:
    """A kind that writes one number a slice, and does whatever `happens` does before it."""

    happens: Callable[[], object] = lambda: None
    slices: Counter[int] = field(default_factory=Counter)

    @property
    def request(self) -> type[Numbers]:
        return Numbers

    def work(self, request: Numbers, job: Job, tools: Tools) -> Slice:
        number = (job.cursor or {}).get("at", 0)
        self.slices[number] += 1
        tools.db.put(CATALOG, {"pk": "number", "sk": f"{number:03}"})
        self.happens()
        return Slice({"at": number + 1} if number + 1 < request.many else None, {"numbers": 1})


def runner(db: Database, kind: Kind[Any]) -> Runner:
    return Runner(db, MemoryFiles(), MemoryQueues(), MemorySecrets(), lambda: NOW, kinds=lambda name: kind)


def change(db: Database, id: str) -> dict[str, Any]:
    """What the stream carries of a job as it is now."""
    item = db.get(WORK, KIND, id)
    assert item is not None
    return item


def started(db: Database, **request: Any) -> Job:
    return JobStore(db).start(Job.new("count", request, "key", NOW))


def finish(db: Database, working: Runner, id: str, most: int = 50) -> Job:
    """The stream brings each save, until the job is over."""
    for _ in range(most):
        found = JobStore(db).find(id)
        assert found is not None
        if found.status.over:
            return found
        working.work(change(db, id))
    raise AssertionError("the job does not come to an end")


def test_a_job_is_done_slice_by_slice(database: Database) -> None:
    kind = Count()
    job = finish(database, runner(database, kind), started(database, many=3).id)
    assert (job.status, job.counts, job.v) == (Status.DONE, {"numbers": 3}, 4)
    assert kind.slices == {0: 1, 1: 1, 2: 1}


def test_starting_it_again_starts_nothing(database: Database) -> None:
    first = started(database, many=2)
    finish(database, runner(database, Count()), first.id)
    assert started(database, many=2).status is Status.DONE


def test_a_change_that_comes_late_or_twice_does_nothing(database: Database) -> None:
    kind = Count()
    job, working = started(database, many=3), runner(database, kind)
    first = change(database, job.id)
    assert working.work(first) == "worked"
    assert working.work(first) == "passed"
    finish(database, working, job.id)
    assert working.work(first) == "passed"
    assert kind.slices == {0: 1, 1: 1, 2: 1}


def test_of_two_workers_on_one_slice_one_saves_it(database: Database) -> None:
    kind = Count()
    job, working = started(database, many=2), runner(database, kind)
    seen = change(database, job.id)

    def overtaken() -> None:
        kind.happens = lambda: None
        assert working.work(seen) == "worked"

    kind.happens = overtaken
    assert working.work(seen) == "passed"
    assert finish(database, working, job.id).counts == {"numbers": 2}


def test_what_cannot_be_done_now_comes_again(database: Database) -> None:
    def throttled() -> None:
        kind.happens = lambda: None
        raise Transient("not now")

    kind = Count(throttled)
    job, working = started(database, many=1), runner(database, kind)
    with pytest.raises(Transient):
        working.work(change(database, job.id))
    assert finish(database, working, job.id).counts == {"numbers": 1}


def test_what_can_never_be_done_fails_with_its_reason(database: Database) -> None:
    def impossible() -> None:
        raise Permanent("There is no such file.")

    job = finish(database, runner(database, Count(impossible)), started(database, many=1).id)
    assert (job.status, job.problem) == (Status.FAILED, "There is no such file.")


def test_an_error_of_ours_is_tried_again_and_then_told_without_what_it_held(database: Database) -> None:
    def broken() -> None:
        raise ValueError("ada@example.com")

    kind = Count(broken)
    job = finish(database, runner(database, kind), started(database, many=1).id)
    assert (job.status, job.tries, kind.slices[0]) == (Status.FAILED, TRIES, TRIES)
    assert str(job.problem).startswith("ValueError")
    assert "ada@" not in str(job.problem)
    kind.happens = lambda: None
    JobStore(database).save(job.resumed())
    assert finish(database, runner(database, kind), job.id).status is Status.DONE


@pytest.mark.parametrize("request_", [{}, {"many": "a lot"}])
def test_a_request_that_this_version_cannot_read_fails(database: Database, request_: dict[str, Any]) -> None:
    job = finish(database, runner(database, Count()), started(database, **request_).id)
    assert job.status is Status.FAILED


def test_a_job_ends_before_its_next_slice_when_that_is_asked(database: Database) -> None:
    kind = Count()
    job, working, store = started(database, many=9), runner(database, kind), JobStore(database)
    kind.happens = lambda: store.cancel(job.id)
    assert working.work(change(database, job.id)) == "worked", "the slice at work is saved"
    ended = finish(database, working, job.id)
    assert (ended.status, ended.counts, kind.slices) == (Status.CANCELLED, {"numbers": 1}, {0: 1})
    assert ended.finished_at == NOW
    again = store.cancel(job.id)
    assert again is not None
    assert again.status is Status.CANCELLED
    assert store.cancel("no-such-job") is None


def test_a_cancelled_job_that_is_taken_up_again_goes_on(database: Database) -> None:
    store = JobStore(database)
    job = started(database, many=2)
    store.cancel(job.id)
    found = store.find(job.id)
    assert found is not None
    store.save(found.resumed())
    assert finish(database, runner(database, Count()), job.id).status is Status.DONE


def test_a_save_under_an_old_version_is_refused(database: Database) -> None:
    store, job = JobStore(database), started(database, many=2)
    store.save(job.worked(Slice({"at": 1}, {}), NOW))
    with pytest.raises(Conflict):
        store.save(job.worked(Slice({"at": 1}, {}), NOW))


def test_jobs_are_listed_newest_first(database: Database) -> None:
    store = JobStore(database)
    ids = [store.start(Job.new("count", {}, "k", NOW.replace(minute=minute))).id for minute in (1, 2, 3)]
    first, cursor = store.page(2)
    assert [job.id for job in first] == [ids[2], ids[1]]
    rest, end = store.page(2, cursor)
    assert ([job.id for job in rest], end) == ([ids[0]], None)
