"""What AWS itself says of the deployment: what stands in queues and for how long, how far functions are behind their
streams, which alarms have gone off, what SES allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from chalicelib import resources
from chalicelib.aws import clients

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
        queues, functions = list(resources.QUEUES), list(STREAMED)
        queries = [
            _query(f"q{place}", "AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", f"{self._prefix}-{name}")
            for place, name in enumerate(queues)
        ] + [
            _query(f"f{place}", "AWS/Lambda", "IteratorAge", "FunctionName", self._function(name))
            for place, name in enumerate(functions)
        ]
        with _asked():
            answer = self._client("cloudwatch").get_metric_data(
                MetricDataQueries=queries, StartTime=now - _LATELY, EndTime=now
            )
        most = {one["Id"]: max(one["Values"]) for one in answer["MetricDataResults"] if one.get("Values")}
        return (
            {name: most[f"q{place}"] for place, name in enumerate(queues) if f"q{place}" in most},
            {name: most[f"f{place}"] / 1000 for place, name in enumerate(functions) if f"f{place}" in most},
        )

    def alarms(self) -> Sequence[Raised]:
        with _asked():
            answer = self._client("cloudwatch").describe_alarms(
                AlarmNamePrefix=f"{self._prefix}-", StateValue="ALARM", MaxRecords=100
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

    def _function(self, name: str) -> str:
        return f"{self._prefix}-{name.replace('_', '-')}"


def _query(id: str, namespace: str, metric: str, dimension: str, value: str) -> dict[str, Any]:
    named = {"Namespace": namespace, "MetricName": metric, "Dimensions": [{"Name": dimension, "Value": value}]}
    return {"Id": id, "MetricStat": {"Metric": named, "Period": _PERIOD, "Stat": "Maximum"}}


def _asked() -> Any:
    return clients.refused_for_good()
