"""Lists: who may put people on them, and whose word counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.customers.activity import is_own_activity
from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.customers.packing import pack, unpack
from chalicelib.tracking.event import Event
from tests.customers.events import DAY, event

LATER = DAY + timedelta(hours=1)


def joined(name: object = "vip", at: timedelta = timedelta(0), source: str = "perennial") -> Event:
    return event("List Joined", DAY + at, properties={"list": name}, source=source, message_id=f"j{name}{at}{source}")


def left(name: str = "vip", at: timedelta = timedelta(0)) -> Event:
    return event("List Left", DAY + at, properties={"list": name}, source="perennial", message_id=f"l{name}{at}")


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ([joined()], ("vip",)),
        ([joined("b"), joined("a")], ("a", "b")),
        ([joined(), left(at=timedelta(hours=1))], ()),
        ([left(at=timedelta(hours=1)), joined()], ()),
        ([joined(), left(at=timedelta(hours=1)), joined(at=timedelta(hours=2))], ("vip",)),
        ([joined(source="import")], ("vip",)),
        ([joined(source="segment")], ()),
        ([joined("Not A Name")], ()),
        ([joined(7)], ()),
    ],
)
def test_the_last_word_of_those_who_may_speak(said: list[Event], names: tuple[str, ...]) -> None:
    facts = fold(Facts(), said)
    assert facts.lists.names == names
    assert unpack(pack(facts)) == facts


def test_being_put_on_a_list_makes_nobody_active() -> None:
    assert not is_own_activity(joined())


def test_a_hundred_lists_stay() -> None:
    facts = fold(Facts(), [joined(f"l{n:03}") for n in range(120)])
    assert (len(facts.lists.names), facts.lists.names[-1]) == (100, "l099")
