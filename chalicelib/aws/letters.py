"""The queue of dead letters: messages that a worker gave up, each with the queue from which it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from chalicelib import resources
from chalicelib.aws import clients
from chalicelib.errors import Transient

HIDDEN: Final = 30  # seconds for which nobody else sees what was taken
_AT_ONCE: Final = 10
_COUNTED: Final = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
_EMPTY: Final = 3  # answers in a row: SQS asks a part of its servers, and a small queue may look empty


@dataclass(frozen=True)
class Letter:
    """A message that was given up. source: the logical queue; None if SQS does not say (SNS could not deliver it).

    handle: by which it is put back or forgotten, while it is hidden."""

    id: str
    text: str
    source: str | None
    sent_at: datetime
    handle: str


class DeadLetters(Protocol):
    """Any call may raise Transient. What is taken is hidden from everybody else until it is put back, or so long."""

    def take(self, most: int, hidden: int = HIDDEN) -> list[Letter]:
        """Up to so many, in any order, hidden for so many seconds."""
        ...

    def count(self) -> int:
        """About how many there are, those included that somebody has taken: SQS counts late."""
        ...

    def put_back(self, letters: Sequence[Letter]) -> None:
        """Let others see them again."""
        ...

    def send_again(self, letter: Letter, queue: str) -> None:
        """Put a message like it into a queue."""
        ...

    def forget(self, letter: Letter) -> None:
        """Remove it."""
        ...


class SqsLetters:
    """`DeadLetters` on SQS. `urls` maps logical names to queue URLs."""

    def __init__(self, client: Any, urls: Mapping[str, str]) -> None:
        self._client = client
        self._urls = urls
        self._names = {url.rpartition("/")[2]: queue for queue, url in urls.items()}

    def take(self, most: int, hidden: int = HIDDEN) -> list[Letter]:
        taken: dict[str, Letter] = {}
        empty = 0
        while len(taken) < most and empty < _EMPTY:
            with clients.sorted_errors():
                answer = self._client.receive_message(
                    QueueUrl=self._dead,
                    MaxNumberOfMessages=min(_AT_ONCE, most - len(taken)),
                    VisibilityTimeout=hidden,
                    AttributeNames=["All"],
                )
            found = answer.get("Messages", [])
            empty = 0 if found else empty + 1
            taken |= {one["MessageId"]: self._letter(one) for one in found}
        return list(taken.values())

    def count(self) -> int:
        with clients.sorted_errors():
            answer = self._client.get_queue_attributes(QueueUrl=self._dead, AttributeNames=list(_COUNTED))
        return sum(int(number) for number in answer["Attributes"].values())

    def put_back(self, letters: Sequence[Letter]) -> None:
        for first in range(0, len(letters), _AT_ONCE):
            entries = [
                {"Id": str(place), "ReceiptHandle": letter.handle, "VisibilityTimeout": 0}
                for place, letter in enumerate(letters[first : first + _AT_ONCE])
            ]
            with clients.sorted_errors():
                self._client.change_message_visibility_batch(QueueUrl=self._dead, Entries=entries)

    def send_again(self, letter: Letter, queue: str) -> None:
        with clients.sorted_errors():
            entry = {"Id": "0", "MessageBody": letter.text, "DelaySeconds": 0}
            answer = self._client.send_message_batch(QueueUrl=self._urls[queue], Entries=[entry])
        if answer.get("Failed"):
            raise Transient(f"{queue}: {answer['Failed'][0].get('Code')}")

    def forget(self, letter: Letter) -> None:
        with clients.sorted_errors():
            self._client.delete_message(QueueUrl=self._dead, ReceiptHandle=letter.handle)

    @property
    def _dead(self) -> str:
        return self._urls[resources.DEAD]

    def _letter(self, message: Mapping[str, Any]) -> Letter:
        said = message.get("Attributes", {})
        came_from = str(said.get("DeadLetterQueueSourceArn", "")).rpartition(":")[2]
        sent_at = datetime.fromtimestamp(int(said.get("SentTimestamp", 0)) / 1000, UTC)
        return Letter(
            message["MessageId"], message["Body"], self._names.get(came_from), sent_at, message["ReceiptHandle"]
        )
