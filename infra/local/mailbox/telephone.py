"""Telephones: text messages as AWS End User Messaging SMS takes them and reports of them, push messages as SNS does,
and what people write back. Pure.

SMS (SendTextMessage) is JSON 1.0, SNS (CreatePlatformEndpoint, Publish, DeleteEndpoint) a form that is answered in XML.
Requests are checked as the API reference says. Of SNS only what sends to devices is here.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from infra.local.mailbox.http import Request, Response, answer
from infra.local.mailbox.mail import Mail, Refusal

TARGET: Final = "PinpointSMSVoiceV2.SendTextMessage"
RECEIVED: Final = "Received"
GONE: Final = "Gone"
FATES: Final[Mapping[str, str]] = {
    "TEXT_SUCCESSFUL": "Message has been accepted by phone carrier",
    "TEXT_DELIVERED": "Message has been accepted by phone",
    "TEXT_INVALID": "The phone number is not valid",
    "TEXT_UNREACHABLE": "The phone is not reachable",
    "TEXT_CARRIER_BLOCKED": "The carrier has blocked the message",
}
OURS: Final = "+12065550100"
_NUMBER: Final = re.compile(r"\+?[1-9][0-9]{1,18}")
_PRICE: Final = re.compile(r"[0-9]{0,2}\.[0-9]{1,5}")
_TOKEN: Final = re.compile(r"\S{8,1000}")


def text(request: Mapping[str, Any], *, id: str, at: datetime) -> Mail:
    """The text message in a SendTextMessage body. Raises Refusal where AWS would."""
    number, body, context = (request.get(name) for name in ("DestinationPhoneNumber", "MessageBody", "Context"))
    context = context or {}
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        raise _invalid("DestinationPhoneNumber")
    if not isinstance(body, str) or not body.strip() or len(body) > 1_600:
        raise _invalid("MessageBody")
    if request.get("MessageType") not in (None, "TRANSACTIONAL", "PROMOTIONAL"):
        raise _invalid("MessageType")
    if not _PRICE.fullmatch(str(request.get("MaxPrice", "1.0"))):
        raise _invalid("MaxPrice")
    fits = isinstance(context, dict) and len(context) <= 5
    if not fits or not all(
        0 < len(str(value)) <= 800 and str(value) == str(value).strip() for value in context.values()
    ):
        raise _invalid("Context")
    return Mail(
        id=id,
        at=at,
        source=str(request.get("OriginationIdentity") or OURS),
        recipients=("+" + number.lstrip("+"),),
        subject="",
        html=None,
        text=body,
        headers=(),
        tags={str(name): str(value) for name, value in context.items()},
        configuration_set=request.get("ConfigurationSetName"),
        request=request,
        channel="sms",
    )


def record(kind: str, mail: Mail, at: datetime, detail: Mapping[str, Any]) -> dict[str, Any]:
    """What the topic gets of a text message: an event, or what somebody wrote back."""
    if kind == RECEIVED:
        return {
            "originationNumber": mail.recipients[0],
            "destinationNumber": OURS,
            "messageKeyword": "KEYWORD_" + OURS.strip("+"),
            "messageBody": detail["text"],
            "inboundMessageId": f"{mail.id}-in-{int(at.timestamp() * 1000)}",
            "previousPublishedMessageId": mail.id,
        }
    return {
        "eventType": kind,
        "eventVersion": "1.0",
        "eventTimestamp": int(at.timestamp() * 1000),
        "isFinal": kind != "TEXT_SUCCESSFUL",
        "originationPhoneNumber": mail.source,
        "destinationPhoneNumber": mail.recipients[0],
        "isoCountryCode": "US",
        "messageId": mail.id,
        "messageRequestTimestamp": int(mail.at.timestamp() * 1000),
        "messageEncoding": "GSM",
        "messageType": mail.request.get("MessageType", "TRANSACTIONAL"),
        "messageStatus": kind.removeprefix("TEXT_"),
        "messageStatusDescription": FATES[kind],
        "context": dict(mail.tags),
        "totalMessageParts": 1,
        "totalMessagePrice": 0.0,
        "totalCarrierFee": 0.0,
    }


def endpoint_of(application: str, token: str) -> str:
    """The endpoint of a token: its ARN holds the token, so there is nothing to keep."""
    if ":app/" not in application or not _TOKEN.fullmatch(token):
        raise Refusal("InvalidParameter", "Invalid parameter: Token")
    return f"{application.replace(':app/', ':endpoint/')}/{urlsafe_b64encode(token.encode()).decode().rstrip('=')}"


def pushed(form: Mapping[str, str], *, id: str, at: datetime) -> Mail:
    """The push message in a Publish. Raises Refusal where SNS would."""
    endpoint = form.get("TargetArn", "")
    service, token = device_of(endpoint)
    try:
        payload = json.loads(json.loads(form.get("Message", ""))[service])
    except (ValueError, KeyError, TypeError):
        raise Refusal("InvalidParameter", "Invalid parameter: Message Structure - JSON message body failed") from None
    google = payload.get("fcmV1Message", {}).get("message", {})
    shown = google.get("notification") or payload.get("aps", {}).get("alert") or {}
    data = google.get("data") or payload.get("perennial") or {}
    return Mail(
        id=id,
        at=at,
        source=endpoint.partition(":endpoint/")[2].rpartition("/")[0],
        recipients=(f"{'android' if service == 'GCM' else 'ios'}:{token}",),
        subject=str(shown.get("title", "")),
        html=None,
        text=str(shown.get("body", "")),
        headers=(),
        tags={str(name): str(value) for name, value in data.items()},
        configuration_set=None,
        request={**form, "payload": payload},
        channel="push",
    )


def device_of(endpoint: str) -> tuple[str, str]:
    """The service and the token of an endpoint."""
    service, _, rest = endpoint.partition(":endpoint/")[2].partition("/")
    name = rest.rpartition("/")[2]
    try:
        return service, urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode()
    except ValueError:
        raise Refusal("NotFound", "Endpoint does not exist", 404) from None


def called(request: Request, *, id: str, at: datetime) -> Mail:
    """A webhook, as it came."""
    path = "/" + "/".join(request.path)
    return Mail(
        id=id,
        at=at,
        source=request.headers.get("user-agent", ""),
        recipients=(path,),
        subject=f"{request.method} {path}",
        html=None,
        text=request.body.decode(errors="replace"),
        headers=tuple(request.headers.items()),
        tags={"webhook-id": request.headers["webhook-id"]} if "webhook-id" in request.headers else {},
        configuration_set=None,
        request={"method": request.method, "path": path},
        channel="webhook",
    )


def is_text(request: Request) -> bool:
    """Whether a request is for End User Messaging SMS."""
    return request.headers.get("x-amz-target", "").startswith("PinpointSMSVoiceV2.")


def is_form(request: Request) -> bool:
    """Whether a request is for SNS."""
    signed = request.headers.get("authorization", "").startswith("AWS4-")  # which no other site's form can be
    return signed and request.method == "POST" and not request.path and "x-amz-target" not in request.headers


def form_of(request: Request) -> dict[str, str]:
    """The form of a request to SNS."""
    return dict(parse_qsl(request.body.decode()))


def said(action: str, **values: str) -> Response:
    """SNS's answer."""
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())
    result = f"<{action}Result>{inner}</{action}Result>" if values else ""
    metadata = "<ResponseMetadata><RequestId>local</RequestId></ResponseMetadata>"
    body = f'<{action}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/">{result}{metadata}</{action}Response>'
    return Response(200, body.encode(), "text/xml")


def refused_by_sns(refusal: Refusal) -> Response:
    """SNS's error."""
    what = f"<Type>Sender</Type><Code>{escape(refusal.code)}</Code><Message>{escape(refusal.message)}</Message>"
    body = f"<ErrorResponse><Error>{what}</Error><RequestId>local</RequestId></ErrorResponse>"
    return Response(refusal.status, body.encode(), "text/xml")


def refused_by_sms(refusal: Refusal) -> Response:
    """End User Messaging's error."""
    made = answer({"__type": refusal.code, "Message": refusal.message, "Reason": refusal.reason}, refusal.status)
    return Response(made.status, made.body, "application/x-amz-json-1.0")


def _invalid(field: str) -> Refusal:
    return Refusal("ValidationException", f"{field} is not valid.", reason="INVALID_PARAMETER")
