"""What a world runs on: everything in memory, or moto with the real clients before it."""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from types import SimpleNamespace
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws
from moto.core.models import botocore_stubber

from chalicelib import resources, settings
from chalicelib.aws import clients
from chalicelib.aws.mail import Allowance
from chalicelib.aws.pushes import Gone
from chalicelib.aws.values import decode_item, encode_item
from chalicelib.settings import Settings
from chalicelib.wiring import Ports
from infra.local.mailbox import mail as mailbox
from infra.local.mailbox.mail import Mail
from tests.fakes import deployment, tables
from tests.fakes.account import MemoryAccount
from tests.fakes.database import MemoryDatabase, stream_event
from tests.fakes.files import MemoryFiles
from tests.fakes.http import MemoryHttp
from tests.fakes.names import MemoryNames
from tests.fakes.operations import MemoryFunctions, MemoryInstruments, MemoryLetters
from tests.fakes.pushes import MemoryPushes
from tests.fakes.queues import MemoryQueues
from tests.fakes.secrets import MemorySecrets
from tests.fakes.stream import MemoryStream
from tests.fakes.texts import MemoryTexts
from tests.fakes.world import Message, Record, World, running

TWO: Final = ["newest", "previous"]
SECRETS: Final = {"link": TWO, "pii": ["pepper"], "proof": TWO, "webhook": TWO}
PUBLIC_URL: Final = "https://shop.example/api"
OF_THE_ACCOUNT: Final[Mapping[str, dict[str, Any]]] = {
    "GetEmailIdentity": {"VerifiedForSendingStatus": True, "DkimAttributes": {"Status": "SUCCESS"}},
    "GetConfigurationSet": {},
    "ListSuppressedDestinations": {},
    "PutSuppressedDestination": {},
    "GetSuppressedDestination": {
        "SuppressedDestination": {
            "EmailAddress": "ugo@example.com",
            "Reason": "BOUNCE",
            "LastUpdateTime": datetime(2026, 11, 1, tzinfo=UTC),
        }
    },
    "DeleteSuppressedDestination": {},
}
"""What SES says beside its sending."""

Clock = Callable[[], datetime]


@dataclass
class Mailbox:
    """`Mailer` that takes what SES takes, refuses what SES refuses, and asks nobody to slow down."""

    clock: Clock
    mails: list[Mail] = field(default_factory=list)

    def send(self, request: Mapping[str, Any]) -> str:
        """Keep the mail; raises the mailbox's Refusal."""
        self.mails.append(mailbox.accept(request, id=f"mail-{len(self.mails) + 1}", at=self.clock()))
        return self.mails[-1].id

    def allowance(self) -> Allowance:
        """No limit."""
        return Allowance(0.0)


class Fakes:
    """Everything in memory."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.db = MemoryDatabase()
        self.stream = MemoryStream(self.db)
        self.queues = MemoryQueues()
        self.files = MemoryFiles()
        self.letters = MemoryLetters(self.queues)
        self.failures = MemoryFiles()
        self.functions = MemoryFunctions()
        self.instruments = MemoryInstruments()
        self.mailbox = Mailbox(clock)
        self.mail_account = MemoryAccount()
        self.names = MemoryNames()
        self.texts = MemoryTexts()
        self.pushes = MemoryPushes()
        self.http = MemoryHttp()
        self._seen = dict.fromkeys(resources.TABLES, 0)

    def ports(self) -> Ports:
        secrets = MemorySecrets(PUBLIC_URL)
        return Ports(
            self.db,
            self.queues,
            secrets,
            self.mailbox,
            self.clock,
            self.files,
            self.stream,
            http=self.http,
            texts=self.texts,
            pushes=self.pushes,
            letters=self.letters,
            failures=self.failures,
            functions=self.functions,
            instruments=self.instruments,
            mail_account=self.mail_account,
            names=self.names,
        )

    def settings(self) -> Settings:
        return deployed_settings()

    def begins(self, function: str | None) -> None:
        return

    def records(self, table: str) -> list[Record]:
        changes = [change for change in self.db.changes[self._seen[table] :] if change.table == table]
        self._seen[table] = len(self.db.changes)
        return [as_lambda_gets_it(record) for record in stream_event(changes, self.clock())["Records"]]

    def messages(self) -> list[Message]:
        sent, self.queues.sent = self.queues.sent, []
        return [
            Message(each.queue, json.dumps(each.body), self.clock() + timedelta(seconds=each.delay)) for each in sent
        ]

    def mails(self) -> list[Mail]:
        return self.mailbox.mails

    def texted(self) -> list[Mapping[str, Any]]:
        return [request["text"] for request in self.texts.sent]

    def lose_device(self, token: str) -> None:
        self.pushes.ends[token] = Gone("disabled")

    def items(self, table: str) -> list[dict[str, Any]]:
        return self.db.items(table)

    def put(self, table: str, item: Mapping[str, Any]) -> None:
        self.db.put(table, dict(item))

    def give_up(self, queue: str, body: Mapping[str, Any]) -> None:
        self.letters.given_up(queue, body, self.clock())

    def give_up_batch(self, key: str, kept: Mapping[str, Any]) -> None:
        self.failures.write(key, json.dumps(kept).encode())


@dataclass(frozen=True)
class Call:
    """One request to AWS, and the function that made it."""

    function: str
    service: str
    operation: str
    parameters: Mapping[str, Any]


class Moto:
    """The clients that wiring makes, before moto: one request at a time, because moto's threads lose writes, and each
    written down in `calls`. SES, of which moto knows too little, is answered by the mailbox."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.mailbox = Mailbox(clock)
        self.texts = MemoryTexts()
        self.http = MemoryHttp()
        self.calls: list[Call] = []
        self._function: str | None = None
        self._sent: list[Message] = []
        self._last: dict[str, str] = {}
        self._given_up: dict[str, str] = {}
        self._turn = threading.RLock()
        # The test's own eyes and hands: not recorded. Without the account in its addresses, which moto does not know.
        aside, plain = boto3.Session(region_name=deployment.REGION), Config(account_id_endpoint_mode="disabled")
        self._tables = aside.client("dynamodb", config=plain)
        self._streams = aside.client("dynamodbstreams", config=plain)
        self._make_resources(aside)

    def ports(self) -> Ports:
        return Ports(clock=self.clock, http=self.http, names=MemoryNames())

    def settings(self) -> Settings:
        return deployed_settings()

    def begins(self, function: str | None) -> None:
        self._function = function

    def records(self, table: str) -> list[Record]:
        found = self._shards[table]
        if table in self._last:
            after = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self._last[table]}
        else:
            after = {"ShardIteratorType": "TRIM_HORIZON"}
        iterator = self._streams.get_shard_iterator(**found, **after)["ShardIterator"]
        records = self._streams.get_records(ShardIterator=iterator)["Records"]
        if records:
            self._last[table] = records[-1]["dynamodb"]["SequenceNumber"]
        return [as_lambda_gets_it(record) for record in records]

    def messages(self) -> list[Message]:
        sent, self._sent = self._sent, []
        return sent

    def mails(self) -> list[Mail]:
        return self.mailbox.mails

    def texted(self) -> list[Mapping[str, Any]]:
        return [request["text"] for request in self.texts.sent]

    def lose_device(self, token: str) -> None:
        for application in self._applications.list_platform_applications()["PlatformApplications"]:
            arn = application["PlatformApplicationArn"]
            listed = self._applications.list_endpoints_by_platform_application(PlatformApplicationArn=arn)
            for endpoint in listed["Endpoints"]:
                if endpoint["Attributes"]["Token"] == token:
                    off = {"Enabled": "false"}
                    self._applications.set_endpoint_attributes(EndpointArn=endpoint["EndpointArn"], Attributes=off)

    def items(self, table: str) -> list[dict[str, Any]]:
        pages = self._tables.get_paginator("scan").paginate(TableName=f"{deployment.PREFIX}-{table}")
        return [decode_item(item) for page in pages for item in page["Items"]]

    def put(self, table: str, item: Mapping[str, Any]) -> None:
        self._tables.put_item(TableName=f"{deployment.PREFIX}-{table}", Item=encode_item(dict(item)))

    def give_up(self, queue: str, body: Mapping[str, Any]) -> None:
        text = json.dumps(body)
        self._given_up[text] = queue
        self._sqs.send_message(QueueUrl=self.settings().queues[resources.DEAD], MessageBody=text)

    def give_up_batch(self, key: str, kept: Mapping[str, Any]) -> None:
        self._s3.put_object(Bucket=self.settings().failures_bucket, Key=key, Body=json.dumps(kept).encode())

    def listen(self, session: boto3.Session) -> None:
        """Stand between moto and every client that `session` makes from now on."""
        session.events.register("provide-client-params", self._note)
        events: Any = session.events  # what a handler returns is the answer, which the stubs do not know
        events.register("before-call.sesv2.SendEmail", self._send_email)
        events.register("before-call.sesv2.GetAccount", self._get_account)
        events.register("before-call.pinpoint-sms-voice-v2.SendTextMessage", self._send_text)
        for operation, answer in OF_THE_ACCOUNT.items():
            events.register(f"before-call.sesv2.{operation}", partial(_answer, answer))
        events.register("before-call.lambda.Invoke", self._invoke)
        events.register("after-call.sqs.ReceiveMessage", self._say_whence)
        events.unregister("before-send", botocore_stubber)  # botocore asks every handler: each request would be two
        events.register_first("before-send", self._send)

    def _note(self, params: Mapping[str, Any], model: Any, **rest: Any) -> None:
        if self._function is None:
            return
        with self._turn:
            self.calls.append(Call(self._function, model.service_model.service_name, model.name, params))
            if model.name == "SendMessageBatch":
                queue = params["QueueUrl"].rpartition(f"/{deployment.PREFIX}-")[2]
                self._sent += [
                    Message(queue, entry["MessageBody"], self.clock() + timedelta(seconds=entry["DelaySeconds"]))
                    for entry in params["Entries"]
                ]

    def _send_email(self, params: Mapping[str, Any], **rest: Any) -> tuple[Any, dict[str, Any]]:
        with self._turn:
            return _answered({"MessageId": self.mailbox.send(json.loads(params["body"]))})

    def _send_text(self, params: Mapping[str, Any], **rest: Any) -> tuple[Any, dict[str, Any]]:
        with self._turn:
            return _answered({"MessageId": self.texts.send({"text": json.loads(params["body"])})})

    def _get_account(self, **rest: Any) -> tuple[Any, dict[str, Any]]:
        return _answered({"SendQuota": {"MaxSendRate": self.mailbox.allowance().rate}})

    def _invoke(self, **rest: Any) -> tuple[Any, dict[str, Any]]:
        return _answered({"Payload": BytesIO(b'{"batchItemFailures": []}')})

    def _say_whence(self, parsed: Mapping[str, Any], **rest: Any) -> None:
        """As SQS does, and moto does not."""
        for message in parsed.get("Messages", ()):
            queue = self._given_up.get(message["Body"])
            if queue is not None:
                arn = f"arn:aws:sqs:{deployment.REGION}:{deployment.ACCOUNT}:{deployment.PREFIX}-{queue}"
                message.setdefault("Attributes", {})["DeadLetterQueueSourceArn"] = arn

    def _send(self, event_name: str, request: Any, **rest: Any) -> Any:
        with self._turn:
            return botocore_stubber(event_name, request, **rest)

    def _make_resources(self, aside: boto3.Session) -> None:
        self._applications = aside.client("sns")
        for platform in ("APNS", "GCM"):
            self._applications.create_platform_application(Name=deployment.PREFIX, Platform=platform, Attributes={})
        for table in resources.TABLES:
            self._tables.create_table(**tables.definition(table))
        self._shards = {table: self._shard(f"{deployment.PREFIX}-{table}") for table in tables.STREAMED}
        self._sqs, self._s3 = aside.client("sqs"), aside.client("s3")
        for queue in (*resources.QUEUES, resources.DEAD):
            self._sqs.create_queue(QueueName=f"{deployment.PREFIX}-{queue}")
        ssm, named = aside.client("ssm"), self.settings()
        for bucket in (named.files_bucket, named.failures_bucket):
            self._s3.create_bucket(Bucket=bucket)
        ssm.put_parameter(Name=named.secrets_parameter, Value=json.dumps(SECRETS), Type="SecureString")
        ssm.put_parameter(Name=named.public_url_parameter, Value=PUBLIC_URL, Type="String")

    def _shard(self, table: str) -> dict[str, Any]:
        (found,) = self._streams.list_streams(TableName=table)["Streams"]
        described = self._streams.describe_stream(StreamArn=found["StreamArn"])["StreamDescription"]
        return {"StreamArn": found["StreamArn"], "ShardId": described["Shards"][0]["ShardId"]}


@contextmanager
def over_fakes() -> Iterator[World]:
    """A world in memory."""
    world = World()
    with running(world, Fakes(lambda: world.now)):
        yield world


@contextmanager
def over_moto() -> Iterator[World]:
    """A world over moto, with credentials that could not reach anything real."""
    world = World()
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", deployment.REGION)
        patch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")  # moto knows no addresses of streams with the account
        clients.client.cache_clear()
        boto3.setup_default_session()
        assert boto3.DEFAULT_SESSION is not None
        platform = Moto(lambda: world.now)
        platform.listen(boto3.DEFAULT_SESSION)
        try:
            with running(world, platform):
                yield world
        finally:
            boto3.DEFAULT_SESSION = None
            clients.client.cache_clear()


def deployed_settings() -> Settings:
    """What that environment says."""
    return settings.read(deployed_environment())


def deployed_environment() -> dict[str, str]:
    """The variables that a function has, with the names that the deployment's tables and queues have."""
    queues = f"https://sqs.{deployment.REGION}.amazonaws.com/{deployment.ACCOUNT}"
    applications = f"arn:aws:sns:{deployment.REGION}:{deployment.ACCOUNT}:app"
    names = [*resources.QUEUES, resources.DEAD]
    return {
        "PERENNIAL_STAGE": deployment.STAGE,
        **{resources.table_variable(name): f"{deployment.PREFIX}-{name}" for name in resources.TABLES},
        **{resources.queue_variable(name): f"{queues}/{deployment.PREFIX}-{name}" for name in names},
        "SES_CONFIGURATION_SET": deployment.PREFIX,
        "SENDER": "Shop <hello@shop.example>",
        "POSTAL_ADDRESS": "1 High Street, Bath",
        "ALLOWED_RECIPIENTS": "*",
        "SECRETS_PARAMETER": f"/perennial/{deployment.STAGE}/secrets",
        "PUBLIC_URL_PARAMETER": f"/perennial/{deployment.STAGE}/public-url",
        "FILES_BUCKET": f"{deployment.PREFIX}-files",
        "FAILURES_BUCKET": f"{deployment.PREFIX}-failures",
        "SEND_CONCURRENCY": "2",
        "SMS_ORIGINATION": "+40700000000",
        "PUSH_APPLICATION_IOS": f"{applications}/APNS/{deployment.PREFIX}",
        "PUSH_APPLICATION_ANDROID": f"{applications}/GCM/{deployment.PREFIX}",
    }


def as_lambda_gets_it(value: Any) -> Any:
    """A record as the JSON of a stream's event has it: bytes as base64, times as seconds."""
    match value:
        case bytes():
            return b64encode(value).decode()
        case datetime():
            return value.timestamp()
        case Mapping():
            return {name: as_lambda_gets_it(inner) for name, inner in value.items()}
        case list():
            return [as_lambda_gets_it(inner) for inner in value]
        case _:
            return value


def _answer(answer: dict[str, Any], **rest: Any) -> tuple[Any, dict[str, Any]]:
    return _answered(answer)


def _answered(parsed: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """What botocore takes for an answer that did not come from the wire."""
    return SimpleNamespace(status_code=200, headers={}), {**parsed, "ResponseMetadata": {"HTTPStatusCode": 200}}
