"""What reports of AWS have in common: SNS's envelope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import from_json

_ON_SET_UP: Final = "Successfully validated SNS topic for Amazon SES event publishing"


def opened(payload: object) -> Mapping[str, Any] | None:
    """The report itself, out of SNS's envelope if it is in one; None for SES's greeting when the topic is set up, which
    without an envelope is bare text."""
    message = payload.get("Message") if isinstance(payload, dict) else payload
    if isinstance(message, str) and message.startswith(_ON_SET_UP):
        return None
    if not isinstance(payload, dict):
        return {}
    if not isinstance(message, str):
        return payload
    try:
        report = from_json(message)
    except ValueError:
        return {}
    return report if isinstance(report, dict) else {}


def is_text_report(payload: object) -> bool:
    """Whether a report is about text messages."""
    report = opened(payload) or {}
    kind = report.get("eventType")
    return is_inbound(report) or (isinstance(kind, str) and kind.startswith("TEXT_"))


def is_inbound(report: Mapping[str, Any]) -> bool:
    """Whether somebody wrote to us."""
    return "inboundMessageId" in report and "originationNumber" in report
