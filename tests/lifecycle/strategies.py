"""Random and hostile facts, parameters and times."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from chalicelib.customers.facts import RECENT_ORDERS, Facts, Order
from chalicelib.customers.intents import Intents, Run
from chalicelib.customers.subscriptions import Price, Subscription, Subscriptions
from chalicelib.lifecycle.fitted import Fitted, OrderValue
from chalicelib.lifecycle.parameters import Parameters
from chalicelib.lifecycle.risk import Model
from tests.lifecycle.people import compacted

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
START = datetime(2024, 1, 1, tzinfo=UTC)
YEAR_MS = 365 * 86_400_000


def _since(start: datetime, least: int, most: int) -> st.SearchStrategy[datetime]:
    return st.integers(least, most).map(lambda ms: start + timedelta(milliseconds=ms))


usual_times = _since(START, 0, 3 * YEAR_MS)
odd_times = _since(EPOCH, -100 * YEAR_MS, 8000 * YEAR_MS)
times = st.one_of(usual_times, usual_times, usual_times, odd_times)

money = st.decimals(min_value=0, max_value=10**7, places=2)


@st.composite
def orders(draw: st.DrawFn) -> list[Order]:
    """Up to 40 orders, most of them at usual times, some given back, some by more than they cost."""
    found = []
    for n in range(draw(st.integers(0, draw(st.sampled_from([0, 1, 3, 8, 40]))))):
        refunded = draw(st.one_of(st.just(Decimal(0)), money))
        found.append(Order(f"o{n}", draw(times), draw(money), refunded, draw(st.booleans() | st.just(False))))
    return sorted(found, key=lambda order: order.place)


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """An intent, whose dates may contradict each other."""
    since, last, expires = sorted(draw(st.tuples(times, times, times)))
    return Run(since, last, draw(st.sampled_from([expires, since])), opened=draw(st.booleans()))


intents = st.dictionaries(st.sampled_from(["cart", "checkout", "trial", "quote", "visit"]), runs(), max_size=3)


def _said(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | st.tuples(times, values)


prices = st.builds(Price, money, st.sampled_from(["", "EUR"]), st.sampled_from(["week", "month", "year"]))
contracts = st.builds(
    Subscription,
    times,
    times,
    status=_said(st.integers(0, 3)),
    plan=_said(st.sampled_from(["pro", "team"])),
    price=_said(prices),
    renews_at=_said(times),
    trial_end=_said(times),
    trial_at=st.none() | times,
    leaving=_said(st.booleans()),
    ends_at=_said(times),
    starts=st.integers(0, 2),
    renewals=st.integers(0, 40),
    paid_since=st.none() | times,
    paid_at=st.none() | times,
    settled_at=st.none() | times,
    failures=st.lists(times, max_size=3).map(sorted).map(tuple),
)
subscriptions = st.dictionaries(st.sampled_from(["", "s1", "s2"]), contracts, max_size=3)


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    """Facts as a fold could leave them, and some that it could not: activity may contradict the orders."""
    bought = draw(orders())
    seen = sorted([*draw(st.lists(times, max_size=6)), *(order.at for order in bought)])
    days = sorted({moment.toordinal() for moment in seen})
    wanted = draw(st.dictionaries(st.sampled_from(days), st.integers(0, 100))) if days else {}
    return Facts(
        first_at=seen[0] if seen else None,
        last_at=draw(st.sampled_from([seen[-1], draw(times)])) if seen else None,
        identified_at=draw(st.none() | times),
        orders=tuple(bought[-RECENT_ORDERS:]),
        earlier=compacted(bought[:-RECENT_ORDERS]),
        active_days=tuple(days),
        intent=tuple(sorted(wanted.items())),
        intents=Intents(draw(st.just({}) | intents)),
        subscriptions=Subscriptions(draw(st.just({}) | st.just({}) | subscriptions)),
    )


def _spans(count: int) -> st.SearchStrategy[list[float]]:
    return st.lists(st.floats(0.01, 2000), min_size=count, max_size=count).map(sorted)


@st.composite
def parameters(draw: st.DrawFn) -> Parameters:
    """Parameters that a workspace might have, and the extremes that degenerate fits produce."""
    positive = st.floats(1e-3, 50)
    cooling, warm = sorted(draw(st.tuples(st.floats(1e-4, 1), st.floats(1e-4, 1))))
    once = draw(_spans(3))
    few, many = sorted(draw(st.tuples(st.integers(1, 12), st.integers(1, 12))))
    active, quiet = draw(_spans(2))
    return replace(
        Parameters(),
        fitted=Fitted(
            model=Model(draw(positive), draw(positive), draw(st.floats(1e-6, 50)), draw(positive)),
            value=OrderValue(draw(st.none() | st.floats(0, 500)), draw(st.floats(0, 10))),
        ),
        horizon_days=draw(st.floats(1, 400)),
        warm=warm,
        cooling=cooling,
        warm_at_most_days=once[2],
        cooling_at_most_days=once[2] + draw(st.floats(0, 3000)),
        once_occasional_days=once[0],
        once_waiting_days=once[1],
        once_at_risk_days=once[2],
        repeat_orders=few,
        hero_orders=many,
        hero_value=draw(st.none() | st.floats(0, 10_000)),
        activity_warm_days=active,
        activity_cooling_days=quiet,
        new_days=draw(st.floats(0.01, 60)),
        interest=draw(st.floats(0.1, 100)),
        returning_days=draw(st.integers(1, 9)),
        comeback_orders=draw(st.integers(1, 12)),
        intent_idle_hours=draw(st.floats(0.01, 2000)),
        quote_idle_hours=draw(st.floats(0.01, 2000)),
        contract_hero_value=draw(st.none() | st.floats(0, 10_000)),
        contract_hero_days=draw(st.floats(0.01, 2000)),
        trial_days=draw(st.floats(0.01, 400)),
        lapsed_trial_days=draw(st.floats(0.01, 400)),
        payment_failed_days=draw(st.floats(0.01, 400)),
    )
