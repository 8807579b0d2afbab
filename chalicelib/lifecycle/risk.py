"""The probability that a buyer buys again: the MBG/NBD model, in closed form.

While "alive" a customer orders at random (Poisson) at a rate of his own, Gamma(r, alpha) over customers; after every
order, the first included, he is gone for good with a probability of his own, Beta(a, b) over customers. (Batislam,
Denizel, Filiztekin 2007, "Empirical validation and comparison of models for customer base analysis", IJRM 24:3; the
variant of Fader, Hardie, Lee 2005, "Counting your customers the easy way", Marketing Science 24:2, in which the
first order, too, may be the last.)

Throughout: x repeat orders, `spread` the weeks from the first order to the last, `silence` the weeks since the last,
A = alpha + spread, u = A + silence, k = r + x. Weeks are the unit of the prior.

Warmth is P(buys within the horizon) now, divided by the same at the moment of the last order. It is 1 there and falls
monotonically: P(alive) falls with u, and so does the chance that somebody alive buys in time. So it crosses each
threshold once, and that instant is known in advance.
"""

from __future__ import annotations

import math
from math import exp, expm1, log, log1p
from typing import Final, NamedTuple

from chalicelib.lifecycle.figures import checked

WEEK_MS: Final = 7 * 86_400_000
_STEPS: Final = 10  # three suffice, mostly; bisection takes over where they do not
_NEAR: Final = 1e-4  # a step in ln u after which the next would be below a millisecond
_TAIL: Final = 1e-9  # share of the sum of expected orders that is left out


@checked
class Model(NamedTuple):
    """MBG/NBD parameters over the customers of a shop: r (shape) and alpha (weeks) of the rate, a and b of leaving."""

    r: float = 0.6
    alpha: float = 6.0
    a: float = 0.8
    b: float = 1.6

    def check(self) -> None:
        """ValueError for a number that is none of such a model."""
        if not all(math.isfinite(value) and value > 0 for value in (self.r, self.alpha, self.a, self.b)):
            raise ValueError(f"the model's parameters must be positive and finite: {self}")


class Buyer:
    """One buyer as the model sees him: x repeat orders, the last one `spread` weeks after the first."""

    __slots__ = ("_a", "_at_last", "_b", "_k", "_known", "_odds", "_u0", "horizon", "repeats", "spread")

    def __init__(self, model: Model, repeats: int, spread: float, horizon: float) -> None:
        """`horizon` in weeks, > 0; repeats and spread >= 0."""
        self.repeats = repeats
        self.spread = spread
        self.horizon = horizon
        self._k = model.r + repeats
        self._u0 = model.alpha + spread
        self._a = model.a
        self._b = model.b + repeats
        self._odds = math.log(model.a / self._b)
        self._known = (
            -1.0,
            0.0,
        )  # the silence asked for last, and the answer
        self._at_last = self.log_buys(0.0)

    def log_alive(self, silence: float) -> float:
        """ln P(alive): minus ln(1 + e^o) with o = ln a - ln(b + x) + k ln(u / A), the log odds of being gone."""
        odds = self._odds + self._k * log1p(silence / self._u0)
        return -odds - log1p(exp(-odds)) if odds > 0 else -log1p(exp(odds))

    def log_buys(self, silence: float) -> float:
        """ln P(buys within the horizon) = ln P(alive) + ln(1 - (u / (u + h))^k)."""
        if self._known[0] == silence:
            return self._known[1]
        odds = self._odds + self._k * log1p(silence / self._u0)
        none = -self._k * log1p(self.horizon / (self._u0 + silence))
        found = (-odds - log1p(exp(-odds)) if odds > 0 else -log1p(exp(odds))) + log(-expm1(none))
        self._known = (silence, found)
        return found

    def alive(self, silence: float) -> float:
        """P(alive), in [0, 1]."""
        return math.exp(self.log_alive(silence))

    def buys(self, silence: float) -> float:
        """P(at least one order within the horizon), in [0, 1]."""
        return math.exp(self.log_buys(silence))

    def warmth(self, silence: float) -> float:
        """P(buys) now over P(buys) at the moment of the last order: 1 there, falling towards 0."""
        return math.exp(min(0.0, self.log_buys(silence) - self._at_last))

    def cools_after(self, threshold: float, at_most: int) -> int:
        """The least whole number of milliseconds of silence at which warmth is below `threshold`; at most `at_most`.

        Halley's method lands within a millisecond or two; bisection on whole milliseconds, with `warmth` itself as
        the predicate, makes it exact.
        """
        guess = self._root(log(threshold))
        if guess >= at_most:
            return at_most if self._warm(at_most - 1, threshold) else self._bisect(threshold, 0, at_most)
        if guess > 1 and self._warm(guess - 1, threshold):
            low = guess - 1
        else:
            low, step = max(0, guess - 1), 1
            while low > 0 and not self._warm(low, threshold):
                step *= 16
                low = max(0, low - step)
        high, step = min(at_most, max(low + 1, guess)), 1
        while high < at_most and self._warm(high, threshold):
            low = high
            high = min(at_most, high + step)
            step *= 16
        return self._bisect(threshold, low, high)

    def _warm(self, milliseconds: int, threshold: float) -> bool:
        return self.warmth(milliseconds / WEEK_MS) >= threshold

    def _bisect(self, threshold: float, low: int, high: int) -> int:
        """The boundary in (low, high]: `low` counts as warm and `high` as no longer so, without being asked."""
        while high - low > 1:
            middle = (low + high) // 2
            if self._warm(middle, threshold):
                low = middle
            else:
                high = middle
        return high

    def _root(self, log_threshold: float) -> int:
        """Milliseconds of silence at which ln warmth is about `log_threshold`: Halley's method in y = ln(u / A).

        ln P(buys) is concave in y and lies below its asymptote, ln(k h / A) - o - (k + 1) y, whose root is where the
        search begins.
        """
        k, h, u0, odds0 = self._k, self.horizon, self._u0, self._odds
        target = self._at_last + log_threshold
        y = min(50.0, max(0.0, (log(k * h / u0) - odds0 - target) / (k + 1)))
        for _ in range(_STEPS):
            u = u0 * exp(y)
            odds = odds0 + k * y
            if odds > 0:
                e = exp(-odds)
                gone, alive = 1 / (1 + e), -odds - log1p(e)
            else:
                e = exp(odds)
                gone, alive = e / (1 + e), -log1p(e)
            some = expm1(-k * log1p(h / u))  # minus the chance to buy, for somebody alive
            ratio, soon = (1 + some) / some, h / (u + h)
            slope = k * (ratio * soon - gone)
            if slope > -1e-9:
                break  # practically flat: leave it to the bisection
            bend = k * k * (ratio * (1 - ratio) * soon * soon - gone * (1 - gone)) - k * ratio * soon * (1 - soon)
            step = (alive + log(-some) - target) / slope
            step /= max(0.5, 1 - step * bend / (2 * slope))
            y = min(50.0, max(0.0, y - step))
            if abs(step) < _NEAR:  # what is left is its cube
                break
        return round(u0 * expm1(y) * WEEK_MS)

    def expected_orders(self, silence: float, weeks: float) -> float:
        """Expected number of orders within `weeks` from now.

        P(alive) times the sum over n >= 1 of P(NBD(k, u; weeks) >= n) times the chance to have survived the n - 1
        orders before, the product over j < n - 1 of (b' + j) / (a + b' + j) with b' = b + x + 1. Every factor is in
        [0, 1]: nothing overflows and a = 1 is not special (the closed form with 2F1 has both troubles).
        """
        k, u = self._k, self._u0 + silence
        share = weeks / (u + weeks)
        mean = k * weeks / u
        count, chance = _first_chance(k, share, mean)
        survive, total, tail = 1.0, 0.0, 1.0
        stay = self._b + 1
        leave = stay + self._a
        for n in range(count):  # so many orders are as good as certain
            total += survive
            survive *= (stay + n) / (leave + n)
        least = _TAIL * (1 - share)  # terms fall by about `share`: the rest is a term / (1 - share)
        while True:
            tail -= chance
            term = tail * survive
            if term <= least * total or (chance < 1e-20 and count > mean):
                return self.alive(silence) * total
            total += term
            survive *= (stay + count) / (leave + count)
            chance *= share * (k + count) / (count + 1)
            count += 1


def _first_chance(k: float, share: float, mean: float) -> tuple[int, float]:
    """(n, P(NBD = n)) to begin the sum with: n = 0, or, where that underflows, an n far below the mean."""
    log_none = k * math.log1p(-share)
    if log_none > -600:
        return 0, math.exp(log_none)
    start = max(0, int(mean - 12 * math.sqrt(mean / (1 - share))))
    log_chance = math.lgamma(k + start) - math.lgamma(k) - math.lgamma(start + 1) + log_none
    return start, math.exp(max(-700.0, log_chance + start * math.log(share)))
