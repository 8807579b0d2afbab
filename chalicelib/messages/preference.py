"""A message that comes by whatever its person answers to: which channel that is, found out when it leaves. Pure.

The channels are tried in the order in which the person answers (customers/answering.py). One on which there is no
address, no consent, nothing that the template says, or no room until it is too late, is passed over for the next; what
keeps the message from leaving whatever the channel ends it. Where the first that is possible must wait, the message
waits for it: somebody who reads text messages in the evening is not sent a mail at noon instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final, TypeVar

from chalicelib.journeys.send import Send, Status
from chalicelib.messages import ledger

PREFERRED: Final = "preferred"
"""In a channel's place, until the message leaves or will not."""

_OF_THE_CHANNEL: Final = frozenset(
    {
        "no_such_channel",
        "template_of_another_channel",
        "no_address",
        "invalid_address",
        "not_allowed_recipient",
        "suppressed_bounce",
        "suppressed_complaint",
        "suppressed_erased",
        "no_consent",
        "unconfirmed",
        "unsubscribed",
        "unsubscribed_from_topic",
        "not_for_stage",
        "paused",
        "capped",
        "quiet_hours",
        "too_long",
        "price_unknown",
        "too_expensive",
    }
)
"""Why a message may not come by one channel, and yet by another."""

R = TypeVar("R")


def by_preference(row: Send, order: Iterable[str], attempt: Callable[[Send], R | Send]) -> R | Send:
    """What comes of a row: the first attempt that is not passed over. A row that will not leave says so of the channel
    that would have been the first; one that waits stays undecided."""
    would_be: Send | None = None
    for channel in order:
        answer = attempt(replace(row, channel=channel))
        if not isinstance(answer, Send) or answer.status is Status.SENT:
            return answer
        if answer.status is not Status.SKIPPED:
            return replace(answer, channel=PREFERRED)
        would_be = would_be or answer
        if answer.reason not in _OF_THE_CHANNEL:
            return answer
    return would_be or ledger.skip(row, "no_such_channel")
