"""What a fit learns of a shop, as one immutable value: the models' parameters, their origin, how good they were.

`PRIOR` is what is known before anything is known. A shop's own figures draw every number away from it little by
little (fit.py), so there is no jump at any number of buyers. Nothing here computes; score.py does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

from chalicelib import times
from chalicelib.lifecycle.figures import Bin, Calibration, OrderValue, Regression, Renewals, Rhythm, finite
from chalicelib.lifecycle.risk import Model

__all__ = [
    "ENOUGH_BUYERS",
    "PRIOR",
    "Bin",
    "Calibration",
    "Fitted",
    "OrderValue",
    "Regression",
    "Renewals",
    "Rhythm",
    "Trust",
]

ENOUGH_BUYERS: Final = 200
"""With fewer buyers than this the prior outweighs, or nearly so, what the shop itself shows."""


class Trust(NamedTuple):
    """How much a fit is to be trusted, as data for a sentence (explain/statements.py).

    level:     "prior": nothing of the shop is in it; "little": it has fewer than ENOUGH_BUYERS; "shop": it speaks.
    buyers:    with at least one order, among those fitted on. returned: of them with two or more.
    checked:   whether the figures were held against a window that they did not know.
    drifted:   the sum foretold was off by more than a quarter in two windows running.
    """

    level: Literal["prior", "little", "shop"]
    buyers: int
    returned: int
    checked: bool
    drifted: bool
    as_of: datetime | None


_NONE: Final[Mapping[str, float]] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """One fit of one shop. ValueError when a number is impossible.

    version, source:   0 and "prior" before there is a fit; then its number and "fit".
    model:             MBG/NBD, in weeks. horizon_days: over which calibration and regression hold.
    calibration, regression: what the window before `as_of` taught; the identity, and none, when there was none.
    value, rhythm, renewals: the models of order value, of the next order's date, of subscriptions.
    once_*_days:       median, 80 % and 95 % point of the waits of those who came back, in days; None: the defaults.
    hero_value:        the 95 % quantile of worth, in the reports' currency; None: not known.
    buyers, returned, customers: whom it was fitted on: with an order, with two, all.
    calibration_table: tenths of the customers by foretold risk, in the newest window, out of time.
    drift:             ln(buyers foretold / buyers) in the windows checked so far, oldest first (at most 12).
    checks:            figures of the newest window, out of time, by name (assess.py); none when there was no window.
    as_of, fitted_at:  the time the data stood at, and that of the computation.
    """

    version: int = 0
    source: str = "prior"
    model: Model = field(default_factory=Model)
    horizon_days: float = 91.0
    calibration: Calibration = field(default_factory=Calibration)
    regression: Regression | None = None
    value: OrderValue = field(default_factory=OrderValue)
    rhythm: Rhythm = field(default_factory=Rhythm)
    renewals: Renewals = field(default_factory=Renewals)
    once_occasional_days: float | None = None
    once_waiting_days: float | None = None
    once_at_risk_days: float | None = None
    hero_value: float | None = None
    buyers: int = 0
    returned: int = 0
    customers: int = 0
    calibration_table: tuple[Bin, ...] = ()
    drift: tuple[float, ...] = ()
    checks: Mapping[str, float] = field(default_factory=lambda: _NONE)
    as_of: datetime | None = None
    fitted_at: datetime | None = None

    def __post_init__(self) -> None:
        finite(self)
        if self.horizon_days <= 0:
            raise ValueError(f"horizon_days must be positive: {self.horizon_days}")
        known = [days for days in self.once_days if days is not None]
        if len(known) not in (0, 3) or known != sorted(known) or (known and known[0] <= 0):
            raise ValueError(f"the waits of one-order buyers must be all unknown, or positive and ascending: {known}")

    @property
    def once_days(self) -> tuple[float | None, float | None, float | None]:
        """The three quantiles of the waits of those who came back."""
        return self.once_occasional_days, self.once_waiting_days, self.once_at_risk_days

    @property
    def drifted(self) -> bool:
        """|ln(foretold / actual)| above .25 in the two newest windows, on the same side."""
        newest = self.drift[-2:]
        return len(newest) == 2 and (min(newest) > DRIFT or max(newest) < -DRIFT)

    @property
    def trust(self) -> Trust:
        """How much it is to be trusted."""
        level: Literal["prior", "little", "shop"] = "little" if self.buyers < ENOUGH_BUYERS else "shop"
        if self.buyers == 0:
            level = "prior"
        return Trust(level, self.buyers, self.returned, bool(self.checks), self.drifted, self.as_of)

    def as_dict(self) -> dict[str, Any]:
        """A JSON object that `from_dict` reads back to an equal value."""
        stored = {name: _plain(getattr(self, name)) for name in _NAMES}
        return {**stored, "checks": dict(self.checks)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Fitted:
        """A fit from its stored form; what is missing has its default. ValueError on an unknown name."""
        if unknown := stored.keys() - set(_NAMES):
            raise ValueError(f"no such figure of a fit: {', '.join(sorted(unknown))}")
        return cls(**{name: _READ.get(name, _same)(value) for name, value in stored.items()})


DRIFT: Final = 0.25
_NAMES: Final = tuple(known.name for known in fields(Fitted))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return times.text(value)
    if hasattr(value, "_asdict"):
        return value._asdict()
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _same(value: Any) -> Any:
    return value


def _regression(stored: Mapping[str, Any] | None) -> Regression | None:
    return None if stored is None else Regression(tuple(stored["weights"]), stored["share"])


def _moment(stored: str | None) -> datetime | None:
    return None if stored is None else times.parse(stored)


_READ: Final[Mapping[str, Callable[[Any], Any]]] = {
    "model": lambda stored: Model(**stored),
    "calibration": lambda stored: Calibration(**stored),
    "regression": _regression,
    "value": lambda stored: OrderValue(**stored),
    "rhythm": lambda stored: Rhythm(**stored),
    "renewals": lambda stored: Renewals(**stored),
    "calibration_table": lambda stored: tuple(Bin(**each) for each in stored),
    "drift": tuple,
    "checks": dict,
    "as_of": _moment,
    "fitted_at": _moment,
}


PRIOR: Final = Fitted()
