"""A restore makes new tables that can take the old ones' places, and touches nothing else. Tried on moto."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib import resources
from infra import restore
from infra.aws import Account, Stopped
from infra.report import Report
from tests.fakes import tables

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
TABLES = {table: f"test-{table}" for table in resources.TABLES}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        account = Account(boto3.Session(region_name="us-east-1"))
        client = account.client("dynamodb")
        client.create_table(**tables.definition("customers"), DeletionProtectionEnabled=True)
        client.put_item(TableName="test-customers", Item={"pk": {"S": "u#1"}, "sk": {"S": "state"}})
        yield account


def recoverable(account: Account) -> Any:
    client = account.client("dynamodb")
    client.update_continuous_backups(
        TableName="test-customers", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    return client


def test_a_restored_table_can_take_the_place_of_the_old_one(account: Account) -> None:
    client = recoverable(account)
    wanted = restore.plan(["customers"], None, NOW, "test", TABLES)
    restore.restore(account, wanted, Report(say=lambda _: None), pause=0)
    name = "test-customers-20261122t093000"
    made, source = (client.describe_table(TableName=n)["Table"] for n in (name, "test-customers"))
    assert made["StreamSpecification"] == source["StreamSpecification"]
    assert made["DeletionProtectionEnabled"] is True
    assert [index["IndexName"] for index in made["GlobalSecondaryIndexes"]] == ["due", "stage"]
    expiry = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert (expiry["TimeToLiveStatus"], expiry["AttributeName"]) == ("ENABLED", "expires")
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert client.get_item(TableName=name, Key={"pk": {"S": "u#1"}, "sk": {"S": "state"}})["Item"]


def test_a_table_without_recovery_cannot_be_restored(account: Account) -> None:
    with pytest.raises(Stopped, match="no point-in-time recovery"):
        restore.restore(account, restore.plan(["customers"], None, NOW, "test", TABLES), Report(), pause=0)


def test_names_follow_the_moment_and_a_restored_table_can_be_restored_again() -> None:
    moment = NOW - timedelta(hours=1)
    held = TABLES | {"customers": "p-customers-old", "sends": "p-sends"}
    again = restore.plan(["customers", "sends", "sends"], moment, NOW, "p", held)
    assert [(each.source, each.target) for each in again] == [
        ("p-customers-old", "p-customers-20261122t083000"),
        ("p-sends", "p-sends-20261122t083000"),
    ]
    said = restore.advice("prod", again)
    assert "RestoredTables:\n  customers: p-customers-20261122t083000" in said
    assert "customers: p-customers-old" in said


@pytest.mark.parametrize(
    ("names", "moment", "said"),
    [([], None, "--table takes"), (["people"], None, "not people"), (["sends"], NOW + timedelta(seconds=1), "past")],
)
def test_mistakes_are_explained(names: list[str], moment: datetime | None, said: str) -> None:
    with pytest.raises(Stopped, match=said):
        restore.plan(names, moment, NOW, "p", TABLES)
