"""What rules and journeys may know of a customer: one value, read once, so that decisions are pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.customers.facts import Facts
from chalicelib.customers.prices import NO_PRICES, Prices
from chalicelib.customers.profile import Profile
from chalicelib.customers.state import State
from chalicelib.lifecycle.stage import Stage


@dataclass(frozen=True)
class View:
    """A customer as seen at one moment.

    traits:      name to JSON value, as the last identify left it.
    stage:       None until first judged. stage_since: when it was entered.
    trigger:     what started the journey that asks: `{"id", "kind", "at", ...}`; empty for a segment.
    prices:      how the workspace reads money.
    cause:       why the stage was entered. overdue_at, reactivated_at: as the state has them.
    account:     the account that the person belongs to, as `accounts.shown` says it; empty for none.
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


def view_of(
    state: State,
    profile: Profile,
    trigger: Mapping[str, Any],
    prices: Prices = NO_PRICES,
    account: Mapping[str, Any] | None = None,
) -> View:
    """The customer as stored."""
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
    )
