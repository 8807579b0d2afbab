"""Amounts of several currencies as one: the workspace's table of rates, applied when facts are read, never when kept.

What the table does not know is told apart and never added in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:  # types only: judging, which converts, needs neither the fold nor pydantic
    from chalicelib.customers.facts import Facts, Sum
    from chalicelib.customers.workspace import Currencies

UNNAMED: Final = ""
_ONE: Final = Decimal(1)


class Converted(NamedTuple):
    """What orders came to.

    amount, orders: of those whose currency is known to the table. currency: in which; None if nobody named any.
    apart:          by currency, what the table has no rate for; not in `amount`.
    """

    amount: Decimal
    orders: int
    currency: str | None
    apart: Mapping[str, Sum]


class Exchange(NamedTuple):
    """The table. Without `report` everybody is counted in the currency of their own newest order.

    rates:   what one unit is worth in `report`. unnamed: the currency of orders that name none.
    version: of the setting that it was made from.
    """

    report: str | None = None
    rates: Mapping[str, Decimal] = MappingProxyType({})
    unnamed: str | None = None
    version: int = 0

    @classmethod
    def of(cls, setting: Currencies, version: int) -> Exchange:
        """The table that a setting writes down."""
        return cls(setting.report, setting.rates, setting.unnamed, version)

    def rate(self, currency: str, own: str | None) -> Decimal | None:
        """What one unit of `currency` is worth in the report's, or, where there is none, in `own`; None if unknown."""
        report = self.report or own
        named = currency or self.unnamed or report
        return _ONE if named == report else self.rates.get(named) if self.report and named else None

    def amount(self, facts: Facts) -> Decimal:
        """The amount of `total`, for those who ask for nothing else."""
        if len(facts.sums) == 1:
            ((currency, held),) = facts.sums.items()
            if self.rate(currency, facts.currency) is _ONE:  # most people
                return held.revenue
        return self.total(facts).amount

    def total(self, facts: Facts) -> Converted:
        """What all orders that count came to, net of refunds."""
        own = facts.currency
        amount, orders = Decimal(0), 0
        apart: dict[str, Sum] = {}
        for currency, held in sorted(facts.sums.items()):
            rate = self.rate(currency, own)
            if rate is None:
                apart[currency] = held
            else:
                amount += held.revenue if rate is _ONE else held.revenue * rate
                orders += held.count
        return Converted(amount, orders, self.report or own, apart)


OWN: Final = Exchange()
"""Nobody has written a table: everybody in the currency of their own."""
