"""How often somebody wants to hear from us."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.customers.frequency import TRAIT, Frequency, wished
from chalicelib.customers.trust import PROTECTED


@pytest.mark.parametrize(
    ("said", "wish"),
    [
        ("weekly", Frequency.WEEKLY),
        ("monthly", Frequency.MONTHLY),
        *((other, None) for other in ("daily", "Weekly", "", None, 7, ["weekly"], {"weekly": 1}, True)),
    ],
)
def test_only_two_words_are_a_wish(said: object, wish: Frequency | None) -> None:
    assert wished({TRAIT: said}) == wish


def test_who_says_nothing_wishes_nothing() -> None:
    assert wished({}) is None


def test_a_wish_is_a_span_in_which_one_message_may_come() -> None:
    assert [one.every for one in Frequency] == [timedelta(days=7), timedelta(days=30)]


def test_not_everybody_may_say_it_of_somebody() -> None:
    assert TRAIT in PROTECTED
