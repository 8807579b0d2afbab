"""Reads what conditions ask for beside a customer's state, when they ask for it, and lets the judgement begin again.

Most judgements ask for nothing, and are made once. What is read depends on the conditions that the judgement came to,
so a customer whose events no live rule mentions costs no read more than before there were rules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

from chalicelib.customers.state import State
from chalicelib.customers.store import CustomerStore
from chalicelib.review.advance import Rules
from chalicelib.review.beside import ALONE, Beside, Wanted
from chalicelib.segments.conditions import NO_CONDITIONS, LiveConditions

if TYPE_CHECKING:
    from chalicelib.segments.history import History
    from chalicelib.segments.need import Need

_TIMES: Final = 10  # each time it asks for something that it did not have; there is not that much to ask for

T = TypeVar("T")
Reader = Callable[[list[str], "Need"], "History"]
"""What reads the stored events that are needed, of all subjects of one customer."""


def _nothing_newer(at_least: int) -> LiveConditions:
    return NO_CONDITIONS


@dataclass(frozen=True)
class Survey:
    """Judges customers.

    read:       the history that is needed. None: whoever judges has no conditions that ask for one.
    conditions: the live set, of at least some version.
    """

    customers: CustomerStore
    read: Reader | None = None
    conditions: Callable[[int], LiveConditions] = _nothing_newer

    def judge(self, state: State, rules: Rules, judge: Callable[[Rules, Beside], T], beside: Beside = ALONE) -> T:
        """What `judge` comes to for the customer of `state`, once it has all that it asks for. beside: what it has."""
        for _ in range(_TIMES):
            try:
                return judge(rules, beside)
            except Wanted as wanted:
                rules, beside = self._with(state, rules, beside, wanted)
        raise RuntimeError("conditions keep asking for what was read")

    def _with(self, state: State, rules: Rules, beside: Beside, wanted: Wanted) -> tuple[Rules, Beside]:
        if wanted.at_least:
            rules = replace(rules, conditions=self.conditions(wanted.at_least))
        if wanted.traits:
            beside = replace(beside, profile=self.customers.profile(state.customer))
        if wanted.account:
            beside = replace(beside, account=self._account(state, rules))
        if wanted.need is not None:
            beside = replace(beside, history=self._history(state, beside.history, wanted.need))
        return rules, beside

    def _account(self, state: State, rules: Rules) -> dict[str, object]:
        from chalicelib.customers.accounts.account import as_rules_see
        from chalicelib.customers.prices import NO_PRICES

        account = self.customers.accounts.of(state.facts)
        return as_rules_see(account, rules.prices or NO_PRICES) if account else {}

    def _history(self, state: State, known: History | None, need: Need) -> History:
        from chalicelib.segments.need import Need

        assert self.read is not None, "a condition asks for history, and nothing reads it"
        if known is not None and known.names is not None:
            need = need | Need(known.names, known.since)
        return self.read(self.customers.subjects(state), need)
