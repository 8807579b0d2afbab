"""Channels: how a message reaches somebody. One file each; the file's name is what a send row calls its channel.

A channel does two things, and the line between them is the claim. `prepare` turns words into the exact request,
purely, before the row is claimed: whatever is wrong with a message shows while nothing has happened yet. `send`
makes one call with that request, and does nothing else.

How a call ends is an exception family (chalicelib/errors.py), the same for all channels: Transient, Held and
Permanent mean that nothing left; Unanswered means that nobody knows. tests/messages/channel_contract.py is what a
new channel inherits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from chalicelib import plugins
from chalicelib.journeys.send import MessageClass
from chalicelib.messages.render import Rendered

PACKAGE: Final = "chalicelib.messages.channels"

Request = Mapping[str, Any]


class Unsendable(Exception):
    """This message cannot be put into the channel's form; the text says why, for the ledger."""


@dataclass(frozen=True)
class Message:
    """One message, rendered and addressed.

    unsubscribe_url: signed for this customer and send; None for transactional messages.
    """

    customer: str
    send: str
    journey: str
    message_class: MessageClass
    address: str
    words: Rendered
    unsubscribe_url: str | None = None


@dataclass(frozen=True)
class Sender:
    """Who the deployment sends as. `configuration_set`: where SES reports what becomes of the messages."""

    address: str
    configuration_set: str


class Gateway(Protocol):
    """The provider's API: one call with one request."""

    def send(self, request: Request) -> str:
        """The provider's id of the message. Raises Transient, Held, Permanent or Unanswered."""
        ...


class Channel(Protocol):
    """A plugin in this package."""

    @property
    def trait(self) -> str:
        """The customer's trait that holds the address."""

    def prepare(self, message: Message, sender: Sender) -> Request:
        """The request for one message. Pure; raises Unsendable."""

    def send(self, request: Request, gateway: Gateway) -> str:
        """One call to the provider; returns its message id. Raises as Gateway does."""


def channel(name: str) -> Channel:
    """The channel of a name. Raises UnknownPlugin."""
    found: Channel = plugins.load(PACKAGE, name)
    return found
