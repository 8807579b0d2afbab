"""Which way of a split has won: a test that may be looked at after every single goal. Pure.

An ordinary test is valid at one sample size that was fixed before; who looks again and again finds a winner among
equals sooner or later. This one is valid at all sample sizes at once.

People are sent their ways by lot, with known shares. If two ways are equally good, then whoever reaches the goal next
went the first of them with probability theta = share of the first / share of both, whatever came before. So of the n
goals on two ways, x on the first, the likelihood under equality is theta^x (1 - theta)^(n-x). Against it stands the
mixture of all alternatives with a Beta(a, b) prior, a = c theta, b = c (1 - theta). Their ratio

    e(x, n) = B(a + x, b + n - x) / B(a, b) / (theta^x (1 - theta)^(n - x))

is a martingale with mean 1 under equality, and by Ville's inequality it ever exceeds 1 / alpha with probability at most
alpha. This is the case of two categories of M. Lindon and A. Malek, "Anytime-Valid Inference for Multinomial Count
Data", NeurIPS 2022. It needs no estimate of the rates, and holds when they change by hour and season.

With more than two ways every pair is tested, at alpha divided by the number of pairs (Bonferroni); the winner is the
way that beats each other one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import lgamma, log
from typing import Final

CONCENTRATION: Final = 100.0
"""c: as if a hundred goals had been seen before. At its best for differences of about a fifth, and valid for all."""


@dataclass(frozen=True)
class Contest:
    """What is to be found out: shares of the ways; after: how many goals on all of them; how sure."""

    shares: Mapping[str, float]
    after: int
    confidence: float

    def winner(self, goals: Mapping[str, int]) -> str | None:
        """The way that has won; None as long as that is open."""
        if sum(goals.get(way, 0) for way in self.shares) < self.after:
            return None
        return winner(goals, self.shares, self.confidence)


def evidence(x: int, n: int, theta: float) -> float:
    """The logarithm of e(x, n): how much better a difference explains x goals of n on the first way than equality."""
    a, b = CONCENTRATION * theta, CONCENTRATION * (1 - theta)
    mixed = _log_beta(a + x, b + n - x) - _log_beta(a, b)
    return mixed - x * log(theta) - (n - x) * log(1 - theta)


def winner(goals: Mapping[str, int], shares: Mapping[str, float], confidence: float = 0.95) -> str | None:
    """The way that is certainly better than each other one; None as long as that is open.

    goals: how many people reached the goal on each way. shares: the weights by which people were sent, all positive.
    """
    pairs = list(combinations(sorted(shares), 2))
    enough = log(len(pairs) / (1 - confidence))
    lost = {loser for pair in pairs if (loser := _loser(*pair, goals, shares, enough)) is not None}
    left = shares.keys() - lost
    return next(iter(left)) if len(left) == 1 and pairs else None


def _loser(one: str, other: str, goals: Mapping[str, int], shares: Mapping[str, float], enough: float) -> str | None:
    x, n = goals.get(one, 0), goals.get(one, 0) + goals.get(other, 0)
    theta = shares[one] / (shares[one] + shares[other])
    if evidence(x, n, theta) < enough:
        return None
    return other if x > n * theta else one


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
