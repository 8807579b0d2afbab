"""Whose word counts: a table, and the law that the order in which events are counted never decides it."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import NeedsRebuild, fold
from chalicelib.customers.packing import pack, unpack
from chalicelib.customers.profile import Profile
from chalicelib.customers.trust import Link, counts, first_known
from chalicelib.tracking.event import Event
from tests.customers.events import DAY, event

MINUTE = timedelta(minutes=1)


def at(minutes: float) -> Any:
    return DAY + minutes * MINUTE


def said(
    minutes: float, *, user: str | None = "ann", unproven: bool = True, name: str = "Identify", **more: Any
) -> Event:
    """Something received `minutes` after the first event of ann's."""
    given = {"user_id": user, "anonymous_id": "b1", "unproven": unproven, "received_at": at(minutes)}
    return event(name, at(minutes), message_id=f"{name}-{minutes}-{user}-{unproven}", **(given | more))


OWN = None
TRUSTED_LATE, TRUSTED_EARLY = Link(at(600)), Link(at(5))
UNPROVEN_LATE, UNPROVEN_EARLY = Link(at(600), unproven=True), Link(at(5), unproven=True)
OTHER_ACCOUNT = Link(at(600), known_at=at(300))


@pytest.mark.parametrize(
    ("says", "link", "believed"),
    [
        pytest.param(said(600, unproven=False), OWN, True, id="a trusted caller, whenever"),
        pytest.param(said(0), OWN, True, id="the first event of all"),
        pytest.param(said(10), OWN, True, id="within ten minutes"),
        pytest.param(said(10.001), OWN, False, id="after ten minutes"),
        pytest.param(said(600, user=None), OWN, True, id="an anonymous visitor of herself"),
        pytest.param(said(300, user=None), TRUSTED_LATE, True, id="a visitor before a trusted link"),
        pytest.param(said(601, user=None), TRUSTED_LATE, False, id="a visitor after a trusted link"),
        pytest.param(said(601, user=None, unproven=False), TRUSTED_LATE, True, id="a server of a visitor after that"),
        pytest.param(said(300, user=None), UNPROVEN_LATE, False, id="a visitor whom anybody may have linked"),
        pytest.param(said(300, user=None, unproven=False), UNPROVEN_LATE, False, id="a server of such a visitor"),
        pytest.param(said(1, user=None), UNPROVEN_EARLY, True, id="a visitor who signs up"),
        pytest.param(said(6, user=None), UNPROVEN_EARLY, False, id="a visitor after having signed up"),
        pytest.param(said(1, user=None), TRUSTED_EARLY, True, id="a visitor whom the shop signs up"),
        pytest.param(said(305, user="anna"), OTHER_ACCOUNT, True, id="another account of hers when it was new"),
        pytest.param(said(311, user="anna"), OTHER_ACCOUNT, False, id="another account of hers later"),
        pytest.param(said(700, user="anna", unproven=False), OTHER_ACCOUNT, True, id="a server of another account"),
    ],
)
def test_whose_word_counts(says: Event, link: Link | None, believed: bool) -> None:
    assert counts(says, DAY, link) is believed


def test_a_person_is_known_since_the_first_receipt_of_her_own() -> None:
    events = [said(5), said(3, user=None), said(4), said(1, user="anna")]
    links = {"a#b1": TRUSTED_LATE, "u#anna": OTHER_ACCOUNT}
    assert first_known(None, events, links) == at(4)
    assert first_known(at(2), events, links) == at(2)
    assert first_known(None, [said(3, user=None)]) is None


@pytest.mark.parametrize("unproven", [True, False])
def test_what_is_not_believed_changes_nothing_protected_and_everything_else(unproven: bool) -> None:
    known = [
        said(0, name="Page"),
        said(600, unproven=unproven, traits={"email": "x@y.example", "Phone": "1", "plan": "a"}),
    ]
    stated = [said(601, unproven=unproven, name="Unsubscribed", properties={"channel": "email"})]
    profile, facts = Profile("u#ann").merge([*known, *stated]), fold(Facts(), [*known, *stated])
    assert set(profile.values) == ({"plan"} if unproven else {"email", "Phone", "plan"})
    assert set(facts.consent) == (set() if unproven else {"email"})
    assert facts.last_at == at(600), "it is an event all the same"


def test_a_key_may_protect_more() -> None:
    traits = {"plan": "free", "colour": "red"}
    profile = Profile("u#ann").merge([said(0), said(600, traits=traits, protected=("plan",))])
    assert profile.values == {"colour": "red"}


def test_an_earlier_receipt_that_takes_a_statement_back_asks_for_a_rebuild() -> None:
    signup = [said(30, traits={"email": "x@y.example"}), said(31, name="Subscribed")]
    facts, profile = fold(Facts(), signup), Profile("u#ann").merge(signup)
    assert fold(facts, [said(25)]).known_at == at(25)
    for late in ([said(0)], [said(0, unproven=False)]):
        with pytest.raises(NeedsRebuild):
            fold(facts, late)
        with pytest.raises(NeedsRebuild):
            Profile.from_item(profile.to_item()).merge(late)
    fine = fold(Facts(), [said(30, unproven=False, name="Subscribed")])
    assert fold(fine, [said(0)]).consent == fine.consent, "a trusted word needs no newcomer"


_TOLD = st.builds(
    said,
    st.integers(0, 30),
    user=st.sampled_from(["ann", "ann", None, "anna"]),
    unproven=st.booleans(),
    name=st.sampled_from(["Identify", "Subscribed", "Unsubscribed", "Page"]),
    traits=st.fixed_dictionaries({}, optional={"email": st.integers(0, 9), "plan": st.integers(0, 9)}),
)
_LINKS = st.builds(Link, st.integers(0, 30).map(at), st.booleans(), st.integers(0, 30).map(at))


@given(
    st.lists(_TOLD, max_size=12, unique_by=lambda each: each.message_id),
    st.fixed_dictionaries({"a#b1": _LINKS, "u#anna": _LINKS}),
    st.lists(st.integers(0, 12), max_size=4),
    st.randoms(use_true_random=False),
)
def test_no_order_decides_whose_word_counts(told: list[Event], links: Any, cuts: list[int], random: Any) -> None:
    shuffled = list(told)
    random.shuffle(shuffled)
    facts, profile, places = Facts(), Profile("u#ann"), [0, *sorted(cuts), len(shuffled)]
    try:
        for start, end in pairwise(places):
            profile = profile.merge(shuffled[start:end], facts.known_at, links)
            facts = fold(unpack(pack(facts)), shuffled[start:end], links)
    except NeedsRebuild:
        return
    assert facts == fold(Facts(), told, links)
    assert profile == Profile("u#ann").merge(told, None, links)
