"""One SendEmail request, checked as SES v2 checks it, as one value. Pure.

Limits are those of the API reference: at most 50 recipients; tags of ``A-Z a-z 0-9 _ -`` up to 256
characters; at most 15 headers, names up to 126 and values up to 995 printable ASCII characters, name and
value together up to 996, and none of those that SES writes itself.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses, parseaddr
from typing import Any

MAXIMUM_RECIPIENTS = 50
MAXIMUM_HEADERS = 15
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_FEEDBACK_TAG = re.compile(r"ses:feedback-id-[ab]")  # the two names that SES reads itself, into Feedback-ID
_HEADER_NAME = re.compile(r"[!-9;-@A-~]{1,126}")
_HEADER_VALUE = re.compile(r"[ -~]{1,995}")
_WRITTEN_BY_SES = frozenset(
    [
        "bcc",
        "cc",
        "content-disposition",
        "content-type",
        "date",
        "from",
        "message-id",
        "mime-version",
        "reply-to",
        "return-path",
        "subject",
        "to",
    ]
)
_ADDRESS = re.compile(r"[!-?A-~]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


class Refusal(Exception):
    """An error answer of AWS: `code` is what botocore makes its exception of, `status` the HTTP status, `reason` what
    some services say besides."""

    def __init__(self, code: str, message: str, status: int = 400, reason: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.reason = code, message, status, reason


@dataclass(frozen=True)
class Mail:
    """A message that was accepted. `recipients` are bare addresses, each once; `headers` are what a
    recipient would see. `channel`: by which it came; of others than mail, telephone.py says what is where."""

    id: str
    at: datetime
    source: str
    recipients: tuple[str, ...]
    subject: str
    html: str | None
    text: str | None
    headers: tuple[tuple[str, str], ...]
    tags: Mapping[str, str]
    configuration_set: str | None
    request: Mapping[str, Any] = field(repr=False)
    channel: str = "email"

    @property
    def sender(self) -> str:
        """The bare address of the From header, in lower case."""
        return parseaddr(self.source)[1].lower()

    def header(self, name: str) -> str | None:
        """The first header of that name, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


def accept(request: Mapping[str, Any], *, id: str, at: datetime) -> Mail:
    """The message in a SendEmail body. Raises Refusal where SES would."""
    content = _object(request.get("Content"), "Content")
    kinds = [kind for kind in ("Simple", "Raw", "Template") if content.get(kind)]
    if len(kinds) != 1:
        raise Refusal("BadRequestException", "Content must hold exactly one of Simple, Raw and Template.")
    if kinds[0] == "Template":
        raise Refusal("BadRequestException", "This mailbox keeps no templates: send Simple or Raw content.")
    tags = _tags(request.get("EmailTags") or [])
    make = _simple if kinds[0] == "Simple" else _raw
    return make(request, _object(content[kinds[0]], kinds[0]), tags, id, at)


def _simple(
    request: Mapping[str, Any], content: Mapping[str, Any], tags: Mapping[str, str], id: str, at: datetime
) -> Mail:
    source = request.get("FromEmailAddress") or ""
    _check_address(source)
    addressed = _destination(request)
    custom = _custom_headers(content.get("Headers") or [])
    body = _object(content.get("Body"), "Body")
    html, text = _text(body.get("Html"), "Html"), _text(body.get("Text"), "Text")
    if html is None and text is None:
        raise Refusal("BadRequestException", "The body of the message must hold Html or Text.")
    subject = _text(content.get("Subject"), "Subject")
    if subject is None:
        raise Refusal("BadRequestException", "Missing required header 'Subject'.")
    headers = [("From", source)]
    if reply_to := request.get("ReplyToAddresses"):
        headers.append(("Reply-To", ", ".join(reply_to)))
    headers += [(name, ", ".join(addresses)) for name, addresses in addressed.items() if addresses and name != "Bcc"]
    kind = "multipart/alternative" if html and text else "text/html" if html else "text/plain"
    headers += [
        ("Subject", subject),
        *custom,
        ("Feedback-ID", _feedback_id(tags)),
        ("Message-ID", f"<{id}@email.amazonses.com>"),
        ("Date", format_datetime(at)),
    ]
    headers += [("MIME-Version", "1.0"), ("Content-Type", f"{kind}; charset=UTF-8")]
    recipients = _recipients(address for addresses in addressed.values() for address in addresses)
    return Mail(
        id,
        at,
        source,
        recipients,
        subject,
        html,
        text,
        tuple(headers),
        tags,
        request.get("ConfigurationSetName"),
        request,
    )


def _raw(
    request: Mapping[str, Any], content: Mapping[str, Any], tags: Mapping[str, str], id: str, at: datetime
) -> Mail:
    try:
        data = base64.b64decode(content.get("Data") or "", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal("BadRequestException", "Raw.Data is not base64.") from error
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    source = request.get("FromEmailAddress") or str(message.get("From") or "")
    _check_address(source)
    named = [a for addresses in _destination(request, required=False).values() for a in addresses]
    written = [str(value) for name in ("To", "Cc", "Bcc") for value in message.get_all(name, [])]
    recipients = _recipients(named or [address for _, address in getaddresses(written)])
    own = [
        (k, str(v)) for k, v in message.items() if k.lower() not in ("bcc", "message-id", "date") and not _for_ses(k)
    ]
    headers = (*own, ("Message-ID", f"<{id}@email.amazonses.com>"), ("Date", format_datetime(at)))
    configuration_set = request.get("ConfigurationSetName") or message.get("X-SES-CONFIGURATION-SET")
    tags = {**_tags(_tags_of_header(str(message.get("X-SES-MESSAGE-TAGS") or ""))), **tags}
    html, text = _part(message, "html"), _part(message, "plain")
    subject = str(message.get("Subject") or "")
    return Mail(id, at, source, recipients, subject, html, text, headers, tags, configuration_set, request)


def _feedback_id(tags: Mapping[str, str]) -> str:
    """SES's own header for Gmail's reports, with up to two identifiers of the sender's in front."""
    own = [tags[name] for name in ("ses:feedback-id-a", "ses:feedback-id-b") if name in tags]
    return ":".join([*own, "1.us-east-1.local", "AmazonSES"])


def _for_ses(header: str) -> bool:
    return header.lower().startswith("x-ses-")


def _part(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else None


def _tags_of_header(value: str) -> list[dict[str, str]]:
    pairs = [pair.strip().partition("=") for pair in value.split(",") if pair.strip()]
    return [{"Name": name, "Value": tag} for name, _, tag in pairs]


def _tags(tags: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    for tag in tags:
        for kind in ("Name", "Value"):
            value = str(tag.get(kind) or "")
            if not _TAG.fullmatch(value) and not (kind == "Name" and _FEEDBACK_TAG.fullmatch(value)):
                allowed = (
                    "only alphanumeric ASCII characters, '_' and '-' are allowed, at least 1 and at most 256 of them"
                )
                raise Refusal("BadRequestException", f"Invalid tag {kind.lower()} <{value[:300]}>: {allowed}.")
    return {tag["Name"]: tag["Value"] for tag in tags}


def _custom_headers(headers: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    if len(headers) > MAXIMUM_HEADERS:
        raise Refusal("BadRequestException", f"A message takes at most {MAXIMUM_HEADERS} headers, not {len(headers)}.")
    pairs = [(str(header.get("Name") or ""), str(header.get("Value") or "")) for header in headers]
    seen: set[str] = set()
    for name, value in pairs:
        if not _HEADER_NAME.fullmatch(name):
            raise Refusal("BadRequestException", f"Invalid header name <{name[:200]}>.")
        if not _HEADER_VALUE.fullmatch(value) or len(name) + len(value) > 996:
            raise Refusal(
                "BadRequestException", f"Invalid header value of <{name}>: printable ASCII, at most 995 characters."
            )
        if name.lower() in _WRITTEN_BY_SES:
            raise Refusal("BadRequestException", f"Header <{name}> is written by Amazon SES and cannot be set.")
        if name.lower() in seen and not name.lower().startswith("x-"):
            raise Refusal("BadRequestException", f"Duplicate header '{name}'.")
        seen.add(name.lower())
    return pairs


def _destination(request: Mapping[str, Any], *, required: bool = True) -> dict[str, list[str]]:
    destination = request.get("Destination") or {}
    lists = {name: list(destination.get(f"{name}Addresses") or []) for name in ("To", "Cc", "Bcc")}
    if required and not any(lists.values()):
        raise Refusal("BadRequestException", "Missing required header 'To'.")
    return lists


def _recipients(addresses: Any) -> tuple[str, ...]:
    bare: dict[str, None] = {}
    for address in addresses:
        _check_address(address)
        bare[parseaddr(address)[1]] = None
    if not bare:
        raise Refusal("BadRequestException", "Missing required header 'To'.")
    if len(bare) > MAXIMUM_RECIPIENTS:
        raise Refusal("BadRequestException", f"Recipient count exceeds {MAXIMUM_RECIPIENTS}.")
    return tuple(bare)


def _check_address(address: object) -> None:
    bare = parseaddr(address)[1] if isinstance(address, str) else ""
    if "@" not in bare:
        raise Refusal("BadRequestException", "Missing final '@domain'")
    if not _ADDRESS.fullmatch(bare):
        raise Refusal("BadRequestException", "Illegal address")


def _text(part: object, name: str) -> str | None:
    """The text of a content object; non-ASCII text must name its character set, or SES would send question
    marks."""
    if part is None:
        return None
    content = _object(part, name)
    data = content.get("Data")
    if not isinstance(data, str):
        raise Refusal("BadRequestException", f"{name}.Data is required.")
    if not data.isascii() and not content.get("Charset"):
        raise Refusal("BadRequestException", f"{name}.Data is not 7-bit ASCII: it needs a Charset.")
    return data


def _object(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Refusal("BadRequestException", f"{name} is required.")
    return value
