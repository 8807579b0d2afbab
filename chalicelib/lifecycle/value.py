"""What a buyer is worth: expected orders times expected order value.

Two figures, for two uses. *Expected value* looks from now on: it falls while a buyer is silent, and its sum over At
risk is the value at risk. *Worth* looks from the moment of the last order on: it changes with orders only, so a Hero
does not drift in and out of the shop's top 5 % between two of them; how long the silence may last is warmth's
business.
"""

from __future__ import annotations

from chalicelib.lifecycle.parameters import Parameters
from chalicelib.lifecycle.risk import Buyer


def order_value(orders: int, revenue: float, parameters: Parameters) -> float:
    """The expected value of one order, net of refunds, in the facts' currency; never negative.

    The buyer's own mean, drawn towards the shop's typical order (fitted.py, OrderValue).
    """
    own, known = max(0.0, revenue), parameters.fitted.value
    if known.typical is None:
        return own / orders if orders else 0.0
    return (own + known.weight * known.typical) / (orders + known.weight) if orders + known.weight else 0.0


def expected_value(buyer: Buyer, silence: float, each: float, parameters: Parameters) -> float:
    """Expected revenue of the next `value_days`, given `silence` weeks since the last order and `each` per order."""
    return each * buyer.expected_orders(silence, parameters.value_days / 7) if each > 0 else 0.0


def worth(buyer: Buyer, each: float, parameters: Parameters) -> float:
    """Expected revenue of the `value_days` after the last order, seen from that moment."""
    return expected_value(buyer, 0.0, each, parameters)
