"""What is kept of claims: bounded, the same in any order, and enough to answer as all claims would."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.customers.claims import Claim, claims
from chalicelib.customers.identity import owners
from chalicelib.customers.links import MOST_TARGETS, Node, known
from chalicelib.customers.links.store import LinkStore
from tests.customers.events import DAY
from tests.customers.people import arbitrary_claims, identify
from tests.fakes.database import MemoryDatabase

many = st.lists(arbitrary_claims(), max_size=25)


def nodes(made: list[Claim]) -> list[Node]:
    return [
        Node(source).claimed(claim for claim in made if claim.source == source) for source in {c.source for c in made}
    ]


@given(many)
@settings(deadline=None)
def test_what_is_kept_answers_as_all_claims_would(made: list[Claim]) -> None:
    kept = [claim for node in nodes(made) for claim in node.claims]
    assert owners(kept) == owners(made)


@given(many, st.randoms(), st.integers(0, 25))
@settings(deadline=None)
def test_it_is_the_same_in_any_order_and_any_portions(made: list[Claim], dice: object, cut: int) -> None:
    mine = [Claim("a#x", c.target, c.at, c.message_id, c.received_at, c.trusted, c.why) for c in made]
    shuffled = list(mine)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert Node("a#x").claimed(shuffled[:cut]).claimed(shuffled[cut:]).claimed(mine) == Node("a#x").claimed(mine)


def test_a_device_that_half_the_town_uses_keeps_the_least_of_twenty_people() -> None:
    said = [claim for n in range(50) for claim in claims(identify(f"{n}", "x", n))]
    kept = Node("a#x").claimed(reversed(said))
    assert {claim.target for claim in kept.claims} == {f"u#{n}" for n in range(MOST_TARGETS)}


def test_both_items_are_read_by_one_query() -> None:
    db = MemoryDatabase()
    store = LinkStore(db)
    (claim,) = claims(identify("ann", "x"))
    store.save_claims(store.node("a#x").claimed([claim]))
    store.save_sources(store.node("a#x").linked("a#cart:1").linked("a#cart:1"))
    found = store.node("a#x")
    assert (found.claims, found.sources, found.v, found.linked_v) == ((claim,), ("a#cart:1",), 1, 1)
    assert store.node("u#ann") == Node("u#ann")


@given(st.lists(arbitrary_claims(), min_size=1, max_size=40))
@settings(deadline=None)
def test_a_claim_that_is_called_known_changes_nothing(made: list[Claim]) -> None:
    saved, marks = made[:-1], b""
    for claim in saved:
        marks = known.add(marks, [claim])
    assert len(marks) <= known.MOST * 14
    if not known.unknown(marks, made[-1:]):
        mine = [claim for claim in saved if claim.source == made[-1].source]
        assert Node(made[-1].source).claimed(mine) == Node(made[-1].source).claimed([*mine, made[-1]])


def test_the_same_identify_again_is_known_and_an_earlier_or_a_better_one_is_not() -> None:
    (claim,) = claims(identify("ann", "x", 5))
    marks = known.add(b"", [claim])
    for minute, trusted, is_known in ((6, False, True), (4, False, False), (6, True, False)):
        at = DAY + timedelta(minutes=minute)
        again = Claim("a#x", "u#ann", at, "other", at, trusted, "identify")
        assert (known.unknown(marks, [again]) == []) is is_known
