"""Calls side by side."""

from __future__ import annotations

import threading

import pytest

from chalicelib.aws.at_once import at_once


@pytest.mark.parametrize("count", [0, 1, 2, 40])
def test_answers_come_in_the_order_of_what_was_asked(count: int) -> None:
    assert at_once(str, range(count)) == [str(number) for number in range(count)]


def test_calls_wait_for_each_other_and_not_one_after_the_other() -> None:
    all_here = threading.Barrier(3, timeout=10)
    assert sorted(at_once(lambda _: all_here.wait(), "abc")) == [0, 1, 2]


def test_what_is_alone_needs_no_thread() -> None:
    assert at_once(lambda _: threading.current_thread(), "a") == [threading.current_thread()]


@pytest.mark.parametrize("given", [[0], [1, 0, 2]])
def test_what_fails_is_raised(given: list[int]) -> None:
    with pytest.raises(ZeroDivisionError):
        at_once(lambda number: 1 // number, given)
