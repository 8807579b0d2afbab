"""When time alone changes an answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.segments.match import match
from chalicelib.segments.mentions import mentions
from chalicelib.segments.numbers import LOOKED_AHEAD
from chalicelib.segments.rule import Rule, parse
from chalicelib.segments.view import View
from tests.segments.people import DAY, NOW, customer
from tests.segments.rules import rules

SOMEBODY = customer(
    orders=((40, "10.10"), (20, "20")),
    seen_days_ago=(50, 0.1),
    active_days_ago=(40, 20, 0),
    visits=((9, 1), (1.5, 1), (0.1, 0.5)),
    stage_days_ago=3,
)


def outlook(rule: Rule, view: View, now: datetime) -> datetime | None:
    return match(rule, view, now).until


A_MILLISECOND = timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("rule", "moment"),
    [
        ({"fact": "days_since_last_order", "at_least": 30}, NOW + 10 * DAY),
        ({"fact": "days_since_last_order", "above": 30}, NOW + 10 * DAY + A_MILLISECOND),
        ({"fact": "days_since_last_order", "equals": 30}, NOW + 10 * DAY),
        ({"not": {"fact": "days_since_last_order", "at_most": 19}}, None),
        ({"fact": "order_count", "at_least": 3}, None),
        ({"trait": "country", "equals": "IT"}, None),
        ({"fact": "active_days_last_30", "below": 2}, datetime(2026, 12, 2, tzinfo=NOW.tzinfo)),
        ({"fact": "browsing_seconds_today", "at_least": 60}, datetime(2026, 11, 23, tzinfo=NOW.tzinfo)),
        ({"fact": "browsing_seconds_last_7_days", "below": 1801}, NOW + 5.5 * DAY + timedelta(hours=1)),
        ({"all": [{"fact": "days_in_stage", "at_least": 5}, {"fact": "order_count", "above": 9}]}, None),
        (
            {"any": [{"fact": "days_in_stage", "at_least": 5}, {"fact": "days_since_last_order", "at_least": 21}]},
            NOW + DAY,
        ),
    ],
)
def test_the_moment(rule: dict[str, Any], moment: datetime | None) -> None:
    assert outlook(parse(rule), SOMEBODY, NOW) == moment


@given(raw=rules(), who=st.sampled_from([SOMEBODY, customer()]), share=st.floats(0, 1))
@settings(deadline=None)
def test_before_it_nothing_changes_and_at_it_the_answer_does(raw: dict[str, Any], who: View, share: float) -> None:
    rule = parse(raw)
    answer = match(rule, who, NOW).matched
    moment = outlook(rule, who, NOW)
    until = moment if moment is not None else NOW + 3_000 * DAY
    between = NOW + (until - NOW) * share
    if between < until:
        assert match(rule, who, between).matched is answer
    if moment is not None and mentions(rule).scores and match(rule, who, moment).matched is answer:
        assert moment - NOW <= LOOKED_AHEAD * DAY  # of scores nobody looked further
    elif moment is not None:
        assert match(rule, who, moment).matched is not answer
        assert match(rule, who, moment - A_MILLISECOND).matched is answer
