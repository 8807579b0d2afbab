"""Whether churn risk came true, and what is at stake.

Buyers as they stood 91 days ago are put in order of the risk that the models now in force would have given them then,
and cut into tenths; beside the mean risk of each stands the share that did not buy since. If the models had been fitted
on data from before that moment, this is a forecast held against what happened; else they knew part of it, and
`foretold` says so. What the last fit was held against when it was made, a window that it did not know, stands beside
it (`checked`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.lifecycle.assess import TENTHS, chance_of
from chalicelib.lifecycle.figures import Bin
from chalicelib.lifecycle.fitted import Fitted
from chalicelib.lifecycle.history import History, as_of
from chalicelib.lifecycle.parameters import Parameters
from chalicelib.lifecycle.reports.estimate import Amount, Count, Scale, Share
from chalicelib.lifecycle.reports.person import Person
from chalicelib.lifecycle.reports.rates import last_order
from chalicelib.times import milliseconds


@dataclass(frozen=True, slots=True)
class Tenth:
    """One tenth, 1 the least at risk. predicted: mean churn risk. actual: the share that did not buy."""

    tenth: int
    predicted: float
    actual: Share


@dataclass(frozen=True, slots=True)
class Checked:
    """One tenth of the window that the fit in force was held against when it was made."""

    tenth: int
    predicted: float
    actual: float
    of: int


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
    checked: tuple[Checked, ...]
    value_at_risk: tuple[AtRisk, ...]


def risk(people: Iterable[Person], scale: Scale, parameters: Parameters, now: datetime) -> Risk:
    """Risk deciles and value at risk, as of `now`."""
    everybody = list(people)
    fit = parameters.fitted
    since = now - timedelta(days=fit.horizon_days)
    return Risk(
        since=since,
        horizon_days=fit.horizon_days,
        foretold=fit.as_of is None or fit.as_of <= since,
        parameters=parameters.version,
        tenths=_tenths([each.history for each in everybody if each.history], scale, fit, since),
        checked=_checked(fit.calibration_table),
        value_at_risk=_value_at_risk(everybody, scale),
    )


def _tenths(histories: Sequence[History], scale: Scale, fitted: Fitted, since: datetime) -> tuple[Tenth, ...]:
    began = milliseconds(since)
    seen = []
    for history in histories:
        view = as_of(history, began)
        if view is not None:
            seen.append((1 - chance_of(fitted, view), last_order(history) < began))
    seen.sort()
    groups = min(TENTHS, len(seen))
    found = []
    for place in range(groups):
        group = seen[place * len(seen) // groups : (place + 1) * len(seen) // groups]
        predicted = sum(each for each, _ in group) / len(group)
        found.append(Tenth(place + 1, round(predicted, 6), scale.share(sum(gone for _, gone in group), len(group))))
    return tuple(found)


def _checked(table: Sequence[Bin]) -> tuple[Checked, ...]:
    """As risk: the chance to buy is foretold, and its tenths begin with the least likely."""
    safest = list(reversed(table))
    return tuple(
        Checked(place, round(1 - each.predicted, 6), round(1 - each.actual, 6), each.count)
        for place, each in enumerate(safest, start=1)
    )


def _value_at_risk(people: Iterable[Person], scale: Scale) -> tuple[AtRisk, ...]:
    values: defaultdict[str, list[float]] = defaultdict(list)
    for person in people:
        if person.at_risk is not None:
            currency, value = person.at_risk
            values[currency].append(value)
    return tuple(
        AtRisk(currency, scale.count(len(held)), scale.amount(held)) for currency, held in sorted(values.items())
    )
