"""What could happen to somebody: acts, each as the events of it, and who is asked about. Pure.

An act is as ordinary as can be: an order like those made before, a page looked at, one product in the cart. Its names
are those that the workspace's vocabulary understands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.customers.subscriptions import Subscription
from chalicelib.customers.vocabulary import DEFAULT, Vocabulary
from chalicelib.lifecycle.stage import Judgement, Parameters, judge
from chalicelib.tracking.event import Event

_ID: Final = "what-if"
_CART: Final = "Product Added"
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Situation:
    """Who is judged: facts, whether it is known who this is, and by what is folded and judged."""

    facts: Facts
    identified: bool
    parameters: Parameters
    vocabulary: Vocabulary = DEFAULT

    def with_events(self, events: Sequence[Event]) -> Facts:
        """The facts with these events. NeedsRebuild as for the fold."""
        return fold(self.facts, events, vocabulary=self.vocabulary)

    def judge(self, facts: Facts, now: datetime) -> Judgement:
        """The judgement of other facts of the same person; without scores."""
        identified = self.identified or facts.identified_at is not None
        return judge(facts, identified, self.parameters, now, scored=False)


class Act(NamedTuple):
    """Something that could happen: the events of it at a moment, and to whom it can happen at all.

    harms: it takes something away, so it prevents nothing. like: another act, beside which this one is only worth
    saying where it comes to something else.
    """

    events: Callable[[Situation, datetime], list[Event]]
    can: Callable[[Situation], bool]
    harms: bool = False
    like: str | None = None


def _said(name: str, at: datetime, properties: Mapping[str, Any] | None = None, **more: Any) -> Event:
    return Event(
        message_id=_ID,
        type=more.get("type", "track"),
        name=name,
        user_id=_ID,
        timestamp=at,
        at=at,
        received_at=at,
        properties=dict(properties or {}),
        context=more.get("context", {}),
        source=_ID,
    )


def _order(situation: Situation, at: datetime) -> list[Event]:
    """One like her own orders: of their mean value, in her currency."""
    facts, conversion = situation.facts, situation.vocabulary.conversions[0]
    mine = facts.sums.get(facts.currency or "")
    total = (mine.revenue / mine.count).quantize(_CENT) if mine is not None and mine.count else Decimal(0)
    said = {conversion.id: _ID, conversion.totals[0]: str(total), "currency": facts.currency or ""}
    return [_said(conversion.event, at, said)]


def _visit(situation: Situation, at: datetime) -> list[Event]:
    return [_said("Page", at, type="page")]


def _cart(situation: Situation, at: datetime) -> list[Event]:
    return [_said(_CART, at, {"product_id": _ID})]


def _identify(situation: Situation, at: datetime) -> list[Event]:
    return [_said("Identify", at, type="identify", context={"active": True})]


def _refund(situation: Situation, at: datetime) -> list[Event]:
    conversion = situation.vocabulary.conversions[0]
    name = next(iter(conversion.undone_by), "Order Cancelled")
    return [_said(name, at, {conversion.id: situation.facts.counting[-1].id})]


def _of_contract(name: str, which: Callable[[Subscription], bool]) -> Act:
    """An act upon the contract that something was said of last, among those to which it can happen."""

    def contracts(situation: Situation) -> list[tuple[datetime, str]]:
        held = situation.facts.subscriptions.contracts
        return [(contract.last_at, id) for id, contract in held if which(contract)]

    def events(situation: Situation, at: datetime) -> list[Event]:
        id = max(contracts(situation))[1]
        return [_said(name, at, {"subscription_id": id} if id else {})]

    return Act(events, lambda situation: bool(contracts(situation)))


def _owes(contract: Subscription) -> bool:
    return contract.standing == "active" and contract.failed_since is not None


def _stays(contract: Subscription) -> bool:
    return contract.standing == "active" and not contract.is_leaving and contract.failed_since is None


def _anybody(situation: Situation) -> bool:
    return True


ACTS: Final[Mapping[str, Act]] = MappingProxyType(
    {
        "identify": Act(_identify, lambda situation: not situation.identified),
        "order": Act(_order, _anybody),
        "visit": Act(_visit, _anybody),
        "cart": Act(_cart, lambda situation: situation.vocabulary.weight(_CART) > 0, like="visit"),
        "pay": _of_contract("Subscription Renewed", _owes),
        "subscribe": _of_contract("Subscription Started", lambda contract: contract.standing in ("trial", "ended")),
        "resume": _of_contract("Subscription Resumed", lambda contract: contract.standing == "paused"),
        "stay": _of_contract("Subscription Cancellation Withdrawn", lambda contract: contract.is_leaving),
        "cancel": _of_contract("Subscription Cancelled", _stays)._replace(harms=True),
        "refund": Act(_refund, lambda situation: bool(situation.facts.counting), harms=True),
    }
)
"""Acts by name, each after the one that it is like."""

ORDER: Final = ("identify", "pay", "stay", "resume", "subscribe", "order", "cart", "visit", "cancel", "refund")
"""In which they are told: the most wanted first."""
