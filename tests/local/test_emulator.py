"""What the local cloud adds to MiniStack, tried on MiniStack itself with a function of a few lines."""

from __future__ import annotations

import io
import json
import os
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from infra.local import cloud as cloud_module
from infra.local.cloud import EMULATOR, Cloud
from infra.local.places import Places
from infra.local.processes import command_of
from tests.local.conftest import SESSION, eventually

pytestmark = pytest.mark.cloud

ROLE = "arn:aws:iam::000000000000:role/any"
CODE = """
import importlib.util, json, os, time, urllib.request

def tell(key, **more):
    body = json.dumps({"key": key, **more}).encode()
    urllib.request.urlopen(urllib.request.Request(os.environ["TELL"], data=body), timeout=5).read()

def stream(event, context):
    failures = []
    for record in event["Records"]:
        key = record["dynamodb"]["Keys"]["pk"]["S"]
        seen = [m for m in ("ministack", "boto3", "chalicelib") if importlib.util.find_spec(m)]
        tell(key, seen=seen, mailbox=os.environ.get("AWS_ENDPOINT_URL_SESV2"), home=os.environ["HOME"])
        if key.startswith("failing") and not os.path.exists(os.environ["HOME"] + "/" + key):
            open(os.environ["HOME"] + "/" + key, "w").close()
            failures.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
    return {"batchItemFailures": failures}

def queue(event, context):
    for record in event["Records"]:
        first = record["attributes"]["ApproximateReceiveCount"] == "1"
        tell(record["body"], first=first)
        time.sleep(30 if first else 0)
"""


class Listener:
    """Hears what the functions tell."""

    def __init__(self) -> None:
        heard: list[dict[str, Any]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.heard = heard
        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def told(self) -> list[str]:
        return [told["key"] for told in self.heard]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Functions:
    """A table with a stream and a queue, each read by a function that tells the listener."""

    def __init__(self, places: Places, listener: Listener) -> None:
        clients = {name: SESSION.client(name, endpoint_url=places.aws) for name in ("dynamodb", "sqs", "lambda")}
        self._dynamodb, self._sqs, self._lambda = clients["dynamodb"], clients["sqs"], clients["lambda"]
        self._listener = listener
        self._read_stream()
        self._read_queue()

    def put(self, key: str) -> None:
        self._dynamodb.put_item(TableName="things", Item={"pk": {"S": key}})

    def send(self, body: str) -> None:
        self._sqs.send_message(QueueUrl=self._queue, MessageBody=body)

    def close(self) -> None:
        for client in (self._dynamodb, self._sqs, self._lambda):
            client.close()

    def _read_stream(self) -> None:
        made = self._dynamodb.create_table(
            TableName="things",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        self._function("stream")
        self._lambda.create_event_source_mapping(
            EventSourceArn=made["TableDescription"]["LatestStreamArn"],
            FunctionName="stream",
            StartingPosition="TRIM_HORIZON",
            BatchSize=100,
            FunctionResponseTypes=["ReportBatchItemFailures"],
        )

    def _read_queue(self) -> None:
        made = self._sqs.create_queue(QueueName="things", Attributes={"VisibilityTimeout": "600"})
        self._queue = made["QueueUrl"]
        self._function("queue")
        arn = "arn:aws:sqs:us-east-1:000000000000:things"
        self._lambda.create_event_source_mapping(EventSourceArn=arn, FunctionName="queue", BatchSize=1)

    def _function(self, name: str) -> None:
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as content:
            content.writestr("code.py", CODE)
        self._lambda.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Role=ROLE,
            Handler=f"code.{name}",
            Timeout=60,
            Code={"ZipFile": package.getvalue()},
            Environment={"Variables": {"TELL": self._listener.url}},
        )


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    cloud_port, mailbox_port = cloud_module._free_ports(2)
    places = Places(tmp_path_factory.mktemp("cloud"), cloud_port, mailbox_port, access=False)
    made = Cloud(places, owner=os.getpid())
    made.start()
    yield made
    made.down()


@pytest.fixture(scope="module")
def functions(cloud: Cloud, listener: Listener) -> Iterator[Functions]:
    made = Functions(cloud.places, listener)
    yield made
    made.close()


def test_a_function_sees_its_package_the_mailbox_and_nothing_of_ours(
    functions: Functions, listener: Listener, cloud: Cloud
) -> None:
    functions.put("first")
    eventually(lambda: "first" in listener.told(), within=20)
    told = listener.heard[listener.told().index("first")]
    assert told["seen"] == []
    assert told["mailbox"] == cloud.places.mailbox
    assert told["home"] == str(cloud.places.emulator)


def test_the_failed_record_of_a_stream_batch_comes_again(functions: Functions, listener: Listener) -> None:
    functions.put("failing")
    eventually(lambda: listener.told().count("failing") == 2, within=20)


def test_a_restart_loses_no_stream_record(functions: Functions, listener: Listener, cloud: Cloud) -> None:
    for number in range(20):
        functions.put(f"before-{number}")
    cloud.restart()
    functions.put("after")
    expected = {f"before-{number}" for number in range(20)} | {"after"}
    eventually(lambda: expected <= set(listener.told()), within=20)


def test_killed_workers_lose_no_message(functions: Functions, listener: Listener, cloud: Cloud) -> None:
    functions.send("a message")
    eventually(lambda: "a message" in listener.told(), within=20)
    assert cloud.kill_workers() >= 1
    deadline = time.monotonic() + 20
    while listener.told().count("a message") < 2 and time.monotonic() < deadline:
        cloud.pass_visibility_timeouts()
        time.sleep(0.1)
    assert [told["first"] for told in listener.heard if told["key"] == "a message"] == [True, False]


def test_nothing_listens_beyond_loopback(cloud: Cloud) -> None:
    pids = set(cloud.running().values())
    assert len(pids) == 2
    assert all(address.startswith("0100007F") for address in _listening(cloud.places))


def test_down_leaves_nothing_running(cloud: Cloud) -> None:
    workers = cloud._processes.children(EMULATOR)
    assert set(cloud.down()) == {"ministack", "mailbox"}
    assert cloud.running() == {}
    eventually(lambda: not any(command_of(pid) for pid in workers))


def test_a_cloud_without_its_owner_stops_by_itself(tmp_path: Path) -> None:
    owner = subprocess.Popen(["sleep", "60"])
    cloud_port, mailbox_port = cloud_module._free_ports(2)
    orphan = Cloud(Places(tmp_path, cloud_port, mailbox_port, access=False), owner=owner.pid)
    orphan.start()
    owner.kill()
    owner.wait()
    eventually(lambda: not orphan.running(), within=15)


def _listening(places: Places) -> list[str]:
    """Local addresses (hexadecimal) that listen on the cloud's ports, in IPv4 and IPv6."""
    ports = {f"{port:04X}" for port in (places.cloud_port, places.mailbox_port)}
    lines = [
        line.split() for file in ("tcp", "tcp6") for line in Path(f"/proc/net/{file}").read_text().splitlines()[1:]
    ]
    found = [fields[1] for fields in lines if fields[3] == "0A" and fields[1].rpartition(":")[2] in ports]
    assert found
    return found
