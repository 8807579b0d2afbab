"""How good predictions were, held against a window that they had not seen. Pure functions of predictions and outcomes.

log loss   mean of -ln(chance given to what happened): the lower the better, and honest chances are the best.
AUC        the chance that a buyer was given more than somebody who did not buy (ties count half).
Brier      mean squared error of the chances.
calibration error: mean |foretold - actual share| over tenths of the customers by foretold chance.
ratio      ln(buyers foretold / buyers), half a buyer added to each so that nobody is a number too: 0 is right, .25 is
           28 % too many.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.lifecycle.figures import Bin
from chalicelib.lifecycle.fitted import Fitted
from chalicelib.lifecycle.history import History, View, as_of, orders_between
from chalicelib.lifecycle.risk import Buyer
from chalicelib.lifecycle.score import buys
from chalicelib.times import milliseconds

TENTHS: Final = 10
_DAY_MS: Final = 86_400_000
_LEAST: Final = 1e-9  # a chance of 0 that came true would cost infinitely much


@dataclass(frozen=True, slots=True)
class Assessment:
    """Figures of one window. auc is None when everybody bought, or nobody."""

    customers: int
    bought: int
    log_loss: float
    brier: float
    calibration_error: float
    auc: float | None
    ratio: float
    table: tuple[Bin, ...]

    @property
    def checks(self) -> dict[str, float]:
        """The figures by name, without those that there are not."""
        figures = {
            "customers": float(self.customers),
            "bought": float(self.bought),
            "log_loss": self.log_loss,
            "brier": self.brier,
            "calibration_error": self.calibration_error,
            "auc": self.auc,
            "ratio": self.ratio,
        }
        return {name: value for name, value in figures.items() if value is not None}


def assess(chances: Sequence[float], bought: Sequence[bool]) -> Assessment | None:
    """What came of these chances; None for nobody."""
    if not chances:
        return None
    happened = sum(map(bool, bought))
    table = tenths(chances, bought)
    foretold = math.fsum(chances)
    return Assessment(
        len(chances),
        happened,
        log_loss(chances, bought),
        math.fsum((chance - did) ** 2 for chance, did in zip(chances, bought, strict=True)) / len(chances),
        sum(each.count * abs(each.predicted - each.actual) for each in table) / len(chances),
        auc(chances, bought),
        math.log((foretold + 0.5) / (happened + 0.5)),
        table,
    )


def assess_fit(fitted: Fitted, sample: Sequence[History], since: datetime) -> Assessment | None:
    """`fitted` on the window of its horizon that begins at `since`: everybody who had bought before then.

    Only out of time when the fit knew nothing of the window: `fitted.as_of` <= since. None when there was nobody.
    """
    start = milliseconds(since)
    until = start + round(fitted.horizon_days * _DAY_MS)
    chances: list[float] = []
    bought: list[bool] = []
    for history in sample:
        if (view := as_of(history, start)) is not None:
            chances.append(chance_of(fitted, view))
            bought.append(orders_between(history, start, until)[0] > 0)
    return assess(chances, bought)


def chance_of(fitted: Fitted, view: View) -> float:
    """P(buys within the fit's horizon) of somebody who stands so."""
    buyer = Buyer(fitted.model, view.repeats, view.spread, fitted.horizon_days / 7)
    return buys(fitted, buyer, view.silence, view.revenue / view.occasions)


def log_loss(chances: Sequence[float], bought: Sequence[bool]) -> float:
    """The mean of -ln(chance given to what happened)."""
    logs = (math.log(max(_LEAST, p if did else 1 - p)) for p, did in zip(chances, bought, strict=True))
    return -math.fsum(logs) / len(chances)


def auc(chances: Sequence[float], bought: Sequence[bool]) -> float | None:
    """The chance that a buyer ranks above somebody who did not buy; None if there is not one of each."""
    ranked = sorted(zip(chances, bought, strict=True), key=lambda each: each[0])
    happened = sum(map(bool, bought))
    if happened in (0, len(ranked)):
        return None
    ranks, place = 0.0, 0
    while place < len(ranked):
        end = place
        while end < len(ranked) and ranked[end][0] == ranked[place][0]:
            end += 1
        ranks += sum(bool(did) for _, did in ranked[place:end]) * (place + end + 1) / 2
        place = end
    return (ranks - happened * (happened + 1) / 2) / (happened * (len(ranked) - happened))


def tenths(chances: Sequence[float], bought: Sequence[bool]) -> tuple[Bin, ...]:
    """The customers in ten equal parts by foretold chance, ascending: foretold against actual. Empty parts are left
    out: fewer than ten customers give fewer than ten parts."""
    ranked = sorted(zip(chances, bought, strict=True), key=lambda each: each[0])
    found = []
    for n in range(TENTHS):
        part = ranked[n * len(ranked) // TENTHS : (n + 1) * len(ranked) // TENTHS]
        if part:
            predicted, actual = math.fsum(chance for chance, _ in part), sum(bool(did) for _, did in part)
            found.append(Bin(len(part), predicted / len(part), actual / len(part)))
    return tuple(found)
