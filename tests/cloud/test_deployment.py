"""What stands in the account after a deploy: every function of app.py, each for itself."""

from __future__ import annotations

import sys
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import app as application
from chalicelib import resources
from infra.local.places import REGION
from tests.cloud.asking import ask
from tests.cloud.deployed import PREFIX, Deployed

FUNCTIONS = {"api", *(source.name for source in application.app.event_sources)}
SOURCES = {
    "project-events": "perennial-local-events/stream",
    "start-journeys": "perennial-local-customers/stream",
    "work-jobs": "perennial-local-work/stream",
    "refit": "perennial-local-work/stream",
    "review-due": resources.RECOMPUTE,
    "walk-due": resources.WALKS,
    "send-transactional": resources.TRANSACTIONAL,
    "send-journeys": resources.JOURNEYS,
    "send-bulk": resources.BULK,
    "take-feedback": resources.FEEDBACK,
}


def deployed_name(function: str) -> str:
    return f"{PREFIX}-{function.replace('_', '-')}"


def test_the_functions_are_those_of_the_application(deployed: Deployed) -> None:
    found = deployed.aws("lambda").list_functions()["Functions"]
    assert {one["FunctionName"] for one in found} == {deployed_name(name) for name in FUNCTIONS}
    assert {one["Runtime"] for one in found} == {f"python3.{sys.version_info.minor}"}


def test_each_runs_under_a_role_of_its_own_that_allows_nothing_to_everything(deployed: Deployed) -> None:
    iam = deployed.aws("iam")
    found = deployed.aws("lambda").list_functions()["Functions"]
    roles = [one["Role"].rpartition("/")[2] for one in found]
    assert len(set(roles)) == len(FUNCTIONS)
    for role in roles:
        policies = iam.list_role_policies(RoleName=role)["PolicyNames"]
        assert policies
        for policy in policies:
            document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            assert all(statement["Action"] != "*" for statement in document["Statement"])


def test_no_function_may_do_what_is_anothers(deployed: Deployed) -> None:
    """The emulator holds every call against the caller's policy, as AWS does: the tick reads dates, and no more."""
    assert deployed.cloud.places.access
    function = deployed.aws("lambda").get_function_configuration(FunctionName=deployed_name("tick"))
    assumed = deployed.aws("sts").assume_role(RoleArn=function["Role"], RoleSessionName="trial")["Credentials"]
    dynamodb: Any = boto3.client(
        "dynamodb",
        endpoint_url=deployed.cloud.places.aws,
        region_name=REGION,
        aws_access_key_id=assumed["AccessKeyId"],
        aws_secret_access_key=assumed["SecretAccessKey"],
        aws_session_token=assumed["SessionToken"],
    )
    due = {"KeyConditionExpression": "due_shard = :shard", "ExpressionAttributeValues": {":shard": {"S": "00"}}}
    key = {"pk": {"S": "u#ada"}, "sk": {"S": "state"}}
    try:
        dynamodb.query(TableName=f"{PREFIX}-customers", IndexName="due", **due)
        with pytest.raises(ClientError, match="AccessDenied"):
            dynamodb.get_item(TableName=f"{PREFIX}-customers", Key=key)
        with pytest.raises(ClientError, match="AccessDenied"):
            dynamodb.put_item(TableName=f"{PREFIX}-events", Item=key)
        with pytest.raises(ClientError, match="AccessDenied"):
            dynamodb.delete_table(TableName=f"{PREFIX}-sends")
    finally:
        dynamodb.close()


def test_streams_and_queues_reach_the_function_that_is_theirs(deployed: Deployed) -> None:
    mappings = deployed.aws("lambda").list_event_source_mappings()["EventSourceMappings"]
    found = {one["FunctionArn"].rpartition(":")[2].removeprefix(f"{PREFIX}-"): one for one in mappings}
    assert found.keys() == SOURCES.keys()
    for function, source in SOURCES.items():
        assert source in found[function]["EventSourceArn"]
        assert found[function]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_schedules_are_every_minute_every_night_and_every_week(deployed: Deployed) -> None:
    rules = deployed.aws("events").list_rules()["Rules"]
    assert {rule["ScheduleExpression"] for rule in rules} == {
        "rate(1 minute)",
        "cron(5 0 * * ? *)",
        "cron(17 3 ? * MON *)",
    }


def test_the_api_describes_itself(deployed: Deployed) -> None:
    document = ask("GET", f"{deployed.api.endpoint}/v1/openapi.json")
    assert (document.status, document.json()["openapi"]) == (200, "3.1.0")
    page = ask("GET", f"{deployed.api.endpoint}/docs")
    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    assert all(path in page.text for path in document.json()["paths"])


def test_the_inbox_is_a_page(deployed: Deployed) -> None:
    page = ask("GET", f"{deployed.described['mailbox']}/")
    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
