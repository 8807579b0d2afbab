"""Alarms for whoever is paged: what was given up, what fails, what waits too long. Pure: a template in, its alarms out.

Each costs $0.10 a month (infra/costs.py counts them), so throttles, which concern the whole account, share one.
"""

from __future__ import annotations

from typing import Any, Final

MINUTE: Final = 60
# Functions that run seldom: one failure is worth a look. How far they are behind their stream says nothing, because one
# record may take them minutes.
SELDOM: Final = frozenset({"Census", "Refit"})
# What functions say by telemetry.alarm: the metric, and what it means.
MATTERS: Final = {
    "Refit": ("BadRefit", "A refit was refused: degenerate, drifted, or worse than the fit in force."),
    "TakeFeedback": ("SendingPaused", "Marketing mail paused itself: too many bounces or complaints of a domain."),
}
# Seconds that a message may wait before somebody should look; a queue that is not named here has an hour.
# A broadcast takes as long as the account's rate makes it: half of the time for which its messages are worth sending.
PATIENCE: Final = {
    "Transactional": 5 * MINUTE,
    "Feedback": 15 * MINUTE,
    "Walks": 30 * MINUTE,
    "Journeys": 30 * MINUTE,
    "Bulk": 6 * 60 * MINUTE,
}
ENDPOINT: Final = "APIHandler"
RUNBOOK: Final = "docs/RUNBOOK.md"


def alarms(template: dict[str, Any], functions: dict[str, str]) -> dict[str, Any]:
    """Logical id to alarm. `functions`: logical id to name, as `template.function_names` gives."""
    resources = template["Resources"]
    queues = sorted(name for name, resource in resources.items() if resource["Type"] == "AWS::SQS::Queue")
    made: dict[str, Any] = {}
    for queue in queues:
        if "RedrivePolicy" in resources[queue]["Properties"]:
            made[f"{queue}AgeAlarm"] = _too_old(queue)
        else:
            made[f"{queue}Alarm"] = _dead_letters(queue)
    for function in sorted(functions):
        # What a queue's worker fails at stays in its queue, which has two alarms; what the endpoint fails at is a 5xx.
        if not reads_queue(resources[function]) and function != ENDPOINT:
            made[f"{function}ErrorsAlarm"] = _errors(function)
        if function in MATTERS:
            made[f"{function}MatterAlarm"] = _matter(function, *MATTERS[function])
        if reads_stream(resources[function]) and function not in SELDOM:
            made[f"{function}LagAlarm"] = _lag(function)
    made |= {"ThrottlesAlarm": _throttles(), "EndpointAlarm": _endpoint()} | _reputation()
    return {name: _findable(name, alarm) for name, alarm in made.items()}


def section(alarm: str) -> str:
    """Where the runbook says what to do when an alarm comes."""
    return f"{RUNBOOK}#{alarm.lower()}"


def _findable(name: str, alarm: dict[str, Any]) -> dict[str, Any]:
    """The alarm under a name by which a person finds it, and its section in the runbook."""
    said = alarm["Properties"]
    described = f"{said['AlarmDescription']} {section(name)}"
    return {
        **alarm,
        "Properties": {"AlarmName": {"Fn::Sub": "${Prefix}-" + name}, **said, "AlarmDescription": described},
    }


def _dead_letters(queue: str) -> dict[str, Any]:
    return _alarm(
        "A message was given up after five tries and waits in the queue of dead letters.",
        "AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": {"Fn::GetAtt": [queue, "QueueName"]}}, "Maximum",
        1,
    )  # fmt: skip


def _too_old(queue: str) -> dict[str, Any]:
    return _alarm(
        f"A message of {queue} waits too long: its worker fails, is throttled, or is outrun.",
        "AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": {"Fn::GetAtt": [queue, "QueueName"]}}, "Maximum",
        PATIENCE.get(queue, 60 * MINUTE),
    )  # fmt: skip


def _errors(function: str) -> dict[str, Any]:
    times, often = (1, "") if function in SELDOM else (3, " at least three times in five minutes")
    return _alarm(
        f"{function} failed{often}. Its log says why.",
        "AWS/Lambda", "Errors", {"FunctionName": {"Ref": function}}, "Sum", times,
    )  # fmt: skip


def _matter(function: str, metric: str, what: str) -> dict[str, Any]:
    return _alarm(
        what,
        "Perennial", metric, {"FunctionName": {"Ref": function}}, "Sum", 1, period=60 * MINUTE,
    )  # fmt: skip


def _lag(function: str) -> dict[str, Any]:
    return _alarm(
        f"{function} is a quarter of an hour behind its stream (which forgets after 24 hours).",
        "AWS/Lambda", "IteratorAge", {"FunctionName": {"Ref": function}}, "Maximum", 15 * MINUTE * 1000, periods=2,
    )  # fmt: skip


def _throttles() -> dict[str, Any]:
    return _alarm(
        "Lambda refuses work in this account and region: its limit of concurrent executions is reached.",
        "AWS/Lambda", "Throttles", {}, "Sum", 50, periods=2,
    )  # fmt: skip


def _endpoint() -> dict[str, Any]:
    return _alarm(
        "The endpoint answered 5xx at least five times in five minutes: events may be lost unless their senders retry.",
        "AWS/ApiGateway", "5XXError", {"ApiName": {"Ref": "Prefix"}}, "Sum", 5,
    )  # fmt: skip


def _reputation() -> dict[str, Any]:
    """SES reviews an account above 5 % bounces or 0.1 % complaints; both figures are of the account."""
    return {
        "BouncesAlarm": _alarm(
            "More than 4 % of mails bounce; SES reviews accounts above 5 %.",
            "AWS/SES", "Reputation.BounceRate", {}, "Average", 0.04, period=60 * MINUTE,
        ),
        "ComplaintsAlarm": _alarm(
            "More than 0.08 % of mails are marked as spam; SES reviews accounts above 0.1 %.",
            "AWS/SES", "Reputation.ComplaintRate", {}, "Average", 0.0008, period=60 * MINUTE,
        ),
    }  # fmt: skip


def _alarm(
    description: str, namespace: str, metric: str, dimensions: dict[str, Any], statistic: str, threshold: float,
    *, period: int = 5 * MINUTE, periods: int = 1,
) -> dict[str, Any]:  # fmt: skip
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmDescription": description,
            "Namespace": namespace,
            "MetricName": metric,
            **(
                {"Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()]}
                if dimensions
                else {}
            ),
            "Statistic": statistic,
            "Period": period,
            "EvaluationPeriods": periods,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "Threshold": threshold,
            "TreatMissingData": "notBreaching",
            "AlarmActions": [{"Ref": "AlarmTopic"}],
            "OKActions": [{"Ref": "AlarmTopic"}],
        },
    }


def reads_queue(function: dict[str, Any]) -> bool:
    """Whether a queue drives the function."""
    return any(event["Type"] == "SQS" for event in function["Properties"].get("Events", {}).values())


def reads_stream(function: dict[str, Any]) -> bool:
    """Whether a stream drives the function."""
    return any(event["Type"] == "DynamoDB" for event in function["Properties"].get("Events", {}).values())
