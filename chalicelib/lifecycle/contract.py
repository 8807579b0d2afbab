"""Contracts: the rules of those who have, had or try a subscription, and what is foretold of them.

A contract is decided by what its source said, not by warmth: in good standing it lasts until somebody says otherwise.
Time alone ends only what has a date: a trial, a term that is the last one, the patience with a payment that failed. So
these rules, too, are true strictly before one instant (ladder.py), of several contracts the latest.

Whoever has a contract is judged by it, whatever was ordered beside it. A contract that is over says nothing more of
somebody who has ordered since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from chalicelib.lifecycle.parameters import Parameters
from chalicelib.lifecycle.reading import ALWAYS, DAY_MS, MOST, NEVER, Reading, days
from chalicelib.lifecycle.sbg import remaining_value, survives
from chalicelib.times import milliseconds

if TYPE_CHECKING:  # the type only: judging does not need the fold
    from chalicelib.customers.subscriptions import Subscription

Value = float | int | str | None
GOOD: Final = ("contract.renewed", "contract.first_term")
_PAYING: Final = (*GOOD, "contract.payment_failed", "contract.ending")
_YEAR: Final = 365.0


class Contract(NamedTuple):
    """One contract as the rules see it. Times in milliseconds since 1970, NEVER where there is none.

    rule, until: what it says now and until when. then, then_until: what it says after that, if anything.
    end:         from when on it says no more than that it is over; ALWAYS for no end.
    yearly:      what it brings in a year, in the currency of reports. terms: how many it has in one.
    """

    rule: str
    until: int
    end: int
    plan: str | None
    yearly: float
    terms: float
    renewed: int
    paying_since: int
    paid_at: int
    term_end: int
    then: str = ""
    then_until: int = NEVER
    failed_at: int = NEVER
    changed_at: int = NEVER


def contracts_of(reading: Reading, p: Parameters) -> tuple[Contract, ...]:
    """The contracts of a reading."""
    return tuple(_contract(each, reading, p) for each in reading.contracts)


def speak(contracts: Sequence[Contract], reading: Reading) -> bool:
    """Whether the contracts decide: unless all of them are over, and something was ordered since."""
    return reading.orders == 0 or any(contract.end >= reading.last_order_at for contract in contracts)


def steps(
    contracts: Sequence[Contract], reading: Reading, p: Parameters
) -> Iterator[tuple[str, int, Mapping[str, Value]]]:
    """(rule, until, what it shows), from the best down; the last has no end."""
    said: dict[str, Contract] = {}
    untils: dict[str, int] = {}
    for contract in contracts:
        for rule, until in ((contract.rule, contract.until), (contract.then, contract.then_until)):
            if rule and until > untils.get(rule, NEVER):
                said[rule], untils[rule] = contract, until
    good = [contract for contract in contracts if contract.rule in GOOD]
    if good and _is_top(good, p) and reading.active_at > NEVER:
        best = max(good, key=lambda contract: contract.yearly)
        shown = _shown(best, reading) | {"yearly_value": sum(contract.yearly for contract in good)}
        yield "contract.hero", reading.active_at + days(p.hero_active_days), shown
    for rule in (*_PAYING, "contract.trial", "contract.paused", "contract.lapsed_trial"):
        if rule in said:
            yield rule, untils[rule], _shown(said[rule], reading)
    last = max(contracts, key=lambda contract: contract.end)
    shown = _shown(last, reading)
    if last.end < ALWAYS and reading.active_at - last.end >= days(p.aftermath_hours / 24):
        yield "contract.browsing", reading.active_at + days(p.activity_warm_days), shown
    yield "contract.ended", ALWAYS, shown


def scores(contracts: Sequence[Contract], p: Parameters, now: int) -> tuple[float, float] | None:
    """(chance that none is left after `horizon_days`, expected value of the next `value_days`); None if none is paid.

    Renewals follow the sBG model (sbg.py); what is to end does so at its date.
    """
    paying = [contract for contract in contracts if contract.rule in _PAYING and now < contract.end]
    if not paying:
        return None
    model, risk, value = p.fitted.renewals, 1.0, 0.0
    for contract in paying:
        if contract.end < ALWAYS:
            left = (contract.end - now) / DAY_MS
            stays = float(left > p.horizon_days)
            value += contract.yearly * min(left, p.value_days) / _YEAR
        else:
            term = _YEAR / contract.terms
            first = max(0.0, (contract.term_end - now) / DAY_MS) if contract.term_end > now else term
            stays = survives(model, contract.renewed, _renewals(p.horizon_days, first, term))
            each = contract.yearly / contract.terms
            discount = (1 + p.yearly_discount) ** (1 / contract.terms) - 1
            value += remaining_value(model, contract.renewed, each, discount, _renewals(p.value_days, first, term))
        risk *= 1 - stays
    return risk, value * p.margin


def _renewals(within: float, first: float, term: float) -> int:
    """How many terms begin within so many days, if the next begins in `first`."""
    return 0 if within < first else min(1_000, 1 + int((within - first) / term))


def _is_top(good: Sequence[Contract], p: Parameters) -> bool:
    least = p.hero_value if p.contract_hero_value is None else p.contract_hero_value
    if least is not None:
        return sum(contract.yearly for contract in good) >= least
    return any(
        contract.paying_since > NEVER and contract.paid_at - contract.paying_since >= days(p.contract_hero_days)
        for contract in good
    )


def _contract(each: Subscription, reading: Reading, p: Parameters) -> Contract:
    standing, failed = each.standing, each.failed_since
    leaves = _at(each.ending_at) if each.ending_at else ALWAYS
    term_end = _at(each.renews_at[1] if each.renews_at else None)
    rule, until, then, then_until = "contract.renewed" if each.renewed else "contract.first_term", ALWAYS, "", NEVER
    if standing == "trial":
        end = min(_trial_end(each, p), leaves)
        rule, until, then, then_until = "contract.trial", end, "contract.lapsed_trial", end + days(p.lapsed_trial_days)
    elif standing == "paused":
        rule, until = "contract.paused", leaves
    elif standing == "ended" or each.is_leaving:
        rule, until = "contract.ending", leaves
    if standing == "active" and failed is not None:
        since = milliseconds(failed)
        given_up = term_end if term_end > since else since + days(p.payment_failed_days)
        rule, until = "contract.payment_failed", min(given_up, leaves)
    yearly, terms = _yearly(each, reading, p)
    return Contract(
        rule,
        until,
        until,
        each.plan[1] if each.plan else None,
        yearly,
        terms,
        each.renewed,
        _at(each.paid_since),
        _at(each.paid_at),
        term_end,
        then,
        then_until,
        _at(failed),
        _at(each.status[0] if each.status else None),
    )


def _trial_end(each: Subscription, p: Parameters) -> int:
    told = each.trial_end or each.renews_at
    return milliseconds(told[1]) if told else milliseconds(each.trial_at or each.first_at) + days(p.trial_days)


def _yearly(each: Subscription, reading: Reading, p: Parameters) -> tuple[float, float]:
    """(what it brings in a year, terms in a year)."""
    if each.price is None:
        return 0.0, 12.0
    price = each.price[1]
    rate = p.exchange.rate(price.currency, reading.currency or price.currency)
    terms = {"day": 365.0, "week": 365.0 / 7, "month": 12.0, "year": 1.0}[price.interval] / price.count
    return float(min(price.yearly * rate, MOST)) if rate is not None else 0.0, terms


def _shown(contract: Contract, reading: Reading) -> dict[str, Value]:
    times = {
        "paying_since_at": contract.paying_since,
        "term_end_at": contract.term_end,
        "failed_at": contract.failed_at,
        "given_up_at": contract.until,
        "ending_at": contract.end,
        "trial_end_at": contract.until,
        "paused_at": contract.changed_at,
        "ended_at": contract.end,
        "active_at": reading.active_at,
    }
    return {"plan": contract.plan, "renewals": contract.renewed, "yearly_value": contract.yearly, **times}


def _at(moment: datetime | None) -> int:
    return NEVER if moment is None else milliseconds(moment)
