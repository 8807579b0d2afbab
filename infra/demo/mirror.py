"""What stands in the tables of the local cloud, read past the application: the checks do not take its word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import boto3
from botocore.config import Config

from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.customers.store import CustomerStore
from chalicelib.resources import EVENTS, TABLES
from chalicelib.review.rebuild import Difference, Rebuilder
from chalicelib.review.store import EventLog

_WORKERS = 4


class Mirror:
    """The tables of the deployment that `cloud` (.local/cloud.json) describes."""

    def __init__(self, cloud: dict[str, Any]) -> None:
        client = boto3.client(
            "dynamodb",
            endpoint_url=cloud["aws"],
            region_name=cloud["region"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(max_pool_connections=2 * _WORKERS),
        )
        self._db = DynamoDatabase(client, {table: f"perennial-{cloud['stage']}-{table}" for table in TABLES})
        self._rebuilder = Rebuilder(CustomerStore(self._db), EventLog(self._db))

    def message_ids(self) -> Iterator[str]:
        """The message id of every stored event, as often as it is stored."""
        return (key.partition("#")[2] for _, key in self._events())

    def customers(self) -> list[str]:
        """Everybody of whom an event is stored."""
        return sorted({subject for subject, _ in self._events()})

    def differences(self, customers: list[str], report: Callable[[int], object]) -> list[Difference]:
        """Where kept facts are not the fold of the stored events; `report` is told how many have been checked."""
        found: list[Difference] = []
        with ThreadPoolExecutor(_WORKERS) as pool:
            asked = [pool.submit(self._rebuilder.check, customer) for customer in customers]
            for count, answer in enumerate(as_completed(asked), 1):
                found += answer.result()
                report(count)
        return found

    def _events(self) -> Iterator[tuple[str, str]]:
        page = self._db.scan(EVENTS)
        yield from ((item["pk"], item["sk"]) for item in page.items)
        while page.next is not None:
            page = self._db.scan(EVENTS, start=page.next)
            yield from ((item["pk"], item["sk"]) for item in page.items)
