"""What AWS itself says of the deployment: what stands in queues and for how long, how far functions are behind their
streams, which alarms have gone off, what SES allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from chalicelib.aws import clients
from chalicelib.resources import QUEUES

STREAMED: Final = ("project_events", "start_journeys", "work_jobs")
_LATELY: Final = timedelta(minutes=15)
_PERIOD: Final = 300


@dataclass(frozen=True)
class Standing:
    """What stands in a queue. ready: to be taken now; later: to be seen in a while; taken: somebody works on it."""

    ready: int
    later: int = 0
    taken: int = 0


@dataclass(frozen=True)
class Raised:
    """An alarm that has gone off."""

    name: str
    since: datetime
    why: str


@dataclass(frozen=True)
class Quota:
    """What SES allows. rate: mails a second; day: in 24 hours (-1 for no limit); sent: in the last 24 hours. live: out
    of the sandbox. enabled: SES lets the account send at all. standing: `HEALTHY`, `PROBATION`, `SHUTDOWN`."""

    rate: float
    day: float
    sent: float
    live: bool
    enabled: bool
    standing: str


class Instruments(Protocol):
    """Any call may raise Transient, and Permanent where whoever asks may not know."""

    def queues(self) -> Mapping[str, Standing]:
        """By logical name, that of dead letters included."""
        ...

    def ages(self, now: datetime) -> tuple[Mapping[str, float], Mapping[str, float]]:
        """Seconds that the oldest message of each queue has waited; that each function is behind its stream: the most
        in the last quarter of an hour. CloudWatch knows with some minutes' delay, and nothing of what stands still."""
        ...

    def alarms(self) -> Sequence[Raised]:
        """Those of the deployment that have gone off."""
        ...

    def quota(self) -> Quota:
        """What SES allows."""
        ...


class AwsInstruments:
    """`Instruments` by AWS's clients. `client` makes one by the name of its service; `prefix` begins all names."""

    def __init__(self, client: Any, urls: Mapping[str, str], prefix: str) -> None:
        self._client = client
        self._urls = urls
        self._prefix = prefix

    def queues(self) -> Mapping[str, Standing]:
        wanted = (
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesDelayed",
            "ApproximateNumberOfMessagesNotVisible",
        )
        found: dict[str, Standing] = {}
        for queue, url in self._urls.items():
            with _asked():
                answer = self._client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=list(wanted))
            found[queue] = Standing(*(int(answer["Attributes"].get(name, 0)) for name in wanted))
        return found

    def ages(self, now: datetime) -> tuple[Mapping[str, float], Mapping[str, float]]:
        ages = {name: self._most("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", name, now) for name in QUEUES}
        lags = {name: self._most("AWS/Lambda", "IteratorAge", "FunctionName", name, now) for name in STREAMED}
        return (
            {name: seconds for name, seconds in ages.items() if seconds is not None},
            {name: milliseconds / 1000 for name, milliseconds in lags.items() if milliseconds is not None},
        )

    def alarms(self) -> Sequence[Raised]:
        with _asked():
            answer = self._client("cloudwatch").describe_alarms(
                AlarmNamePrefix=f"{self._prefix}-", AlarmTypes=["MetricAlarm"], StateValue="ALARM", MaxRecords=100
            )
        return [
            Raised(
                one["AlarmName"].removeprefix(f"{self._prefix}-"),
                one["StateUpdatedTimestamp"],
                one.get("AlarmDescription", ""),
            )
            for one in answer["MetricAlarms"]
        ]

    def quota(self) -> Quota:
        with _asked():
            account = self._client("sesv2").get_account()
        said = account.get("SendQuota", {})
        return Quota(
            float(said.get("MaxSendRate", 0)),
            float(said.get("Max24HourSend", -1)),
            float(said.get("SentLast24Hours", 0)),
            bool(account.get("ProductionAccessEnabled", True)),
            bool(account.get("SendingEnabled", True)),
            str(account.get("EnforcementStatus", "HEALTHY")),
        )

    def _most(self, namespace: str, metric: str, dimension: str, name: str, now: datetime) -> float | None:
        """The most that a metric said lately; None if it said nothing."""
        with _asked():
            answer = self._client("cloudwatch").get_metric_statistics(
                Namespace=namespace,
                MetricName=metric,
                Dimensions=[{"Name": dimension, "Value": f"{self._prefix}-{name.replace('_', '-')}"}],
                StartTime=now - _LATELY,
                EndTime=now,
                Period=_PERIOD,
                Statistics=["Maximum"],
            )
        return max((float(one["Maximum"]) for one in answer["Datapoints"]), default=None)


def _asked() -> Any:
    return clients.refused_for_good()
