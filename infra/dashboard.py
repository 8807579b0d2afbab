"""The CloudWatch dashboard, in the order a fact travels. Pure: a template in, one resource out."""

from __future__ import annotations

import json
from typing import Any

from infra.alarms import reads_stream

Metric = list[Any]


def dashboard(template: dict[str, Any], functions: dict[str, str]) -> dict[str, Any]:
    """The dashboard's resource. `functions`: logical id to name, as `template.function_names` gives."""
    kinds = template["Resources"].items()
    queues = sorted(logical for logical, resource in kinds if resource["Type"] == "AWS::SQS::Queue")
    dead = [queue for queue in queues if queue.endswith("Dead")]
    live = [queue for queue in queues if queue not in dead]
    streams = {logical: name for logical, name in functions.items() if reads_stream(template["Resources"][logical])}
    widgets = [
        _widget("Requests", [["AWS/ApiGateway", "Count", "ApiName", "${Prefix}"]], "Sum"),
        _widget(
            "Answers 4xx and 5xx",
            [["AWS/ApiGateway", metric, "ApiName", "${Prefix}"] for metric in ("4XXError", "5XXError")],
            "Sum",
        ),
        _widget("Time to answer (p95, ms)", [["AWS/ApiGateway", "Latency", "ApiName", "${Prefix}"]], "p95"),
        _widget("Streams: behind by (ms)", _of_functions(streams, "IteratorAge"), "Maximum"),
        _widget("Queues: oldest message (s)", _of_queues(live, "ApproximateAgeOfOldestMessage"), "Maximum"),
        _widget("Queues: waiting", _of_queues(live, "ApproximateNumberOfMessagesVisible"), "Maximum"),
        _widget("Dead letters", _of_queues(dead, "ApproximateNumberOfMessagesVisible"), "Maximum"),
        _widget("Mails", [["AWS/SES", m] for m in ("Send", "Delivery", "Bounce", "Complaint")], "Sum"),
        _widget(
            "Reputation of the account",
            [["AWS/SES", f"Reputation.{m}Rate"] for m in ("Bounce", "Complaint")],
            "Average",
        ),
        _widget("Functions: errors", _of_functions(functions, "Errors"), "Sum"),
        _widget("Functions: throttles", _of_functions(functions, "Throttles"), "Sum"),
        _widget("Functions: duration (p95, ms)", _of_functions(functions, "Duration"), "p95"),
    ]
    placed = [
        {**widget, "x": 8 * (i % 3), "y": 6 * (i // 3), "width": 8, "height": 6} for i, widget in enumerate(widgets)
    ]
    return {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {
            "DashboardName": {"Ref": "Prefix"},
            "DashboardBody": {"Fn::Sub": json.dumps({"widgets": placed}, separators=(",", ":"))},
        },
    }


def _of_functions(functions: dict[str, str], metric: str) -> list[Metric]:
    return [["AWS/Lambda", metric, "FunctionName", "${Prefix}-" + name, {"label": name}] for name in functions.values()]


def _of_queues(queues: list[str], metric: str) -> list[Metric]:
    return [["AWS/SQS", metric, "QueueName", "${" + queue + ".QueueName}", {"label": queue}] for queue in queues]


def _widget(title: str, metrics: list[Metric], statistic: str) -> dict[str, Any]:
    properties = {
        "title": title,
        "metrics": metrics,
        "stat": statistic,
        "region": "${AWS::Region}",
        "period": 300,
        "view": "timeSeries",
    }
    return {"type": "metric", "properties": properties}
