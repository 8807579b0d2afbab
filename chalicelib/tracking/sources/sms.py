"""What AWS End User Messaging says became of a text message, and what people write back: SNS -> SQS.

A message carries `Context`: customer (base64url of the subject, without padding), send, journey, step, template; AWS
returns it with every event. What a person writes back names a number and nothing else: it is told of whoever the number
belongs to (messages/feedback.py knows the customers), and where nobody has it, of the number itself. Both arrive more
than once, so message ids are derived from what identifies them.

STOP, START and HELP, in the words of several languages, are read here (tracking/keywords.py): STOP withdraws the
consent to text messages, and START gives it again, which the person's own words prove.
https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-format.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from chalicelib import times
from chalicelib.ids import digest
from chalicelib.tracking import contact
from chalicelib.tracking.keywords import meant
from chalicelib.tracking.reading import Calls
from chalicelib.tracking.source import Source
from chalicelib.tracking.sources._sns import is_inbound, opened
from chalicelib.tracking.tags import whose

SENT: Final = "SMS Sent"
DELIVERED: Final = "SMS Delivered"
FAILED: Final = "SMS Failed"
RECEIVED: Final = "SMS Received"
INVALID: Final = "invalid"
"""The failure after which nothing more is sent to the number."""

_FAILURES: Final[Mapping[str, str]] = {
    "TEXT_INVALID": INVALID,
    "TEXT_INVALID_MESSAGE": "invalid_message",
    "TEXT_UNREACHABLE": "unreachable",
    "TEXT_CARRIER_UNREACHABLE": "carrier_unreachable",
    "TEXT_BLOCKED": "blocked",
    "TEXT_CARRIER_BLOCKED": "carrier_blocked",
    "TEXT_PROTECT_BLOCKED": "country_blocked",
    "TEXT_SPAM": "spam",
    "TEXT_TTL_EXPIRED": "expired",
}
_NAMES: Final[Mapping[str, str]] = {
    # Of one message they are one event: that it left. Where carriers tell no more, it is the last that is heard.
    **dict.fromkeys(("TEXT_PENDING", "TEXT_QUEUED", "TEXT_SENT", "TEXT_SUCCESSFUL"), SENT),
    "TEXT_DELIVERED": DELIVERED,
    **dict.fromkeys(_FAILURES, FAILED),
}
_DETAILS: Final = {
    "isoCountryCode": "country",
    "carrierName": "carrier",
    "messageEncoding": "encoding",
    "totalMessageParts": "segments",
    "totalMessagePrice": "price",
    "totalCarrierFee": "carrier_fee",
    "messageStatusDescription": "said",
}
_CONTEXT: Final = {"send": "send_id", "journey": "journey", "template": "template", "step": "step"}
_LONGEST: Final = 1_600


class Sms:
    """Reads events and inbound messages as SNS delivers them to a queue."""

    def calls(self, route: str, payload: object) -> Calls:
        report = opened(payload)
        if report is None:
            return Calls([])
        if is_inbound(report):
            return Calls(_inbound(report))
        kind = report.get("eventType")
        name = _NAMES.get(kind) if isinstance(kind, str) else None
        if name is None:  # TEXT_UNKNOWN: after 72 hours nobody knows, which is what was known before
            return Calls([] if isinstance(kind, str) and kind.startswith("TEXT_") else [payload])
        return Calls([_outcome(name, str(kind), report)])


def _outcome(name: str, kind: str, report: Mapping[str, Any]) -> dict[str, Any]:
    held = report.get("context")
    context: Mapping[str, Any] = held if isinstance(held, Mapping) else {}
    details = {ours: report[theirs] for theirs, ours in _DETAILS.items() if report.get(theirs) is not None}
    properties = {
        **{ours: context[theirs] for theirs, ours in _CONTEXT.items() if isinstance(context.get(theirs), str)},
        "channel": "sms",
        "phone": report.get("destinationPhoneNumber"),
        "provider_id": report.get("messageId"),
        **({"failure": _FAILURES[kind]} if kind in _FAILURES else {}),
        **details,
    }
    return {
        "type": "track",
        "event": name,
        "messageId": f"sms-{digest(name, str(report.get('messageId')))}",
        "timestamp": _moment(report.get("eventTimestamp")),
        **whose(str(context.get("customer") or "")),
        "properties": {name: value for name, value in properties.items() if value is not None},
    }


def _inbound(report: Mapping[str, Any]) -> list[object]:
    """That somebody wrote; and what it says of consent, if it does."""
    number, text = contact.phone(report.get("originationNumber")), str(report.get("messageBody") or "")[:_LONGEST]
    whom = {"anonymousId": contact.address_id("phone", number)} if number else {}
    keyword, id = meant(text), str(report.get("inboundMessageId"))
    about = {
        "channel": "sms",
        "phone": number,
        "to": report.get("destinationNumber"),
        "provider_id": id,
        "answers": report.get("previousPublishedMessageId"),
        "text": text,
        **({"keyword": keyword} if keyword else {}),
    }
    leaving = {"context": {"active": False}} if keyword == "stop" else {}
    said = {"type": "track", "event": RECEIVED, "messageId": f"sms-{digest(RECEIVED, id)}", **whom, **leaving}
    calls: list[object] = [{**said, "properties": {name: value for name, value in about.items() if value is not None}}]
    if keyword in ("stop", "start"):
        calls.append(_consent(keyword == "start", id, text, number, whom))
    return calls


def _consent(given: bool, id: str, text: str, number: str | None, whom: Mapping[str, Any]) -> dict[str, Any]:
    proof = {"kind": "sms", "text": text, "provider_id": id}
    name = "Subscribed" if given else "Unsubscribed"
    return {
        "type": "track",
        "event": name,
        "messageId": f"sms-{digest(name, id)}",
        **whom,
        "context": {"active": False} if not given else {},
        "properties": {"channel": "sms", "source": "sms", "phone": number, **({"proof": proof} if given else {})},
    }


def _moment(milliseconds: object) -> str | None:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float) or not 0 < milliseconds < 10**14:
        return None
    return times.text(datetime.fromtimestamp(milliseconds / 1000, UTC))


plugin: Source = Sms()
