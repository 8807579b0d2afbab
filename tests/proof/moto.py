"""One message through the real clients: botocore before moto's tables, and before a mailbox that answers as SES does.

The faults come at botocore's last step (`before-send`), so its own retries are in the game: a request that is lost, an
answer that is lost (the request was carried out), a throttle, a worker that dies before or after. One request at a
time, because moto's threads lose writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final, cast

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError
from botocore.retries import standard
from moto import mock_aws
from moto.core.models import botocore_stubber

from chalicelib import resources
from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.aws.mail import SesMailer
from chalicelib.errors import Transient
from chalicelib.journeys.send import Send
from chalicelib.messages import feedback
from tests.fakes.tables import REGION, definition
from tests.messages.samples import MINUTE, NOW
from tests.messages.test_feedback import report
from tests.messages.world import World
from tests.proof.auditor import Mail, Rules, Verdict, audit
from tests.proof.faults import Crash, Exactly, Fault

ATTEMPTS: Final = 3  # of the tables' client, as in chalicelib/aws/clients.py
DELIVERIES: Final = 4
_JSON: Final = "application/x-amz-json-1.0"


@dataclass
class Wire:
    """What botocore sends passes here. `schedule` says how each request goes; `mails` is the mailbox."""

    schedule: Exactly = field(default_factory=Exactly)
    mails: list[Mapping[str, Any]] = field(default_factory=list)

    def send(self, event_name: str, request: Any, **rest: Any) -> Any:
        """Instead of the network: before botocore's own handlers, of which moto's is one."""
        service, operation = event_name.split(".")[1:3]
        fault = self.schedule.fault("mail.send" if operation == "SendEmail" else f"{service}.{operation}")
        if fault is Fault.CRASH_BEFORE:
            raise Crash(operation)
        if fault is Fault.LOST_REQUEST:
            raise ReadTimeoutError(endpoint_url=request.url)
        if fault is Fault.THROTTLED:
            return _throttled(service, request.url)
        answer = self._taken(request) if service == "sesv2" else botocore_stubber(event_name, request, **rest)
        if fault is Fault.CRASH_AFTER:
            raise Crash(operation)
        if fault is Fault.LOST_ANSWER:
            raise ReadTimeoutError(endpoint_url=request.url)
        return answer

    def _taken(self, request: Any) -> AWSResponse:
        self.mails.append(json.loads(request.body))
        return _answer(request.url, 200, {"MessageId": f"ses-{len(self.mails)}"})


def _throttled(service: str, url: str) -> AWSResponse:
    if service == "sesv2":
        said = {"message": "Maximum sending rate exceeded."}
        return _answer(url, 429, said, {"x-amzn-ErrorType": "TooManyRequestsException"})
    return _answer(url, 400, {"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "slower"})


def _answer(url: str, status: int, said: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> AWSResponse:
    body = json.dumps(said).encode()
    raw = SimpleNamespace(stream=lambda **_: iter([body]), release_conn=lambda: None)
    return AWSResponse(url, status, cast("Any", {"content-type": _JSON, **(headers or {})}), cast("Any", raw))


class Moto:
    """Tables and a mailbox for one schedule after the other, each with a customer of its own. fresh: the tables are not
    there yet. mail_attempts: how often the client of mail tries; it must once."""

    def __init__(self, wire: Wire, *, fresh: bool = True, mail_attempts: int = 1) -> None:
        self.wire = wire
        session = boto3.Session("testing", "testing", region_name=REGION)
        events: Any = session.events
        events.unregister("before-send", botocore_stubber)  # botocore asks every handler: each request would be two
        events.register_first("before-send", wire.send)
        self.tables = _client(session, "dynamodb", ATTEMPTS)
        for table in resources.TABLES if fresh else ():
            self.tables.create_table(**definition(table))
        self.db = DynamoDatabase(self.tables, {table: f"test-{table}" for table in resources.TABLES})
        self.mailer: Any = SesMailer(_client(session, "sesv2", 1))
        if mail_attempts > 1:
            self.mailer = Eager(_client(session, "sesv2", mail_attempts))
        self.world = World(db=self.db, mail=self.mailer)

    def play(self, row: Send, faults: Mapping[int, Fault]) -> Verdict:
        """One message, from its row to its last report, with faults at these requests; what the auditor says."""
        self.world.now = NOW
        self.world.customer(row.customer)
        self.world.plan(row)
        left, self.wire.schedule = len(self.wire.mails), Exactly(faults)
        self._deliver(row)
        for _ in self.wire.mails[left:]:
            self._report(row)
        self.world.now = NOW + 25 * MINUTE
        self._deliver(row)  # the due index finds it, if there is anything left to do
        self.world.now = NOW + 60 * MINUTE
        self._deliver(row)
        self.wire.schedule = Exactly()
        marketing = row.message_class == "marketing"
        mails = [Mail(row.id, row.customer, marketing, NOW) for _ in self.wire.mails[left:]]
        return audit([row.id], [self.world.row(row).to_item()], mails, Rules())

    def _deliver(self, row: Send) -> None:
        """As the queue does: until it is taken."""
        for _ in range(DELIVERIES):
            try:
                self.world.dispatch(row)
            except (Crash, Transient):
                continue
            return

    def _report(self, row: Send) -> None:
        for _ in range(DELIVERIES):
            try:
                feedback.take(report(row, "Delivery"), self.world.desk)
            except (Crash, Transient):
                continue
            return


class Eager(SesMailer):
    """A mail client that repeats what was not answered, as botocore's are unless they are told otherwise."""

    def __init__(self, client: Any) -> None:
        told = client.meta.config.retries
        client.meta.config.retries = {"total_max_attempts": 1}
        super().__init__(client)
        client.meta.config.retries = told


def _client(session: boto3.Session, service: str, attempts: int) -> Any:
    """A client as chalicelib/aws/clients.py makes it, which decides as ever and does not wait."""
    config = Config(retries={"total_max_attempts": attempts, "mode": "standard"}, account_id_endpoint_mode="disabled")
    client = session.client(service, config=config)  # type: ignore[call-overload]  # any service by name
    handler = standard.register_retry_handler(client, attempts)
    name = f"needs-retry.{client.meta.service_model.service_id.hyphenize()}"
    client.meta.events.unregister(name, unique_id=f"retry-config-{client.meta.service_model.service_id.hyphenize()}")
    client.meta.events.register(name, lambda **said: None if handler.needs_retry(**said) is None else 0)
    return client


@contextmanager
def running() -> Iterator[Moto]:
    """Empty tables and a mailbox, with credentials that could not reach anything real."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        yield Moto(Wire())
