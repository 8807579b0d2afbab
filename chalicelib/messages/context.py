"""What templates see of a customer at the moment a message leaves. Pure, but for the ports that answer when asked.

What costs nothing is always there: the traits, the facts, the stage and its dates, the cart. What costs a read or much
reckoning (`account`, `lifecycle.next_order_at`, `products`) is there for templates that name it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any, Final

from chalicelib import times
from chalicelib.customers import devices, zones
from chalicelib.customers.facts import Facts
from chalicelib.customers.intents import Run
from chalicelib.customers.prices import Prices
from chalicelib.customers.shown import rounded, shown
from chalicelib.customers.state import State
from chalicelib.lifecycle.parameters import DEFAULT, Parameters

if TYPE_CHECKING:
    from chalicelib.products.recommender import Recommender

CARTS: Final = ("checkout", "cart")
"""The intents that are a cart: what is in a checkout was in one."""
MOST_PRODUCTS: Final = 12
NAMES: Final = frozenset(
    {"first_name", "firstname", "last_name", "lastname", "name", "full_name", "fullname", "nickname"}
)
LONGEST_NAME: Final = 80

_A_LINK: Final = re.compile(
    r"//|\bwww\.|[a-z0-9-]\.[a-z]{2,}[/?#]|[a-z0-9-]\.(?:com|net|org|info|biz|io|co|ru|cn|xyz|top|site|online|shop|store|club|link|click|icu|app"
    r"|dev|me|tk|ly|de|it|es|ro|uk|fr|eu)\b",
    re.IGNORECASE,
)

Cards = Callable[[Sequence[str], str | None], Mapping[str, Mapping[str, Any]]]
"""Products by their ids, as templates see them, in a locale: those that are known."""


def no_cards(ids: Sequence[str], locale: str | None) -> Mapping[str, Mapping[str, Any]]:
    """A shop that never told its products."""
    return {}


@dataclass(frozen=True)
class Contexts:
    """Makes contexts. parameters: by which orders are foretold. zone: of whoever has none. recommender, cards: of
    products. Each is asked only where a template asks."""

    prices: Callable[[], Prices] = Prices
    parameters: Callable[[], Parameters] = lambda: DEFAULT
    zone: Callable[[], tzinfo] = lambda: UTC
    recommender: Callable[[], Recommender] | None = None
    cards: Cards = no_cards

    def of(
        self,
        state: State,
        traits: Mapping[str, Any],
        account: Mapping[str, Any] | None,
        asks: frozenset[str],
        wanted: str | None,
        now: datetime,
    ) -> dict[str, Any]:
        """What templates see of a customer. asks: the names that the template uses. wanted: the locale that is read."""
        facts, told = state.facts, shown(state.facts, self.prices(), now)
        return {
            "customer": harmless(traits),
            "facts": told,
            "account": account or {},
            "stage": state.stage,
            "lifecycle": self._lifecycle(state, now) if "lifecycle" in asks else {},
            "cart": self._cart(facts, wanted, now) if "cart" in asks else None,
            "products": self._products(facts, wanted, now) if "products" in asks else [],
            "coupon": None,
            "timezone": _name(zones.local(traits, self.zone()).zone),
            "currency": told["orders"]["currency"],
            "now": times.text(now),
        }

    def _lifecycle(self, state: State, now: datetime) -> dict[str, Any]:
        from chalicelib.lifecycle.stage import judge

        foretold = judge(state.facts, True, self.parameters(), now).next_order if state.facts.order_count else None
        return {
            "stage": state.stage,
            "since": _text(state.stage_since),
            "next_change_at": _text(state.next_at),
            "next_stage": state.next_stage,
            "next_order_at": _text(foretold.at if foretold else None),
            "overdue_at": _text(state.overdue_at),
        }

    def _cart(self, facts: Facts, wanted: str | None, now: datetime) -> dict[str, Any] | None:
        """What is in the cart now, if there is one; None if it was bought, emptied, or has expired."""
        run = next((run for kind, run in facts.intents.open_at(now) if kind in CARTS), None)
        if run is None:
            return None
        inside = {id: line for id, line in run.lines.items() if line.inside}
        known = self.cards(list(inside), wanted) if inside else {}
        money = _worth(run)
        return {
            "what": run.what[1] if run.what else None,
            "worth": money[1] if money else None,
            "currency": money[0] if money else None,
            "since": _text(run.since),
            "last_at": _text(run.last_at),
            "items": [
                {"id": id, "worth": rounded(line.worth) if line.worth else None, "currency": line.currency or None}
                | dict(known.get(id, {}))
                for id, line in sorted(inside.items(), key=lambda one: (one[1].at, one[0]))
            ],
        }

    def _products(self, facts: Facts, wanted: str | None, now: datetime) -> list[Mapping[str, Any]]:
        return self.recommender().products(facts, MOST_PRODUCTS, now, locale=wanted) if self.recommender else []


def harmless(traits: Mapping[str, Any]) -> dict[str, Any]:
    """The traits as templates see them. A name that is a link is no name: mail programs would make it one, and mails
    that greet "Win at evil.example" are what forms are filled in by machines for. A name is one line: nobody writes a
    line of a text message. Devices are addresses and nobody's words."""
    return {
        name: " ".join(value.split()) if name.lower() in NAMES and isinstance(value, str) else value
        for name, value in traits.items()
        if not (name.lower() in NAMES and _no_name(value)) and not name.startswith(devices.PREFIX)
    }


def _no_name(value: object) -> bool:
    return isinstance(value, str) and (len(value) > LONGEST_NAME or _A_LINK.search(value) is not None)


def _worth(run: Run) -> tuple[str | None, Any] | None:
    """The largest sum in it, by currency; there is seldom more than one."""
    held = max(run.worth.items(), key=lambda one: one[1], default=None)
    return None if held is None else (held[0] or None, rounded(held[1]))


def _name(zone: tzinfo) -> str:
    return getattr(zone, "key", "UTC")


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else times.text(moment)
