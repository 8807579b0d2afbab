"""Which conditions hold of a customer after a write: who is in which segment, what a journey waits for. Pure.

In this order, so that each turn has the right cause:

definition  Conditions that the customer was never asked about, on what was known before. Silent.
time        If the moment has come at which time alone changes one: those, on what was known before, each at its own
            moment. But what an event that lies before such a moment has prevented did not happen.
event       Those that mention what has changed (segments/conditions), on what is known now. Where no event came the
            cause is another (causes.py).

Conditions that nothing changed are not asked, and the answer is the same as if all were asked of everything. Nobody is
polled: `conditions_at` is part of the customer's due date. It may be early, because most events only push the moment
on; a review that comes too early asks those that time can change, and sets the right date.

Somebody of whom nothing was known a moment ago starts with the answers for nobody, which are the same for everybody;
what holds of the newcomer was entered by the event that she came with.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.customers.facts import Facts
from chalicelib.customers.profile import Profile
from chalicelib.customers.state import State
from chalicelib.review.advance import Rules
from chalicelib.review.asking import view_beside
from chalicelib.review.beside import Beside, Wanted
from chalicelib.review.causes import Cause, causes, present
from chalicelib.review.effects import of_turns
from chalicelib.review.roll import Roll
from chalicelib.segments.history import History
from chalicelib.segments.view import View
from chalicelib.tracking.event import Event

_MOST_PASSES: Final = 100  # moments that time alone brought since somebody was last looked at
_NOTHING: Final = Facts()


def judged(
    before: State,
    after: State,
    events: Sequence[Event],
    rules: Rules,
    now: datetime,
    beside: Beside,
    otherwise: str,
    *,
    anew: bool = False,
    of_account: bool = False,
) -> State:
    """`after`, which `events` made of `before`, with the conditions that hold of it, its date and what must follow.

    otherwise: the cause of a turn that no event brought. anew: the facts were made anew; every condition is judged.
    of_account: her account has changed by what somebody in it did. Wanted, if a condition that has to be judged asks
    for what is not in `beside`.
    """
    live = rules.conditions
    if live.v < before.conditions_v:
        raise Wanted(at_least=before.conditions_v)
    roll = Roll(before.memberships, live, beside)
    asked = causes(before, after, events, live, now, otherwise, anew, of_account)
    date = before.conditions_at
    if before.stage is None and before.facts == _NOTHING:
        holding, timed = of_nobody(rules, now)
        cause = present(events, now, otherwise)
        roll.assume(holding, cause)
        asked = dict.fromkeys(timed, cause) | asked
    else:
        then = view_beside(before, replace(beside, profile=beside.was or beside.profile), rules)
        first = min((event.at for event in events), default=now)
        new = live.newer(before.conditions_v)
        date = _pass_time(roll, live.timed - new, date, then, first, now)
        why = Cause("definition" if before.stage else "merge", now)  # without a stage: what others did who are joined
        roll.judge(dict.fromkeys(new, why), then, now)
    roll.judge(asked, view_beside(after, beside, rules), now)
    return _written(after, roll, None if anew else date, rules)


def of_nobody(rules: Rules, now: datetime) -> tuple[frozenset[int], frozenset[int]]:
    """(the places of the conditions that hold of whom nothing is known, of those that time may change for them). Asked
    once for each live set: what time cannot change within ten years stays."""
    live = rules.conditions
    if not live.of_nobody:
        known = Beside(Profile(""), account={}, history=History(names=None))
        roll, cause = Roll({}, live, known), Cause("event", now)
        roll.judge(dict.fromkeys(range(len(live.conditions)), cause), view_beside(State(""), known, rules), now)
        timed = {place for place, at in roll.until.items() if at is not None}
        for place in range(len(live.conditions)):
            if place in timed:
                timed.update(live.asking_for(live.conditions[place]))
        holding = {live.keys[key] for key in roll.held}
        live.of_nobody.append((frozenset(holding - timed), frozenset(timed)))
    return live.of_nobody[0]


def _pass_time(
    roll: Roll, timed: Collection[int], date: datetime | None, then: View, first: datetime, now: datetime
) -> datetime | None:
    """Let time pass until now by what was known; returns the date that is still to come, None if every condition that
    time can change was asked when that is.

    timed: those that it may change. first: when the first event was: what comes after it may not come because of it.
    """
    if date is None or date > now:
        return date
    asked = timed
    for _ in range(_MOST_PASSES):
        roll.judge(dict.fromkeys(asked, Cause("time", date)), then, date, loose=date > first)
        dates = {place: at for place in timed if (at := roll.until.get(place)) is not None}
        date = min(dates.values(), default=None)
        if date is None or date > now:
            return None
        asked = [place for place, at in dates.items() if at <= date]
    roll.judge(dict.fromkeys(timed, Cause("time", now)), then, now, loose=now > first)
    return None


def _written(after: State, roll: Roll, date: datetime | None, rules: Rules) -> State:
    dates = [at for at in (date, *roll.until.values()) if at is not None]
    look_at = min(dates, default=None)
    return replace(
        after,
        memberships=roll.held,
        conditions_v=roll.live.v if roll.live else 0,
        conditions_at=look_at,
        due_at=min((at for at in (after.due_at, look_at) if at is not None), default=None),
        fx=(*after.fx, *of_turns(roll.turns, after.v, rules.watched)),
    )
