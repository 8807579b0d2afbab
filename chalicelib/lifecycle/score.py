"""What is foretold of one buyer under a fit: the chance to buy, expected occasions, expected value.

The stage uses none of it: warmth (risk.py) is the model's own, falls with time and nothing else, and so has a date on
which it crosses a threshold. What is shown as churn risk is calibrated on the last windows and averaged with a
regression; that is better, but need not fall steadily.
"""

from __future__ import annotations

from chalicelib.lifecycle.fitted import Fitted
from chalicelib.lifecycle.regression import features, log_odds, sigmoid, weigh
from chalicelib.lifecycle.risk import Buyer


def buys(fitted: Fitted, buyer: Buyer, silence: float, mean: float = 0.0) -> float:
    """P(at least one order within the buyer's horizon), in [0, 1]: the model's, recalibrated, and averaged.

    `silence` in weeks; `mean`: what an occasion of the buyer brought so far. Calibration and regression were learned
    for one horizon; under another one the model speaks alone.
    """
    chance = buyer.buys(silence)
    if abs(fitted.horizon_days - buyer.horizon * 7) > 1e-6:
        return chance
    learned = fitted.calibration
    if learned.slope != 1.0 or learned.intercept != 0.0:
        chance = sigmoid(learned.intercept + learned.slope * log_odds(chance))
    if (other := fitted.regression) is None:
        return chance
    row = features(buyer.repeats, buyer.spread, silence, mean, fitted.value.typical)
    return (1 - other.share) * chance + other.share * sigmoid(weigh(other.weights, row))


def expected_occasions(buyer: Buyer, silence: float, weeks: float, chance: float) -> float:
    """Expected number of occasions within `weeks` from now, given the `chance` (`buys`) of at least one.

    The model says how many there are if there is any; how likely that is, what was learned knows better. So risk and
    value of a buyer never contradict each other.
    """
    alone = buyer.buys(silence)
    return buyer.expected_orders(silence, weeks) * chance / alone if alone > 0 else 0.0


def occasion_value(fitted: Fitted, occasions: int, revenue: float) -> float:
    """Expected value of one occasion, net of refunds; never negative. 0 for somebody without one in an unknown shop."""
    own, known = max(0.0, revenue), fitted.value
    if known.typical is None:
        return own / occasions if occasions else 0.0
    whole = occasions + known.weight
    return (own + known.weight * known.typical) / whole if whole else known.typical


def lifetime_value(
    buyer: Buyer, silence: float, chance: float, each: float, weeks: float, margin: float = 1.0, yearly: float = 0.0
) -> float:
    """Discounted expected revenue of `weeks` from now, times the margin; never negative.

    The horizon is cut into quarters; what a quarter adds is discounted to its middle at `yearly` a year (0.1: 10 %).
    Fader, Hardie, Lee 2005 (JMR), equation 1 of the note "Deriving the discounted expected number of residual
    transactions", with quarters for their integral.
    """
    if each <= 0 or margin <= 0:
        return 0.0
    if yearly <= 0:
        return each * margin * expected_occasions(buyer, silence, weeks, chance)
    total = before = start = 0.0
    while start < weeks:
        end = min(weeks, start + 13)
        until = expected_occasions(buyer, silence, end, chance)
        total += max(0.0, until - before) / (1 + yearly) ** ((start + end) / 2 / 52.1775)
        before, start = until, end
    return each * margin * total
