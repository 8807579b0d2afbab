"""A corner of the flow: what operators ask and mend."""

from __future__ import annotations

import json

from chalicelib import resources, times
from chalicelib.jobs import job as jobs
from chalicelib.jobs.job import Job
from chalicelib.operations.failure import FUNCTIONS as FUNCTIONS_OF_STREAMS
from chalicelib.resources import WORK
from tests.fakes.world import World
from tests.flow.story import joins, says
from tests.operations.test_failures import batch


def what_operators_ask(world: World) -> None:
    """Keys, parked calls, and what happens."""
    made = world.ask("POST", "/v1/keys", {"kind": "public", "label": "web", "rate": 100}).json()["details"]["id"]
    asked: list[tuple[str, str, object]] = [
        ("GET", "/v1/keys", None),
        ("PATCH", f"/v1/keys/{made}", {"label": "site"}),
        ("POST", f"/v1/keys/{made}/rotate", {}),
        ("DELETE", f"/v1/keys/{made}", None),
        ("POST", "/v1/parked/replay", {}),
        ("GET", "/v1/sources/activity", None),
        ("GET", "/v1/events?after=oldest", None),
        ("GET", "/v1/events?customer=ada", None),
    ]
    for method, path, body in asked:
        answer = world.ask(method, path, body)
        assert answer.status == 200, answer.text
    cursor = world.ask("GET", "/v1/events?after=oldest&limit=1").json()["cursor"]
    assert world.ask("GET", "/v1/events", after=cursor).status == 200
    assert world.ask("GET", "/v1/events", after=world.ask("GET", "/v1/events").json()["cursor"]).status == 200
    for one in world.ask("GET", "/v1/parked").json()["parked"][:2]:
        assert world.ask("GET", f"/v1/parked/{one['id']}").status == 200
        assert world.ask("DELETE", f"/v1/parked/{one['id']}").status == 200
    assert world.ask("POST", "/v1/parked/discard", {"reason": "too_long"}).status == 200


def what_was_given_up(world: World) -> None:
    """A letter of every queue, a batch of every function of a stream; all marketing paused; what the doctor says."""
    until = times.text(world.now)
    for queue in resources.QUEUES:
        world.platform.give_up(queue, {"shard": "00", "until": until, "of": queue})
    for function in FUNCTIONS_OF_STREAMS:
        world.platform.give_up_batch(f"aws/lambda/{function}", json.loads(batch(function.replace("_", "-"))))
    assert world.ask("POST", "/v1/sending/pause", {"why": "a fire"}).status == 200
    joins(world, "wes")
    says(world, "track", "wes", event="Letter Asked For", messageId="wes-letter")
    world.settle()
    assert world.ask("GET", "/v1/doctor").json()["state"] == "bad"
    resumed = world.ask("POST", "/v1/sending/resume", {}).json()
    world.settle()
    assert world.ask("GET", f"/v1/jobs/{resumed['job']}").json()["counts"]["woken"] == 1
    assert len(world.ask("GET", "/v1/failures", limit=200).json()["failures"]) >= 10
    for place, count in (("letters", 6), ("batches", 4)):
        assert world.ask("POST", "/v1/failures/replay", {"place": place}).json()["done"] == count
    assert world.ask("GET", "/v1/failures", place="letters").json()["failures"] == []


def jobs_of_another_version(world: World) -> None:
    """A job of a kind that this version does not know fails, is taken up again, and is cancelled."""
    job = Job.new("of-tomorrow", {}, "marketing", world.now)
    world.platform.put(WORK, jobs.to_item(job))
    world.settle()
    listed = {one["id"]: one["status"] for one in world.ask("GET", "/v1/jobs", limit=200).json()["jobs"]}
    assert listed[job.id] == "failed"
    assert world.ask("POST", f"/v1/jobs/{job.id}/resume").json()["status"] == "queued"
    assert world.ask("POST", f"/v1/jobs/{job.id}/cancel").json()["cancelling"]
    world.settle()
    assert world.ask("GET", f"/v1/jobs/{job.id}").json()["status"] == "cancelled"
