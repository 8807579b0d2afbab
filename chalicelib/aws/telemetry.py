"""What a Lambda says of itself: logs as JSON lines, and counts as CloudWatch metrics in the same stream.

Counts are for people and alarms; nothing decides by them. Neither logs nor metrics carry what a person wrote or is
called: rooms log ids, names of things and reasons.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping

NAMESPACE = "Perennial"


def start_logging() -> None:
    """Let everything under `chalicelib` write JSON lines, at the level of LOG_LEVEL (INFO). Safe to repeat."""
    logger = logging.getLogger("chalicelib")
    if logger.handlers:
        return
    from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

    handler = logging.StreamHandler()
    handler.setFormatter(LambdaPowertoolsFormatter(service="perennial"))
    logger.addHandler(handler)
    logger.setLevel(os.environ.get("LOG_LEVEL", "INFO"))
    logger.propagate = False  # Lambda's own handler would write every line a second time


def count(function: str, counts: Mapping[str, int]) -> None:
    """Write what one invocation did as metrics of the function; nothing for an invocation that did nothing."""
    done = {name: number for name, number in counts.items() if number}
    if not done:
        return
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

    metrics = EphemeralMetrics(namespace=NAMESPACE, service=function)
    for name, number in done.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=number)
    metrics.flush_metrics()
