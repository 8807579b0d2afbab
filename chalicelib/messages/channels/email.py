"""Email through SES v2.

Headers: List-Unsubscribe (RFC 2369) with List-Unsubscribe-Post (RFC 8058), so that a mail program's own button
works; Auto-Submitted (RFC 3834), so that holiday notices stay away. Feedback-ID is SES's own: it writes that header
itself, from the tags `ses:feedback-id-a` and `-b`, and a second one made by us would break its DKIM signature.

The tags `customer` and `send` come back with every event that SES reports, and tie it to the ledger.
"""

from __future__ import annotations

import re
from email.utils import formataddr, parseaddr
from typing import Final

from chalicelib.journeys.send import Send
from chalicelib.messages.channels import Channel, Gateway, Message, Request, Sender, Unsendable, Worded
from chalicelib.messages.permission import Reaches
from chalicelib.tracking.tags import customer_tag

LONGEST_HEADER: Final = 995  # characters of printable ASCII

_MAIL: Final = Reaches("email", "email")
_TAG: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")  # what SES takes


class Email(Worded):
    """The channel `email`."""

    def reaches(self, row: Send) -> Reaches | None:
        """The customer, by mail."""
        return _MAIL

    def prepare(self, message: Message, sender: Sender) -> Request:
        """SendEmail's arguments."""
        words = message.words
        parts = (("Html", words.html), ("Text", words.text)) if words else ()
        body = {part: {"Data": said, "Charset": "UTF-8"} for part, said in parts if said}
        if not body or words is None:
            raise Unsendable("the message has no words")
        return {
            "FromEmailAddress": mailbox(words.sender or sender.address),
            **({"ReplyToAddresses": [mailbox(words.reply_to)]} if words.reply_to else {}),
            "Destination": {"ToAddresses": [message.address]},
            "Content": {
                "Simple": {
                    "Subject": {"Data": words.subject, "Charset": "UTF-8"},
                    "Body": body,
                    "Headers": _headers(message),
                }
            },
            "EmailTags": _tags(message),
            "ConfigurationSetName": sender.configuration_set,
        }

    def send(self, request: Request, gateway: Gateway) -> str:
        """One SendEmail."""
        return gateway.send(request)


def mailbox(said: str) -> str:
    """`Shop <hello@shop.example>` as a header may hold it: a name beyond ASCII is encoded (RFC 2047)."""
    name, address = parseaddr(said)
    return said if said.isascii() else formataddr((name, address), "utf-8")


def _headers(message: Message) -> list[dict[str, str]]:
    headers = {"Auto-Submitted": "auto-generated"}
    if message.unsubscribe_url is not None:
        headers["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    for name, value in headers.items():
        if len(name) + len(value) > LONGEST_HEADER or not (value.isascii() and value.isprintable()):
            raise Unsendable(f"SES would not take the header {name}")
    return [{"Name": name, "Value": value} for name, value in headers.items()]


def _tags(message: Message) -> list[dict[str, str]]:
    tags = {
        "customer": customer_tag(message.customer),
        "send": message.send,
        "journey": message.journey,
        "ses:feedback-id-a": message.journey,
        "ses:feedback-id-b": message.message_class,
    }
    for name, value in tags.items():
        if not _TAG.fullmatch(value):
            raise Unsendable(f"SES would not take the tag {name}")
    tags |= {name: value for name in ("template", "step") if _TAG.fullmatch(value := getattr(message, name))}
    return [{"Name": name, "Value": value} for name, value in tags.items()]


plugin: Channel = Email()
