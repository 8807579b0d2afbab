"""What a message needs besides permission: room in its journey's budget, and the code of a coupon.

Asked before it is rendered and claimed. A message that cannot have them waits, with the reason in the ledger, and asks
again every hour for as long as it is worth sending: somebody may raise the budget, or upload codes. A coupon that has
ended gives no more codes, and its messages are skipped.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib.aws.database import Update
from chalicelib.customers.state import State
from chalicelib.journeys.coupons.code import Code, Coupons
from chalicelib.journeys.send import Send
from chalicelib.journeys.spending.store import Budgets
from chalicelib.messages import ledger

_FOR_GOOD: Final = frozenset({"over_coupon"})

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Purse:
    """What messages are paid from. family: all subjects of a customer."""

    budgets: Budgets
    coupons: Coupons
    family: Callable[[str], Sequence[str]]

    def held(self, row: Send, now: datetime) -> Send | None:
        """The row that waits because its journey has reached its budget; None if it has not. One that was claimed
        before is paid for: its own cost is not held against it."""
        asks = row.journey and row.test is None and not row.attempts
        reason = self.budgets.reached(row.journey, now) if asks else None
        if reason is None:
            return None
        logger.warning("%s waits: the journey %s has reached its budget", row.id, row.journey)
        return ledger.postpone(row, reason, now + ledger.HOLD)

    def charge(self, row: Send, now: datetime) -> tuple[Update, ...]:
        """The write that counts what a message costs its journey, for the transaction that claims it: the first one,
        however often it is tried."""
        return () if row.test is not None or row.attempts else self.budgets.charge(row.journey, row.customer, now)

    def coupon(self, row: Send, state: State, now: datetime) -> Mapping[str, Any] | Send | None:
        """The code of a row's coupon as templates see it; None for a row without one; or the row that says why there
        is no code."""
        if row.coupon is None or row.test is not None:
            return None
        also = [one for one in self.family(state.customer) if one != state.customer] if state.has else []
        answer = self.coupons.code(state.customer, row.coupon, row.journey, now, also=also)
        if isinstance(answer, Code):
            return answer.as_dict()
        logger.warning("%s has no code: %s", row.id, answer.detail)
        if answer.reason in _FOR_GOOD:
            return ledger.skip(row, answer.reason)
        return ledger.postpone(row, answer.reason, now + ledger.HOLD)
