"""What a Lambda says of itself: logs as JSON lines, counts among them.

Counts are for people, who read them with Logs Insights; nothing decides by them. They are log lines and not CloudWatch
metrics because each metric costs $0.30 a month, and the counts of all functions would cost a small shop as much as
everything else together. Alarms go by the metrics that AWS keeps for nothing. What AWS cannot see and somebody must is
a metric (`alarm`), which is only written, and only paid for by the hour, when it happens.

Logs do not carry what a person wrote or is called: rooms log ids, names of things and reasons.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import Final

NAMESPACE: Final = "Perennial"

logger = logging.getLogger(__name__)


def start_logging() -> None:
    """Let everything under `chalicelib` write JSON lines, at the level of LOG_LEVEL (INFO). Safe to repeat."""
    ours = logging.getLogger("chalicelib")
    if ours.handlers:
        return
    from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

    handler = logging.StreamHandler()
    handler.setFormatter(LambdaPowertoolsFormatter(service="perennial"))
    ours.addHandler(handler)
    ours.setLevel(os.environ.get("LOG_LEVEL", "INFO"))
    ours.propagate = False  # Lambda's own handler would write every line a second time


def count(function: str, counts: Mapping[str, int]) -> None:
    """Write what one invocation did as one line, `{"function": ..., "counts": {...}}`; nothing if it did nothing."""
    done = {name: number for name, number in counts.items() if number}
    if done:
        logger.info("counted", extra={"function": function, "counts": done})


def alarm(matter: str) -> None:
    """Let the alarm on a matter (infra/alarms.py) go off: one data point of a metric of this function, which CloudWatch
    reads off the log (EMF)."""
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    with single_metric(name=matter, unit=MetricUnit.Count, value=1, namespace=NAMESPACE) as metric:
        metric.add_dimension("FunctionName", os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "none"))
    logger.error("somebody should look: %s", matter)
