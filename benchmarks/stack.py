"""A MiniStack of the benchmark's own, on a free port, with the tables and queues that the application needs.

The application runs in this process, over the wire against it, so that requests can be counted; nothing is deployed.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from benchmarks.units import INDEXES
from chalicelib import resources, settings

PREFIX = "perennial-bench"
REGION = "us-east-1"
ACCOUNT = "000000000000"
_ROOT = Path(__file__).parent.parent
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:{PREFIX}-ses-events"
_QUEUES = (*resources.QUEUES, resources.DEAD)
MINISTACK = _ROOT / ".local" / "ministack" / "bin" / "ministack"
_SECRETS = json.dumps({kind: [f"bench-{kind}-secret-0123456789abcdef"] for kind in ("link", "pii", "proof")})


def environment(endpoint: str, mailbox: str = "") -> dict[str, str]:
    """The variables that infra/resources.yaml gives to every function, and those that lead to the emulator."""
    own = {
        "PERENNIAL_STAGE": "bench",
        "SES_CONFIGURATION_SET": PREFIX,
        "SENDER": "Shop <hello@shop.example>",
        "POSTAL_ADDRESS": "1 Sample Street, Sampleton",
        "ALLOWED_RECIPIENTS": "*",
        "SECRETS_PARAMETER": "/perennial/bench/secrets",
        "PUBLIC_URL_PARAMETER": "/perennial/bench/public-url",
        "FILES_BUCKET": f"{PREFIX}-files",
        "FAILURES_BUCKET": f"{PREFIX}-failures",
        "SEND_CONCURRENCY": "2",
        "SMS_ORIGINATION": "",
        "PUSH_APPLICATION_IOS": "",
        "PUSH_APPLICATION_ANDROID": "",
        "LOG_LEVEL": "WARNING",
        **{resources.table_variable(table): f"{PREFIX}-{table}" for table in resources.TABLES},
        **{resources.queue_variable(queue): f"{endpoint}/{ACCOUNT}/{PREFIX}-{queue}" for queue in _QUEUES},
    }
    if missing := set(settings.variables()) - set(own):
        raise RuntimeError(f"the benchmark does not set {', '.join(sorted(missing))}")
    emulator = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        **({"AWS_ENDPOINT_URL_SESV2": mailbox} if mailbox else {}),
    }
    return own | emulator


@contextmanager
def running() -> Iterator[str]:
    """A fresh MiniStack and mailbox, set up; `os.environ` leads the application to them. Yields the endpoint."""
    with tempfile.TemporaryDirectory(prefix="perennial-bench-") as scratch:
        cloud, mailbox = _free_port(), _free_port()
        endpoint, inbox = f"http://127.0.0.1:{cloud}", f"http://127.0.0.1:{mailbox}"
        with (
            _process([str(MINISTACK)], _cloud_variables(cloud, scratch), f"{endpoint}/_ministack/health"),
            _process(_mailbox_command(mailbox, scratch, endpoint), {}, f"{inbox}/_mailbox/messages"),
        ):
            os.environ.update(environment(endpoint, inbox))
            _create()
            yield endpoint


def plain(service: str) -> Any:
    """A client outside the default session, which the meter does not see."""
    made = boto3.Session(region_name=REGION)
    return made.client(service, config=Config(retries={"total_max_attempts": 3}))  # type: ignore[call-overload]


def queue_url(queue: str) -> str:
    """Where a logical queue is."""
    return os.environ["AWS_ENDPOINT_URL"] + f"/{ACCOUNT}/{PREFIX}-{queue}"


def logical(name: str) -> str:
    """The logical name of a table: `perennial-bench-events` is `events`."""
    return name.removeprefix(f"{PREFIX}-")


def _create() -> None:
    dynamodb, sqs, ssm, ses, sns = (plain(service) for service in ("dynamodb", "sqs", "ssm", "sesv2", "sns"))
    for table in resources.TABLES:
        dynamodb.create_table(**_definition(table))
    for queue in _QUEUES:
        sqs.create_queue(QueueName=f"{PREFIX}-{queue}")
    ssm.put_parameter(Name="/perennial/bench/secrets", Type="SecureString", Value=_SECRETS)
    ssm.put_parameter(Name="/perennial/bench/public-url", Type="String", Value="https://api.shop.example")
    ses.create_email_identity(EmailIdentity="shop.example")
    for bucket in ("files", "failures"):
        plain("s3").create_bucket(Bucket=f"{PREFIX}-{bucket}")
    topic = sns.create_topic(Name=TOPIC.rpartition(":")[2])["TopicArn"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{PREFIX}-{resources.FEEDBACK}"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})


def _definition(table: str) -> dict[str, Any]:
    keys = [("pk", "sk"), *INDEXES.get(table, ())]
    request: dict[str, Any] = {
        "TableName": f"{PREFIX}-{table}",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for pair in keys for name in pair],
        "KeySchema": _schema(*keys[0]),
    }
    if keys[1:]:
        request["GlobalSecondaryIndexes"] = [
            {
                "IndexName": pair[0].partition("_")[0],
                "KeySchema": _schema(*pair),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for pair in keys[1:]
        ]
    return request


def _schema(hash_key: str, range_key: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": hash_key, "KeyType": "HASH"},
        {"AttributeName": range_key, "KeyType": "RANGE"},
    ]


def _cloud_variables(port: int, scratch: str) -> dict[str, str]:
    return {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "PERSIST_STATE": "0",
        "STATE_DIR": scratch,
        "LOG_LEVEL": "ERROR",
    }


def _mailbox_command(port: int, scratch: str, endpoint: str) -> list[str]:
    options = ["--port", str(port), "--file", f"{scratch}/mail.sqlite", "--aws", endpoint, "--topic", TOPIC]
    return [sys.executable, "-m", "infra.local.mailbox", *options]


@contextmanager
def _process(command: list[str], variables: dict[str, str], probe: str) -> Iterator[None]:
    """Run a command until the block ends; on entry it answers at `probe`."""
    started = subprocess.Popen(
        command,
        env={**os.environ, **variables},
        cwd=_ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(probe, started)
        yield
    finally:
        started.terminate()
        started.wait(timeout=20)


def _wait_for(probe: str, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"what should answer at {probe} ended with status {process.returncode}")
        try:
            with urllib.request.urlopen(probe, timeout=2):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    raise RuntimeError(f"nothing answered at {probe} within {seconds:.0f} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
