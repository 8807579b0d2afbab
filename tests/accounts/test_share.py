"""Whose word about an account counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.customers.accounts.account import Account
from chalicelib.customers.accounts.share import Share
from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.lifecycle.stage import DEFAULT
from chalicelib.review.accounts import folded
from chalicelib.tracking.event import Event
from tests.customers.events import DAY, event

MINUTE = timedelta(minutes=1)


def call(minute: float, *, proven: bool = False, user: str = "ann", at: datetime | None = None, **traits: Any) -> Event:
    """A group call that was received `minute` minutes after the first of all."""
    received = DAY + minute * MINUTE
    return event(
        "Group",
        at or received,
        message_id=f"{user}-{minute}-{proven}",
        user_id=user,
        group_id="acme",
        traits=traits,
        unproven=not proven,
        received_at=received,
    )


def account(*calls: Event) -> Account:
    """What these calls make of the account."""
    people = sorted({str(each.user_id) for each in calls})
    said = []
    for person in people:
        own = [each for each in calls if each.user_id == person]
        said.append((Share("acme", f"u#{person}").merge(own), fold(Facts(), own)))
    return folded(Account("acme"), said, DEFAULT, DAY + timedelta(days=1))


@pytest.mark.parametrize(
    ("calls", "members", "traits"),
    [
        # a new account: whoever signs up with it
        ([call(0, plan="free")], 1, {"plan": "free"}),
        ([call(0, plan="free"), call(9, user="bob", seats=2)], 2, {"plan": "free", "seats": 2}),
        # afterwards nobody joins, and nothing changes, by what stands in a page's source
        ([call(0, plan="free"), call(11, user="eve", plan="pro")], 1, {"plan": "free"}),
        ([call(0, plan="free"), call(5, plan="pro")], 1, {"plan": "free"}),
        # under a secret key, or with proof, everything counts at any time
        ([call(0, plan="free"), call(99, proven=True, plan="pro")], 1, {"plan": "pro"}),
        ([call(0, proven=True), call(99, proven=True, user="bob")], 2, {}),
        ([call(0, proven=True, plan="pro"), call(1, user="eve", plan="free", at=DAY - MINUTE)], 2, {"plan": "pro"}),
        ([call(0, proven=True, plan="pro"), call(60, user="eve", plan="free")], 1, {"plan": "pro"}),
        # the last write wins by the time of the call, not of its receipt
        ([call(1, proven=True, plan="b", at=DAY), call(2, proven=True, plan="a", at=DAY - MINUTE)], 1, {"plan": "b"}),
        ([call(0, proven=True, plan="a"), call(1, proven=True, plan=None)], 1, {}),
    ],
)
def test_who_belongs_to_an_account_and_what_it_is_like(
    calls: list[Event], members: int, traits: Mapping[str, Any]
) -> None:
    made = account(*calls)
    assert (made.members, made.traits) == (members, traits)
    assert account(*reversed(calls)) == made, "in any order"


def test_nobody_left_is_nothing() -> None:
    assert folded(Account("acme", v=3, stage="hero"), [], DEFAULT, DAY) == Account("acme", v=4)


CALLS = st.lists(
    st.builds(
        call,
        st.integers(0, 30),
        proven=st.booleans(),
        user=st.sampled_from(["ann", "bob"]),
        plan=st.sampled_from(["a", "b", None, "x" * 1_100]),
    ),
    max_size=12,
    unique_by=lambda each: each.message_id,
)


@given(CALLS, st.randoms(use_true_random=False), st.integers(0, 12))
def test_a_share_is_the_same_in_any_order_and_split_and_survives_storage(
    calls: list[Event], random: Any, cut: int
) -> None:
    whole = Share("acme", "u#ann").merge(calls)
    random.shuffle(calls)
    split = Share("acme", "u#ann").merge(calls[:cut])
    assert Share.from_item(split.to_item()).merge(calls[cut:]) == whole
    assert whole.merge(calls) == whole


def test_ten_thousand_hostile_calls_change_nothing() -> None:
    known = [call(0, proven=True, plan="pro")]
    hostile = [call(20 + n / 100, user=f"eve{n % 50}", plan="free", name="pwned") for n in range(10_000)]
    made = account(*known, *hostile)
    assert (made.members, made.traits) == (1, {"plan": "pro"})
