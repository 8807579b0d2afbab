"""The application's Lambdas, called in this process with the events that AWS would hand them.

A small pump stands in for streams and queues: what a call wrote to a streamed table, or put into a queue, is given to
the Lambda that waits for it. What Lambda itself does to read streams and queues is not the application's, and is not
counted. What the functions print (metrics) is not shown.
"""

from __future__ import annotations

import base64
import contextlib
import io
from collections.abc import Mapping
from typing import Any

from benchmarks import stack
from benchmarks.wire import Image
from chalicelib import resources

HANDLERS: Mapping[str, str] = {
    resources.RECOMPUTE: "review_due",
    resources.WALKS: "walk_due",
    resources.TRANSACTIONAL: "send_transactional",
    resources.JOURNEYS: "send_journeys",
    resources.BULK: "send_bulk",
    resources.FEEDBACK: "take_feedback",
}
"""Queue -> the Lambda that works it off."""


class Lambdas:
    """The functions of app.py, and what waits for them. `note` is for the meter: it hears of every write."""

    def __init__(self) -> None:
        import app  # imported here: the environment must lead to the emulator first

        self._app = app
        self._sqs = stack.plain("sqs")
        self._inserted: list[Mapping[str, Any]] = []
        self._effects: list[Mapping[str, Any]] = []

    def note(self, table: str, before: Image, after: Image) -> None:
        """A write happened: keep what the stream's filter would let through."""
        if table == resources.EVENTS and after and not before:
            self._inserted.append(after)
        if table == resources.CUSTOMERS and after and after != before and "fx" in after:
            self._effects.append(after)

    def post(self, body: bytes, write_key: str) -> None:
        """POST /v1/batch."""
        answer = self._call("app", request("/v1/batch", body.decode(), write_key))
        if answer["statusCode"] != 200:
            raise RuntimeError(f"/v1/batch answered {answer['statusCode']}: {answer['body'][:300]}")

    def project(self, most: int = 100) -> int:
        """Give the projector what was stored, as one batch of the stream (or several of `most`); how many records."""
        return self._stream("project_events", self._inserted, most)

    def follow(self, most: int = 50) -> int:
        """Give what customers' outboxes hold to the Lambda that starts journeys; how many records."""
        return self._stream("start_journeys", self._effects, most)

    def work(self, queue: str) -> int:
        """Work off one queue; how many messages."""
        url = stack.queue_url(queue)
        done = 0
        while True:
            found = self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            if not found:
                return done
            answer = self._call(HANDLERS[queue], {"Records": [_message(one) for one in found]})
            if answer and answer["batchItemFailures"]:
                raise RuntimeError(f"{HANDLERS[queue]} failed on {len(answer['batchItemFailures'])} messages")
            for one in found:
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
            done += len(found)

    def _call(self, function: str, event: dict[str, Any]) -> Any:
        with contextlib.redirect_stdout(io.StringIO()):
            return getattr(self._app, function)(event, None)

    def _stream(self, function: str, waiting: list[Mapping[str, Any]], most: int) -> int:
        taken = waiting[:]
        waiting.clear()
        for first in range(0, len(taken), most):
            records = [_record(image, number) for number, image in enumerate(taken[first : first + most])]
            answer = self._call(function, {"Records": records})
            if answer["batchItemFailures"]:
                raise RuntimeError(f"{function} failed on {len(answer['batchItemFailures'])} records")
        return len(taken)


def request(path: str, body: str, write_key: str) -> dict[str, Any]:
    """A POST as API Gateway hands it to the function of the endpoint."""
    basic = base64.b64encode(f"{write_key}:".encode()).decode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {basic}"}
    return {
        "resource": path,
        "path": path,
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {"resourcePath": path, "httpMethod": "POST", "path": path, "identity": {}},
        "body": body,
        "isBase64Encoded": False,
    }


def _record(image: Mapping[str, Any], number: int) -> dict[str, Any]:
    return {
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {"NewImage": _plain(image), "SequenceNumber": str(number), "StreamViewType": "NEW_IMAGE"},
    }


def _plain(value: Any) -> Any:
    """DynamoDB JSON with binary as base64 text, as Lambda has it."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _message(received: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "messageId": received["MessageId"],
        "receiptHandle": received["ReceiptHandle"],
        "body": received["Body"],
        "attributes": {"ApproximateReceiveCount": "1"},
        "eventSource": "aws:sqs",
    }
