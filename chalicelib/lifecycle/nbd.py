"""Fit the MBG/NBD model (risk.py) to many customers: likelihood, gradient, a weak prior, BFGS in logarithms.

For one customer with x repeats, the last t_x after the first and observed for T (Batislam, Denizel, Filiztekin 2007,
equation 4; in the notation of Fader, Hardie, Lee 2005, equation 6, with one more chance to leave):

    L = Gamma(r + x) / Gamma(r) * alpha^r * B(a, b + x + 1) / B(a, b) * (alpha + T)^-(r + x) * (1 + e^o)
    o = ln a - ln(b + x) + (r + x) * ln((alpha + T) / (alpha + t_x))          the log odds of having left

x is whole, so the ratios of Gamma and Beta functions are cumulative sums of ln(r + i) and ln((b + j) / (a + b + j)),
and their derivatives sums of reciprocals. Times are rounded to a day: customers that are alike are counted, not
repeated, and each logarithm is taken once for each day.

Plain maximum likelihood cannot be shipped: on some shops it runs to a -> 0 (nobody ever leaves). The prior is a
log-normal one, `PRECISION` for each logarithm, centred on risk.Model(): worth a few dozen customers, no more.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from chalicelib.lifecycle.optimise import Minimum, minimise
from chalicelib.lifecycle.risk import Model

CENTRE: Final = Model()
PRECISION: Final = (1.0, 1.0, 2.0, 2.0)
"""Of ln r, ln alpha, ln a, ln b. 1 says: two shops in three are within a factor of 2.7 of the centre, nearly all
within 7. Rates of weekly and of yearly shops differ by more than chances of leaving do, and say more, so the latter
are held twice as tight."""
BOUND: Final = 12.0  # no logarithm leaves [-12, 12]
_SCOUTS: Final = 3000  # groups among which the search begins

Triple = tuple[int, float, float]
"""(x, t_x, T), in weeks."""


class Likelihood:
    """The likelihood of the customers given, as (x, t_x, T) in weeks with how often each occurs."""

    def __init__(self, counted: Sequence[tuple[int, int, int, float]]) -> None:
        """`counted`: (x, t_x in days, T in days, how many)."""
        self.weight = sum(count for *_, count in counted)
        self._ages = sorted({age for _, _, age, _ in counted})
        self._lasts = sorted({last for _, last, _, _ in counted})
        age_place = {age: place for place, age in enumerate(self._ages)}
        last_place = {last: place for place, last in enumerate(self._lasts)}
        by_repeats: dict[int, tuple[list[int], list[int], list[float]]] = {}
        self._of_age = [0.0] * len(self._ages)
        self._repeats_of_age = [0.0] * len(self._ages)
        for repeats, last, age, count in counted:
            lasts, ages, counts = by_repeats.setdefault(repeats, ([], [], []))
            lasts.append(last_place[last])
            ages.append(age_place[age])
            counts.append(count)
            self._of_age[age_place[age]] += count
            self._repeats_of_age[age_place[age]] += count * repeats
        self._rows = sorted(by_repeats.items())
        self._most = self._rows[-1][0] if self._rows else 0

    def __call__(self, model: Model) -> tuple[float, list[float]]:
        """(ln L, its derivatives by r, alpha, a, b)."""
        r, alpha, a, b = model.r, model.alpha, model.a, model.b
        log, log1p, exp = math.log, math.log1p, math.exp
        age_logs = [log(alpha + age / 7) for age in self._ages]
        last_logs = [log(alpha + last / 7) for last in self._lasts]
        age_inverse = [1 / (alpha + age / 7) for age in self._ages]
        last_inverse = [1 / (alpha + last / 7) for last in self._lasts]
        total = self.weight * r * log(alpha)
        by_r, by_alpha = self.weight * log(alpha), self.weight * r / alpha
        by_a = by_b = 0.0
        for place, (count, repeats) in enumerate(zip(self._of_age, self._repeats_of_age, strict=True)):
            total -= (r * count + repeats) * age_logs[place]
            by_r -= count * age_logs[place]
            by_alpha -= (r * count + repeats) * age_inverse[place]
        sums = _sums(r, a, b, self._most)
        for repeats, (lasts, ages, counts) in self._rows:
            k, odds0 = r + repeats, log(a) - log(b + repeats)
            soft = gone = by_k = by_u = 0.0
            for last, age, count in zip(lasts, ages, counts, strict=True):
                stretch = age_logs[age] - last_logs[last]
                odds = odds0 + k * stretch
                if odds > 0:
                    e = exp(-odds)
                    soft += count * (odds + log1p(e))
                    share = count / (1 + e)
                else:
                    e = exp(odds)
                    soft += count * log1p(e)
                    share = count * e / (1 + e)
                gone += share
                by_k += share * stretch
                by_u += share * (age_inverse[age] - last_inverse[last])
            weight = sum(counts)
            value, d_r, d_a, d_b = sums[repeats]
            total += weight * value + soft
            by_r += weight * d_r + by_k
            by_alpha += k * by_u
            by_a += weight * d_a + gone / a
            by_b += weight * d_b - gone / (b + repeats)
        return total, [by_r, by_alpha, by_a, by_b]


def _sums(r: float, a: float, b: float, most: int) -> list[tuple[float, float, float, float]]:
    """For each x: ln of the ratios of Gamma and Beta functions, and their derivatives by r, a and b."""
    found = []
    value, d_r, d_a, d_b = 0.0, 0.0, 0.0, 0.0
    for x in range(most + 1):
        value += math.log(b + x) - math.log(a + b + x)
        d_a -= 1 / (a + b + x)
        d_b += 1 / (b + x) - 1 / (a + b + x)
        found.append((value, d_r, d_a, d_b))
        value += math.log(r + x)
        d_r += 1 / (r + x)
    return found


def grouped(customers: Iterable[Triple]) -> list[tuple[int, int, int, float]]:
    """Customers alike counted: (x, t_x in whole days, T in whole days, how many), in a fixed order."""
    alike = Counter((x, round(last * 7), round(age * 7)) for x, last, age in customers)
    return [(*key, float(count)) for key, count in sorted(alike.items())]


def fit_model(
    customers: Iterable[Triple],
    *,
    centre: Model = CENTRE,
    precision: Sequence[float] = PRECISION,
    start: Model | None = None,
) -> Model:
    """The most likely model under the prior. With nobody given, the centre itself. Never fails, never degenerates."""
    counted = grouped(customers)
    begin, inverse = _logs(start or centre), None
    if len(counted) > 2 * _SCOUTS:  # a tenth shows the way, all of them the place
        scouts = counted[:: len(counted) // _SCOUTS]
        first = _search(Likelihood(scouts), centre, precision, begin, 1e-3)
        share = sum(count for *_, count in scouts) / sum(count for *_, count in counted)
        begin, inverse = first.point, [[share * each for each in row] for row in first.inverse]
    found = _search(Likelihood(counted), centre, precision, begin, 1e-5, inverse)
    return Model(*map(math.exp, found.point))


def _search(
    likelihood: Likelihood,
    centre: Model,
    precision: Sequence[float],
    start: Sequence[float],
    tolerance: float,
    inverse: Sequence[Sequence[float]] | None = None,
) -> Minimum:
    middle = _logs(centre)

    def objective(point: Sequence[float]) -> tuple[float, list[float]]:
        if any(abs(each) > BOUND for each in point):
            return math.inf, [0.0] * len(point)
        value, slopes = likelihood(Model(*map(math.exp, point)))
        away = [each - there for each, there in zip(point, middle, strict=True)]
        total = -value + sum(weight * each * each for weight, each in zip(precision, away, strict=True)) / 2
        return total, [
            weight * each - slope * math.exp(at)
            for weight, each, slope, at in zip(precision, away, slopes, point, strict=True)
        ]

    return minimise(objective, start, inverse=inverse, tolerance=tolerance * max(1.0, likelihood.weight))


def _logs(model: Model) -> list[float]:
    return [math.log(each) for each in (model.r, model.alpha, model.a, model.b)]
