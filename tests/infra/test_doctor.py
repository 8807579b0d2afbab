"""`make doctor`: what it says of a deployment in moto, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib import resources
from chalicelib.operations.doctor.diagnosis import Finding, diagnose
from infra import doctor
from infra.aws import Account, Stopped
from infra.local.places import Places
from infra.local.processes import Processes
from infra.operate import local_account
from tests.fakes import tables
from tests.fakes.deployment import PREFIX, REGION
from tests.messages.samples import NOW
from tests.operations.test_doctor import Clients


class Deployed(Account):
    """Moto does not know what SES allows."""

    def client(self, service: str) -> Any:
        allowed = {"SendQuota": {"MaxSendRate": 14.0, "Max24HourSend": 50_000.0, "SentLast24Hours": 0.0}}
        return Clients(get_account=allowed) if service == "sesv2" else super().client(service)


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """Tables and queues of a stage, and no stack that would name a bucket."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
    with mock_aws():
        session: Any = boto3.Session(region_name=REGION)
        for table in resources.TABLES:
            session.client("dynamodb").create_table(**tables.definition(table))
        for queue in (*resources.QUEUES, resources.DEAD):
            session.client("sqs").create_queue(QueueName=f"{PREFIX}-{queue}")
        yield Deployed(session)


def test_everything_is_read_by_ordinary_credentials_and_what_cannot_be_says_why(deployed: Account) -> None:
    sqs = deployed.client("sqs")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=f"{PREFIX}-dead")["QueueUrl"], MessageBody="{}")
    nameless = doctor.Missing("the stack names no bucket of failures")
    found = diagnose(doctor.readings(deployed, "dev", PREFIX, lambda: NOW, nameless).read(NOW, workers=1))
    states = {one.subject: one.state for one in reversed(found)}
    assert states["dead letters"] == "bad"
    assert states["batches given up"] == "unknown"
    for subject in ("alarms", "queues", "streams", "due dates", "sending", "models", "jobs"):
        assert states[subject] == "well", subject


def test_what_is_not_deployed_stops_it(deployed: Account) -> None:
    with pytest.raises(Stopped, match="no queue perennial-prod-recompute in this account"):
        doctor.readings(deployed, "dev", "perennial-prod", failures=doctor.Missing("not looked up"))


@pytest.fixture
def local(tmp_path: Path) -> Places:
    """A local cloud as it is described."""
    places = Places(tmp_path)
    described = {"aws": places.aws, "mailbox": places.mailbox, "region": REGION}
    places.described.write_text(json.dumps(described), encoding="utf-8")
    return places


def test_of_the_local_cloud_the_mailbox_is_asked_what_ses_allows(local: Places) -> None:
    running = Processes(local.processes)
    running.start("mailbox", ["/bin/sleep", "60"], {}, local.log("mailbox"))
    try:
        account = local_account(local)
    finally:
        running.stop("mailbox", patience=5)
    asked = {name: account.client(name).meta.endpoint_url for name in ("sesv2", "sqs", "dynamodb")}
    assert asked == {"sesv2": local.mailbox, "sqs": local.aws, "dynamodb": local.aws}


def test_a_local_cloud_that_was_stopped_is_told_apart_from_one_that_never_was(local: Places, tmp_path: Path) -> None:
    with pytest.raises(Stopped, match=r"does not run\. `make up` starts it, with what it holds"):
        local_account(local)
    with pytest.raises(Stopped, match=r"There is no local cloud\. `make up` starts it"):
        local_account(Places(tmp_path / "never"))


def test_the_page_begins_with_the_worst_and_says_what_to_do() -> None:
    dead = Finding("dead letters", "bad", "3 messages were given up.", "GET /v1/failures")
    assert list(doctor.told([dead, Finding("jobs", "well", "None.")], NOW)) == [
        f"{NOW:%Y-%m-%d %H:%M} UTC: bad",
        "  BAD  dead letters: 3 messages were given up.",
        "         -> GET /v1/failures",
        " well  jobs: None.",
    ]
