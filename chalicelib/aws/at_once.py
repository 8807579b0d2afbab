"""Calls side by side, for whoever waits for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

AT_ONCE: Final = 16
"""Calls in flight."""

Given = TypeVar("Given")
Done = TypeVar("Done")


def at_once(work: Callable[[Given], Done], given: Iterable[Given]) -> list[Done]:
    """`work` of each, in the order of `given`; 16 at a time. Raises what the first of them raised that failed, once all
    have ended. What is alone needs no thread, and starting one would take longer than most calls."""
    each = list(given)
    if len(each) < 2:
        return [work(one) for one in each]
    with ThreadPoolExecutor(min(AT_ONCE, len(each))) as pool:
        return list(pool.map(work, each))
