"""MiniStack as the local cloud runs it: `.local/ministack/bin/python -P infra/local/emulator.py`. It needs MiniStack.

MiniStack 1.5.33 is used as it comes, except where it differs from AWS in something that Perennial relies on:

- *A stop loses nothing.* MiniStack writes its state when it stops, without waiting for the functions under way
  and without the records of DynamoDB streams; it does keep the positions of their readers, so that after a restart a
  stream is silent until it is as long again as it was. Here a stop first takes no new batches and lets those
  under way finish, and the unread records are part of the state.
- *Partial failure of a stream batch* (`ReportBatchItemFailures`) is honoured: MiniStack would take the failed
  records for done. The batch begins again at the first of them, as on AWS.
- *Batches need the permission of the single call*, as on AWS, where `sqs:SendMessageBatch` is no action of IAM.
- *Reading a stream needs permission for that stream*, as on AWS: MiniStack would ask for permission for everything.
- *A request's gzip body is unpacked by the gateway* if its header says so, as on AWS: MiniStack would hand it over as
  text, which it is not. (One that is no gzip goes to the function as it is, where AWS would answer 415.)
- *A function sees its package and nothing else*: the interpreter of its workers has no site-packages. The package
  is unpacked once for each version instead of once for each worker, and byte code is shared, so that a worker starts
  in a moment.
- SIGUSR1 makes every message that a worker took and did not finish visible again, as if its visibility timeout
  had passed: tests that kill workers need not wait for six minutes.

Still different, and no matter for the application: a failing stream batch is neither bisected nor limited in its
retries but only in its age, and ParallelizationFactor is ignored.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import logging
import os
import shutil
import signal
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app as ministack_app
from ministack.core import iam_actions, lambda_runtime, persistence, responses
from ministack.services import apigateway_v1, dynamodb, dynamodb_streams, lambda_svc, sqs

_LOG = logging.getLogger("emulator")
_PATIENCE = 25.0  # seconds that a stop waits for functions under way
_PACKAGES = 3  # unpacked packages that are kept
_SINGLE = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sns:PublishBatch": "sns:Publish",
}

State = dict[str, Any]


class Stopping:
    """Whether the emulator is about to stop: nothing new is begun then."""

    def __init__(self) -> None:
        self.asked = False

    def refuse(self, poll: Callable[[], bool]) -> Callable[[], bool]:
        """A poller that finds nothing from then on."""
        return lambda: False if self.asked else poll()

    async def drained(self) -> None:
        """Until no function runs, or patience ends."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end and lambda_svc.executions_in_flight()[0]:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.1)  # the threads that note what a finished batch means


def drain_before_stopping(stopping: Stopping) -> None:
    """Let the pollers of event sources see the stop."""
    for name in ("_poll_sqs", "_poll_kinesis", "_poll_dynamodb_streams"):
        setattr(lambda_svc, name, stopping.refuse(getattr(lambda_svc, name)))


def keep_streams() -> None:
    """Make the unread records of streams part of the state, and copy a state again that changed meanwhile."""
    save, load = dynamodb.get_state, dynamodb.load_persisted_state

    def with_streams() -> State:
        return {**save(), "stream_records": _unread(), "stream_trimmed": _read_counts()}

    def load_with_streams(data: State) -> None:
        load(data)
        dynamodb._stream_records.update(data.get("stream_records") or {})
        dynamodb._stream_trimmed.update(data.get("stream_trimmed") or {})

    dynamodb.get_state, dynamodb.load_persisted_state = with_streams, load_with_streams
    ministack_app.save_all = lambda states: persistence.save_all(
        {name: _patiently(get) for name, get in states.items()}
    )


def _patiently(get: Callable[[], State]) -> Callable[[], State]:
    def again() -> State:
        for _ in range(20):
            try:
                return get()
            except RuntimeError as error:  # a dictionary changed its size while it was copied
                _LOG.info("copying a state again: %s", error)
                time.sleep(0.1)
        return get()

    return again


def _read_until(table_key: tuple[str, str, str]) -> int:
    """How many records of a table's stream every event source mapping has read, counted from the stream's beginning."""
    account, region, table = table_key
    positions = [
        lambda_svc._dynamodb_stream_positions._data.get((account, region, esm["UUID"]), 0)
        for (owner, place, _), esm in lambda_svc._esms._data.items()
        if (owner, place) == (account, region) and f":table/{table}/stream/" in esm.get("EventSourceArn", "")
    ]
    trimmed = dynamodb._stream_trimmed._data.get(table_key, 0)
    end = trimmed + len(dynamodb._stream_records._data.get(table_key, []))
    return int(min([end, *positions])) if positions else end


def _unread() -> Any:
    unread = responses.AccountRegionScopedDict()
    for key, records in list(dynamodb._stream_records._data.items()):
        skipped = max(0, _read_until(key) - dynamodb._stream_trimmed._data.get(key, 0))
        unread._data[key] = list(records[skipped:])
    return unread


def _read_counts() -> Any:
    counts = responses.AccountRegionScopedDict()
    for key in list(dynamodb._stream_records._data):
        counts._data[key] = max(_read_until(key), dynamodb._stream_trimmed._data.get(key, 0))
    return counts


def honour_partial_stream_failures() -> None:
    """Begin again at the first failed record of a stream batch, where its mapping reports batch item failures."""
    execute = lambda_svc._execute_function

    def checked(func: State, event: Any) -> State:
        result: State = execute(func, event)
        failed = _first_failure(func, event, result)
        if failed is None:
            return result
        _move_reader(*failed)
        body = {"errorType": "BatchItemFailures", "errorMessage": f"{failed[1]} failed"}
        return {"error": True, "body": body, "log": result.get("log", "")}

    lambda_svc._execute_function = checked


def _first_failure(func: State, event: Any, result: State) -> tuple[State, str] | None:
    """The mapping and the lowest failed sequence number; None if nothing failed or nobody asked for item failures."""
    records = event.get("Records") if isinstance(event, Mapping) else None
    body = result.get("body")
    if result.get("error") or not records or not isinstance(body, Mapping):
        return None
    if not isinstance(records[0], Mapping) or records[0].get("eventSource") != "aws:dynamodb":
        return None
    failures = {str(failure.get("itemIdentifier", "")) for failure in body.get("batchItemFailures") or []}
    name = (func.get("config") or func).get("FunctionName")
    source = records[0].get("eventSourceARN")
    for esm in lambda_svc._esms.values():
        reports = "ReportBatchItemFailures" in esm.get("FunctionResponseTypes", [])
        if failures and reports and esm["FunctionName"] == name and esm["EventSourceArn"] == source:
            numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
            # an identifier that is not in the batch fails the whole of it, as on AWS
            return esm, min(failures) if failures <= set(numbers) else numbers[0]
    return None


def _move_reader(esm: State, sequence_number: str) -> None:
    table = esm["EventSourceArn"].split("/stream/")[0].split("/")[-1]
    start = dynamodb.stream_start_position(table)
    for index, record in enumerate(dynamodb.stream_live_records(table)):
        if record["dynamodb"]["SequenceNumber"] == sequence_number:
            lambda_svc._dynamodb_stream_positions[esm["UUID"]] = start + index
            return


def name_actions_as_iam_does() -> None:
    """Authorise the batch operations of SQS and SNS by the action that IAM knows."""
    extract = iam_actions.extract_iam_action

    def extracted(*arguments: Any, **named: Any) -> str | None:
        action: str | None = extract(*arguments, **named)
        return _SINGLE.get(action, action) if action else None

    iam_actions.extract_iam_action = extracted


def name_streams_as_iam_does() -> None:
    """Authorise reading a table's stream by the stream's ARN, which is said, or stands in the iterator."""
    extract = iam_actions.extract_resource_arn

    def extracted(service: str, method: str, path: str, headers: Any, body: bytes, *more: Any) -> str:
        if service == "dynamodbstreams":
            return _stream_in(body) or "*"
        arn: str = extract(service, method, path, headers, body, *more)
        return arn

    iam_actions.extract_resource_arn = extracted


def _stream_in(body: bytes) -> str | None:
    try:
        asked = json.loads(body or b"{}")
    except ValueError:
        return None
    held = asked if "StreamArn" in asked else dynamodb_streams._decode_iterator(asked.get("ShardIterator") or "") or {}
    arn = held.get("StreamArn") or held.get("arn")
    return arn if isinstance(arn, str) else None


def unpack_gzip_bodies() -> None:
    """Let functions behind a REST API see the content of what a client packed."""
    execute = apigateway_v1.handle_execute

    async def unpacked(
        api: str, stage: str, method: str, path: str, headers: Mapping[str, Any], body: bytes, query: Any
    ) -> Any:
        if body and headers.get("content-encoding") == "gzip":
            try:
                body = gzip.decompress(body)
            except (OSError, EOFError, zlib.error) as broken:
                _LOG.info("a body is no gzip, though it says so: %s", broken)
        return await execute(api, stage, method, path, headers, body, query)

    apigateway_v1.handle_execute = unpacked


def isolate_functions(home: Path) -> None:
    """Run workers with an interpreter that has the standard library only, on a package that is unpacked once."""
    interpreter = home / "python"
    interpreter.write_text(f'#!/bin/sh\nexec "{sys._base_executable}" -I -S "$@"\n')  # type: ignore[attr-defined]
    interpreter.chmod(0o755)
    detect = lambda_runtime._detect_runtime_binary

    def detect_bare(runtime: str) -> tuple[str, str]:
        binary, script = detect(runtime)
        return (str(interpreter), script) if runtime.startswith("python") else (binary, script)

    class SharedZip(zipfile.ZipFile):
        def extractall(self, path: Any = None, *_: Any, **__: Any) -> None:
            os.rmdir(path)
            os.symlink(_unpacked(Path(str(self.filename)), home / "code"), path)

    lambda_runtime._detect_runtime_binary = detect_bare
    lambda_runtime.zipfile = SimpleNamespace(
        ZipFile=SharedZip, BadZipFile=zipfile.BadZipFile, LargeFileError=zipfile.LargeZipFile
    )


def _unpacked(package: Path, shelf: Path) -> Path:
    """The folder with the package's files, made if it is not there."""
    folder = shelf / hashlib.sha256(package.read_bytes()).hexdigest()[:16]
    if not folder.exists():
        making = shelf / f"{folder.name}.{os.getpid()}.{time.monotonic_ns()}"
        with zipfile.ZipFile(package) as content:
            content.extractall(making)
        try:
            making.rename(folder)
        except OSError:  # another worker was quicker
            shutil.rmtree(making)
    return folder


def let_visibility_timeouts_pass(*_: int | FrameType | None) -> None:
    """Make messages that were taken and not deleted visible now, unless a function is working on its queue."""
    busy = {
        esm["EventSourceArn"] for esm in lambda_svc._esms._data.values() if lambda_svc._esm_inflight.get(esm["UUID"])
    }
    for queue in list(sqs._queues._data.values()):
        if queue["attributes"].get("QueueArn") in busy:
            continue
        for message in queue["messages"]:
            if message.get("receive_count"):
                message["visible_at"] = min(message["visible_at"], time.time())
    sqs.esm_wake.set()


async def _serve(port: int, stopping: Stopping) -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    loop.add_signal_handler(signal.SIGUSR1, let_visibility_timeouts_pass)

    async def asked_and_drained() -> None:
        await asked.wait()
        stopping.asked = True
        await stopping.drained()

    watching = asyncio.create_task(_until_owner_is_gone(asked))
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    await serve(ministack_app.app, config, shutdown_trigger=asked_and_drained)
    watching.cancel()


async def _until_owner_is_gone(asked: asyncio.Event) -> None:
    """Ask for the stop when the process that this cloud was started for is gone; without one, never."""
    owner = os.environ.get("PERENNIAL_OWNER")
    if not owner:
        return
    try:
        while True:
            os.kill(int(owner), 0)
            await asyncio.sleep(2)
    except ProcessLookupError:
        asked.set()


def _tidy(home: Path) -> None:
    """Remove what earlier runs left: their temporary files, and all but the newest unpacked packages."""
    shutil.rmtree(home / "tmp", ignore_errors=True)
    for folder in ("code", "tmp"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    packages = sorted((home / "code").iterdir(), key=lambda folder: folder.stat().st_mtime)
    for old in packages[:-_PACKAGES]:
        shutil.rmtree(old)


def main() -> None:
    """Serve on 127.0.0.1:$GATEWAY_PORT, with the state in $STATE_DIR, until SIGTERM."""
    home = Path(os.environ["PERENNIAL_EMULATOR_HOME"])
    _tidy(home)
    stopping = Stopping()
    drain_before_stopping(stopping)
    keep_streams()
    honour_partial_stream_failures()
    name_actions_as_iam_does()
    name_streams_as_iam_does()
    unpack_gzip_bodies()
    isolate_functions(home)
    asyncio.run(_serve(int(os.environ["GATEWAY_PORT"]), stopping))


if __name__ == "__main__":
    main()
