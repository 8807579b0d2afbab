"""Whether a customer enters a journey because of an effect; if not, why not. Pure.

A journey of a group lets in only those who are in no other of it, or in one of lower priority, which gives way: that
enrolment ends in the transaction of the entry. Of two of equal priority the one stays that was entered first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from chalicelib import ids, times
from chalicelib.journeys.clock import next_at
from chalicelib.journeys.effect import Effect
from chalicelib.journeys.enrolment import Enrolment, entered, exited
from chalicelib.journeys.joined import KEYED, ONCE
from chalicelib.journeys.journey import Journey, Live
from chalicelib.journeys.progress import progressed
from chalicelib.journeys.send import Send
from chalicelib.journeys.triggers.happened import SCHEDULED
from chalicelib.journeys.winning import NOBODY
from chalicelib.segments.match import match
from chalicelib.segments.view import View
from chalicelib.tracking.event import Event

Refused = Literal["silent", "stale", "no_key", "too_soon", "entry_rule", "goal_reached", "group"]
GAVE_WAY: Final = "gave way to"


@dataclass(frozen=True)
class Rival:
    """An enrolment of the customer's, as it counts, that goes on in a journey of the same group."""

    row: Enrolment
    priority: int


@dataclass(frozen=True)
class Entry:
    """The decision to enrol: the enrolment after its first walk, and what that walk decided. gives_way: the rows of
    others that end by it, as they were and as they are."""

    enrolment: Enrolment
    sends: tuple[Send, ...] = ()
    events: tuple[Event, ...] = ()
    gives_way: tuple[tuple[Enrolment, Enrolment], ...] = ()


def unheard(cause: Effect, journey: Journey, now: datetime) -> Refused | None:
    """Why the effect starts nothing whoever the customer is: its cause is silent, its moment is long ago, or it has no
    key where there is one for each entry."""
    if not journey.trigger.audible(cause):
        return "silent"
    if now - cause.at > journey.max_age:
        return "stale"
    keyless = journey.re_entry.allowed == "per_key" and journey.trigger.key_of(cause) is None
    return "no_key" if keyless else None


def decide(
    cause: Effect,
    live: Live,
    view: View,
    last: datetime | None,
    now: datetime,
    rivals: Sequence[Rival] = (),
    winners: Mapping[str, str] = NOBODY,
) -> Entry | Refused:
    """Whether the customer enters `live` because of `cause`, which it listens to; if not, why not.

    last:   the last entry into this journey, for those that count entries (`re_entry` after a duration).
    rivals: what the customer is in of the journey's group.
    winners: the ways that have won (winning.py).
    """
    journey = live.journey
    refused = unheard(cause, journey, now) or _kept_out(journey, view, last, now)
    if refused is not None:
        return refused
    if any(rival.priority >= journey.priority for rival in rivals):
        return "group"
    trigger = {**cause.data, "id": cause.id}
    entrant = entered(view.customer, journey.name, live.version, entry_of(cause, journey), trigger, now)
    gives_way = tuple((rival.row, exited(rival.row, f"{GAVE_WAY} {journey.name}")) for rival in rivals)
    begins = _begins(journey, cause, view, now)
    if begins > now:
        waiting = replace(entrant, due_at=begins, reason=f"begins {times.text(begins)}", v=1)
        return Entry(waiting, gives_way=gives_way)
    made = progressed(journey, entrant, view, now, winners=winners)
    return Entry(made.row, made.sends, made.events, gives_way)


def entry_of(cause: Effect, journey: Journey) -> str:
    """What makes the enrolment's key: the effect; the key of what happened; or nothing at all, where everybody enters
    once."""
    match journey.re_entry.allowed:
        case "once":
            return ONCE
        case "per_key":
            return KEYED + ids.digest(journey.trigger.key_of(cause) or "")
        case _:
            return ids.digest(cause.id)


def _kept_out(journey: Journey, view: View, last: datetime | None, now: datetime) -> Refused | None:
    again = journey.re_entry.after
    if again is not None and last is not None and now - last < again:
        return "too_soon"
    if journey.entry is not None and not match(journey.entry, view, now).matched:
        return "entry_rule"
    goal = journey.goal.rule() if journey.goal else None
    return "goal_reached" if goal is not None and match(goal, view, now).matched else None


def _begins(journey: Journey, cause: Effect, view: View, now: datetime) -> datetime:
    """When the first step is taken: at once, or later, where the trigger says so, by the customer's clock; or when it
    is the turn of somebody whom a schedule lets in."""
    if cause.kind == SCHEDULED and "begins_at" in cause.data:
        return times.parse(cause.data["begins_at"])
    later, clock = journey.trigger.later(), journey.trigger.clock()
    begins = cause.at + later
    if clock is not None:
        begins = next_at(begins, clock, None, view.local.zone)
    return begins if later or clock else now
