"""Whose events are one person's: every rule by a worked case, and that the answer depends on nothing but the events.

Each case is a few events and who belongs to whom because of them; whoever is not named stands alone.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.customers.claims import Claim, claims, may_claim
from chalicelib.customers.identity import customer_of, owners, resolve, splits, standing
from chalicelib.tracking.event import Event
from tests.customers.events import DAY
from tests.customers.people import (
    ANN,
    CART,
    CHECKOUT,
    MAIL,
    OTHER_TOKEN,
    PHONE,
    TOKEN,
    alias,
    arbitrary_claims,
    bought,
    carried,
    identify,
    mailed,
    merged,
    of,
    split,
)

ADDRESS: dict[str, Any] = {"context": {"traits": {"email": ANN}}, "unproven": False}
TRUSTED: dict[str, Any] = {"unproven": False}


def long_ago(event: Event) -> Event:
    """The same, received when it was, and dated three years back."""
    return event.model_copy(update={"at": event.at - timedelta(days=3 * 365)})


CASES: dict[str, tuple[list[Event], dict[str, str]]] = {
    # --- visitors and users ---
    "nothing is claimed by looking around": ([of("a#x"), of("u#ann")], {}),
    "a visitor identifies": ([of("a#x"), identify("ann", "x")], {"a#x": "u#ann"}),
    "an identify without a visitor joins nobody": ([identify("ann")], {}),
    "an identify of a visitor without a user joins nobody": ([of("a#x", "Identify", traits={"email": ANN})], {}),
    "one person, two devices": (
        [identify("ann", "x"), identify("ann", "y", 5)],
        {"a#x": "u#ann", "a#y": "u#ann"},
    ),
    "a shared device without a reset belongs to the first": (
        [identify("ann", "x", 1), identify("bob", "x", 2)],
        {"a#x": "u#ann"},
    ),
    "a shared device after a reset is another visitor": (
        [identify("ann", "x", 1), identify("bob", "y", 2)],
        {"a#x": "u#ann", "a#y": "u#bob"},
    ),
    "an earlier identify that arrives late changes the owner": (
        [identify("bob", "x", 5), identify("ann", "x", 1)],
        {"a#x": "u#ann"},
    ),
    "a server that brings an earlier identify hours late changes the owner": (
        [identify("bob", "x", 5), identify("ann", "x", 1, received_at=DAY + timedelta(hours=23), **TRUSTED)],
        {"a#x": "u#ann"},
    ),
    "one that is dated years back takes nobody from whom she belongs to": (
        [identify("bob", "x", 5), long_ago(identify("ann", "x", 60, **TRUSTED))],
        {"a#x": "u#bob"},
    ),
    "nor does an alias that is dated back": (
        [identify("bob", "x", 5), long_ago(alias("x", "ann", 60, **TRUSTED))],
        {"a#x": "u#bob", "u#x": "u#ann"},
    ),
    "nor an order that is dated back take a cart": (
        [bought("u#bob", minute=5, **TRUSTED), long_ago(bought("u#ann", minute=60, order="2", **TRUSTED))],
        {CART: "u#bob"},
    ),
    "what is dated back and claimed by nobody else counts": (
        [long_ago(identify("ann", "x", 60, **TRUSTED))],
        {"a#x": "u#ann"},
    ),
    "of two that are dated back the one received first counts": (
        [long_ago(identify("bob", "x", 60, **TRUSTED)), long_ago(identify("ann", "x", 50, **TRUSTED))],
        {"a#x": "u#ann"},
    ),
    "of two at one moment the lesser message id wins": (
        [identify("bob", "x", message_id="b"), identify("ann", "x", message_id="a")],
        {"a#x": "u#ann"},
    ),
    "a clock at its epoch does not win by it": (
        [
            identify("eve", "x", 9).model_copy(update={"at": DAY.replace(year=1970)}),
            identify("ann", "x", 1),
        ],
        {"a#x": "u#ann"},
    ),
    "a track call with both ids is no identify": ([of("u#ann", anonymous_id="x")], {}),
    # --- alias ---
    "an alias joins the visitor": ([alias("x", "ann")], {"a#x": "u#ann"}),
    "an alias by a public key never joins two users": ([of("u#old"), alias("old", "ann")], {"a#old": "u#ann"}),
    "an alias by a secret key joins two users": (
        [of("u#old"), alias("old", "ann", **TRUSTED)],
        {"a#old": "u#ann", "u#old": "u#ann"},
    ),
    "an alias of a user to itself says nothing of users": ([alias("ann", "ann", **TRUSTED)], {"a#ann": "u#ann"}),
    "aliases in a circle: the earlier one counts": (
        [alias("a", "b", 1, **TRUSTED), alias("b", "a", 2, **TRUSTED)],
        {"a#a": "u#b", "u#a": "u#b", "a#b": "u#b"},
    ),
    "aliases in a row end at the last": (
        [alias("a", "b", 2, **TRUSTED), alias("b", "c", 1, **TRUSTED)],
        {"a#a": "u#c", "u#a": "u#c", "a#b": "u#c", "u#b": "u#c"},
    ),
    "an alias without a user says nothing": ([of("a#x", "Alias", previous_id="y")], {}),
    # --- addresses ---
    "a guest order's address belongs to the user whom the shop names with it": (
        [of(MAIL, "Order Completed", **TRUSTED), mailed("ann", minute=3)],
        {MAIL: "u#ann"},
    ),
    "a guest stands alone until then": ([of(MAIL, "Order Completed", **ADDRESS)], {}),
    "an order of a known user with her address in context": ([of("u#ann", **ADDRESS)], {MAIL: "u#ann"}),
    "an address in any spelling is one": ([mailed("ann", " ANN@Shop.example ")], {MAIL: "u#ann"}),
    "a telephone number too": (
        [identify("ann", traits={"phone": "0040 721 234 567"}, **TRUSTED)],
        {PHONE: "u#ann"},
    ),
    "an address that a public key names is nobody's": ([identify("eve", traits={"email": ANN})], {}),
    "an address that two people claim is nobody's": ([mailed("ann", minute=1), mailed("bob", minute=2)], {}),
    "an address that two ids of one person claim is hers": (
        [mailed("ann", minute=1), mailed("old", minute=2), alias("old", "ann", 3, **TRUSTED)],
        {MAIL: "u#ann", "a#old": "u#ann", "u#old": "u#ann"},
    ),
    "an address of a group call is not the person's": (
        [of("u#ann", "Group", traits={"email": ANN}, **TRUSTED)],
        {},
    ),
    "a public key cannot identify as an address": (
        [identify("eve", MAIL.removeprefix("a#")), alias(MAIL.removeprefix("a#"), "eve")],
        {},
    ),
    # --- carts, checkouts, orders ---
    "a cart that nobody bought joins nobody": ([carried("a#x"), carried("a#y")], {}),
    "a visitor's cart becomes a user's order": (
        [carried("a#x"), bought("u#ann", minute=5)],
        {"a#x": "u#ann", CART: "u#ann"},
    ),
    "a visitor's cart becomes a guest's order": (
        [carried("a#x"), bought(MAIL, minute=5, **ADDRESS)],
        {"a#x": MAIL, CART: MAIL},
    ),
    "and the guest turns out to be a user": (
        [carried("a#x"), bought(MAIL, minute=5, **ADDRESS), mailed("ann", minute=9)],
        {"a#x": "u#ann", CART: "u#ann", MAIL: "u#ann"},
    ),
    "the browser and the shop report one order": (
        [carried("a#x"), bought("a#x", minute=4), bought(MAIL, minute=5, **ADDRESS)],
        {"a#x": MAIL, CART: MAIL},
    ),
    "two visitors with one cart": (
        [carried("a#x"), carried("a#y", minute=1), bought("u#ann", minute=5)],
        {"a#x": "u#ann", "a#y": "u#ann", CART: "u#ann"},
    ),
    "a cart that two users bought is the first one's": (
        [bought("u#bob", minute=7), bought("u#ann", minute=5)],
        {CART: "u#ann"},
    ),
    "who identified is who she said, whoever bought her cart": (
        [carried("a#x"), bought("u#bob", minute=1), identify("ann", "x", 9)],
        {"a#x": "u#ann", CART: "u#bob"},
    ),
    "of two carts the one that was bought": (
        [carried("a#x", OTHER_TOKEN), carried("a#x", minute=1), bought("u#ann", minute=5)],
        {"a#x": "u#ann", CART: "u#ann"},
    ),
    "a checkout with an address, by the shop, is as good as an order": (
        [
            carried("a#x"),
            of(MAIL, "Checkout Started", 2, properties={"cart_token": TOKEN, "checkout_token": TOKEN}, **ADDRESS),
        ],
        {"a#x": MAIL, CART: MAIL, CHECKOUT: MAIL},
    ),
    "a checkout by a public key is not": (
        [carried("a#x"), of("u#ann", "Checkout Started", properties={"cart_token": TOKEN})],
        {},
    ),
    "the shop's own cart events join with the order": (
        [carried(CART, **TRUSTED), bought("u#ann", minute=3, **TRUSTED)],
        {CART: "u#ann"},
    ),
    "a checkout knows its cart": (
        [
            of(CHECKOUT, "Checkout Started", properties={"cart_token": TOKEN}, **TRUSTED),
            bought("u#ann", minute=3),
        ],
        {CHECKOUT: "u#ann", CART: "u#ann"},
    ),
    "a short token of a public key could be guessed": (
        [carried("a#x", "1234"), bought("u#ann", "1234", 5)],
        {},
    ),
    "a short token of the shop is taken": (
        [bought("u#ann", "1234", 5, **TRUSTED)],
        {"a#cart:1234": "u#ann"},
    ),
    "order ids are no tokens": (
        [
            of("a#x", "Order Completed", properties={"order_id": "77", "total": 1}),
            of("u#ann", "Order Completed", properties={"order_id": "77", "total": 1}),
        ],
        {},
    ),
    # --- what people decide ---
    "a merge joins two users": ([merged("u#old", "u#ann")], {"u#old": "u#ann"}),
    "a merge counts before whatever was claimed": (
        [identify("bob", "x", 1), merged("a#x", "u#ann", 5)],
        {"a#x": "u#ann"},
    ),
    "a contested address can be given to one": (
        [mailed("ann", minute=1), mailed("bob", minute=2), merged(MAIL, "u#ann", 5)],
        {MAIL: "u#ann"},
    ),
    "only we can say that somebody merged": (
        [of("u#old", "Customers Merged", properties={"into": "u#ann"}, unproven=False)],
        {},
    ),
    "a split sets a visitor free": ([identify("ann", "x", 1), split("a#x", 5)], {}),
    "a late identify from before the split is cancelled too": ([split("a#x", 5), identify("ann", "x", 4)], {}),
    "what the browser says again afterwards does not join them again": (
        [identify("ann", "x", 1), split("a#x", 5), identify("ann", "x", 9), alias("x", "ann", 9, **TRUSTED)],
        {"u#x": "u#ann"},
    ),
    "a merge after the split does": (
        [identify("ann", "x", 1), split("a#x", 5), merged("a#x", "u#bob", 9)],
        {"a#x": "u#bob"},
    ),
    "and another split after that takes them apart again": (
        [merged("a#x", "u#bob", 1), split("a#x", 5), merged("a#x", "u#bob", 6), split("a#x", 7)],
        {},
    ),
    "a split takes along what belongs to the subject": (
        [carried("a#x"), bought(MAIL, minute=2, **ADDRESS), mailed("ann", minute=3), split(MAIL, 9)],
        {"a#x": MAIL, CART: MAIL},
    ),
    "two users who were merged by mistake": (
        [identify("old", "x"), merged("u#old", "u#ann", 1), split("u#old", 2)],
        {"a#x": "u#old"},
    ),
}


def said(events: list[Event]) -> list[Claim]:
    return [claim for event in events for claim in claims(event)]


@pytest.mark.parametrize(("events", "expected"), CASES.values(), ids=CASES)
def test_the_table_of_cases(events: list[Event], expected: dict[str, str]) -> None:
    assert resolve(said(events)) == expected
    for order in permutations(said(events)):
        assert resolve(order) == expected
        if len(order) > 5:  # a few hundred orders are enough for the longest
            break


def test_the_table_is_long_enough_to_be_a_specification() -> None:
    assert len(CASES) >= 30


@pytest.mark.parametrize("events", [case[0] for case in CASES.values()], ids=CASES)
def test_the_quick_look_is_never_wrong_about_a_no(events: list[Event]) -> None:
    for each in events:
        assert may_claim(each) or not claims(each)
    assert not may_claim(of("u#ann"))


many = st.lists(arbitrary_claims(), max_size=25)


@given(many, st.randoms())
@settings(deadline=None)
def test_the_answer_does_not_depend_on_the_order_or_on_repetitions(made: list[Claim], dice: object) -> None:
    shuffled = [*made, *made[: len(made) // 2]]
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert owners(shuffled) == owners(made)


@given(many)
@settings(deadline=None)
def test_chains_end(made: list[Claim]) -> None:
    owner = owners(made)
    for subject in owner:
        assert customer_of(owner, subject) not in owner


@given(many)
@settings(deadline=None)
def test_two_users_are_never_joined_but_by_a_trusted_claim(made: list[Claim]) -> None:
    by_public_keys = [claim for claim in made if not claim.trusted]
    for subject, customer in resolve(by_public_keys).items():
        assert not (subject.startswith("u#") and customer.startswith("u#"))
    users = {subject for subject in resolve(made) if subject.startswith("u#")}
    assert users <= {claim.source for claim in made if claim.trusted}


@given(many)
@settings(deadline=None)
def test_who_was_split_stands_alone_until_somebody_merges(made: list[Claim]) -> None:
    owner, last = owners(made), splits(made)
    for subject in last:
        later = [c for c in made if c.source == subject and c.explicit and (c.at, c.message_id) > last[subject]]
        assert subject not in owner or later


@given(many)
@settings(deadline=None)
def test_an_owner_follows_from_what_can_be_reached_from_the_subject(made: list[Claim]) -> None:
    """So whoever asks for one subject reads its claims, those of their targets, and so on, and nothing else."""
    owner = owners(made)
    for subject in {claim.source for claim in made}:
        reached, waiting = set[str](), [subject]
        while waiting:
            here = waiting.pop()
            if here not in reached:
                reached.add(here)
                waiting += [claim.target for claim in made if claim.source == here]
        near = owners(claim for claim in made if claim.source in reached)
        assert near.get(subject) == owner.get(subject)


@given(many)
@settings(deadline=None)
def test_what_does_not_stand_changes_nothing(made: list[Claim]) -> None:
    assert owners(standing(made)) == owners(made)
