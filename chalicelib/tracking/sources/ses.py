"""What SES says became of a mail: configuration set -> SNS -> SQS, with or without SNS's envelope.

A mail carries the tags `customer` (base64url of the subject, without padding), `send` (the ledger's send id),
`journey`, `step` and `template`; SES returns them with every event. SES and SNS both deliver more than once, so message
ids are derived from what identifies an event. https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from chalicelib import times
from chalicelib.ids import digest
from chalicelib.tracking.actor import Act, actor
from chalicelib.tracking.reading import Calls
from chalicelib.tracking.source import Source
from chalicelib.tracking.sources._sns import opened
from chalicelib.tracking.tags import whose

NAMES: Final = {
    "Send": "Email Sent",
    "Delivery": "Email Delivered",
    "Open": "Email Opened",
    "Click": "Email Link Clicked",
    "Bounce": "Email Bounced",
    "Complaint": "Email Marked as Spam",
    "Reject": "Email Rejected",
    "Rendering Failure": "Email Rendering Failed",
    "DeliveryDelay": "Email Delayed",
}
NOT_SPAM: Final = "Email Marked as Not Spam"

# Where each event keeps its own object, that object's list of recipients, and what we want of it.
_OBJECTS: Final = {"DeliveryDelay": "deliveryDelay", "Rendering Failure": "failure"}
_RECIPIENTS: Final = ("bouncedRecipients", "complainedRecipients", "delayedRecipients", "recipients")
_DETAILS: Final = {
    "bounceType": "bounce_type",
    "bounceSubType": "bounce_subtype",
    "complaintFeedbackType": "complaint_type",
    "complaintSubType": "complaint_subtype",
    "delayType": "delay_type",
    "smtpResponse": "smtp_response",
    "diagnosticCode": "smtp_response",
    "reason": "reason",
    "errorMessage": "reason",
    "link": "link_url",
    "linkTags": "link_tags",
    "userAgent": "user_agent",
}


class Ses:
    """Reads SES events as SNS delivers them to a queue."""

    def calls(self, route: str, payload: object) -> Calls:
        report = opened(payload)
        if report is None:
            return Calls([])
        mail, kind = report.get("mail"), report.get("eventType") or report.get("notificationType")
        if not isinstance(mail, dict) or not isinstance(kind, str):
            return Calls([payload])
        return Calls([_call(kind, mail, _object(report, kind), recipient) for recipient in _recipients(report, kind)])


def _object(report: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    found = report.get(_OBJECTS.get(kind, kind.lower()))
    return found if isinstance(found, dict) else {}


def _recipients(report: Mapping[str, Any], kind: str) -> Iterable[Mapping[str, Any]]:
    """One mapping for each recipient that a report is about, with `emailAddress` and what is said of it alone."""
    listed = next((found for name in _RECIPIENTS if (found := _object(report, kind).get(name))), None)
    listed = listed or report["mail"].get("destination")
    if not isinstance(listed, list):
        return [{}]
    return [one if isinstance(one, dict) else {"emailAddress": one} for one in listed]


def _call(kind: str, mail: dict[str, Any], said: Mapping[str, Any], recipient: Mapping[str, Any]) -> dict[str, Any]:
    timestamp = said.get("timestamp") or mail.get("timestamp")
    details = {ours: value for theirs, ours in _DETAILS.items() if (value := {**said, **recipient}.get(theirs))}
    properties = {
        "send_id": _tag(mail, "send"),
        "journey": _tag(mail, "journey"),
        "template": _tag(mail, "template"),
        "step": _tag(mail, "step"),
        "email": recipient.get("emailAddress"),
        "provider_id": mail.get("messageId"),
        "sender_domain": _tag(mail, "ses:from-domain"),
        **details,
        **(_actor(mail, said) if kind in ("Open", "Click") else {}),
    }
    return {
        "type": "track",
        "event": _name(kind, said),
        "messageId": _message_id(kind, mail, said, recipient, timestamp),
        "timestamp": timestamp,
        **whose(_tag(mail, "customer") or ""),
        "properties": {name: value for name, value in properties.items() if value is not None},
    }


def _name(kind: str, said: Mapping[str, Any]) -> str:
    if kind == "Complaint" and said.get("complaintFeedbackType") == "not-spam":
        return NOT_SPAM
    return NAMES.get(kind, f"Email {kind}")


def _message_id(
    kind: str, mail: Mapping[str, Any], said: Mapping[str, Any], recipient: Mapping[str, Any], timestamp: object
) -> str:
    parts: tuple[object, ...] = (mail.get("messageId"), timestamp, said.get("link"))
    if said.get("feedbackId"):
        parts = (said["feedbackId"],)
    return f"ses-{digest(*map(str, (kind, recipient.get('emailAddress'), *parts)))}"


def _tag(mail: Mapping[str, Any], name: str) -> str | None:
    tags = mail.get("tags")
    values = tags.get(name) if isinstance(tags, dict) else None
    return values[0] if isinstance(values, list) and values and isinstance(values[0], str) else None


def _actor(mail: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, str]:
    """Who opened or clicked, as far as the report alone tells."""
    try:
        after = times.parse(str(said.get("timestamp"))) - times.parse(str(mail.get("timestamp")))
    except ValueError:
        after = None
    return actor(Act(str(said.get("userAgent") or ""), after)).properties()


plugin: Source = Ses()
