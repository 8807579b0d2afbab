"""The tables in moto, as infra/resources.yaml deploys them: tests/infra holds the two equal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib import resources
from chalicelib.aws.database import INDEX_KEYS
from chalicelib.aws.dynamo import DynamoDatabase

REGION = "us-east-1"
INDEXES: dict[str, tuple[str, ...]] = {
    resources.CUSTOMERS: (resources.DUE, resources.STAGE),
    resources.ENROLMENTS: (resources.DUE,),
    resources.SENDS: (resources.DUE,),
}
STREAMED = (resources.EVENTS, resources.CUSTOMERS, resources.WORK)


@contextmanager
def moto_database() -> Iterator[DynamoDatabase]:
    """Empty tables in moto, with credentials that could not reach anything real."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        client = boto3.client("dynamodb", region_name=REGION)
        for table in resources.TABLES:
            client.create_table(**definition(table))
        yield DynamoDatabase(client, {table: f"test-{table}" for table in resources.TABLES})


def definition(table: str) -> dict[str, Any]:
    """CreateTable's arguments for a logical table."""
    indexes = INDEXES.get(table, ())
    attributes = ["pk", "sk", *(name for index in indexes for name in INDEX_KEYS[index])]  # type: ignore[index]
    request: dict[str, Any] = {
        "TableName": f"test-{table}",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in attributes],
        "KeySchema": _schema("pk", "sk"),
    }
    if indexes:
        request["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index,
                "KeySchema": _schema(*INDEX_KEYS[index]),  # type: ignore[index]
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for index in indexes
        ]
    if table in STREAMED:
        request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    return request


def _schema(hash: str, range: str) -> list[dict[str, str]]:
    return [{"AttributeName": hash, "KeyType": "HASH"}, {"AttributeName": range, "KeyType": "RANGE"}]
