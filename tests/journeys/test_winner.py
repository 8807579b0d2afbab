"""When a split may say that a way has won: rarely among equals, however often it is looked at; soon among others."""

from __future__ import annotations

import random
from collections import Counter
from math import comb, exp, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.journeys.winner import evidence, winner

HALVES = {"a": 50.0, "b": 50.0}


@pytest.mark.parametrize(
    ("goals", "shares", "won"),
    [
        ({}, HALVES, None),
        ({"a": 5}, HALVES, None),  # five in a row are no proof
        ({"a": 60, "b": 60}, HALVES, None),
        ({"a": 120, "b": 80}, HALVES, None),
        ({"a": 130, "b": 70}, HALVES, "a"),
        ({"a": 70, "b": 130}, HALVES, "b"),
        # what counts is more than the share, not more than half
        ({"a": 180, "b": 20}, {"a": 9, "b": 1}, None),
        ({"a": 140, "b": 60}, {"a": 9, "b": 1}, "b"),
        # of three ways the winner beats both others
        ({"a": 150, "b": 60, "c": 70}, {"a": 1, "b": 1, "c": 1}, "a"),
        ({"a": 150, "b": 60, "c": 149}, {"a": 1, "b": 1, "c": 1}, None),
    ],
)
def test_the_winner(goals: dict[str, int], shares: dict[str, float], won: str | None) -> None:
    assert winner(goals, shares) == won


@given(st.integers(0, 40), st.floats(0.05, 0.95))
def test_the_ratio_has_mean_one_among_equals(n: int, theta: float) -> None:
    ratios = (comb(n, x) * theta**x * (1 - theta) ** (n - x) * exp(evidence(x, n, theta)) for x in range(n + 1))
    assert isclose(sum(ratios), 1, rel_tol=1e-6), "so by Ville's inequality it is rarely ever large"


def _ever(dice: random.Random, rates: dict[str, float], shares: dict[str, float], most: int) -> str | None:
    """Send people by lot until a winner is named, looking after every goal."""
    goals: Counter[str] = Counter()
    ways, weights = list(shares), list(shares.values())
    for way in dice.choices(ways, [rates[way] * weight for way, weight in zip(ways, weights, strict=True)], k=most):
        goals[way] += 1
        won = winner(goals, shares)
        if won is not None:
            return won
    return None


@pytest.mark.parametrize("shares", [HALVES, {"a": 80.0, "b": 20.0}, {"a": 1.0, "b": 1.0, "c": 2.0}])
def test_looking_after_every_goal_names_a_winner_among_equals_in_less_than_one_of_twenty(
    shares: dict[str, float],
) -> None:
    dice = random.Random("equals")
    runs = 300
    false = sum(_ever(dice, dict.fromkeys(shares, 0.1), shares, 500) is not None for _ in range(runs))
    assert false / runs < 0.05


def test_a_way_that_is_half_as_good_again_is_found_and_the_other_never() -> None:
    dice = random.Random("better")
    found = Counter(_ever(dice, {"a": 0.10, "b": 0.15}, HALVES, 1_000) for _ in range(100))
    assert found["b"] >= 95
    assert found["a"] == 0
