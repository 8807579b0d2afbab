"""Every number a stage depends on, as one immutable, versioned value.

The defaults are a prior, not a fit: a shop's own figures replace them when there is enough history, and then
`version` and `source` say which ones were used. Where a default comes from is said beside it; "chosen" means a round
number by judgement. Spans are in days unless the name says otherwise.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from chalicelib.customers.exchange import OWN, Exchange
from chalicelib.lifecycle.fitted import PRIOR, Fitted

KEPT_ORDERS: Final = 12  # the facts keep this many orders one by one: a rule cannot ask for the 13th


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Thresholds and models of one workspace. ValueError when they contradict each other."""

    exchange: Exchange = OWN
    """The workspace's rates, by which orders in several currencies have one value. No part of the stored form: they are
    a setting of their own, whose version counts into `version`."""
    version: int = 0
    """Raised by every change; stored with each judgement's customer."""
    source: str = "prior"
    """Where the numbers came from: "prior" (nothing of this shop is in them), "settings" or the name of a fit."""

    fitted: Fitted = PRIOR
    """What the shop's own history taught (fitted.py): the models, the usual order. Default: the prior of each."""
    horizon_days: float = 91
    """Churn risk is the probability of no order within this time: a quarter, seasons cancel out."""

    warm: float = 0.5
    """A buyer is warm while warmth is at or above this."""
    cooling: float = 0.2
    """Below `warm` and at or above this a buyer is cooling (At risk); below it, and silent for as long as makes a
    one-order buyer Lost, cold (Lost)."""
    warm_at_most_days: float = 730
    """Nobody silent for this long is warm, whatever the model says (chosen: two years; keeps every date finite)."""
    cooling_at_most_days: float = 1095
    """Nobody silent for this long is anything better than cold (chosen: three years)."""

    once_occasional_days: float = 60
    """One order only: Occasional for this long. Median wait of those who came back: 60 to 71 days on two shops of
    different kinds (a gift wholesaler and a CD shop); reports on other shops say 30 to 60. Rounded to two months."""
    once_waiting_days: float = 180
    """One order only: Waiting until here. Their 80 % point: 136 to 220 days; rounded to six months."""
    once_at_risk_days: float = 365
    """One order only: At risk until here, Lost beyond. Their 95 % point: 248 to 389 days; rounded to a year. Nobody
    with more orders is Lost sooner than this either."""

    year_days: float = 365
    """The span in which `repeat_orders` and `hero_orders` are counted."""
    repeat_orders: int = 3
    """A warm buyer with this many orders within `year_days` is Repeat."""
    hero_value: float | None = None
    """The shop's 95 % quantile of `worth` (expected value as of the last order), in its currency. None: not known."""
    hero_orders: int = 8
    """Without `hero_value`: a Hero has this many orders within `year_days` (chosen: one every six or seven weeks)."""
    hero_active_days: float = 90
    """A Hero was active within this time."""
    comeback_orders: int = 2
    """Whoever had gone cold (At risk, Lost) is a Hero again only after this many buying occasions since: one order does
    not make a lapsed Hero a Hero. At most 12."""
    value_days: float = 365
    """The time over which expected value is counted."""
    margin: float = 1
    """The share of revenue that counts as value: 1 is revenue itself, 0.3 what is left after the goods are paid."""
    yearly_discount: float = 0
    """What value a year away is discounted by: 0.1 makes 110 in a year 100 now. 0: value is a sum of amounts."""

    activity_warm_days: float = 30
    """Own activity within this time lifts a cooling or cold buyer to Waiting, and keeps those without orders warm
    (chosen: a month)."""
    aftermath_hours: float = 24
    """Activity this soon after the last order belongs to it (thank-you page, order status) and lifts nobody."""
    activity_cooling_days: float = 90
    """Without orders: At risk until this long after the last activity, Lost beyond (chosen: a quarter)."""
    new_days: float = 7
    """Identified within this time and no qualified interest: New."""
    interest: float = 5
    """Decayed intent, in product views, at or above which interest is qualified: five views, or one cart."""
    interest_half_life_days: float = 7
    """Intent loses half of its weight in this time, from the second day after it was shown (chosen)."""
    interest_day_cap: int = 40
    """The most that one day counts: a crawler's thousand views are not a thousand wishes."""
    returning_days: int = 3
    """This many active days (UTC) within `returning_span_days` make a returning reader (a Lead)."""
    returning_span_days: int = 14
    """The span for `returning_days`, in calendar days including today."""
    intent_idle_hours: float = 1
    """Without orders: with an open cart, checkout or other intent, and silent for this long, somebody is Waiting."""
    quote_idle_hours: float = 72
    """The same for an open quote, of which the other side thinks for days (chosen: three)."""

    contract_hero_value: float | None = None
    """Subscribers: what a Hero's contract is worth a year at least, in the currency of reports. None: `hero_value`."""
    contract_hero_days: float = 365
    """Subscribers, while neither value is known: a Hero has paid over a span of this length (chosen: a year)."""
    trial_days: float = 14
    """How long a trial lasts whose end nobody has told (chosen: two weeks)."""
    lapsed_trial_days: float = 90
    """After a trial that ended unpaid: Waiting for this long, Lost beyond (chosen: a quarter)."""
    payment_failed_days: float = 30
    """After a failed payment of a term whose end nobody has told: At risk for this long, Lost beyond (chosen: a month,
    about as long as payment providers try again)."""

    def __post_init__(self) -> None:
        for name in _POSITIVE:
            if not _positive(getattr(self, name)):
                raise ValueError(f"{name} must be a positive, finite number: {getattr(self, name)!r}")
        for low, high in contradictions({name: getattr(self, name) for names in _ASCENDING for name in names}):
            raise ValueError(f"{low} <= {high} does not hold: {getattr(self, low)}, {getattr(self, high)}")
        if not 0 <= self.yearly_discount < math.inf:
            raise ValueError(f"yearly_discount must be finite, and 0 or more: {self.yearly_discount!r}")
        if self.warm > 1:
            raise ValueError(f"warm cannot be above 1, the warmth at the moment of an order: {self.warm}")
        if max(self.repeat_orders, self.hero_orders, self.comeback_orders) > KEPT_ORDERS:
            raise ValueError(f"repeat_orders, hero_orders and comeback_orders can be at most {KEPT_ORDERS}")
        for name in _OPTIONAL:
            if (value := getattr(self, name)) is not None and not math.isfinite(value):
                raise ValueError(f"{name} must be finite or absent: {value!r}")

    def as_dict(self) -> dict[str, Any]:
        """A JSON object that `from_dict` reads back to an equal value."""
        stored = {name: getattr(self, name) for name in _STORED}
        return {**stored, "fitted": self.fitted.as_dict()}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Parameters:
        """Parameters from their stored form; what is missing has its default. ValueError on an unknown name."""
        values = dict(stored)
        unknown = values.keys() - {known.name for known in fields(cls)}
        if unknown:
            raise ValueError(f"no such lifecycle parameter: {', '.join(sorted(unknown))}")
        if isinstance(values.get("fitted"), Mapping):
            values["fitted"] = Fitted.from_dict(values["fitted"])
        return cls(**values)


_ASCENDING: Final = (
    ("cooling", "warm"),
    ("warm_at_most_days", "cooling_at_most_days"),
    ("once_occasional_days", "once_waiting_days", "once_at_risk_days", "cooling_at_most_days"),
    ("repeat_orders", "hero_orders"),
    ("activity_warm_days", "activity_cooling_days"),
)
_OPTIONAL: Final = ("hero_value", "contract_hero_value")
_NO_NUMBERS: Final = ("exchange", "version", "source", "fitted", "yearly_discount", *_OPTIONAL)
_STORED: Final = tuple(known.name for known in fields(Parameters) if known.name not in ("exchange", "fitted"))
_POSITIVE: Final = tuple(known.name for known in fields(Parameters) if known.name not in _NO_NUMBERS)


def contradictions(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Pairs of thresholds of which the first is above the second, and must not be."""
    pairs = (pair for names in _ASCENDING for pair in itertools.pairwise(names))
    return [(low, high) for low, high in pairs if values[low] > values[high]]


def _positive(value: object) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value) and value > 0


DEFAULT: Final = Parameters()
_ONCE: Final = ("once_occasional_days", "once_waiting_days", "once_at_risk_days")


def with_fitted(parameters: Parameters, fitted: Fitted, chosen: Collection[str] = ()) -> Parameters:
    """The parameters under a fit: its models, and its figures for every threshold that the workspace did not choose.

    `chosen` names those that it did. Where a figure of the fit contradicts a chosen threshold, the chosen one stands.
    """
    spans: dict[str, float] = {}
    least = 0.0
    for place, name in enumerate(_ONCE):
        own = getattr(fitted, name)
        taken = getattr(parameters, name) if own is None or name in chosen else own
        above = [getattr(parameters, later) for later in _ONCE[place + 1 :] if later in chosen]
        spans[name] = least = min(max(least, taken), *above, parameters.cooling_at_most_days)
    hero = parameters.hero_value if "hero_value" in chosen or fitted.hero_value is None else fitted.hero_value
    occasional, waiting, at_risk = (spans[name] for name in _ONCE)
    return replace(
        parameters,
        fitted=fitted,
        hero_value=hero,
        once_occasional_days=occasional,
        once_waiting_days=waiting,
        once_at_risk_days=at_risk,
    )
