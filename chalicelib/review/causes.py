"""Which conditions a write has to judge, and the cause that each of them would turn by. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from chalicelib.customers.profile import traits_in
from chalicelib.customers.state import State
from chalicelib.lifecycle.versions import cause_between
from chalicelib.review.effects import are_imported
from chalicelib.segments.conditions import Changed, LiveConditions
from chalicelib.tracking.event import Event

_STAGE: Final = ("stage", "stage_since", "cause", "overdue_at", "reactivated_at")
_BY_ITSELF: Final = frozenset({"time", "model", "settings"})
"""Causes of a stage that no event brought."""


class Cause(NamedTuple):
    """Why something turned, as effects.py lists it, and the time of it."""

    name: str
    at: datetime


def causes(
    before: State,
    after: State,
    events: Sequence[Event],
    live: LiveConditions,
    now: datetime,
    otherwise: str,
    anew: bool,
    of_account: bool = False,
) -> dict[int, Cause]:
    """By its place in the live set, each condition that has to be judged.

    otherwise: the cause where no event came. anew: the facts were made anew, so every condition is judged. of_account:
    the account that the person belongs to has changed by what somebody in it did.
    """
    found: dict[int, Cause] = {}
    if of_account:
        found |= dict.fromkeys(live.affected(Changed(account=True)), Cause("event", now))
    if anew:
        found |= dict.fromkeys(range(len(live.conditions)), Cause(otherwise, now))
    if before.rules_v != after.rules_v and before.stage is not None:
        by = Cause(cause_between(before.rules_v, after.rules_v), now)
        found |= dict.fromkeys(live.affected(Changed(scores=True, stage=True)), by)
    moved = _differs(before, after, _STAGE)
    if moved and after.cause in _BY_ITSELF:
        at = after.stage_since if after.cause == "time" and after.stage_since else now
        found |= dict.fromkeys(live.affected(Changed(stage=True)), Cause(after.cause, at))
        moved = False
    found |= dict.fromkeys(live.affected(_changed(before, after, events, live, moved)), present(events, now, otherwise))
    return found


def present(events: Sequence[Event], now: datetime, otherwise: str) -> Cause:
    """The cause of what these events change, or what else it is where there are none."""
    name = "import" if are_imported(events) else "event" if events else otherwise
    return Cause(name, max((event.at for event in events), default=now))


def _changed(before: State, after: State, events: Sequence[Event], live: LiveConditions, stage: bool) -> Changed:
    facts = (before.facts, after.facts)
    return Changed(
        events=frozenset(event.name for event in events),
        facts=frozenset(name for name in live.facts if _differs(*facts, (name,))),
        traits=any(map(traits_in, events)),
        account=_differs(*facts, ("memberships",)),
        stage=stage,
    )


def _differs(one: object, other: object, names: Sequence[str]) -> bool:
    pairs = ((getattr(one, name), getattr(other, name)) for name in names)
    return any(mine is not theirs and mine != theirs for mine, theirs in pairs)
