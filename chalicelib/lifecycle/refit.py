"""A refit from a sample: what is read of each customer, the fit, and whether it is adopted. Pure.

The new fit and the one in force are held against the same window, the newest: the new one was made with it, the one in
force a week ago with all of it but a week, so neither has an advantage worth the name, and models of so few figures
learn no window by heart. What the new one is *checked* on (`Fitted.checks`, drift) is out of time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from chalicelib.customers.exchange import Exchange
from chalicelib.customers.facts import Facts
from chalicelib.customers.state import State
from chalicelib.lifecycle.adoption import Losses, Verdict, decide
from chalicelib.lifecycle.assess import assess_fit
from chalicelib.lifecycle.fit import fit
from chalicelib.lifecycle.fitted import Fitted
from chalicelib.lifecycle.history import History, history_of
from chalicelib.lifecycle.parameters import Parameters
from chalicelib.lifecycle.sbg import Term


class Seen(NamedTuple):
    """What a refit keeps of one customer: orders, and how each contract has gone."""

    history: History
    terms: tuple[Term, ...] = ()


class Fit(Protocol):
    """How a fit is made: `lifecycle.fit.fit`, or a test's."""

    def __call__(
        self,
        sample: Sequence[History],
        now: datetime,
        previous: Fitted | None = None,
        *,
        horizon_days: float,
        value_days: float,
        customers: int | None,
        terms: Sequence[Term],
    ) -> Fitted:
        """The fit of these customers as of `now`."""
        ...


@dataclass(frozen=True)
class Refitted:
    """A new fit and what was decided of it. losses: None where there was no window to compare on."""

    fitted: Fitted
    verdict: Verdict
    losses: Losses | None


def seen(exchange: Exchange) -> Callable[[State], Seen | None]:
    """What to keep of a state as it is read; None for somebody who neither bought nor has a contract."""

    def of(state: State) -> Seen | None:
        terms = terms_of(state.facts)
        history = history_of(state.facts, exchange)
        return Seen(history, terms) if terms or history.first_at is not None else None

    return of


def terms_of(facts: Facts) -> tuple[Term, ...]:
    """How each contract has gone that was paid at least once: renewals made, and whether it then ended."""
    paid = (each for _, each in facts.subscriptions.contracts if each.starts or each.renewals)
    return tuple((each.renewed, each.standing == "ended") for each in paid)


def refit(
    sample: Sequence[Seen],
    customers: int,
    standing: Fitted,
    parameters: Parameters,
    now: datetime,
    how: Fit = fit,
) -> Refitted:
    """A new fit, held against the one in force. `customers`: how many there are in all, buyers or not."""
    histories = [each.history for each in sample if each.history.first_at is not None]
    fitted = how(
        histories,
        now,
        standing if standing.version else None,
        horizon_days=parameters.horizon_days,
        value_days=parameters.value_days,
        customers=customers,
        terms=[term for each in sample for term in each.terms],
    )
    losses = _losses(fitted, standing, histories, now)
    return Refitted(replace(fitted, source="fit"), decide(fitted, losses), losses)


def _losses(fitted: Fitted, standing: Fitted, histories: Sequence[History], now: datetime) -> Losses | None:
    """Under another horizon the two foretell different things, and are not compared."""
    if fitted.horizon_days != standing.horizon_days:
        return None
    since = now - timedelta(days=fitted.horizon_days)
    new, old = (assess_fit(one, histories, since) for one in (fitted, standing))
    return Losses(new.log_loss, old.log_loss) if new and old else None
