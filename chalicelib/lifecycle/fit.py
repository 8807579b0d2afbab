"""A fit of one shop from a sample of its customers: pure, deterministic, and never degenerate, however few there are.

The sample is looked at as it stood now and one, two and three horizons ago (a *snapshot* each). Snapshot by snapshot
the MBG/NBD model is fitted to what was known then. What a snapshot foretold of the window after it is held against
what happened: the newest two windows before a moment teach the calibration and the regression in force at that moment.
So the figures now are learned from the past two windows, and are *checked* by doing the same as of one horizon ago, and
looking at the newest window, of which nothing was known then.

Nothing jumps when a shop grows: every number is drawn from its prior by the weight of what was seen.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.lifecycle.fitted import PRIOR, Fitted
from chalicelib.lifecycle.gamma import fit_values
from chalicelib.lifecycle.history import History, View
from chalicelib.lifecycle.risk import Buyer
from chalicelib.lifecycle.sbg import Term, fit_renewals
from chalicelib.lifecycle.score import occasion_value
from chalicelib.lifecycle.waits import DAY_MS, fit_rhythm, quantiles, returned_after
from chalicelib.lifecycle.windows import JUDGED, Snapshot, checked, learned, snapshot
from chalicelib.times import milliseconds

ONCE_PRIOR: Final = (60.0, 180.0, 365.0)  # days; parameters.py says where they come from
HERO_SHARE: Final = 0.95
_SNAPSHOTS: Final = 4
_FEW_BUYERS: Final = 20  # below, a 95 % quantile is only the greatest value


def fit(
    sample: Sequence[History],
    now: datetime,
    previous: Fitted | None = None,
    *,
    horizon_days: float = 91,
    value_days: float = 365,
    customers: int | None = None,
    terms: Iterable[Term] = (),
) -> Fitted:
    """The fit of these customers as of `now`. `previous` gives its number, and where to begin the search.

    Orders from `now` on are not looked at: a past moment gives the fit that would have been made then, to be held
    against the window after it.

    horizon_days, value_days: over which churn risk and expected value are counted. customers: how many were sampled
    including those without an order, for the record. terms: the renewals of those with a subscription (sbg.py).
    """
    moment, span = milliseconds(now), round(horizon_days * DAY_MS)
    known = [before(each, moment) for each in sample if each.first_at is not None and each.first_at < moment]
    first = min((history.first_at for history in known if history.first_at is not None), default=moment)
    start = previous.model if previous else PRIOR.model
    snapshots: list[Snapshot] = []
    for back in range(_SNAPSHOTS):
        at = moment - back * span
        if back and at - first < span / 3:  # nobody had been watched for even a third of what is to be foretold
            break
        snapshots.append(snapshot(known, at, span, start, newest=back == 0))
    found = _whole(known, snapshots[0], horizon_days, value_days)
    calibration, regression = learned(snapshots[0], snapshots[1:])
    tables = [checked(snapshots, back, horizon_days) for back in (2, 1)]
    newest = tables[-1]
    return replace(
        found,
        version=previous.version + 1 if previous else 1,
        source="fit",
        calibration=calibration,
        regression=regression,
        renewals=fit_renewals(terms),
        customers=len(sample) if customers is None else customers,
        drift=tuple(table.ratio for table in tables if table),
        checks=newest.checks if newest else {},
        calibration_table=newest.table if newest else (),
        as_of=now,
        fitted_at=now,
    )


def before(history: History, moment: int) -> History:
    """The history without the orders from `moment` on; somebody whose older ones are only sums keeps those."""
    if not history.times or history.times[-1] < moment:
        return history
    count = bisect_left(history.times, moment)
    return History(history.times[:count], history.values[:count], history.before)


def _whole(known: Sequence[History], now: Snapshot, horizon_days: float, value_days: float) -> Fitted:
    """What one snapshot alone tells: model, values, waits, and who is worth how much."""
    value = fit_values((view.occasions, view.revenue / view.occasions) for view in now.views)
    first = min((history.first_at for history in known if history.first_at is not None), default=now.at)
    waits = [
        (wait, (now.at - history.first_at) / DAY_MS)
        for history in known
        if history.first_at is not None and (wait := returned_after(history)) is not None
    ]
    once = quantiles(waits, ONCE_PRIOR, (now.at - first) / DAY_MS)
    found = Fitted(
        model=now.model,
        horizon_days=horizon_days,
        value=value,
        rhythm=fit_rhythm(known, PRIOR.rhythm),
        once_occasional_days=once[0],
        once_waiting_days=once[1],
        once_at_risk_days=once[2],
        buyers=len(now.views),
        returned=sum(view.repeats > 0 for view in now.views),
    )
    return replace(found, hero_value=_hero_value(found, now.views, value_days / 7))


def _hero_value(found: Fitted, views: Sequence[View], weeks: float) -> float | None:
    """The 95 % quantile of worth: the expected value seen from the moment of the last order. So it changes with orders
    only, and a Hero does not drift in and out between two of them; how long silence may last is warmth's business."""
    if len(views) < _FEW_BUYERS:
        return None
    worths = []
    for view in views[:: max(1, len(views) // JUDGED)]:
        buyer = Buyer(found.model, view.repeats, view.spread, weeks)
        worths.append(buyer.expected_orders(0.0, weeks) * occasion_value(found, view.occasions, view.revenue))
    return sorted(worths)[int(HERO_SHARE * len(worths))]
