"""What was given up, wherever it lies, in one form. Pure.

    letters   messages that a queue's worker failed at five times (or that SNS could not deliver): the queue `dead`
    batches   records of a stream that its function failed at for an hour, whole, in the bucket of failures
    parked    calls that were not accepted and events that could not be counted (tracking/parked.py)

Nothing of it is lost by being given up: rows are in the due index, events are stored. What is done again is safe to do
twice, because every worker is: a message that says where to look finds nothing to do, an event is counted once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from chalicelib import times
from chalicelib.aws import batches
from chalicelib.aws.letters import Letter
from chalicelib.resources import FEEDBACK

Place = Literal["letters", "batches", "parked"]

FUNCTIONS: Final = ("project_events", "start_journeys", "work_jobs", "refit")
"""Those that follow a stream."""
OF_JOBS: Final = frozenset({"work_jobs", "refit"})
"""A slice of a job may take longer than anybody waits for an answer."""


@dataclass(frozen=True)
class Failure:
    """Something that was given up.

    of:    the queue, the function; None if nobody says.
    count: messages, or records.
    holds: what it is: the message, or the event with its records.
    """

    place: Place
    id: str
    of: str | None
    at: datetime
    why: str
    count: int
    holds: Any

    @property
    def replayable(self) -> bool:
        """Whether it is known who should do it again, and enough of it was kept."""
        return self.of is not None and isinstance(self.holds, Mapping)


def of_letter(letter: Letter) -> Failure:
    """A dead letter as a failure."""
    holds = batches.read(letter.text)
    source = letter.source or (FEEDBACK if _reports(holds) else None)
    why = "its worker failed five times; its log says why" if letter.source else "it could not be delivered"
    return Failure("letters", letter.id, source, letter.sent_at, why, 1, holds)


def of_batch(key: str, text: str) -> Failure | None:
    """What Lambda kept in the bucket, as a failure; None for what is nothing of Lambda's."""
    batch = batches.opened(text)
    if batch is None:
        return None
    context, info = batch.said["requestContext"], batch.said.get("DDBStreamBatchInfo") or {}
    why = f"{context.get('condition', 'given up')}, tried {context.get('approximateInvokeCount', '?')} times"
    count = len(batch.records) or int(info.get("batchSize", 0))
    at = times.parse(str(batch.said["timestamp"]))
    return Failure("batches", key, _function(str(context.get("functionArn", ""))), at, why, count, batch.event)


def _function(arn: str) -> str | None:
    """The function of app.py of an ARN, which ends `:function:perennial-dev-project-events` or with a version."""
    name = arn.partition(":function:")[2].partition(":")[0].replace("-", "_")
    return next((function for function in FUNCTIONS if name.endswith(f"_{function}")), None)


def _reports(holds: Any) -> bool:
    """Whether it is something that SES says of a mail: that is all that SNS brings."""
    return isinstance(holds, Mapping) and "mail" in holds
