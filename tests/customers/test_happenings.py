"""What happened by name: bounded by the names alone, in any order and any split; and what it says of a name."""

from __future__ import annotations

import json
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.customers import happenings
from chalicelib.customers.happenings import LONGEST, NAMES, NEVER, RECENT, Draft, Happenings, Times
from chalicelib.times import milliseconds
from chalicelib.tracking.event import Event
from tests.customers.events import DAY, event

NOW = milliseconds(DAY)


def folded(known: Happenings, events: list[Event]) -> Happenings:
    draft = Draft(known)
    for each in events:
        draft.add(each, True)
    return draft.finished()


def at(hours: int, name: str = "Order Completed", **given: object) -> Event:
    return event(name, DAY - timedelta(hours=hours), message_id=f"{name}{hours}", **given)


_histories = st.lists(
    st.builds(lambda name, hours: at(hours, f"Event {name}"), st.integers(0, 3 * NAMES), st.integers(0, 5_000)),
    max_size=4 * NAMES,
    unique_by=lambda each: each.message_id,
)


@given(history=_histories, cut=st.integers(0, 4 * NAMES), random=st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_which_names_stay_depends_on_nothing_but_the_names(history: list[Event], cut: int, random: object) -> None:
    whole = folded(Happenings(), history)
    shuffled = list(history)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = shuffled[:cut], shuffled[cut:]
    assert folded(folded(Happenings(), first), second) == whole
    assert happenings.united([folded(Happenings(), first), folded(Happenings(), second)]) == whole
    for each in history:
        known = whole.of(each.name)
        assert known is None or known.total == sum(other.name == each.name for other in history)
    if whole.by_name:
        assert happenings.unpack(json.loads(json.dumps(happenings.pack(whole)))) == whole


def test_of_each_name_the_number_the_first_and_the_last_times() -> None:
    held = folded(Happenings(), [at(hours) for hours in range(10)])
    hour = 3_600_000
    assert held.of("Order Completed") == Times(10, NOW - 9 * hour, tuple(NOW - n * hour for n in (3, 2, 1, 0)))
    assert held.of("Never") == NEVER
    assert len(held.by_name["Order Completed"].recent) == RECENT


def test_what_is_not_counted_and_what_is_not_known() -> None:
    machine = {"machine": True}
    held = folded(
        Happenings(),
        [at(1, "Email Sent"), at(1, "Email Link Clicked", properties=machine), at(1, "x" * (LONGEST + 1))],
    )
    assert held == Happenings()
    assert [held.of(name) for name in ("Email Sent", "Email Link Clicked", "x" * (LONGEST + 1))] == [None, NEVER, None]


def test_no_client_can_fill_the_item_with_names() -> None:
    flood = [at(n, f"\U0001f600{n % 999:03}" * 15) for n in range(5_000)]
    held = folded(Happenings(), flood)
    assert len(held.by_name) == NAMES
    assert len(json.dumps(happenings.pack(held))) <= 26_000
