"""May this message leave now? One pure function, asked when a message is about to be sent, not when it was planned.

The answer is a value: allowed, or skipped for good with the reason, or later, with the reason and the moment at
which the answer may change. What cannot change any more is asked first, so that a row ends by the reason that a
person would give.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Final

from chalicelib.customers.facts import ConsentStatus
from chalicelib.journeys.send import Send
from chalicelib.messages.brake import PAUSED, Pause
from chalicelib.tracking import contact


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
    """

    address: str | None
    consent: ConsentStatus | None = None
    suppression: str | None = None
    topic: ConsentStatus | None = None
    own_consent: bool = False
    erased: bool = False
    ticket: datetime | None = None
    channel: str | None = "email"


@dataclass(frozen=True)
class Permit:
    """The customer's permit: raised (`version`) by whatever changes consent, suppression or the cap.

    version:  None if the customer has none yet.
    customer: whose it is, where that is not the row's own: of a joined subject the customer decides.
    sent:     when each marketing message of the cap window was claimed, by send id.
    """

    version: int | None = None
    sent: Mapping[str, datetime] = field(default_factory=dict)
    customer: str | None = None


@dataclass(frozen=True)
class Cap:
    """At most `count` marketing messages in any `within`."""

    count: int
    within: timedelta


@dataclass(frozen=True)
class Policy:
    """The workspace's rules. `only_to` holds the patterns that may receive mail outside production; None is
    production: everybody may."""

    caps: tuple[Cap, ...] = (Cap(1, timedelta(days=1)), Cap(3, timedelta(days=7)))
    only_to: tuple[str, ...] | None = None


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

CANCELLED: Final = "journey_exited"
TOO_LATE: Final = "too_late"
CAPPED: Final = "capped"
NO_CONSENT: Final = "no_consent"
NO_ADDRESS: Final = "no_address"
UNCONFIRMED: Final = "unconfirmed"
ANSWERED: Final = "already_answered"
OPEN_TICKET: Final = "open_ticket"
DO_NOT_CALL: Final = "do_not_call"

BY_PEOPLE: Final = frozenset({"phone", "post"})
"""The channels by which people reach people: a task says that they should."""

CONSENT_MAY_FOLLOW: Final = timedelta(seconds=30)
"""SDKs send their calls side by side, so the tick in the box may arrive a moment after the identification that
planned the welcome. Until then a missing consent is not yet a refusal; a withdrawn one is."""


TICKET_MAY_CLOSE: Final = timedelta(hours=1)
"""How soon to look again whether the help desk has closed what is open."""


@dataclass(frozen=True)
class Question:
    """Everything the answer depends on. `cancelled`: the customer has left the journey that planned the message.
    `pause`: what holds marketing on the message's channel now (brake)."""

    send: Send
    recipient: Recipient
    permit: Permit
    policy: Policy
    now: datetime
    cancelled: bool = False
    pause: Pause | None = None

    @property
    def marketing(self) -> bool:
        """Whether it is marketing that reaches somebody."""
        return self.send.message_class == "marketing" and self.recipient.channel is not None


def permitted(
    send: Send,
    recipient: Recipient,
    permit: Permit,
    policy: Policy,
    now: datetime,
    *,
    cancelled: bool = False,
    pause: Pause | None = None,
) -> Verdict:
    """The verdict of the first rule that objects; Allowed if none does."""
    question = Question(send, recipient, permit, policy, now, cancelled, pause)
    for rule in RULES if send.test is None else OF_TESTS:
        verdict = rule(question)
        if verdict is not None:
            return verdict
    return Allowed(_word(question))


def _not_cancelled(ask: Question) -> Verdict | None:
    return Skipped(CANCELLED) if ask.cancelled else None


def _in_time(ask: Question) -> Verdict | None:
    return Skipped(TOO_LATE) if ask.now >= ask.send.deadline else None


def _addressed(ask: Question) -> Verdict | None:
    valid = _ADDRESSES.get(ask.recipient.channel or "")
    if valid is None:
        return None
    if not ask.recipient.address:
        until = ask.send.planned_at + CONSENT_MAY_FOLLOW  # a form's identification may come after its subscription
        waits = ask.send.confirms is not None and ask.now < min(until, ask.send.deadline)
        return Later(until, NO_ADDRESS) if waits else Skipped(NO_ADDRESS)
    return None if valid(ask.recipient.address) else Skipped("invalid_address")


def _listed(ask: Question) -> Verdict | None:
    """Outside production, what the program itself sends goes to those who are listed."""
    if ask.recipient.channel is None or ask.recipient.channel in BY_PEOPLE:
        return None
    patterns, address = ask.policy.only_to, (ask.recipient.address or "").lower()
    if patterns is None or any(fnmatchcase(address, pattern.lower()) for pattern in patterns):
        return None
    return Skipped("not_allowed_recipient")


def _not_suppressed(ask: Question) -> Verdict | None:
    # Of both classes: a receipt to a dead mailbox, or to one that called us spam, harms every other message.
    return Skipped(f"suppressed_{ask.recipient.suppression}") if ask.recipient.suppression else None


def _may_be_called(ask: Question) -> Verdict | None:
    """Of both classes: who does not want calls or letters does not want them from people, whatever they are about."""
    no = ask.recipient.channel in BY_PEOPLE and ask.recipient.consent == "withdrawn"
    return Skipped(DO_NOT_CALL) if no else None


def _still_asked(ask: Question) -> Verdict | None:
    """A mail that asks for a confirmation is for who still owes one."""
    answered = ask.send.confirms is not None and ask.recipient.topic != "pending"
    return Skipped(ANSWERED) if answered else None


def _not_erased(ask: Question) -> Verdict | None:
    return Skipped("suppressed_erased") if ask.marketing and ask.recipient.erased else None


def _consented(ask: Question) -> Verdict | None:
    """The channel withdrawn is no to everything on it. Then the topic's own word counts, and without one the
    channel's, unless the topic asks for its own."""
    channel, topic = ask.recipient.consent, ask.recipient.topic if ask.send.topic else None
    if not ask.marketing:
        return None
    if channel == "withdrawn":
        return Skipped("unsubscribed")
    if topic == "withdrawn":
        return Skipped("unsubscribed_from_topic")
    if topic == "granted" or (topic is None and channel == "granted" and not ask.recipient.own_consent):
        return None
    if topic == "pending" or (topic is None and channel == "pending"):
        return Skipped(UNCONFIRMED)
    until = ask.send.planned_at + CONSENT_MAY_FOLLOW
    return Later(until, NO_CONSENT) if ask.now < min(until, ask.send.deadline) else Skipped(NO_CONSENT)


def _word(ask: Question) -> str | None:
    """On whose word a message about a topic leaves."""
    if not ask.marketing or ask.send.topic is None:
        return None
    return "topic_consent" if ask.recipient.topic == "granted" else "channel_consent"


def _not_paused(ask: Question) -> Verdict | None:
    """Marketing waits for whoever paused it, while it is worth sending."""
    if not ask.marketing or ask.pause is None:
        return None
    again = ask.pause.look_again(ask.send.id, ask.send.deadline, ask.now)
    return Skipped(PAUSED) if again is None else Later(again, PAUSED)


def _no_open_ticket(ask: Question) -> Verdict | None:
    """Nobody who waits for help wants an offer. It waits while it is worth sending."""
    held_until = ask.recipient.ticket
    if not ask.marketing or held_until is None or held_until <= ask.now:
        return None
    until = min(held_until, ask.now + TICKET_MAY_CLOSE)
    return Later(until, OPEN_TICKET) if until < ask.send.deadline else Skipped(OPEN_TICKET)


def _under_caps(ask: Question) -> Verdict | None:
    """Marketing counts and is counted; a message's own earlier claim is not held against it."""
    if not ask.marketing:
        return None
    others = sorted(at for send, at in ask.permit.sent.items() if send != ask.send.id)
    free_at = max((_room(others, cap, ask.now) for cap in ask.policy.caps), default=ask.now)
    if free_at <= ask.now:
        return None
    # Waiting is pointless if it would be too late then.
    return Later(free_at, CAPPED) if free_at < ask.send.deadline else Skipped(CAPPED)


def _room(sent: list[datetime], cap: Cap, now: datetime) -> datetime:
    """The first moment from `now` on at which `cap` has room; `sent` is sorted."""
    if cap.count < 1:
        return datetime.max.replace(tzinfo=now.tzinfo)
    recent = [at for at in sent if at + cap.within > now]
    return now if len(recent) < cap.count else recent[-cap.count] + cap.within


RULES: Final[tuple[Callable[[Question], Verdict | None], ...]] = (
    _not_cancelled,
    _in_time,
    _addressed,
    _listed,
    _not_suppressed,
    _not_erased,
    _may_be_called,
    _still_asked,
    _consented,
    _not_paused,
    _no_open_ticket,
    _under_caps,
)

OF_TESTS: Final = (_in_time, _addressed, _listed, _not_suppressed)
"""A test goes to somebody who asked for it: whose consent and caps it is rendered with does not matter."""

# Deliberately narrower than RFC 5321: SES takes no quoted or non-ASCII local part, and a comma or an angle bracket
# would make one address two.
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_DOMAIN: Final = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]")


def deliverable(address: str) -> bool:
    """Whether SES would take `address` as one recipient: 64 characters, `@`, a domain with a dot, 254 in all."""
    local, _, domain = address.rpartition("@")
    fits = 0 < len(local) <= 64 and len(address) <= 254
    return fits and _LOCAL.fullmatch(local) is not None and _DOMAIN.fullmatch(domain) is not None


def dialable(number: str) -> bool:
    """Whether `number` is a telephone number."""
    return contact.phone(number) is not None


_ADDRESSES: Final[Mapping[str, Callable[[str], bool]]] = {"email": deliverable, "phone": dialable}
"""By channel, whether an address is one; on others none is needed."""


def counted(permit: Permit, send: Send, policy: Policy, now: datetime) -> dict[str, datetime]:
    """The permit's window with this message in it and without what no cap can see any more."""
    longest = max((cap.within for cap in policy.caps), default=timedelta(0))
    kept = {each: at for each, at in permit.sent.items() if at + longest > now}
    return {**kept, send.id: now}
