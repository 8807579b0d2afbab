"""Asking one rule of one customer as stored: for previews and counts, which change nothing. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from chalicelib.customers.prices import NO_PRICES
from chalicelib.customers.profile import Profile
from chalicelib.customers.state import State
from chalicelib.review.advance import Rules
from chalicelib.review.beside import Beside, Wanted
from chalicelib.segments.conditions import Condition
from chalicelib.segments.match import holds
from chalicelib.segments.need import needed
from chalicelib.segments.view import View, view_of


def is_of(state: State, condition: Condition, rules: Rules, beside: Beside, now: datetime) -> bool:
    """Whether a condition holds of a customer, whether or not it is live. Wanted, if it asks for more than the state
    and what is `beside` it."""
    view = replace(view_beside(state, beside, rules), history=beside.history)
    demand([condition], beside, view, now)
    return holds(condition.rule, view, now)


def view_beside(state: State, beside: Beside, rules: Rules) -> View:
    """The customer as rules see her, without history."""
    return view_of(
        state,
        beside.profile or Profile(state.customer),
        {},
        rules.prices or NO_PRICES,
        beside.account,
        workspace_zone=rules.zone,
        parameters=rules.parameters,
        frames=rules.frames,
    )


def demand(asked: Collection[Condition], beside: Beside, view: View, at: datetime) -> None:
    """Wanted, if these conditions ask for what was not read."""
    traits = beside.profile is None and any(each.mentions.traits for each in asked)
    account = beside.account is None and any(each.mentions.account for each in asked)
    need = needed([each.rule for each in asked if each.mentions.events], view, at)
    if traits or account or need is not None:
        raise Wanted(traits=traits, account=account, need=need)
