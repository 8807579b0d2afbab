"""The rules that pass: whether this is the moment, and if not, when the next one is. Pure.

Some things end when somebody ends them (a pause, a ticket): of those it is only known when to look again. The others
end by the clock (caps, hours, messages that go first): of all of them together the first moment is found at which none
objects, so a message that is capped until the night is looked at once, in the morning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from chalicelib.messages.brake import PAUSED
from chalicelib.messages.permission.asking import Later, Question, Skipped, Verdict, key_of
from chalicelib.messages.permission.policy import Cap

CAPPED: Final = "capped"
OUTRANKED: Final = "outranked"
OWN_FREQUENCY: Final = "own_frequency"
QUIET_HOURS: Final = "quiet_hours"
OPEN_TICKET: Final = "open_ticket"

TICKET_MAY_CLOSE: Final = timedelta(hours=1)
"""How soon to look again whether the help desk has closed what is open."""

NEVER: Final = datetime.max.replace(tzinfo=UTC)
_MOST_OPENINGS: Final = 40


def now_or_when(ask: Question) -> Verdict | None:
    """None if this is the moment; Later with the next one, and the first reason; Skipped if that would be too late."""
    reasons: list[str] = []
    at = ask.now
    for hold in HOLDS:
        held = hold(ask)
        if isinstance(held, Skipped):
            return held
        if held is not None:
            reasons.append(held.reason)
            at = max(at, held.until)
    while at < ask.send.deadline and (closed := _closed(replace(ask, now=at) if at > ask.now else ask)) is not None:
        reasons.append(closed.reason)
        at = closed.until
    if not reasons:
        return None
    # Waiting is pointless if it would be too late then.
    return Later(at, reasons[0]) if at < ask.send.deadline else Skipped(reasons[-1])


def not_paused(ask: Question) -> Later | Skipped | None:
    """Marketing waits for whoever paused it, while it is worth sending."""
    if not ask.marketing or ask.pause is None:
        return None
    again = ask.pause.look_again(ask.send.id, ask.send.deadline, ask.now)
    return Skipped(PAUSED) if again is None else Later(again, PAUSED)


def no_open_ticket(ask: Question) -> Later | Skipped | None:
    """Nobody who waits for help wants an offer. It waits while it is worth sending."""
    held_until = ask.recipient.ticket
    if not ask.marketing or held_until is None or held_until <= ask.now:
        return None
    until = min(held_until, ask.now + TICKET_MAY_CLOSE)
    return Later(until, OPEN_TICKET) if until < ask.send.deadline else Skipped(OPEN_TICKET)


HOLDS: Final[tuple[Callable[[Question], Later | Skipped | None], ...]] = (not_paused, no_open_ticket)


def _closed(ask: Question) -> Later | None:
    """Why it may not leave at this moment, and until when not."""
    return _under_caps(ask) or _in_hours(ask)


def _under_caps(ask: Question) -> Later | None:
    """What counts is counted; a message's own earlier claim is not held against it."""
    if ask.recipient.channel is None:
        return None
    caps = tuple(ask.policy.caps_on(ask.recipient.channel, ask.send.message_class, ask.recipient.stage))
    wished = tuple(_wished(ask))
    for ours, reason in ((caps, CAPPED), (wished, OWN_FREQUENCY)):
        free_at = max((_room(_spent(ask, cap), cap, ask.now) for cap in ours), default=ask.now)
        if free_at > ask.now:
            return Later(free_at, reason)
    if not ask.waiting:
        return None
    behind = (_room([*_spent(ask, cap), *_claimed(ask, cap)], cap, ask.now) for cap in (*caps, *wished))
    free_at = max(behind, default=ask.now)
    return Later(free_at, OUTRANKED) if free_at > ask.now else None


def _wished(ask: Question) -> Iterator[Cap]:
    """The cap that the person has asked for."""
    if ask.recipient.every is not None:
        wish = Cap(1, ask.recipient.every)
        if wish.concerns(ask.recipient.channel, ask.send.message_class):
            yield wish


def _spent(ask: Question, cap: Cap) -> Iterator[datetime]:
    """When each message that a cap has seen goes out of its sight."""
    own = key_of(ask.send.id)
    return (
        sent.at + cap.within
        for key, sent in ask.permit.sent.items()
        if key != own and cap.concerns(sent.channel, sent.message_class)
    )


def _claimed(ask: Question, cap: Cap) -> Iterator[datetime]:
    """Until when each message that goes first is waited for: it has the room in a cap that this one would take, if it
    asks again before this one, sent now, were out of sight."""
    return (
        first.until
        for first in ask.waiting
        if cap.concerns(first.channel, first.message_class) and first.due_at < ask.now + cap.within
    )


def _room(ends: Iterator[datetime] | list[datetime], cap: Cap, now: datetime) -> datetime:
    """The first moment from `now` on at which `cap` has room, if each of what it sees is gone at its end."""
    if cap.count < 1:
        return NEVER
    standing = sorted(end for end in ends if end > now)
    return now if len(standing) < cap.count else standing[-cap.count]


def _in_hours(ask: Question) -> Later | None:
    """The clock shows an hour at which the channel may be used: that of everybody it may be, where it is not known."""
    if not ask.by_the_clock:
        return None
    windows = ask.policy.hours[ask.recipient.channel or ""]
    at = ask.now
    for _ in range(_MOST_OPENINGS):
        opens = max(min(window.opens(at, where) for window in windows) for where in ask.zones)
        if opens == at:
            return Later(at, QUIET_HOURS) if at > ask.now else None
        at = opens
    return Later(NEVER, QUIET_HOURS)
