"""How long it takes: fitting against Lifetimes, one judgement, importing, and the memory of a refit.

All in one run, so that the ratios hold on any machine. Times are processor time, the least of several tries.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from benchmarks.lifecycle.rivals import lifetimes_fitter
from benchmarks.lifecycle.shops import Shop, facts_at, people
from chalicelib.lifecycle.fit import fit
from chalicelib.lifecycle.nbd import fit_model
from chalicelib.lifecycle.parameters import DEFAULT, with_fitted
from chalicelib.lifecycle.risk import Model
from chalicelib.lifecycle.stage import judge

CUSTOMERS: Final = 100_000
_TRUE: Final = Model(0.525, 6.183, 0.891, 1.614)


def measure(shops: list[Shop]) -> list[str]:
    """Print the figures; the targets missed."""
    missed = []
    customers = simulated(CUSTOMERS)
    own = _least(lambda: fit_model(customers), 3)
    theirs = _least(lambda: lifetimes_fitter("ModifiedBetaGeoFitter", customers), 3)
    faster = theirs / own
    print(f"\nFit of MBG/NBD to {CUSTOMERS:,} customers: {own:.2f} s; Lifetimes {theirs:.2f}, {faster:.1f} times it")
    if faster < 1.5:
        missed.append(f"the fit is {faster:.2f} times as fast as Lifetimes', wanted 1.5")
    for shop in shops:
        took = _judgement(shop)
        print(f"Score, stage, next change and explanation data of one customer of {shop.name}: {took:.0f} microseconds")
        if took > 60:
            missed.append(f"one judgement on {shop.name} takes {took:.0f} microseconds, wanted at most 60")
    whole, library = _imported("import chalicelib.lifecycle.stage"), _imported(_LIBRARY)
    own, heavy = whole - library, _imported("import lifetimes")
    print(f"Import of the scoring path: {own:.1f} ms, {whole:.1f} with the standard library; Lifetimes {heavy:.0f}")
    if own > 10:
        missed.append(f"importing the scoring path takes {own:.1f} ms, wanted at most 10")
    peak, base = (int(_output(code)) for code in (_REFIT, _BASE))
    print(
        f"Peak memory of a refit sample of 50,000: {peak // 1024} MB, of which Python and the modules {base // 1024} MB"
    )
    if peak > 200 * 1024:
        missed.append(f"a refit of 50,000 takes {peak // 1024} MB at its peak, wanted at most 200")
    return missed


def simulated(count: int) -> list[tuple[int, float, float]]:
    """(x, t_x, T) in weeks of customers who came evenly over two years and buy by the model, by day."""
    dice, found = random.Random(100), []
    for _ in range(count):
        rate, leave = dice.gammavariate(_TRUE.r, 1 / _TRUE.alpha), dice.betavariate(_TRUE.a, _TRUE.b)
        age, at, repeats = dice.randint(1, 730) / 7, 0.0, 0
        while dice.random() >= leave:
            then = at + (dice.expovariate(rate) if rate > 1e-9 else 1e9)
            if then > age:
                break
            at, repeats = then, repeats + 1
        found.append((repeats, round(at * 7) / 7, age))
    return found


def _judgement(shop: Shop) -> float:
    """Microseconds for one, of up to 3,000 buyers whose facts nobody has read yet, under a fit; the least of five."""
    now = shop.first + 0.7 * (shop.last - shop.first)
    known = people(shop, now, timedelta(0))[:3000]
    parameters = with_fitted(DEFAULT, fit([each.history for each in known], now))
    facts = [facts_at(each.known, now) for each in known]
    taken = []
    for _ in range(5):
        fresh = [replace(each) for each in facts]
        start = time.process_time()
        for each in fresh:
            judge(each, True, parameters, now)
        taken.append(time.process_time() - start)
    return min(taken) / len(facts) * 1e6


def _least(work: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


_LIBRARY: Final = (
    "import bisect, collections.abc, contextlib, dataclasses, datetime, decimal, enum, functools, itertools, math, re\n"
    "import types, typing"
)
_PEAK: Final = (
    "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"  # kB, since exec
)
_BASE: Final = f"import random, datetime, chalicelib.lifecycle.fit\n{_PEAK}"
_REFIT: Final = f"""
import random
from datetime import datetime, UTC
from chalicelib.lifecycle.fit import fit
from chalicelib.lifecycle.history import Before, History
dice, day, sample = random.Random(1), 86_400_000, []
for _ in range(50_000):
    at, times = 1_600_000_000_000 + dice.randint(0, 700 * day), []
    for _ in range(min(12, 1 + int(dice.expovariate(0.5)))):
        times.append(at)
        at += dice.randint(3 * day, 90 * day)
    sample.append(History(tuple(times), tuple(dice.uniform(5, 200) for _ in times)))
fit(sample, datetime(2022, 12, 1, tzinfo=UTC))
{_PEAK}
"""


def _imported(code: str) -> float:
    """Milliseconds of processor that an import takes in a fresh interpreter, compiled already; the least of ten."""
    timed = f"import time, sys\nstart = time.process_time_ns()\n{code}\nprint(time.process_time_ns() - start)"
    _output(timed)
    return min(int(_output(timed)) for _ in range(10)) / 1e6


def _output(code: str) -> str:
    """What a fresh interpreter prints; it keeps what it compiles, wherever the environment forbids it."""
    kept = {**os.environ, "PYTHONPYCACHEPREFIX": os.path.join(tempfile.gettempdir(), "perennial-bench-pyc")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=kept).stdout
