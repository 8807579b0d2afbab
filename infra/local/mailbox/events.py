"""SES's event records, field by field as the developer guide shows them ("Contents of event data that
Amazon SES publishes to Amazon SNS"). Pure: a message, what happened to it, and when, give the JSON object
that the topic receives."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import getaddresses
from typing import Any

from infra.local.mailbox import telephone
from infra.local.mailbox.mail import Mail

KINDS = ("Send", "Delivery", "Bounce", "Complaint", "Reject", "Open", "Click", "DeliveryDelay")
ACCOUNT = "000000000000"
REGION = "us-east-1"
_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_LOOPBACK = "127.0.0.1"


def record(kind: str, mail: Mail, at: datetime, detail: Mapping[str, Any]) -> dict[str, Any]:
    """The event record of `kind`; `detail` may hold recipient, subtype, link and user_agent; of what somebody wrote
    back its text."""
    if mail.channel == "sms":
        return telephone.record(kind, mail, at, detail)
    recipients = [detail["recipient"]] if "recipient" in detail else list(mail.recipients)
    name = kind[0].lower() + kind[1:]
    return {"eventType": kind, "mail": _mail(mail), name: _OBJECTS[kind](mail, at, recipients, detail)}


def stamp(at: datetime) -> str:
    """SES's time: UTC, milliseconds, Z."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def matching_type(kind: str) -> str:
    """The name of an event kind in a configuration set's MatchingEventTypes."""
    return {"DeliveryDelay": "DELIVERY_DELAY"}.get(kind, kind.upper())


def _mail(mail: Mail) -> dict[str, Any]:
    domain = mail.sender.rpartition("@")[2]
    common: dict[str, Any] = {
        "from": [mail.source],
        "to": _addresses(mail, "To"),
        "messageId": mail.id,
        "subject": mail.subject,
    }
    for name, header in (("cc", "Cc"), ("replyTo", "Reply-To")):
        if found := _addresses(mail, header):
            common[name] = found
    own = {
        "ses:operation": ["SendEmail"],
        "ses:configuration-set": [mail.configuration_set] if mail.configuration_set else [],
        "ses:source-ip": [_LOOPBACK],
        "ses:from-domain": [domain],
        "ses:caller-identity": ["local"],
    }
    return {
        "timestamp": stamp(mail.at),
        "source": mail.source,
        "sourceArn": f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{domain}",
        "sendingAccountId": ACCOUNT,
        "messageId": mail.id,
        "destination": list(mail.recipients),
        "headersTruncated": False,
        "headers": [{"name": name, "value": value} for name, value in mail.headers],
        "commonHeaders": common,
        "tags": {name: values for name, values in own.items() if values} | {k: [v] for k, v in mail.tags.items()},
    }


def _addresses(mail: Mail, header: str) -> list[str]:
    value = mail.header(header)
    return [address for _, address in getaddresses([value])] if value else []


def _feedback_id(mail: Mail, kind: str, recipients: Sequence[str]) -> str:
    """One id for one piece of feedback, the same however often it is told."""
    digest = hashlib.sha256("\0".join((mail.id, kind, *recipients)).encode()).hexdigest()
    return f"01000{digest[:11]}-{digest[11:19]}-{digest[19:23]}-{digest[23:27]}-{digest[27:31]}-{digest[31:43]}-000000"


def _send(mail: Mail, at: datetime, recipients: Sequence[str], detail: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def _delivery(mail: Mail, at: datetime, recipients: Sequence[str], detail: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "timestamp": stamp(at),
        "processingTimeMillis": max(1, round((at - mail.at).total_seconds() * 1000)),
        "recipients": list(recipients),
        "smtpResponse": "250 2.6.0 Message received",
        "remoteMtaIp": _LOOPBACK,
        "reportingMTA": "a8-70.smtp-out.amazonses.com",
    }


_BOUNCES: Mapping[str, tuple[str, str, str]] = {
    "General": ("Permanent", "5.1.1", "smtp; 550 5.1.1 user unknown"),
    "NoEmail": ("Permanent", "5.1.1", "smtp; 550 5.1.1 user unknown"),
    "Suppressed": (
        "Permanent",
        "5.1.1",
        "Amazon SES has suppressed sending to this address because it has a recent history of bouncing",
    ),
    "OnAccountSuppressionList": (
        "Permanent",
        "5.1.1",
        "Amazon SES did not send the message to this address because it is on the suppression list for your account",
    ),
    "MailboxFull": ("Transient", "4.2.2", "smtp; 452 4.2.2 mailbox full"),
    "MessageTooLarge": ("Transient", "5.3.4", "smtp; 552 5.3.4 message too large"),
    "Undetermined": ("Undetermined", "", ""),
}
BOUNCE_SUBTYPES = tuple(_BOUNCES)


def _bounce(mail: Mail, at: datetime, recipients: Sequence[str], detail: Mapping[str, Any]) -> dict[str, Any]:
    subtype = detail.get("subtype", "General")
    kind, status, diagnosis = _BOUNCES[subtype]
    known = {"action": "failed", "status": status, "diagnosticCode": diagnosis} if status else {}
    return {
        "bounceType": kind,
        "bounceSubType": subtype,
        "bouncedRecipients": [{"emailAddress": recipient, **known} for recipient in recipients],
        "timestamp": stamp(at),
        "feedbackId": _feedback_id(mail, "bounce", recipients),
        "remoteMtaIp": _LOOPBACK,
        "reportingMTA": "dns; a8-70.smtp-out.amazonses.com",
    }


def _complaint(mail: Mail, at: datetime, recipients: Sequence[str], detail: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "feedbackId": _feedback_id(mail, "complaint", recipients),
        "complaintSubType": None,
        "complainedRecipients": [{"emailAddress": recipient} for recipient in recipients],
        "timestamp": stamp(at),
        "userAgent": "Amazon SES Mailbox Simulator",
        "complaintFeedbackType": detail.get("subtype", "abuse"),
        "arrivalDate": stamp(at),
    }


def _reject(mail: Mail, at: datetime, recipients: Sequence[str], detail: Mapping[str, Any]) -> dict[str, Any]:
    return {"reason": "Bad content"}


def _open(mail: Mail, at: datetime, recipients: Sequence[str], detail: Mapping[str, Any]) -> dict[str, Any]:
    return {"timestamp": stamp(at), "userAgent": detail.get("user_agent", _BROWSER), "ipAddress": _LOOPBACK}


def _click(mail: Mail, at: datetime, recipients: Sequence[str], detail: Mapping[str, Any]) -> dict[str, Any]:
    return {**_open(mail, at, recipients, detail), "link": detail["link"], "linkTags": None}


def _delivery_delay(mail: Mail, at: datetime, recipients: Sequence[str], detail: Mapping[str, Any]) -> dict[str, Any]:
    delayed = [
        {"emailAddress": r, "status": "4.4.1", "diagnosticCode": "smtp; 421 4.4.1 unable to connect"}
        for r in recipients
    ]
    return {
        "timestamp": stamp(at),
        "delayType": detail.get("subtype", "TransientCommunicationFailure"),
        "expirationTime": stamp(mail.at + timedelta(hours=12)),
        "delayedRecipients": delayed,
        "reportingMTA": "a8-70.smtp-out.amazonses.com",
    }


_OBJECTS = {
    "Send": _send,
    "Delivery": _delivery,
    "Bounce": _bounce,
    "Complaint": _complaint,
    "Reject": _reject,
    "Open": _open,
    "Click": _click,
    "DeliveryDelay": _delivery_delay,
}
