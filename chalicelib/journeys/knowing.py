"""What journeys know of a customer when they decide: read once, as it is now; history only where a rule asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from chalicelib.customers.accounts.account import as_rules_see
from chalicelib.customers.prices import Prices
from chalicelib.customers.store import CustomerStore
from chalicelib.lifecycle.frame import Frame
from chalicelib.lifecycle.stage import DEFAULT, Parameters
from chalicelib.segments.conditions import Segments
from chalicelib.segments.need import needed
from chalicelib.segments.rule import Rule
from chalicelib.segments.view import View, view_of

if TYPE_CHECKING:
    from chalicelib.segments.history import History
    from chalicelib.segments.need import Need

Reader = Callable[[list[str], "Need"], "History"]
"""What reads the stored events that are needed, of all subjects of one customer."""


@dataclass(frozen=True)
class Knowing:
    """Reads customers. prices: how the workspace reads money; zone: where it is at home; parameters, frames: of the
    lifecycle; read: history, where a rule asks for more than the state (None: nothing does)."""

    customers: CustomerStore
    prices: Callable[[], Prices] = Prices
    zone: Callable[[], tzinfo] = lambda: UTC
    parameters: Callable[[], Parameters] = lambda: DEFAULT
    frames: Callable[[], Mapping[str, Frame] | None] = lambda: None
    read: Reader | None = None

    def view(self, customer: str, trigger: Mapping[str, Any], now: datetime, rules: Iterable[Rule] = ()) -> View | None:
        """The customer as known now; None if there is none (any more). `trigger`: what started the journey; `rules`:
        those that will be asked."""
        state = self.customers.find(customer)
        if not state.v:
            return None
        prices = self.prices()
        account = self.customers.accounts.of(state.facts)
        view = view_of(
            state,
            self.customers.profile(state.customer),
            trigger,
            prices,
            as_rules_see(account, prices) if account else None,
            workspace_zone=self.zone(),
            segments=Segments(state.memberships),
            parameters=self.parameters(),
            frames=self.frames(),
        )
        need = needed(rules, view, now) if self.read is not None else None
        if need is None or self.read is None:
            return view
        return replace(view, history=self.read(self.customers.subjects(state), need))
