"""What stands in the tables of the local cloud, read past the application: the checks do not take its word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
from botocore.config import Config

from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.resources import EVENTS, TABLES
from chalicelib.review.rebuild import Difference
from infra.operate import WORKERS, Operator


class Mirror:
    """The tables of the deployment that `cloud` (.local/cloud.json) describes."""

    def __init__(self, cloud: dict[str, Any]) -> None:
        client = boto3.client(
            "dynamodb",
            endpoint_url=cloud["aws"],
            region_name=cloud["region"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(max_pool_connections=WORKERS),
        )
        self._db = DynamoDatabase(client, {table: f"perennial-{cloud['stage']}-{table}" for table in TABLES})
        self._operator = Operator(self._db)

    def message_ids(self) -> Iterator[str]:
        """The message id of every stored event, as often as it is stored."""
        page = self._db.scan(EVENTS)
        while True:
            yield from (item["sk"].partition("#")[2] for item in page.items)
            if page.next is None:
                return
            page = self._db.scan(EVENTS, start=page.next)

    def everybody(self) -> list[str]:
        """Everybody of whom there is an event or a state."""
        return self._operator.everybody()

    def differences(self, customers: list[str], tell: Callable[[float], None]) -> list[Difference]:
        """Where kept facts are not the fold of the stored events; `tell` hears how many have been checked."""
        return self._operator.check(customers, tell)
