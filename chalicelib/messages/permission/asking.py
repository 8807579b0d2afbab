"""What permission is asked, and what it answers: values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

from chalicelib import times
from chalicelib.journeys.send import MessageClass, Send
from chalicelib.messages.brake import Pause
from chalicelib.messages.permission.policy import Policy

if TYPE_CHECKING:
    from chalicelib.customers.facts import ConsentStatus

KEY: Final = 16
"""So many of the last characters of a send's id stand for it in the permit: digits of its hash, and enough of them."""


@dataclass(frozen=True)
class Reaches:
    """How a message reaches a person. channel: on consent to which; trait: what holds the address, None for none."""

    channel: str
    trait: str | None


@dataclass(frozen=True)
class Recipient:
    """What is known of one customer on one channel.

    address:     where the message would go; None if there is none.
    consent:     to marketing on this channel; None if nothing was ever said.
    suppression: `bounce` or `complaint` if the channel must leave this address alone.
    topic:       to the topic of the message (of a mail that asks for a confirmation: to what it asks for).
    own_consent: consent to the channel alone does not cover this topic.
    erased:      somebody with this address was erased, and nothing since proves that marketing is wanted again.
    ticket:      until when a ticket that is open at the help desk holds marketing; None if none is open.
    channel:     by which the person is reached; None for what reaches no person: nobody is asked for it.
    stage:       where the customer stands; None if that was never judged.
    zones:       whose clocks must all show an hour at which the channel may be used; none: the workspace's.
    every:       the person's own wish: at most one marketing message in any such span; None for no wish.
    asked:       how often the number of a text message that asks for a confirmation was asked before on this day,
                 whoever entered it somewhere.
    bad_zone:    the customer names a time zone that is none; the workspace's is among `zones` in its place.
    mark:        what a confirmation remembers of the address; None where nobody is asked for one.
    """

    address: str | None
    consent: ConsentStatus | None = None
    suppression: str | None = None
    topic: ConsentStatus | None = None
    own_consent: bool = False
    erased: bool = False
    ticket: datetime | None = None
    channel: str | None = "email"
    stage: str | None = None
    zones: tuple[tzinfo, ...] = ()
    asked: int = 0
    bad_zone: bool = False
    every: timedelta | None = None
    mark: str | None = None


@dataclass(frozen=True)
class Sent:
    """A message that was claimed, as caps and repetitions see it.

    channel: None if that is not known: then it counts on every channel. words: what stands for what it said.
    """

    at: datetime
    channel: str | None = None
    message_class: MessageClass = "marketing"
    words: str | None = None

    def to_text(self) -> str:
        """`2026-11-22T09:00:00.000Z email m 1a2b3c4d5e6f`: as it stands in the permit, which is written with every
        message and should stay small."""
        return " ".join((times.text(self.at), self.channel or "-", self.message_class[0], self.words or "")).rstrip()

    @classmethod
    def of(cls, text: str) -> Sent:
        """Read what `to_text` wrote; the moment alone was written once."""
        at, channel, kind, words, *_ = [*text.split(" "), "", "", ""]
        message_class: MessageClass = "transactional" if kind == "t" else "marketing"
        return cls(times.parse(at), channel if channel not in ("", "-") else None, message_class, words or None)


@dataclass(frozen=True)
class Permit:
    """The customer's permit: raised (`version`) by whatever changes consent, suppression or the cap.

    version:  None if the customer has none yet.
    customer: whose it is, where that is not the row's own: of a joined subject the customer decides.
    sent:     the messages of the window that caps and repetitions look at, by what stands for their sends (`key_of`).
    """

    version: int | None = None
    sent: Mapping[str, Sent] = field(default_factory=dict)
    customer: str | None = None


@dataclass(frozen=True)
class Waiting:
    """Another message for the same customer that goes first: one of a journey of higher priority, which still waits.

    channel: None if it is not known yet. due_at: when it asks again. deadline: after which it leaves no more.
    """

    channel: str | None
    due_at: datetime
    deadline: datetime
    message_class: MessageClass = "marketing"

    @property
    def until(self) -> datetime:
        """From when on nobody waits for it any more: it should have left by then, or will not."""
        return min(self.due_at + PATIENCE, self.deadline)


PATIENCE: Final = timedelta(minutes=2)
"""How long after its date a message that goes first is still waited for."""


@dataclass(frozen=True)
class Allowed:
    """It may leave. `by`: on whose word, where it is about a topic: `topic_consent` or `channel_consent`."""

    by: str | None = None


@dataclass(frozen=True)
class Skipped:
    """It may not leave, and never will."""

    reason: str


@dataclass(frozen=True)
class Later:
    """It may not leave before `until`."""

    until: datetime
    reason: str


Verdict = Allowed | Skipped | Later


@dataclass(frozen=True)
class Question:
    """Everything the answer depends on.

    cancelled: the customer has left the journey that planned the message.
    pause:     what holds marketing on the message's channel now (brake).
    words:     what stands for what the message says; None while that is not known, or nothing repeats it.
    waiting:   the messages that go first.
    """

    send: Send
    recipient: Recipient
    permit: Permit
    policy: Policy
    now: datetime
    cancelled: bool = False
    pause: Pause | None = None
    words: str | None = None
    waiting: tuple[Waiting, ...] = ()

    @property
    def marketing(self) -> bool:
        """Whether it is marketing that reaches somebody."""
        return self.send.message_class == "marketing" and self.recipient.channel is not None

    @property
    def by_the_clock(self) -> bool:
        """Whether some clock is read for it."""
        return self.marketing and bool(self.policy.hours.get(self.recipient.channel or ""))

    @property
    def customer(self) -> str:
        """Who decides."""
        return self.permit.customer or self.send.customer

    @property
    def zones(self) -> tuple[tzinfo, ...]:
        """Whose clocks count."""
        return self.recipient.zones or (self.policy.zone or UTC,)


def key_of(send: str) -> str:
    """What stands for a send in the permit."""
    return send[-KEY:]
