"""Who foretells: Perennial, and those it is held against. All see the same customers before the same moment.

Lifetimes sees orders merged by day, as its own `summary_data_from_transaction_data` would; P(buys) follows from its
parameters: P(alive) * (1 - ((alpha + T) / (alpha + T + h))^(r + x)).
"""

from __future__ import annotations

import importlib
import math
import warnings
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from benchmarks.lifecycle.shops import Person, Purchase
from chalicelib.lifecycle.assess import chance_of
from chalicelib.lifecycle.fit import fit
from chalicelib.lifecycle.history import as_of
from chalicelib.lifecycle.risk import Buyer
from chalicelib.lifecycle.score import expected_occasions, occasion_value

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Foretold:
    """Of each customer: the chance to buy, the orders (merged by day), the revenue; None where it says nothing."""

    chances: list[float]
    orders: list[float] | None = None
    value: list[float] | None = None


Rival = Callable[[Sequence[Person], datetime, int], Foretold | None]


def perennial(people: Sequence[Person], now: datetime, days: int) -> Foretold:
    """A fit of these histories, and what it says of each. It counts occasions; of those, somebody has had so many days
    with an order each, and the shop's ratio for two of them more."""
    fitted = fit([each.history for each in people], now, horizon_days=days)
    chances, orders, value = [], [], []
    views = [view for person in people if (view := as_of(person.history, now)) is not None]  # everybody: all had bought
    ratio = sum(len(order_days(person.known)) for person in people) / sum(view.occasions for view in views)
    for person, view in zip(people, views, strict=True):
        buyer = Buyer(fitted.model, view.repeats, view.spread, days / 7)
        chances.append(chance_of(fitted, view))
        expected = expected_occasions(buyer, view.silence, days / 7, chances[-1])
        own = (len(order_days(person.known)) + 2 * ratio) / (view.occasions + 2)
        orders.append(expected * own)
        value.append(expected * occasion_value(fitted, view.occasions, view.revenue))
    return Foretold(chances, orders, value)


def bg_nbd(people: Sequence[Person], now: datetime, days: int) -> Foretold | None:
    """Lifetimes' BG/NBD."""
    return _lifetimes("BetaGeoFitter", people, now, days)


def mbg_nbd(people: Sequence[Person], now: datetime, days: int) -> Foretold | None:
    """Lifetimes' MBG/NBD, with its Gamma-Gamma for the value."""
    return _lifetimes("ModifiedBetaGeoFitter", people, now, days)


def recency(people: Sequence[Person], now: datetime, days: int) -> Foretold | None:
    """The share that bought among those as long silent, in the window before: twenty equal parts."""
    return _by_cells(people, now, days, lambda table: _cells([[each[0]] for each in table], 20))


def rfm(people: Sequence[Person], now: datetime, days: int) -> Foretold | None:
    """The same by cells of recency, frequency and value, five parts each."""
    return _by_cells(people, now, days, lambda table: _cells(table, 5))


RIVALS: Final[dict[str, Rival]] = {
    "Perennial": perennial,
    "Lifetimes MBG/NBD": mbg_nbd,
    "Lifetimes BG/NBD": bg_nbd,
    "RFM cells": rfm,
    "recency": recency,
}


def order_days(bought: Sequence[Purchase]) -> list[int]:
    """The days with an order, ascending."""
    return sorted({each.at.toordinal() for each in bought})


def triples(people: Sequence[Person], now: datetime) -> list[tuple[int, float, float]]:
    """(x, t_x, T) in weeks, orders of one day merged."""
    found = []
    for person in people:
        on = order_days(person.known)
        found.append((len(on) - 1, (on[-1] - on[0]) / 7, (now.toordinal() - on[0]) / 7))
    return found


def lifetimes_fitter(name: str, customers: Sequence[tuple[int, float, float]]) -> Any | None:
    """A fitted fitter of Lifetimes; None where it does not converge."""
    library, numpy = importlib.import_module("lifetimes"), importlib.import_module("numpy")
    x, last, age = (numpy.array(column, dtype=float) for column in zip(*customers, strict=True))
    fitter = getattr(library, name)()
    converging = importlib.import_module("lifetimes.utils").ConvergenceError
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            _in_silence(lambda: fitter.fit(x, last, age))
        except converging:
            return None
    return fitter


def _lifetimes(name: str, people: Sequence[Person], now: datetime, days: int) -> Foretold | None:
    numpy = importlib.import_module("numpy")
    customers = triples(people, now)
    fitter = lifetimes_fitter(name, customers)
    if fitter is None:
        return None
    x, last, age = (numpy.array(column, dtype=float) for column in zip(*customers, strict=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        alive = numpy.asarray(fitter.conditional_probability_alive(x, last, age))
        expected = numpy.asarray(fitter.conditional_expected_number_of_purchases_up_to_time(days / 7, x, last, age))
    r, alpha = float(fitter.params_["r"]), float(fitter.params_["alpha"])
    chances = alive * (1 - ((alpha + age) / (alpha + age + days / 7)) ** (r + x))
    orders = [float(each) if math.isfinite(each) else 0.0 for each in expected]
    each = _gamma_gamma(people)
    value = None if each is None else [count * worth for count, worth in zip(orders, each, strict=True)]
    return Foretold([float(each) for each in chances], orders, value)


def _gamma_gamma(people: Sequence[Person]) -> list[float] | None:
    """Lifetimes' expected value of an order, as its documentation has it: fitted on repeat orders only."""
    library, numpy = importlib.import_module("lifetimes"), importlib.import_module("numpy")
    repeats, means = [], []
    for person in people:
        by_day: dict[int, float] = defaultdict(float)
        for each in person.known:
            by_day[each.at.toordinal()] += float(each.total)
        later = [by_day[day] for day in sorted(by_day)[1:]]
        repeats.append(float(len(later)))
        means.append(sum(later) / len(later) if later else 0.0)
    x, mean = numpy.array(repeats), numpy.array(means)
    some = (x > 0) & (mean > 0)
    fitter = library.GammaGammaFitter()
    converging = importlib.import_module("lifetimes.utils").ConvergenceError
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            _in_silence(lambda: fitter.fit(x[some], mean[some]))
        except converging:
            return None
        return [float(each) for each in fitter.conditional_expected_average_profit(x, mean)]


def _in_silence(work: Callable[[], object]) -> None:
    """Lifetimes prints the optimiser's report before it raises."""
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()):
        work()


Row = Sequence[float]


def _table(people: Sequence[Person], now: datetime) -> list[list[float]]:
    """Days since the last order, orders, their mean: of those who had bought by then."""
    found = []
    for person in people:
        known = [each for each in person.known if each.at < now]
        if known:
            total = float(sum(each.total for each in known))
            found.append([(now - known[-1].at) / DAY, float(len(known)), total / len(known)])
    return found


def _by_cells(
    people: Sequence[Person], now: datetime, days: int, cells: Callable[[list[list[float]]], Callable[[Row], object]]
) -> Foretold | None:
    """What the window before `now` showed, cell by cell; None where there was nobody before it."""
    then = now - days * DAY
    before = _table(people, then)
    if len(before) < 50:
        return None
    came = [any(then <= each.at < now for each in person.known) for person in people if person.known[0].at < then]
    cell_of = cells(before)
    tally: dict[object, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row, did in zip(before, came, strict=True):
        counted = tally[cell_of(row)]
        counted[0] += 1
        counted[1] += did
    usual = sum(came) / len(came)
    shares = {cell: (did + 5 * usual) / (count + 5) for cell, (count, did) in tally.items()}
    table = _table(people, now)
    return Foretold([shares.get(cell_of(row), usual) for row in table])


def _cells(table: Sequence[Row], parts: int) -> Callable[[Row], tuple[int, ...]]:
    """Which part, of equal size in the table, each figure of a row falls into."""
    limits = [
        [sorted(column)[len(column) * n // parts] for n in range(1, parts)] for column in zip(*table, strict=True)
    ]

    def cell(row: Row) -> tuple[int, ...]:
        return tuple(sum(value >= limit for limit in each) for value, each in zip(row, limits, strict=False))

    return cell
