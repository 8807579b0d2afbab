"""From the mailbox to the topic: the events whose time has come, in batches, to whatever the configuration
set names."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.mailbox.box import Box, Pending
from infra.local.mailbox.events import KINDS, matching_type
from infra.local.mailbox.settings import Faults

_LOG = logging.getLogger(__name__)
_SUBJECT = "Amazon SES Email Event Notification"
_AT_ONCE = 200
_PER_CALL = 10  # SNS PublishBatch


class Unreachable(Exception):
    """The topics cannot be reached now: keep the events and try again."""


class Publisher(Protocol):
    """Where events go."""

    def knows(self, configuration_set: str) -> bool:
        """Whether there is such a configuration set. True while that cannot be found out."""

    def publish(self, events: Sequence[Pending]) -> list[int]:
        """Publish events; the sequence numbers of those that some topic took. Raises Unreachable with none
        published."""


class SnsPublisher:
    """To the SNS topics of the configuration set's event destinations, as SES does. `topic` stands in for
    a missing destination."""

    def __init__(self, endpoint: str, *, region: str = "us-east-1", topic: str | None = None) -> None:
        config = Config(retries={"mode": "standard", "max_attempts": 2}, connect_timeout=2, read_timeout=20)
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=region)
        self._sns: Any = session.client("sns", endpoint_url=endpoint, config=config)
        self._ses: Any = session.client("sesv2", endpoint_url=endpoint, config=config)
        self._topic = topic
        self._known: dict[str, tuple[float, list[tuple[frozenset[str], str]] | None]] = {}
        self._lock = threading.Lock()

    def knows(self, configuration_set: str) -> bool:
        """Whether the emulator's SES has this configuration set."""
        try:
            return self._destinations(configuration_set) is not None or self._topic is not None
        except Unreachable:
            return True

    def publish(self, events: Sequence[Pending]) -> list[int]:
        """Publish each event to every topic whose destination asks for its type."""
        by_topic: dict[str, list[Pending]] = defaultdict(list)
        for event in events:
            for topic in self._topics(event):
                by_topic[topic].append(event)
        taken: set[int] = set()
        for topic, pending in by_topic.items():
            for start in range(0, len(pending), _PER_CALL):
                taken.update(self._publish(topic, pending[start : start + _PER_CALL]))
        return sorted(taken)

    def _publish(self, topic: str, events: Sequence[Pending]) -> list[int]:
        entries: list[Any] = [{"Id": str(event.seq), "Subject": _SUBJECT, "Message": event.record} for event in events]
        try:
            answer = self._sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
        except (BotoCoreError, ClientError) as error:
            raise Unreachable(f"{topic}: {error}") from error
        if failed := answer.get("Failed"):
            raise Unreachable(f"{topic}: {failed[0]}")
        return [event.seq for event in events]

    def _topics(self, event: Pending) -> list[str]:
        found = self._destinations(event.configuration_set) if event.configuration_set else []
        wanted = matching_type(event.kind)
        # Text messages have a configuration set of the same name, which this cloud does not know: the same topics.
        topics = [topic for kinds, topic in found or [] if wanted in kinds or event.kind not in KINDS]
        return topics or ([self._topic] if self._topic else [])

    def _destinations(self, configuration_set: str) -> list[tuple[frozenset[str], str]] | None:
        """(event types, topic) of each enabled SNS destination; None if there is no such set. Asked again
        after a few seconds."""
        with self._lock:
            asked, found = self._known.get(configuration_set, (0.0, None))
            if time.monotonic() - asked < 5.0 and configuration_set in self._known:
                return found
            found = self._ask(configuration_set)
            self._known[configuration_set] = (time.monotonic(), found)
            return found

    def _ask(self, configuration_set: str) -> list[tuple[frozenset[str], str]] | None:
        try:
            answer = self._ses.get_configuration_set_event_destinations(ConfigurationSetName=configuration_set)
        except self._ses.exceptions.NotFoundException:
            return None
        except (BotoCoreError, ClientError) as error:
            raise Unreachable(str(error)) from error
        destinations = [d for d in answer.get("EventDestinations", []) if d.get("Enabled") and d.get("SnsDestination")]
        return [(frozenset(d["MatchingEventTypes"]), d["SnsDestination"]["TopicArn"]) for d in destinations]


class Outbox:
    """The thread that publishes what is due. `wake` after adding events; `stop` finishes the batch under
    way."""

    def __init__(
        self, box: Box, publisher: Publisher, faults: Faults, clock: Callable[[], datetime], open: Callable[[], bool]
    ) -> None:
        self._box, self._publisher, self._faults, self._clock, self._open = box, publisher, faults, clock, open
        self._awake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def start(self) -> None:
        """Start publishing."""
        self._thread.start()

    def wake(self) -> None:
        """There may be something due."""
        self._awake.set()

    def stop(self) -> None:
        """Stop publishing; what is left stays in the box."""
        self._stopping = True
        self._awake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30)

    def _run(self) -> None:
        while not self._stopping:
            self._awake.clear()
            try:
                more = self._open() and self._publish_due()
                pause = 0.0 if more else self._until_next()
            except Unreachable as error:
                _LOG.warning("events wait, the topic cannot be reached: %s", error)
                pause = 1.0
            if pause:
                self._awake.wait(pause)

    def _publish_due(self) -> bool:
        pending = self._box.pending(self._clock(), _AT_ONCE)
        lost = [event for event in pending if self._faults.take("lose_events")]
        self._box.mark([event.seq for event in lost], "lost")
        rest = [event for event in pending if event not in lost]
        taken = set(self._publisher.publish(rest)) if rest else set()
        if twice := [event for event in rest if self._faults.take("duplicate_events")]:
            self._publisher.publish(twice)
        self._box.mark(sorted(taken), "published")
        self._box.mark([event.seq for event in rest if event.seq not in taken], "unwanted")
        return bool(pending)

    def _until_next(self) -> float:
        due = self._box.next_due() if self._open() else None
        return 60.0 if due is None else min(60.0, max(0.01, due - self._clock().timestamp()))
