"""`Queues` in memory: what was sent, in order, and the event with which SQS would hand it to a Lambda."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib import resources
from chalicelib.aws.queues import LONGEST_DELAY, Body


@dataclass(frozen=True)
class Sent:
    """One message."""

    queue: str
    body: dict[str, Any]
    delay: int


class MemoryQueues:
    """`sent` keeps everything; `take` empties one queue."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []

    def send(self, queue: str, bodies: Sequence[Body], *, delay: int = 0) -> None:
        assert queue in resources.QUEUES, f"no such queue: {queue}"
        assert 0 <= delay <= LONGEST_DELAY, "SQS delays a message by 0 to 900 seconds"
        self.sent.extend(Sent(queue, json.loads(json.dumps(body)), delay) for body in bodies)

    def take(self, queue: str) -> list[dict[str, Any]]:
        """The bodies waiting in a queue, which is empty afterwards."""
        taken = [message.body for message in self.sent if message.queue == queue]
        self.sent = [message for message in self.sent if message.queue != queue]
        return taken


def sqs_event(bodies: Sequence[Body]) -> dict[str, Any]:
    """What Lambda would be handed for these messages, each with an id of its own."""
    return {
        "Records": [
            {
                "messageId": f"message-{place}",
                "receiptHandle": f"handle-{place}",
                "body": json.dumps(body),
                "eventSource": "aws:sqs",
            }
            for place, body in enumerate(bodies)
        ]
    }
