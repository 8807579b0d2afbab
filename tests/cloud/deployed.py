"""The application, deployed into a local cloud of this test run, and everything a test may look at or do to it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib import resources, times
from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.customers.store import CustomerStore
from chalicelib.journeys.send import Send
from chalicelib.messages.store import SendStore
from chalicelib.review.rebuild import Difference
from chalicelib.tracking.event import is_counted
from chalicelib.tracking.store import EventStore
from infra.local import deployment
from infra.local.cloud import Cloud
from infra.local.places import ACCOUNT, REGION, STAGE, Places
from infra.local.steps import Steps
from infra.operate import Operator
from tests.cloud.asking import Api, ask

PREFIX = f"perennial-{STAGE}"
_LOUD = ("WARNING", "ERROR", "CRITICAL")

Mail = dict[str, Any]


class Deployed:
    """One local cloud with the application in it."""

    def __init__(self, home: Path, steps: Steps | None = None) -> None:
        ports = _free_ports(2)
        self.cloud = Cloud(Places(home, cloud_port=ports[0], mailbox_port=ports[1]), steps)
        self._clients: dict[str, Any] = {}

    def start(self) -> None:
        """What `make up` does; also after `stop`."""
        self.described = self.cloud.up()
        self.api = Api(*(self.described[name] for name in ("endpoint", "write_key", "secret_key")))

    def stop(self) -> None:
        """What `make down` does."""
        self.cloud.down()

    def close(self) -> None:
        """Stop what runs and forget the connections."""
        self.cloud.down()
        for client in self._clients.values():
            client.close()

    def aws(self, service: str) -> Any:
        """A client of the account, with the rights of its owner."""
        if service not in self._clients:
            self._clients[service] = deployment.account(self.cloud.places).client(service)
        return self._clients[service]

    # --- mail ---

    def inbox(self, to: str) -> list[Mail]:
        """The mails to one address, oldest first."""
        return list(reversed(self.mailbox("GET", f"messages?to={to}")["messages"]))

    def mailbox(self, method: str, path: str, content: object | None = None) -> Any:
        """Ask the mailbox for something of its own: what it holds, how it behaves, what shall go wrong."""
        body = None if content is None else json.dumps(content).encode()
        url = f"{self.described['mailbox']}/_mailbox/{path}"
        answer = ask(method, url, {"Content-Type": "application/json"}, body)
        assert answer.status == 200, f"the mailbox answered {answer.status}: {answer.text[:500]}"
        return answer.json()

    # --- what stands in the tables: the application is not asked for its word ---

    def stored(self, customer: str) -> list[str]:
        """The message ids of what was sent of a customer and is stored, as often as it is stored."""
        return sorted(event.message_id for event in EventStore(self.database).all_of(customer) if is_counted(event))

    def stage(self, customer: str) -> str | None:
        """The stage that was last written for a customer (the API judges anew whenever it is asked)."""
        return CustomerStore(self.database).load(customer).stage

    def sends(self, customer: str) -> list[Send]:
        """A customer's rows of the ledger, oldest first."""
        return list(reversed(SendStore(self.database).of(customer, limit=50)))

    def differences(self, *customers: str) -> list[Difference]:
        """`rebuild --check`: where kept facts are not the fold of the stored events."""
        return Operator(self.database).check(customers, lambda done: None)

    @property
    def database(self) -> DynamoDatabase:
        tables = {table: f"{PREFIX}-{table}" for table in resources.TABLES}
        return DynamoDatabase(self.aws("dynamodb"), tables)

    # --- functions ---

    def tick(self) -> None:
        """The schedule's function, once more and now: retries need not wait for the minute."""
        self.scheduled("tick")

    def scheduled(self, function: str) -> Any:
        """Call a function as its schedule does; what it returned."""
        event = {
            "version": "0",
            "id": "of-a-test",
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": ACCOUNT,
            "time": times.text(times.utcnow()),
            "region": REGION,
            "resources": [],
            "detail": {},
        }
        answer = self.aws("lambda").invoke(FunctionName=f"{PREFIX}-{function}", Payload=json.dumps(event).encode())
        returned = answer["Payload"].read()
        assert "FunctionError" not in answer, returned
        return json.loads(returned)

    def dead_letters(self) -> dict[str, int]:
        """How many messages were given up, if any."""
        sqs = self.aws("sqs")
        url = sqs.get_queue_url(QueueName=f"{PREFIX}-{resources.DEAD}")["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        count = int(attributes["Attributes"]["ApproximateNumberOfMessages"])
        return {resources.DEAD: count} if count else {}

    def complaints(self, since: datetime) -> list[str]:
        """What functions logged as a warning or worse since then, and whatever they wrote that is no log line."""
        logs = self.aws("logs")
        found = []
        for group in logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{PREFIX}-")["logGroups"]:
            name = group["logGroupName"]
            for event in _events(logs, name, since):
                found += [f"{name.rpartition('/')[2]}: {line}" for line in event.splitlines() if _loud(line)]
        return found


def past_proxies(patch: pytest.MonkeyPatch) -> None:
    """Let no proxy stand between the tests and this machine."""
    for name in ("NO_PROXY", "no_proxy"):
        patch.setenv(name, "127.0.0.1,localhost")


def _events(logs: Any, group: str, since: datetime) -> Iterator[str]:
    asked = {"logGroupName": group, "startTime": int(since.timestamp() * 1000)}
    while True:
        page = logs.filter_log_events(**asked)
        yield from (event["message"] for event in page["events"])
        if not page.get("nextToken"):
            return
        asked["nextToken"] = page["nextToken"]


def _loud(line: str) -> bool:
    if not line.strip() or line.startswith(("START RequestId", "END RequestId", "REPORT RequestId")):
        return False
    try:
        said = json.loads(line)
    except ValueError:
        return True  # a traceback, or somebody who prints
    return not isinstance(said, dict) or said.get("level") in _LOUD


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports
