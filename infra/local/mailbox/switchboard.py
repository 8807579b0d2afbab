"""The routes of what is no mail: text messages, push messages, webhooks."""

from __future__ import annotations

from infra.local.mailbox import telephone
from infra.local.mailbox.http import Request, Response, answer
from infra.local.mailbox.mail import Refusal
from infra.local.mailbox.mailbox import Mailbox

HOOKS = "hooks"


def takes(request: Request) -> bool:
    """Whether a request is for this switchboard."""
    return telephone.is_text(request) or telephone.is_form(request) or request.path[:1] == (HOOKS,)


def serve(mailbox: Mailbox, request: Request) -> Response:
    """Answer it."""
    if telephone.is_text(request):
        return _text(mailbox, request)
    if request.path[:1] == (HOOKS,):
        return _hook(mailbox, request)
    form = telephone.form_of(request)
    try:
        return _sns(mailbox, form)
    except Refusal as refusal:
        return telephone.refused_by_sns(refusal)


def _text(mailbox: Mailbox, request: Request) -> Response:
    try:
        if request.headers["x-amz-target"] != telephone.TARGET:
            raise Refusal("ValidationException", "This mailbox only sends text messages.", reason="UNKNOWN_OPERATION")
        made = answer({"MessageId": mailbox.text(request.json())})
        return Response(made.status, made.body, "application/x-amz-json-1.0")
    except Refusal as refusal:
        return telephone.refused_by_sms(refusal)


def _sns(mailbox: Mailbox, form: dict[str, str]) -> Response:
    match form.get("Action"):
        case "CreatePlatformEndpoint":
            endpoint = telephone.endpoint_of(form.get("PlatformApplicationArn", ""), form.get("Token", ""))
            return telephone.said("CreatePlatformEndpoint", EndpointArn=endpoint)
        case "Publish":
            return telephone.said("Publish", MessageId=mailbox.push(form))
        case "DeleteEndpoint":
            mailbox.forget(telephone.device_of(form.get("EndpointArn", ""))[1])
            return telephone.said("DeleteEndpoint")
    raise Refusal("InvalidAction", "This mailbox only sends to devices.")


def _hook(mailbox: Mailbox, request: Request) -> Response:
    """Keep a webhook; a path that ends with a number is answered with that status."""
    mailbox.hook(request)
    last = request.path[-1]
    status = int(last) if last.isdigit() and 200 <= int(last) <= 599 else 200
    return answer({}, status)
