"""Which rules about events the customer's item answers alone, and which need the history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.customers.happenings import LONGEST, NAMES
from chalicelib.segments.match import UNREAD, match
from chalicelib.segments.need import Need, needed
from chalicelib.segments.rule import parse
from chalicelib.segments.view import View
from chalicelib.times import milliseconds
from tests.customers.events import DAY, event

ORDER = "Order Completed"
TEN = View(
    "u#ann",
    fold(Facts(), [event(ORDER, DAY - timedelta(days=10 * n), message_id=f"m{n}") for n in range(10)]),
    {},
    None,
)
"""Ten orders, one every ten days, the last now."""


@pytest.mark.parametrize(
    ("rule", "answered"),
    [
        ({"event": ORDER}, True),
        ({"event": "Never"}, True),
        ({"event": "Never", "where": [{"property": "x", "exists": True}]}, True),
        ({"event": ORDER, "count": {"at_least": 7}}, True),
        ({"event": ORDER, "within": "P5D"}, True),
        ({"event": ORDER, "within": "P90D"}, True),
        ({"event": ORDER, "within": "P90D", "count": {"at_least": 4}}, True),
        ({"event": ORDER, "within": "P90D", "count": {"at_least": 5}}, False),
        ({"event": ORDER, "within": "P90D", "count": {"at_most": 3}}, True),
        ({"event": ORDER, "within": "P90D", "count": {"at_most": 4}}, False),
        ({"event": ORDER, "within": "P25D", "count": {"at_most": 9}}, True),
        ({"event": ORDER, "where": [{"property": "total", "above": 5}]}, False),
        ({"event": ORDER, "between": ["2020-01-01", "2021-01-01"], "where": [{"property": "x", "equals": 1}]}, True),
        ({"event": ORDER, "between": ["2020-01-01", "2027-01-01"], "count": {"equals": 10}}, True),
        ({"event": ORDER, "between": ["2026-09-01", "2026-10-01"]}, False),
        ({"event": ORDER, "between": ["2026-11-01", "2026-11-15"]}, True),
        ({"event": ORDER, "first": {"more_than_ago": "P80D"}}, True),
        ({"event": ORDER, "last": {"within_last": "P1D"}}, True),
        ({"event": ORDER, "within": "P90D", "last": {"within_last": "P1D"}}, True),
        ({"event": ORDER, "within": "P90D", "first": {"within_last": "P1D"}}, False),
        ({"event": ORDER, "sum": {"property": "total", "above": 1}}, False),
        ({"event": ORDER, "followed_by": {"event": "Never"}}, False),
        ({"event": "Never", "followed_by": {"event": ORDER}}, True),
        ({"event": "x" * (LONGEST + 1)}, False),
        ({"message": "opened"}, False),
        ({"message": "clicked"}, True),
    ],
)
def test_what_the_item_answers(rule: dict[str, Any], answered: bool) -> None:
    asked = parse(rule)
    assert (needed([asked], TEN, DAY) is None) is answered
    unread = [UNREAD in reason.rule for reason in match(asked, TEN, DAY).reasons]
    assert unread == [not answered]


def test_what_is_needed_is_named_with_its_range() -> None:
    rules = [
        parse({"event": ORDER, "sum": {"property": "total", "above": 1}, "within": "P7D"}),
        parse({"not": {"event": ORDER, "within": "P90D", "followed_by": {"event": "Product Reviewed"}}}),
        parse({"event": "Never"}),
    ]
    since = milliseconds(DAY - timedelta(days=90)) + 1
    assert needed(rules, TEN, DAY) == Need(frozenset({ORDER, "Product Reviewed"}), since)


def test_not_in_the_last_days_means_what_it_says() -> None:
    """Somebody of whom nothing is known did not do it either, and nothing is read to know that."""
    nobody = View("u#new", Facts(), {}, None)
    rule = parse({"not": {"event": ORDER, "within": "P30D"}})
    assert match(rule, nobody, DAY).matched
    assert needed([rule], nobody, DAY) is None
    assert not match(rule, TEN, DAY).matched
    assert match(rule, TEN, DAY).until == DAY + timedelta(days=30)


def test_of_a_name_that_was_left_out_nothing_is_said() -> None:
    many = View("u#ann", fold(Facts(), [event(f"Event {n}", message_id=f"m{n}") for n in range(NAMES + 9)]), {}, None)
    kept = [f"Event {n}" for n in range(NAMES + 9) if needed([parse({"event": f"Event {n}"})], many, DAY) is None]
    assert len(kept) == NAMES
    assert all(match(parse({"event": name}), many, DAY).matched for name in kept)
