"""What rules and journeys may know of a customer: one value, read once, so that decisions are pure."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from typing import Any

from chalicelib.customers import zones
from chalicelib.customers.facts import Facts
from chalicelib.customers.identity import is_identified
from chalicelib.customers.prices import NO_PRICES, Prices
from chalicelib.customers.profile import Profile
from chalicelib.customers.state import State
from chalicelib.lifecycle.frame import Frame, frames, phase
from chalicelib.lifecycle.stage import DEFAULT, Judgement, Parameters, Stage, judge
from chalicelib.segments.conditions import Segments
from chalicelib.segments.history import History


@dataclass(frozen=True)
class View:
    """A customer as seen at one moment.

    traits:      name to JSON value, as the last identify left it.
    stage:       None until first judged. stage_since: when it was entered.
    trigger:     what started the journey that asks: `{"id", "kind", "at", ...}`; empty for a segment.
    prices:      how the workspace reads money.
    cause:       why the stage was entered. overdue_at, reactivated_at: as the state has them.
    account:     the account that the person belongs to, as `accounts.shown` says it; empty for none.
    workspace_zone: where the workspace is at home; the zone of whoever has none.
    segments:    the names of the segments and lists that the customer is in.
    history:     events, where a rule needs more than the facts (need.py); None: none was read.
    parameters:  by which the lifecycle's scores are computed when a rule asks for them.
    frames:      by name, for rules about phases; None: those that come with the code.
    """

    customer: str
    facts: Facts
    traits: Mapping[str, Any]
    stage: Stage | None
    stage_since: datetime | None = None
    trigger: Mapping[str, Any] = field(default_factory=dict)
    prices: Prices = NO_PRICES
    account: Mapping[str, Any] = field(default_factory=dict)
    cause: str | None = None
    overdue_at: datetime | None = None
    reactivated_at: datetime | None = None
    workspace_zone: tzinfo = UTC
    segments: Container[str] = frozenset()
    history: History | None = None
    parameters: Parameters = DEFAULT
    frames: Mapping[str, Frame] | None = None

    @property
    def local(self) -> zones.Local:
        """The person's time zone, and whether it had to be replaced by the workspace's."""
        return zones.local(self.traits, self.workspace_zone)

    def phase(self, frame: str) -> str | None:
        """The phase in a frame; None before the first judgement, and in a frame that there is not."""
        known = (frames() if self.frames is None else self.frames).get(frame)
        return None if known is None or self.stage is None else phase(known, self.stage, self.facts)

    def judged(self, at: datetime) -> Judgement:
        """The lifecycle's scores at a moment; asked by many rules, computed once for each."""
        found = self._judged.get(at)
        if found is None:
            found = judge(self.facts, is_identified(self.customer, self.facts), self.parameters, at)
            self._judged[at] = found
        return found

    @cached_property
    def _judged(self) -> dict[datetime, Judgement]:
        return {}


def view_of(
    state: State,
    profile: Profile,
    trigger: Mapping[str, Any],
    prices: Prices = NO_PRICES,
    account: Mapping[str, Any] | None = None,
    workspace_zone: tzinfo = UTC,
    segments: Container[str] | None = None,
    history: History | None = None,
    parameters: Parameters = DEFAULT,
    frames: Mapping[str, Frame] | None = None,
) -> View:
    """The customer as stored, with what the state does not hold. segments: None for those of the state."""
    return View(
        customer=state.customer,
        facts=state.facts,
        traits=profile.values,
        stage=Stage(state.stage) if state.stage else None,
        stage_since=state.stage_since,
        trigger=trigger,
        prices=prices,
        account=account or {},
        cause=state.cause,
        overdue_at=state.overdue_at,
        reactivated_at=state.reactivated_at,
        workspace_zone=workspace_zone,
        segments=Segments(state.memberships) if segments is None else segments,
        history=history,
        parameters=parameters,
        frames=frames,
    )
