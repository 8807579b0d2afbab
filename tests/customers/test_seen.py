"""What was counted can be told for 25 hours of receipts, whatever the delay; what cannot be told is old."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.customers import seen as module
from chalicelib.customers.seen import MOST, Seen, Verdict
from chalicelib.tracking.event import Event
from tests.customers.events import DAY, event


def arrived(id: str, hours: float = 0, minutes: int = 0) -> Event:
    """An event received so many hours before DAY; `minutes` moves its timestamp, and so its key."""
    received = DAY - timedelta(hours=hours)
    sent = received - timedelta(minutes=minutes)
    return event(at=sent, timestamp=sent, received_at=received, message_id=id)


def test_new_seen_twin_old() -> None:
    seen = Seen().add([arrived("a"), arrived("b", hours=10)])
    assert seen.verdict(arrived("a")) is Verdict.SEEN
    assert seen.verdict(arrived("b", hours=10)) is Verdict.SEEN
    assert seen.verdict(arrived("b", hours=3, minutes=5)) is Verdict.TWIN
    assert seen.verdict(arrived("c")) is Verdict.NEW
    assert seen.verdict(arrived("c", hours=25)) is Verdict.NEW
    assert seen.verdict(arrived("c", hours=26.1)) is Verdict.OLD


def test_a_twin_is_told_as_long_as_its_own_record_may_come() -> None:
    first, twin = arrived("a", hours=20), arrived("a", hours=1, minutes=5)
    seen = Seen().add([first]).add_twins([twin])
    assert seen == seen.add_twins([twin])
    later = seen.add([arrived("b", hours=-10)])
    assert later.verdict(twin) is Verdict.TWIN
    assert later.verdict(first) is Verdict.SEEN
    assert Seen().add_twins([twin]) == Seen(), "a twin of nothing"


def test_what_was_known_is_remembered_as_far_as_the_window_reaches() -> None:
    first, twin, gone = arrived("a", hours=20), arrived("a", hours=1, minutes=5), arrived("gone", hours=30)
    before = Seen().add([gone]).add([first, arrived("erased", hours=2)]).add_twins([twin])
    now = Seen().add([first, arrived("b")]).remember(before)
    assert now.verdict(twin) is Verdict.TWIN
    assert now.verdict(arrived("erased", hours=2)) is Verdict.SEEN
    assert now.verdict(gone) is Verdict.OLD
    assert now.remember(before) == now
    other = Seen().add([twin]).remember(Seen().add([first]))
    assert other.verdict(twin) is Verdict.SEEN, "what is known here is not overruled"


def test_the_window_moves_with_receipts_not_with_a_clock() -> None:
    """A stream that stood still for a day still tells what is in it apart."""
    seen = Seen().add([arrived("first", hours=48), arrived("then", hours=47)])
    assert seen.verdict(arrived("first", hours=48)) is Verdict.SEEN
    moved = seen.add([arrived("newest")])
    assert moved.verdict(arrived("then", hours=47)) is Verdict.OLD
    assert len(moved.hours) == 1


def test_an_empty_one_knows_nothing_and_calls_nothing_old() -> None:
    assert Seen().verdict(arrived("a", hours=10_000)) is Verdict.NEW


@given(
    st.lists(st.tuples(st.uuids(), st.integers(0, 60)), max_size=50, unique_by=lambda pair: pair[0]), st.integers(0, 50)
)
def test_nothing_counted_is_ever_called_new(arrivals: list[tuple[object, int]], cut: int) -> None:
    events = [arrived(str(id), hours) for id, hours in arrivals]
    seen = Seen().add(events[:cut]).add(events[cut:])
    for each in events:
        assert seen.verdict(each) in (Verdict.SEEN, Verdict.OLD)
        assert seen.verdict(each) is Verdict.SEEN or each.received_at < DAY - timedelta(hours=25)


@given(st.lists(st.tuples(st.uuids(), st.integers(0, 60)), max_size=20, unique_by=lambda pair: pair[0]))
def test_it_survives_storage(arrivals: list[tuple[object, int]]) -> None:
    seen = Seen().add(arrived(str(id), hours) for id, hours in arrivals)
    assert Seen.from_item(seen.to_item()) == seen


def test_a_flood_narrows_the_window_and_never_grows_the_item() -> None:
    flood = [arrived(str(n), hours=n % 3) for n in range(MOST + 1)]
    seen = Seen().add(flood)
    assert sum(map(len, seen.hours.values())) <= MOST * 12
    assert {seen.verdict(each) for each in flood} == {Verdict.SEEN, Verdict.OLD}
    assert seen.verdict(arrived("0")) is Verdict.SEEN, "the newest hours stay"
    assert seen.verdict(arrived("later")) is Verdict.NEW


def test_a_flood_within_an_hour_makes_the_whole_hour_old() -> None:
    flood = [arrived(str(n)) for n in range(MOST + 1)]
    seen = Seen().add(flood)
    assert seen.hours == {}
    assert {seen.verdict(each) for each in flood} == {Verdict.OLD}
    assert seen.verdict(arrived("next hour", hours=-1)) is Verdict.NEW


def test_twelve_bytes_an_event() -> None:
    seen = Seen().add(arrived(str(n)) for n in range(100))
    assert sum(map(len, seen.hours.values())) == 1200
    assert module.WINDOW == 25


def test_before_and_after_the_visitor_is_identified_is_a_twin() -> None:
    before = arrived("m").model_copy(update={"user_id": None, "anonymous_id": "x"})
    seen = Seen().add([before])
    assert seen.verdict(before) is Verdict.SEEN
    assert seen.verdict(arrived("m")) is Verdict.TWIN


def test_what_was_counted_for_several_is_counted_for_the_one_they_are() -> None:
    mine, theirs, gone = arrived("mine", hours=2), arrived("theirs", hours=1), arrived("gone", hours=40)
    one, other = Seen().add([mine]), Seen().add([gone]).add([theirs])
    both = one.united([other])
    assert {both.verdict(each) for each in (mine, theirs)} == {Verdict.SEEN}
    assert both.verdict(gone) is Verdict.OLD
    assert Seen().united([one]).verdict(mine) is Verdict.SEEN
    same = theirs.model_copy(update={"message_id": "mine"})
    assert one.united([Seen().add([same])]).verdict(mine) is Verdict.SEEN, "of twins the entry of this one stays"


def test_what_an_older_form_knew_is_old_and_never_a_twin() -> None:
    item = Seen().add([arrived("a")]).to_item()
    del item["form"]
    assert Seen.from_item(item).verdict(arrived("a")) is Verdict.OLD
    assert Seen.from_item(item).verdict(arrived("b", hours=-1)) is Verdict.NEW
