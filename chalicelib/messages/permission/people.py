"""The rules about people: whether this one wants a message like this at all. What they say does not pass with time, but
where they say until when. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Final

from chalicelib.customers.consent import BY_PEOPLE, key_of
from chalicelib.messages.permission.addresses import ADDRESSES
from chalicelib.messages.permission.asking import Later, Question, Skipped, Verdict
from chalicelib.messages.permission.asking import key_of as send_key
from chalicelib.messages.permission.policy import ONSITE

CANCELLED: Final = "journey_exited"
TOO_LATE: Final = "too_late"
NO_CONSENT: Final = "no_consent"
NO_ADDRESS: Final = "no_address"
UNCONFIRMED: Final = "unconfirmed"
ANSWERED: Final = "already_answered"
DO_NOT_CALL: Final = "do_not_call"
NOT_FOR_STAGE: Final = "not_for_stage"
HOLDOUT: Final = "holdout"
DUPLICATE: Final = "duplicate"

MOST_ASKED: Final = 3
"""Text messages that ask one number for a confirmation on one day: forms are public, anybody can enter anybody's."""

CONSENT_MAY_FOLLOW: Final = timedelta(seconds=30)
"""SDKs send their calls side by side, so the tick in the box may arrive a moment after the identification that
planned the welcome. Until then a missing consent is not yet a refusal; a withdrawn one is."""


def not_cancelled(ask: Question) -> Verdict | None:
    """The journey that planned it still wants it."""
    return Skipped(CANCELLED) if ask.cancelled else None


def in_time(ask: Question) -> Verdict | None:
    """It is still worth sending."""
    return Skipped(TOO_LATE) if ask.now >= ask.send.deadline else None


def addressed(ask: Question) -> Verdict | None:
    """There is an address, and it is one."""
    valid = ADDRESSES.get(ask.recipient.channel or "")
    if valid is None:
        return None
    if not ask.recipient.address:
        until = ask.send.planned_at + CONSENT_MAY_FOLLOW  # a form's identification may come after its subscription
        waits = ask.send.confirms is not None and ask.now < min(until, ask.send.deadline)
        return Later(until, NO_ADDRESS) if waits else Skipped(NO_ADDRESS)
    return None if valid(ask.recipient.address) else Skipped("invalid_address")


def listed(ask: Question) -> Verdict | None:
    """Outside production, what the program itself sends goes to those who are listed. What waits on the page goes
    nowhere: whoever opens the page has come."""
    if ask.recipient.channel is None or ask.recipient.channel in BY_PEOPLE or ask.recipient.channel == ONSITE:
        return None
    if ask.policy.only_to is None:
        return None
    patterns = [pattern.lower() for pattern in ask.policy.only_to]
    addresses = (ask.recipient.address or "").lower().split()  # several only where they are devices
    allowed = addresses and all(any(fnmatchcase(each, pattern) for pattern in patterns) for each in addresses)
    return None if allowed else Skipped("not_allowed_recipient")


def not_suppressed(ask: Question) -> Verdict | None:
    """Of both classes: a receipt to a dead mailbox, or to one that called us spam, harms every other message."""
    return Skipped(f"suppressed_{ask.recipient.suppression}") if ask.recipient.suppression else None


def not_erased(ask: Question) -> Verdict | None:
    """Nobody with this address was erased."""
    return Skipped("suppressed_erased") if ask.marketing and ask.recipient.erased else None


def may_be_called(ask: Question) -> Verdict | None:
    """Of both classes: who does not want calls or letters does not want them from people, whatever they are about."""
    no = ask.recipient.channel in BY_PEOPLE and ask.recipient.consent == "withdrawn"
    return Skipped(DO_NOT_CALL) if no else None


def still_asked(ask: Question) -> Verdict | None:
    """A message that asks for a confirmation is for who still owes one."""
    answered = ask.send.confirms is not None and ask.recipient.topic != "pending"
    return Skipped(ANSWERED) if answered else None


def not_asked_often(ask: Question) -> Verdict | None:
    """A number is asked to confirm a few times a day, whoever enters it."""
    often = ask.send.confirms is not None and ask.recipient.asked >= MOST_ASKED
    return Skipped("asked_often") if often else None


def consented(ask: Question) -> Verdict | None:
    """The channel withdrawn is no to everything on it. Then the topic's own word counts, and without one the
    channel's, unless the topic asks for its own. What waits on the page needs no yes; a no is one."""
    channel, topic = ask.recipient.consent, ask.recipient.topic if ask.send.topic else None
    if not ask.marketing:
        return None
    if channel == "withdrawn":
        return Skipped("unsubscribed")
    if topic == "withdrawn":
        return Skipped("unsubscribed_from_topic")
    if ask.recipient.channel == ONSITE:
        return None
    if topic == "granted" or (topic is None and channel == "granted" and not ask.recipient.own_consent):
        return None
    if topic == "pending" or (topic is None and channel == "pending"):
        return Skipped(UNCONFIRMED)
    until = ask.send.planned_at + CONSENT_MAY_FOLLOW
    return Later(until, NO_CONSENT) if ask.now < min(until, ask.send.deadline) else Skipped(NO_CONSENT)


def word(ask: Question) -> str | None:
    """On whose word a message about a topic leaves."""
    if not ask.marketing or ask.send.topic is None:
        return None
    return "topic_consent" if ask.recipient.topic == "granted" else "channel_consent"


def for_stage(ask: Question) -> Verdict | None:
    """Some stages get marketing on some channels only, or none."""
    own = ask.policy.stages.get(ask.recipient.stage or "")
    if not ask.marketing or own is None or own.channels is None or ask.recipient.channel in own.channels:
        return None
    return Skipped(NOT_FOR_STAGE)


def not_held_out(ask: Question) -> Verdict | None:
    """Behind consent, so that of those held out and those not the same are compared: whoever would have got it."""
    if not ask.marketing or not ask.policy.holdout.holds(ask.customer):
        return None
    about = key_of(ask.recipient.channel or "", ask.send.topic) if ask.send.topic else None
    return None if about in ask.policy.holdout.topics else Skipped(HOLDOUT)


def said_before(ask: Question) -> Skipped | None:
    """The same words are not said twice, whatever sends them; a message's own earlier claim is not held against it."""
    within = ask.policy.repeat_after
    if ask.words is None or within is None or not ask.policy.repeats(ask.recipient.channel, ask.send.message_class):
        return None
    own = send_key(ask.send.id)
    said = any(
        sent.words == ask.words and sent.at + within > ask.now for key, sent in ask.permit.sent.items() if key != own
    )
    return Skipped(DUPLICATE) if said else None


Rule = Callable[[Question], Verdict | None]

OF_PEOPLE: Final[tuple[Rule, ...]] = (
    not_cancelled,
    in_time,
    addressed,
    listed,
    not_suppressed,
    not_erased,
    may_be_called,
    still_asked,
    not_asked_often,
    consented,
    for_stage,
    not_held_out,
    said_before,
)

OF_TESTS: Final[tuple[Rule, ...]] = (in_time, addressed, listed, not_suppressed)
"""A test goes to somebody who asked for it: whose consent and caps it is rendered with does not matter."""
