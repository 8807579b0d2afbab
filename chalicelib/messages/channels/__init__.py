"""Channels: how a message reaches somebody. One file each; the file's name is what a send row calls its channel.

A channel does two things, and the line between them is the claim. `prepare` turns words into the exact request,
purely, before the row is claimed: whatever is wrong with a message shows while nothing has happened yet. `send`
makes one call with that request, and does nothing else.

Most channels say what a template says. One that is not `worded` says what its row has as `content`.

How a call ends is an exception family (chalicelib/errors.py), the same for all channels: Transient, Held and
Permanent mean that nothing left; Unanswered means that nobody knows. tests/messages/channel_contract.py is what a
new channel inherits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from chalicelib import plugins
from chalicelib.journeys.send import MessageClass, Send
from chalicelib.messages.permission import Reaches
from chalicelib.messages.render import Rendered

PACKAGE: Final = "chalicelib.messages.channels"

Request = Mapping[str, Any]


class Unsendable(Exception):
    """This message cannot be put into the channel's form; the text says why, `reason` in the ledger's words."""

    def __init__(self, said: str, reason: str = "unsendable") -> None:
        super().__init__(said)
        self.reason = reason


@dataclass(frozen=True)
class Message:
    """One message, rendered and addressed.

    words:           of a template; None on a channel that needs none, which has `said` instead.
    also:            the same words in other locales, for a channel that learns only later what is read.
    unsubscribe_url: signed for this customer and send; None for transactional messages.
    template, step:  what it says and which step of the journey decided it; "" for none. What becomes of the message
                     says so again, for rules about messages.
    until:           when it is no longer worth delivering, for providers that keep what they cannot deliver at once.
    """

    customer: str
    send: str
    journey: str
    message_class: MessageClass
    address: str
    words: Rendered | None
    unsubscribe_url: str | None = None
    said: Mapping[str, Any] | None = None
    template: str = ""
    step: str = ""
    also: tuple[Rendered, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True)
class Sender:
    """Who the deployment sends as. `configuration_set`: where SES reports what becomes of the messages. `terms`: what
    a channel other than mail asks for, in its own form."""

    address: str
    configuration_set: str
    terms: object = None


class Gateway(Protocol):
    """The provider's API: one call with one request."""

    def send(self, request: Request) -> str:
        """The provider's id of the message. Raises Transient, Held, Permanent or Unanswered."""
        ...


class OnDemand(Mapping[str, Gateway]):
    """Gateways by channel, each made when it is first used: no container pays for a channel that nobody uses."""

    def __init__(self, makers: Mapping[str, Callable[[], Gateway]]) -> None:
        self._makers = makers
        self._made: dict[str, Gateway] = {}

    def __getitem__(self, channel: str) -> Gateway:
        if channel not in self._made:
            self._made[channel] = self._makers[channel]()
        return self._made[channel]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


Say = Callable[[str], str]
"""Renders a text of Liquid for the customer."""


class Channel(Protocol):
    """A plugin in this package; Worded and Wordless have what most of them have in common."""

    @property
    def worded(self) -> bool:
        """Whether it says what a template says."""

    @property
    def repeatable(self) -> bool:
        """Whether whoever is called can tell by the id of the send that it is the same: then a call of which nobody
        knows what became of it is made again."""

    def reaches(self, row: Send) -> Reaches | None:
        """Whom a message reaches; None for no customer."""

    def said(self, row: Send, known: Mapping[str, Any], say: Say) -> Mapping[str, Any]:
        """What `content` says to a customer; `known` is what templates see. Pure."""

    def kept(self, row: Send, request: Request) -> Send:
        """The row of a message that was taken, with what is to be kept of it."""

    def prepare(self, message: Message, sender: Sender) -> Request:
        """The request for one message. Pure; raises Unsendable."""

    def send(self, request: Request, gateway: Gateway) -> str:
        """One call to the provider; returns its message id. Raises as Gateway does."""


class Worded:
    """A channel that says what a template says, to people, and must never say it twice."""

    worded = True
    repeatable = False

    def said(self, row: Send, known: Mapping[str, Any], say: Say) -> Mapping[str, Any]:
        """Nothing: the template says it."""
        return {}

    def kept(self, row: Send, request: Request) -> Send:
        """The row as it is."""
        return row


class Wordless:
    """A channel that says what its row has as content, and may say it again."""

    worded = False
    repeatable = True

    def kept(self, row: Send, request: Request) -> Send:
        """The row as it is."""
        return row


def channel(name: str) -> Channel:
    """The channel of a name. Raises UnknownPlugin."""
    found: Channel = plugins.load(PACKAGE, name)
    return found
