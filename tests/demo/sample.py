"""The shipped sample, read once for all tests that look at it."""

from __future__ import annotations

from functools import cache

from infra.demo import history
from infra.demo.shop import Call, Line


@cache
def lines() -> list[Line]:
    """Every line."""
    return history.lines()


@cache
def calls() -> list[Call]:
    """Every call that the replay makes."""
    return history.calls()
