"""The part of SES v2's REST API that applications and their operators use: SendEmail, GetAccount, identities,
the suppression list.

Signatures are not looked at. Errors have the form that botocore reads: the class in `x-amzn-ErrorType`,
the message in the body.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from infra.local.mailbox.http import Request, Response, answer
from infra.local.mailbox.mail import Refusal
from infra.local.mailbox.mailbox import Mailbox

PREFIX = ("v2", "email")


def serve(mailbox: Mailbox, request: Request) -> Response:
    """Answer a request below /v2/email."""
    try:
        return answer(_route(mailbox, request))
    except Refusal as refusal:
        return _error(refusal)
    except ValueError as error:
        return _error(Refusal("BadRequestException", f"The request is not valid: {error}"))


def _error(refusal: Refusal) -> Response:
    made = answer({"message": refusal.message}, refusal.status)
    return Response(made.status, made.body, made.kind, {"x-amzn-ErrorType": refusal.code})


def _route(mailbox: Mailbox, request: Request) -> dict[str, Any]:
    match (request.method, *request.path[len(PREFIX) :]):
        case ("POST", "outbound-emails"):
            return {"MessageId": mailbox.send(request.json())}
        case ("GET", "account"):
            return mailbox.account()
        case ("POST", "identities"):
            return _create_identity(mailbox, str(request.json().get("EmailIdentity") or ""))
        case ("GET", "identities", name):
            return _identity(mailbox, name)
        case ("PUT", "suppression", "addresses"):
            return _suppress(mailbox, request)
        case ("GET", "suppression", "addresses"):
            return {"SuppressedDestinationSummaries": [_suppression(*row) for row in mailbox.box.suppressions()]}
        case ("GET", "suppression", "addresses", address):
            return {"SuppressedDestination": _suppression(*_found(mailbox, address))}
        case ("DELETE", "suppression", "addresses", address):
            _found(mailbox, address)
            mailbox.box.unsuppress(address)
            return {}
    raise Refusal("NotFoundException", f"This mailbox has no {request.method} /{'/'.join(request.path)}.", 404)


def _create_identity(mailbox: Mailbox, name: str) -> dict[str, Any]:
    if not name or " " in name:
        raise Refusal("BadRequestException", "EmailIdentity must be an email address or a domain.")
    if not mailbox.box.add_identity(name, mailbox.clock()):
        raise Refusal("AlreadyExistsException", f"Email identity {name} already exist.")
    made = _identity(mailbox, name)
    return {field: made[field] for field in ("IdentityType", "VerifiedForSendingStatus", "DkimAttributes")}


def _identity(mailbox: Mailbox, name: str) -> dict[str, Any]:
    if not mailbox.box.has_identity(name):
        raise Refusal("NotFoundException", f"Email identity {name} does not exist.", 404)
    return {
        "IdentityType": "EMAIL_ADDRESS" if "@" in name else "DOMAIN",
        "FeedbackForwardingStatus": True,
        "VerifiedForSendingStatus": True,
        "VerificationStatus": "SUCCESS",
        "DkimAttributes": {"SigningEnabled": True, "Status": "SUCCESS", "SigningAttributesOrigin": "AWS_SES"},
        "MailFromAttributes": {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
        "Policies": {},
        "Tags": [],
    }


def _suppress(mailbox: Mailbox, request: Request) -> dict[str, Any]:
    body = request.json()
    address, reason = str(body.get("EmailAddress") or ""), body.get("Reason")
    if "@" not in address or reason not in ("BOUNCE", "COMPLAINT"):
        raise Refusal("BadRequestException", "EmailAddress and a Reason of BOUNCE or COMPLAINT are required.")
    mailbox.box.suppress(address, reason, mailbox.clock())
    return {}


def _found(mailbox: Mailbox, address: str) -> tuple[str, str, float]:
    rows = mailbox.box.suppressions(address)
    if not rows:
        raise Refusal("NotFoundException", f"Email address {address} does not exist on your suppression list.", 404)
    return rows[0]


def _suppression(address: str, reason: str, at: float) -> dict[str, Any]:
    updated = datetime.fromtimestamp(at, UTC).timestamp()
    return {"EmailAddress": address, "Reason": reason, "LastUpdateTime": updated}
