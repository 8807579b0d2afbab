"""What the windows before a moment teach, and how good predictions were in them.

A *snapshot* is the sample as it stood at some moment, with the model of what was known then and what it foretold of the
window after it. The newest two windows before a moment teach the calibration and the regression in force at it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.lifecycle.assess import Assessment, assess, chance_of
from chalicelib.lifecycle.figures import Calibration, OrderValue, Regression
from chalicelib.lifecycle.fitted import Fitted
from chalicelib.lifecycle.gamma import fit_values
from chalicelib.lifecycle.history import History, View, as_of, orders_between
from chalicelib.lifecycle.nbd import fit_model
from chalicelib.lifecycle.regression import RIDGE, features_of, fit_logistic, log_odds, sigmoid
from chalicelib.lifecycle.risk import Buyer, Model
from chalicelib.lifecycle.waits import DAY_MS

JUDGED: Final = 10_000
"""Of so many customers of a snapshot predictions are held against what happened: enough for five weights."""
_WINDOWS: Final = 2  # that teach, at most
_SHARE: Final = 0.5  # of the regression in the mean
_EVENTS: Final = 50.0  # buyers, or others, in the windows at which it has half of that share
_PLATT_RIDGE: Final = (4.0, 10.0)
_HALF: Final = 0.5  # what one window says of the next one is half season
_FLATTEST: Final = 0.1  # slope: risk foretold stays in order


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The sample at one moment.

    at:      milliseconds since 1970. model: fitted to what was known then. typical: value of an occasion, likewise.
    views:   the buyers judged (of the newest snapshot all of them), chances and bought: P(buys) by the model alone, and
             whether they did; of the newest snapshot nobody knows.
    """

    at: int
    model: Model
    views: list[View]
    typical: float | None
    chances: list[float]
    bought: list[bool]


def snapshot(known: Sequence[History], at: int, span: int, start: Model, *, newest: bool) -> Snapshot:
    """The sample at `at`, looking `span` milliseconds ahead; `start`: where the search for the model begins."""
    pairs = [(view, history) for history in known if (view := as_of(history, at)) is not None]
    model = fit_model(((view.repeats, view.spread, view.spread + view.silence) for view, _ in pairs), start=start)
    values = [(view.occasions, view.revenue / view.occasions) for view, _ in pairs]
    typical = fit_values(values).typical
    some = pairs[:: max(1, math.ceil(len(pairs) / JUDGED))]
    weeks = span / DAY_MS / 7
    chances, bought = [], []
    for view, history in some:
        buyer = Buyer(model, view.repeats, view.spread, weeks)
        chances.append(buyer.buys(view.silence))
        if not newest:
            bought.append(orders_between(history, at, at + span)[0] > 0)
    views = [view for view, _ in (pairs if newest else some)]
    return Snapshot(at, model, views, typical, chances, bought)


def learned(at: Snapshot, earlier: Sequence[Snapshot]) -> tuple[Calibration, Regression | None]:
    """Calibration and regression in force at a snapshot: what the windows before it teach, newest first."""
    windows = earlier[:_WINDOWS]
    chances = [chance for window in windows for chance in window.chances]
    bought = [did for window in windows for did in window.bought]
    if not chances:
        return Calibration(), None
    _, slope = fit_logistic([(1.0, log_odds(chance)) for chance in chances], bought, (0.0, 1.0), _PLATT_RIDGE)
    slope = max(_FLATTEST, 1 + _HALF * (slope - 1))
    rows = [features_of(view, window.typical) for window in windows for view in window.views]
    weights = fit_logistic(rows, bought, (0.0,) * len(RIDGE), RIDGE)
    rare = min(sum(bought), len(bought) - sum(bought))
    return (
        Calibration(_level_kept(at.chances, slope), slope),
        Regression(weights, _SHARE * rare / (rare + _EVENTS)),
    )


def checked(snapshots: Sequence[Snapshot], back: int, horizon_days: float) -> Assessment | None:
    """What would have been foretold `back` windows ago, held against the window after it; None if there is none."""
    if len(snapshots) <= back:
        return None
    then = snapshots[back]
    calibration, regression = learned(then, snapshots[back + 1 :])
    known = Fitted(
        model=then.model,
        horizon_days=horizon_days,
        value=OrderValue(then.typical),
        calibration=calibration,
        regression=regression,
    )
    return assess([chance_of(known, view) for view in then.views], then.bought)


def _level_kept(chances: Sequence[float], slope: float) -> float:
    """The intercept with which the mean of the chances stays what it is under this slope.

    The level is half season. The regression brings the level of the last windows, the model that of all time, and
    their mean is in between: shrunk by half.
    """
    odds = [log_odds(chance) for chance in chances]
    target, found = math.fsum(chances), 0.0
    for _ in range(30):
        now = [sigmoid(found + slope * each) for each in odds]
        bend = math.fsum(chance * (1 - chance) for chance in now)
        step = (target - math.fsum(now)) / max(bend, 1e-9)
        found += min(2.0, max(-2.0, step))
        if abs(step) < 1e-9:
            break
    return min(20.0, max(-20.0, found))
