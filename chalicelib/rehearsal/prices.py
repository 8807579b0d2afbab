"""What a journey costs its sender, at prices that are stated beside every figure. Pure.

    messages   what the provider takes for each message of a channel
    run        what one enrolment takes of the tables and functions: docs/BENCHMARKS.md counts it
    own        what the journey itself says that each message costs (`cost`): a call, a card, the goods of a coupon

Prices of AWS are those of us-east-1, on demand, in dollars. A budget's currency is the journey's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from chalicelib.journeys.journey import Journey

CURRENCY: Final = "USD"
MESSAGE: Final[Mapping[str, Decimal]] = {"email": Decimal("0.0001")}
"""By channel; others are done by people or by somebody else's service, and cost what the journey's `cost` says."""
ROW: Final = Decimal("0.00001")
"""The ledger's row of a message, with what its sender reads and writes, and what SES reports of it."""
RUN: Final = Decimal("0.00005")
"""One run of a journey of five mails, without mails and rows: the most that it may take."""
_CENTS: Final = Decimal("0.01")


def cost(journey: Journey, runs: float, messages: Mapping[str, float]) -> dict[str, Any]:
    """What so many runs and messages (by channel) cost, with the prices that were taken."""
    sending = sum((_times(number, MESSAGE.get(channel, Decimal(0)) + ROW) for channel, number in messages.items()), _NO)
    running = _times(runs, RUN)
    said: dict[str, Any] = {
        "sending": _money(sending, CURRENCY),
        "running": _money(running, CURRENCY),
        "prices": {
            "email": f"{MESSAGE['email']} {CURRENCY} a message (SES)",
            "ledger": f"{ROW} {CURRENCY} a message",
            "run": f"{RUN} {CURRENCY} a run, at most",
        },
    }
    if journey.cost is not None:
        each = Decimal(journey.cost.per_message)
        said["own"] = _money(_times(sum(messages.values()), each), journey.cost.currency)
        said["prices"]["own"] = f"{each} {journey.cost.currency} a message, as the journey says"
    return said | _against(journey, said)


def per_message(channel: str) -> Decimal:
    """What one message of a channel costs, in dollars."""
    return MESSAGE.get(channel, Decimal(0)) + ROW


_NO: Final = Decimal(0)


def _times(number: float, each: Decimal) -> Decimal:
    return Decimal(str(number)) * each


def _money(amount: Decimal, currency: str) -> dict[str, str]:
    return {"amount": format(amount.quantize(_CENTS), "f"), "currency": currency}


def _against(journey: Journey, said: Mapping[str, Any]) -> dict[str, Any]:
    """The budget beside what is spent of it, where both are of one currency."""
    if journey.budget is None:
        return {}
    currency = journey.budget.currency
    parts = (said[name] for name in ("sending", "running", "own") if name in said)
    spent = sum((Decimal(part["amount"]) for part in parts if part["currency"] == currency), _NO)
    amount = Decimal(journey.budget.amount)
    return {"budget": _money(amount, currency), "spent_of_budget": _money(spent, currency), "over": spent > amount}
