"""Whether churn risk came true, and what is at stake.

Buyers as they stood 91 days ago are put in order of the risk that the models now in force would have given them then,
and cut into tenths; beside the mean risk of each stands the share that did not buy since. If the models had been fitted
on data from before that moment, this is a forecast held against what happened; else they knew part of it, and
`foretold` says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.lifecycle.history import History, View, as_of
from chalicelib.lifecycle.parameters import Parameters
from chalicelib.lifecycle.reading import milliseconds
from chalicelib.lifecycle.reports.estimate import Amount, Count, Scale, Share
from chalicelib.lifecycle.reports.person import Person
from chalicelib.lifecycle.reports.rates import last_order
from chalicelib.lifecycle.risk import Buyer

TENTHS: Final = 10


@dataclass(frozen=True, slots=True)
class Tenth:
    """One tenth, 1 the least at risk. predicted: mean churn risk. actual: the share that did not buy."""

    tenth: int
    predicted: float
    actual: Share


@dataclass(frozen=True, slots=True)
class AtRisk:
    """Buyers At risk whose orders are in one currency ("" for none named), and what they are expected to bring in the
    next year all the same."""

    currency: str
    buyers: Count
    expected_value: Amount


@dataclass(frozen=True, slots=True)
class Risk:
    """since: when they stood so. foretold: the models knew nothing of what came after. parameters: their version."""

    since: datetime
    horizon_days: float
    foretold: bool
    parameters: int
    tenths: tuple[Tenth, ...]
    value_at_risk: tuple[AtRisk, ...]


def risk(people: Iterable[Person], scale: Scale, parameters: Parameters, now: datetime) -> Risk:
    """Risk deciles and value at risk, as of `now`."""
    everybody = list(people)
    since = now - timedelta(days=parameters.horizon_days)
    fitted = parameters.fitted.as_of
    return Risk(
        since=since,
        horizon_days=parameters.horizon_days,
        foretold=fitted is None or fitted <= since,
        parameters=parameters.version,
        tenths=_tenths([each.history for each in everybody if each.history], scale, parameters, since),
        value_at_risk=_value_at_risk(everybody, scale),
    )


def _tenths(histories: Sequence[History], scale: Scale, parameters: Parameters, since: datetime) -> tuple[Tenth, ...]:
    began = milliseconds(since)
    seen = []
    for history in histories:
        view = as_of(history, began)
        if view is not None:
            seen.append((_churn_risk(view, parameters), last_order(history) < began))
    seen.sort()
    groups = min(TENTHS, len(seen))
    found = []
    for place in range(groups):
        group = seen[place * len(seen) // groups : (place + 1) * len(seen) // groups]
        predicted = sum(each for each, _ in group) / len(group)
        found.append(Tenth(place + 1, round(predicted, 6), scale.share(sum(gone for _, gone in group), len(group))))
    return tuple(found)


def _churn_risk(view: View, parameters: Parameters) -> float:
    buyer = Buyer(parameters.fitted.model, view.repeats, view.spread, parameters.horizon_days / 7)
    return 1 - buyer.buys(view.silence)


def _value_at_risk(people: Iterable[Person], scale: Scale) -> tuple[AtRisk, ...]:
    values: defaultdict[str, list[float]] = defaultdict(list)
    for person in people:
        if person.at_risk is not None:
            currency, value = person.at_risk
            values[currency].append(value)
    return tuple(
        AtRisk(currency, scale.count(len(held)), scale.amount(held)) for currency, held in sorted(values.items())
    )
