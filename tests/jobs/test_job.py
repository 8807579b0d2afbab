"""What becomes of a job between two slices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chalicelib.jobs.job import TRIES, Job, Slice, Status, from_item, to_item

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
JOB = Job.new("import", {"file": "a.csv"}, "0123abcd", NOW, "marketing")


def test_the_same_cause_at_the_same_time_is_the_same_job() -> None:
    assert Job.new("import", {}, "k", NOW, "marketing").id == JOB.id
    assert Job.new("import", {}, "k", NOW, "sales").id != JOB.id
    assert Job.new("erase", {}, "k", NOW, "marketing").id != JOB.id
    assert Job.new("import", {}, "k", LATER, "marketing").id > JOB.id, "ids sort by time"


def test_slices_add_up_until_there_is_no_cursor() -> None:
    once = JOB.worked(Slice({"at": 10}, {"rows": 10}, {"names": ["a"]}), NOW)
    assert (once.status, once.v, once.cursor, once.counts) == (Status.RUNNING, 2, {"at": 10}, {"rows": 10})
    twice = once.worked(Slice(None, {"rows": 5, "refused": 1}), LATER)
    assert (twice.status, twice.v, twice.counts) == (Status.DONE, 3, {"rows": 15, "refused": 1})
    assert (twice.report, twice.started_at, twice.finished_at) == ({"names": ["a"]}, NOW, LATER)
    assert twice.status.over


def test_a_slice_that_fails_is_tried_again_a_few_times_from_the_same_cursor() -> None:
    job = JOB.worked(Slice({"at": 10}, {"rows": 10}), NOW)
    for attempt in range(1, TRIES):
        job = job.stumbled("KeyError", NOW, for_good=False)
        assert (job.status, job.tries, job.cursor) == (Status.RUNNING, attempt, {"at": 10})
    job = job.stumbled("KeyError", LATER, for_good=False)
    assert (job.status, job.problem, job.finished_at) == (Status.FAILED, "KeyError", LATER)
    resumed = job.resumed()
    assert (resumed.status, resumed.tries, resumed.problem, resumed.finished_at) == (Status.QUEUED, 0, None, None)
    assert (resumed.cursor, resumed.counts) == ({"at": 10}, {"rows": 10}), "it goes on where it stopped"


def test_a_slice_that_succeeds_forgets_the_tries_before_it() -> None:
    job = JOB.stumbled("KeyError", NOW, for_good=False).worked(Slice({"at": 1}, {}), NOW)
    assert (job.tries, job.problem) == (0, None)


def test_what_can_never_work_fails_at_once() -> None:
    assert JOB.stumbled("no such column", NOW, for_good=True).status is Status.FAILED


def test_a_job_is_stored_whole() -> None:
    job = JOB.worked(Slice({"at": 10}, {"rows": 10}, {"share": 0.5}), NOW).stumbled("x", LATER, for_good=True)
    assert from_item(to_item(job)) == job
    assert from_item({**to_item(job), "cancelling": True}).cancelling
