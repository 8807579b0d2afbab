"""How the workspace reads money: its table of rates, and what it calls cheap and dear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from chalicelib.customers.exchange import OWN, Converted, Exchange
from chalicelib.customers.facts import Facts
from chalicelib.customers.standing import Settings
from chalicelib.customers.workspace import Currencies, PriceTiers

Level = Literal["low", "mid", "high"]


@dataclass(frozen=True)
class Prices:
    """`Prices()` is that of a workspace which has decided nothing."""

    exchange: Exchange = OWN
    tiers: PriceTiers = field(default_factory=PriceTiers)

    @classmethod
    def standing(cls, settings: Settings) -> Prices:
        """As the settings stand now."""
        exchange = Exchange.of(settings.get(Currencies), settings.version(Currencies))
        return cls(exchange, settings.get(PriceTiers))

    def total(self, facts: Facts) -> Converted:
        """What all orders came to, in the currency of reports."""
        return self.exchange.total(facts)

    def price(self, facts: Facts, category: str) -> Decimal | None:
        """The mean price of what interests somebody in a category; None if none is known."""
        return facts.interests.mean_price(category, self._rate(facts))

    def level(self, facts: Facts, category: str) -> Level | None:
        """Whether that is low, middling or high here; None if no price or no threshold is known."""
        price, known = (
            self.price(facts, category),
            {name.casefold(): tier for name, tier in self.tiers.categories.items()},
        )
        tier = known.get(category.casefold(), self.tiers.default)
        if price is None or tier is None:
            return None
        return "low" if price < tier.mid else "mid" if price < tier.high else "high"

    def _rate(self, facts: Facts) -> Callable[[str], Decimal | None]:
        own = facts.currency
        return lambda currency: self.exchange.rate(currency, own or currency)


NO_PRICES: Final = Prices()
