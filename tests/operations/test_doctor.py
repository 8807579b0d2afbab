"""The doctor: what he finds of each reading, what he says to do, and that one thing he cannot see hides no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib import resources
from chalicelib.aws.instruments import AwsInstruments, Quota, Raised, Standing
from chalicelib.errors import Permanent
from chalicelib.messages import ledger
from chalicelib.messages.brake import NONE, Pause
from chalicelib.operations.doctor import diagnosis
from chalicelib.operations.doctor.diagnosis import diagnose, worst
from chalicelib.operations.doctor.readings import Ages, FailedJob, Missing, Model, Readings, Waiting
from chalicelib.resources import DEAD, QUEUES
from infra import alarms
from tests.fakes.files import MemoryFiles
from tests.fakes.platforms import Fakes
from tests.fakes.world import World
from tests.messages.samples import DAY, MINUTE, NOW, send

QUOTA = Quota(14.0, 50_000.0, 120.0, live=True, enabled=True, standing="HEALTHY")
WELL = Readings(
    at=NOW,
    queues=dict.fromkeys((*QUEUES, DEAD), Standing(0)),
    ages=Ages({}, {}),
    late={"customers": None, "enrolments": timedelta(seconds=40), "sends": None},
    waiting=Waiting({}, 0, all=True),
    brake=NONE,
    quota=QUOTA,
    model=Model(3, NOW - 5 * DAY, drifted=False, refused=None),
    jobs=(),
    batches=0,
    alarms=(),
)


def test_of_a_deployment_that_is_well_everything_is_said_to_be_well() -> None:
    found = diagnose(WELL)
    assert {one.state for one in found} == {"well"}
    assert len({one.subject for one in found}) == len(found) == 11
    assert worst(found) == "well"


@pytest.mark.parametrize(
    ("changes", "state", "says", "do"),
    [
        ({"alarms": [Raised("DeadAlarm", NOW, "docs/RUNBOOK.md#deadalarm")]}, "bad", "DeadAlarm since", "#deadalarm"),
        ({"queues": {DEAD: Standing(1)}}, "bad", "1 message was given up.", "/v1/failures"),
        ({"queues": {DEAD: Standing(3)}}, "bad", "3 messages were given up.", "/v1/failures"),
        ({"batches": 2}, "watch", "2 batches of streams lie", "/v1/failures"),
        ({"ages": Ages({"transactional": 301}, {})}, "bad", "transactional has waited 5 minutes", "#transactionalage"),
        ({"ages": Ages({"transactional": 160}, {})}, "watch", "transactional has waited 3 minutes", None),
        ({"ages": Ages({"bulk": 3600}, {})}, "well", "none for long", None),
        ({"ages": Ages({}, {"project_events": 1000})}, "bad", "project_events is 17 minutes", "#projecteventslagalarm"),
        ({"ages": Ages({}, {"work_jobs": 400})}, "watch", "work_jobs is 7 minutes", "#workjobslagalarm"),
        ({"late": {"sends": 20 * MINUTE}}, "bad", "Of messages the longest due", "#tickerrorsalarm"),
        ({"late": {"customers": 4 * MINUTE}}, "watch", "Of reviews of customers", "#tickerrorsalarm"),
        ({"waiting": Waiting({("held", "sandbox"): 7}, 0, all=True)}, "bad", "7 messages are held: sandbox", "sandbox"),
        ({"waiting": Waiting({("held", "sandbox"): 7}, 0, all=False)}, "bad", "At least 7 messages", "sandbox"),
        ({"waiting": Waiting({("retry", "throttled"): 120}, 0, all=False)}, "watch", "tried again: throttled", None),
        ({"waiting": Waiting({("retry", "throttled"): 9}, 0, all=True)}, "well", "9 wait for a date", None),
        ({"waiting": Waiting({("unknown", ""): 2}, 2, all=True)}, "watch", "2 messages may or may not", "SENDING"),
        ({"brake": NONE.paused(Pause("all", NOW, "fire", "sk_1"))}, "watch", "All marketing is paused", "resume"),
        ({"quota": replace(QUOTA, enabled=False)}, "bad", "send nothing", "case"),
        ({"quota": replace(QUOTA, standing="PROBATION")}, "bad", "reviews the account", "#bounces"),
        ({"quota": replace(QUOTA, live=False)}, "watch", "sandbox", "production access"),
        ({"quota": replace(QUOTA, sent=45_000.0)}, "watch", "45000 of 50000", "higher quota"),
        ({"quota": replace(QUOTA, day=-1.0, sent=9e9)}, "well", "14 mails a second", None),
        ({"model": Model(0, None, drifted=False, refused=None)}, "well", "come with the code", None),
        ({"model": Model(3, NOW - 30 * DAY, drifted=False, refused=None)}, "watch", "30 days old", "/v1/lifecycle"),
        ({"model": Model(3, NOW, drifted=True, refused=None)}, "watch", "foretells", "/v1/lifecycle"),
        ({"model": Model(3, NOW, drifted=False, refused="Too few.")}, "watch", "refused: Too few.", "/v1/lifecycle"),
        ({"jobs": [FailedJob("j-1", "imports", "no such file")]}, "watch", "imports failed: no such file", "/v1/jobs"),
        ({"quota": Missing("GetAccount: AccessDenied")}, "unknown", "Could not be read: GetAccount", "Ask again"),
    ],
)
def test_each_thing_that_is_wrong_is_found_and_comes_first(
    changes: Mapping[str, Any], state: str, says: str, do: str | None
) -> None:
    found = diagnose(replace(WELL, **changes))
    told = next(one for one in found if says in one.says)
    assert told.state == state
    assert worst(found) == found[0].state == state
    if do is not None:
        assert do in (told.do or "")


def test_what_cannot_be_read_hides_no_other() -> None:
    nothing: dict[str, Any] = {
        name: Missing("no permission") for name in WELL.__dataclass_fields__ if name not in ("at", "queues")
    }
    found = diagnose(replace(WELL, **nothing, queues={DEAD: Standing(1)}))
    assert [one.state for one in found].count("unknown") == 10
    assert found[0].subject == "dead letters"


def test_the_doctor_is_as_patient_as_the_alarms() -> None:
    assert {name.capitalize(): minutes * 60 for name, minutes in diagnosis.PATIENCE.items()} == alarms.PATIENCE


@pytest.fixture
def sick(world: World) -> World:
    """A deployment with a mail whose answer was lost long ago, one that is held, a dead letter, and nobody's tick."""
    unknown = ledger.unanswered(ledger.claim(send(), "me", world.now))
    held = ledger.hold(ledger.claim(replace(send(), id="20261122T0901-held"), "me", world.now), "sandbox", world.now)
    for row in (unknown, held):
        world.platform.put(resources.SENDS, row.to_item())
    world.platform.give_up("walks", {"customer": "u#ada", "enrolment": "welcome#1"})
    world.ask("POST", "/v1/sending/pause", {"why": "fire"})
    world.wait(timedelta(minutes=40))
    return world


@pytest.fixture
def world() -> Any:
    from tests.fakes.platforms import over_fakes

    with over_fakes() as made:
        yield made


def test_he_is_asked_by_the_api(sick: World) -> None:
    answer = sick.ask("GET", "/v1/doctor")
    assert answer.status == 200, answer.text
    assert answer.json()["state"] == "bad"
    said = {one["subject"]: one for one in reversed(answer.json()["findings"])}
    assert said["due dates"]["says"] == "Of messages the longest due has been due for 20 minutes."
    assert said["messages"]["says"] == "1 message is held: sandbox."
    assert "production access" in said["messages"]["do"]
    assert said["sending"]["says"].endswith("fire")
    assert any("may or may not have left" in one["says"] for one in answer.json()["findings"])


def test_he_says_what_he_may_not_see(world: World) -> None:
    assert isinstance(world.platform, Fakes)
    world.platform.instruments.broken = Permanent("GetMetricStatistics: AccessDenied")
    findings = world.ask("GET", "/v1/doctor").json()["findings"]
    unknown = {one["subject"] for one in findings if one["state"] == "unknown"}
    assert unknown == {"alarms", "dead letters", "queues", "streams", "SES"}


def test_whatever_aws_refuses_is_a_finding(world: World) -> None:
    assert isinstance(world.platform, Fakes)
    refused: Any = ClientError({"Error": {"Code": "AccessDenied"}}, "ListObjectsV2")

    class Closed(MemoryFiles):
        def keys(self, prefix: str) -> Iterator[str]:
            raise refused

    world.containers["api"].batches = Closed()
    findings = world.ask("GET", "/v1/doctor").json()["findings"]
    (unknown,) = [one for one in findings if one["state"] == "unknown"]
    assert (unknown["subject"], unknown["says"]) == (
        "batches given up",
        "Could not be read: ListObjectsV2: AccessDenied.",
    )


class Clients:
    """AWS's clients, each answering what it is told to; `asked` is what each was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers, self.asked = answers, dict[str, dict[str, Any]]()

    def __call__(self, service: str) -> Clients:
        return self

    def __getattr__(self, operation: str) -> Any:
        def call(**asked: Any) -> Any:
            self.asked[operation] = asked
            return self.answers[operation]

        return call


def test_cloudwatch_is_asked_for_the_age_of_every_queue_and_stream() -> None:
    clients = Clients(get_metric_statistics={"Datapoints": [{"Maximum": 3_000.0}, {"Maximum": 90_000.0}]})
    queues, functions = AwsInstruments(clients, {}, "perennial-dev").ages(NOW)
    assert queues == dict.fromkeys(QUEUES, 90_000.0)
    assert functions == dict.fromkeys(("project_events", "start_journeys", "work_jobs"), 90.0), "in milliseconds"
    assert clients.asked["get_metric_statistics"]["Dimensions"] == [
        {"Name": "FunctionName", "Value": "perennial-dev-work-jobs"}
    ]
    silent = Clients(get_metric_statistics={"Datapoints": []})
    assert AwsInstruments(silent, {}, "perennial-dev").ages(NOW) == ({}, {}), "what stands still says nothing"


def test_alarms_are_told_by_the_names_of_the_runbook_s_sections() -> None:
    raised = {"AlarmName": "perennial-dev-DeadAlarm", "StateUpdatedTimestamp": NOW, "AlarmDescription": "Look."}
    clients = Clients(describe_alarms={"MetricAlarms": [raised]})
    assert AwsInstruments(clients, {}, "perennial-dev").alarms() == [Raised("DeadAlarm", NOW, "Look.")]
    assert clients.asked["describe_alarms"]["AlarmNamePrefix"] == "perennial-dev-"


def test_ses_says_its_quota() -> None:
    said = {
        "SendQuota": {"MaxSendRate": 14.0, "Max24HourSend": 50_000.0, "SentLast24Hours": 120.0},
        "ProductionAccessEnabled": True,
        "SendingEnabled": True,
        "EnforcementStatus": "HEALTHY",
    }
    assert AwsInstruments(Clients(get_account=said), {}, "p").quota() == QUOTA
