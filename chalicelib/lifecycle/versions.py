"""By what a customer was judged, as one number that is kept with the judgement. Pure.

A judgement stands on three things that change by themselves: the fit, the lifecycle setting, and the table of rates.
Each has versions of its own; the number is the three of them side by side, so another number means other parameters,
and which part differs says whether the model moved somebody or a setting did. Nothing but equality has a meaning.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final, Literal, Self

from chalicelib.customers.exchange import OWN, Exchange
from chalicelib.lifecycle.fitted import PRIOR, Fitted
from chalicelib.lifecycle.parameters import Parameters, with_fitted

_ROOM: Final = 10**8  # versions of each; three of them are 24 of the 38 digits that DynamoDB keeps


@dataclass(frozen=True)
class Versions:
    """The versions of what a judgement stands on; 0 is the prior, or the defaults."""

    fit: int = 0
    lifecycle: int = 0
    exchange: int = 0

    @property
    def number(self) -> int:
        """The three as one."""
        return (self.fit * _ROOM + self.lifecycle) * _ROOM + self.exchange

    @classmethod
    def of(cls, number: int) -> Self:
        """What `number` was made of."""
        rest, exchange = divmod(number, _ROOM)
        fit, lifecycle = divmod(rest, _ROOM)
        return cls(fit, lifecycle, exchange)


def cause_between(before: int, after: int) -> Literal["model", "settings"]:
    """What moves somebody who was judged by one number and is judged by another."""
    return "model" if Versions.of(before).fit != Versions.of(after).fit else "settings"


def in_force(
    thresholds: Parameters,
    fitted: Fitted = PRIOR,
    exchange: Exchange = OWN,
    *,
    lifecycle: int = 0,
    chosen: Collection[str] = (),
) -> Parameters:
    """Parameters as everybody is judged by them: a workspace's thresholds under a fit, amounts by its rates.

    lifecycle: the version of the setting that `thresholds` were made from. chosen: which of them it names, and which
    therefore stand whatever the fit says.
    """
    version = Versions(fitted.version, lifecycle, exchange.version).number
    return replace(with_fitted(thresholds, fitted, chosen), exchange=exchange, version=version)
