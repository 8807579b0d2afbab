"""Text messages through AWS End User Messaging SMS.

What a message costs is known before it leaves: its segments are counted as networks count them (gsm.py), and the
workspace's prices say the rest. What would cost more than the setting `sms` allows is not sent; AWS is told the same
limit, so a price that nobody listed cannot pass it either.

`Context` comes back with every event that AWS reports, and ties it to the ledger as a mail's tags do. Links stay as the
author wrote them: a campaign's name would be paid for in letters.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from chalicelib import times
from chalicelib.journeys.send import Send
from chalicelib.messages.channels import Channel, Gateway, Message, Request, Sender, Unsendable, Worded
from chalicelib.messages.permission import Reaches
from chalicelib.messages.texting import Texting, TextTerms
from chalicelib.tracking import contact
from chalicelib.tracking.tags import customer_tag

_TEXT: Final = Reaches("sms", "phone")
_TYPES: Final = {"marketing": "PROMOTIONAL", "transactional": "TRANSACTIONAL"}


class Sms(Worded):
    """The channel `sms`."""

    def reaches(self, row: Send) -> Reaches | None:
        """The customer, by telephone number."""
        return _TEXT

    def prepare(self, message: Message, sender: Sender) -> Request:
        """SendTextMessage's arguments but for the sender, what it takes, and what it costs where that is known."""
        terms = sender.terms if isinstance(sender.terms, TextTerms) else TextTerms(Texting())
        number = contact.phone(message.address)
        if number is None:
            raise Unsendable("this is no telephone number", "invalid_address")
        text = terms.setting.said((message.words.text if message.words else None) or "").strip()
        if not text:
            raise Unsendable("the message has no words")
        length = terms.setting.length(text)
        cost = terms.setting.cost(number, length.segments)
        _affordable(terms.setting, length.segments, cost)
        arguments = {
            "DestinationPhoneNumber": number,
            "MessageBody": text,
            "MessageType": _TYPES[message.message_class],
            "MaxPrice": f"{terms.setting.max_price:.5f}",
            "Context": _context(message),
            **({"ConfigurationSetName": terms.configuration_set} if terms.configuration_set else {}),
        }
        return {
            "customer": message.customer,
            "text": arguments,
            "encoding": length.encoding,
            "segments": length.segments,
            **({"cost": cost} if cost is not None else {}),
            **({"until": times.text(message.until)} if message.until is not None else {}),
        }

    def send(self, request: Request, gateway: Gateway) -> str:
        """One SendTextMessage."""
        return gateway.send(request)

    def kept(self, row: Send, request: Request) -> Send:
        """The row with what was sent: segments, encoding, and US dollars where they are known."""
        said = {name: request[name] for name in ("segments", "encoding", "cost") if name in request}
        return replace(row, said={**(row.said or {}), **said})


def _affordable(setting: Texting, segments: int, cost: float | None) -> None:
    if segments > setting.most_segments:
        said = f"it comes to {segments} segments; the setting sms allows {setting.most_segments}"
        raise Unsendable(said, "too_long")
    if cost is None and setting.listed_only:
        raise Unsendable("the setting sms lists no price for this number", "price_unknown")
    if cost is not None and cost > setting.max_price:
        said = f"it would cost ${cost}; the setting sms allows ${setting.max_price}"
        raise Unsendable(said, "too_expensive")


def _context(message: Message) -> dict[str, str]:
    said = {
        "customer": customer_tag(message.customer),
        "send": message.send,
        "journey": message.journey,
        "template": message.template,
        "step": message.step,
    }
    return {name: value for name, value in said.items() if value}


plugin: Channel = Sms()
