"""The queues, as rooms see them: put these messages there, not before so many seconds."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from chalicelib.aws import clients
from chalicelib.errors import Transient

logger = logging.getLogger(__name__)

Body = Mapping[str, Any]
LONGEST_DELAY = 900  # seconds; SQS holds a message back for no longer
_AT_ONCE = 10  # SQS takes ten messages a request


class Queues(Protocol):
    """`queue` is a logical name of chalicelib/resources.py."""

    def send(self, queue: str, bodies: Sequence[Body], *, delay: int = 0) -> None:
        """Put messages into a queue, to be seen `delay` seconds from now (0 to 900).

        Transient if any was not taken; sending again may then deliver others twice, which every worker expects.
        """
        ...


class SqsQueues:
    """`Queues` on SQS. `urls` maps logical names to queue URLs."""

    def __init__(self, client: Any, urls: Mapping[str, str]) -> None:
        self._client = client
        self._urls = urls

    def send(self, queue: str, bodies: Sequence[Body], *, delay: int = 0) -> None:
        for batch in _batches(bodies):
            entries = [
                {
                    "Id": str(place),
                    "MessageBody": json.dumps(body, separators=(",", ":")),
                    "DelaySeconds": delay,
                }
                for place, body in enumerate(batch)
            ]
            with clients.sorted_errors():
                answer = self._client.send_message_batch(QueueUrl=self._urls[queue], Entries=entries)
            if answer.get("Failed"):
                raise Transient(f"{queue}: {answer['Failed'][0].get('Code')}")


def work_off(event: Mapping[str, Any], handle: Callable[[Any], object]) -> dict[str, Any]:
    """Hand each message of a batch to `handle`, and answer Lambda with those that failed: only they come again.

    A message is JSON, or the text that it is: SES greets its topic in bare English.
    Any exception fails its own message and no other. Powertools' batch processor does the same and takes longer to
    import than all of this application; for a dozen lines that is too much at every cold start.
    """
    failed = []
    for record in event["Records"]:
        try:
            handle(_read(record["body"]))
        except Exception:
            logger.exception("a message failed and will come again")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _batches(bodies: Sequence[Body]) -> Iterator[Sequence[Body]]:
    for first in range(0, len(bodies), _AT_ONCE):
        yield bodies[first : first + _AT_ONCE]
