"""What changes a stage is told apart: journeys start on events and on time, and on nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.customers.seen import Seen
from chalicelib.customers.state import State
from chalicelib.lifecycle.fitted import PRIOR, Fitted
from chalicelib.lifecycle.stage import DEFAULT, Parameters, judge
from chalicelib.lifecycle.versions import Versions, in_force
from chalicelib.review.advance import Rules, advance
from chalicelib.tracking.event import Event
from tests.customers.events import DAY, event, order

A_DAY = timedelta(days=1)
RULES = Rules(DEFAULT, frozenset({"Product Added"}))
BEGAN = DAY - 58 * A_DAY  # with one order: Occasional for 60 days, then Waiting until 180, then At risk


def live(each: Event) -> Event:
    """Received when it happened."""
    return each.model_copy(update={"received_at": each.at})


def came(state: State, events: Iterable[Event], now: datetime, rules: Rules = RULES) -> State:
    arrived = [live(each) for each in events]
    return advance(state, arrived, fold(state.facts, arrived), state.seen.add(arrived), rules, now)


def looked(state: State, now: datetime, rules: Rules = RULES) -> State:
    return advance(replace(state, due_at=None), (), state.facts, state.seen, rules, now)


def changes(state: State) -> list[tuple[Any, ...]]:
    return [(said["from"], said["to"], said["cause"], said["at"][:10]) for said in state.fx if said["kind"] == "stage"]


def buyer() -> State:
    return came(State("u#ann"), [order("1", BEGAN)], BEGAN)


def test_the_first_stage() -> None:
    state = buyer()
    assert (state.v, state.stage, state.cause, state.rule) == (1, "occasional", "first", "once.fresh")
    assert changes(state) == [(None, "occasional", "first", "2026-09-23")]
    assert (state.next_stage, state.next_at, state.due_at) == ("waiting", BEGAN + 60 * A_DAY, BEGAN + 60 * A_DAY)
    assert state.stage_since == BEGAN


def test_nothing_follows_from_what_changes_nothing() -> None:
    state = came(buyer(), [event(at=BEGAN + A_DAY)], BEGAN + A_DAY)
    assert (state.v, state.stage, state.cause, state.fx) == (2, "occasional", "first", ())
    assert state.due_at == BEGAN + 60 * A_DAY


def test_a_review_at_its_moment() -> None:
    state = looked(buyer(), BEGAN + 60 * A_DAY)
    assert changes(state) == [("occasional", "waiting", "time", "2026-11-22")]
    assert (state.stage_since, state.cause) == (BEGAN + 60 * A_DAY, "time")
    assert (state.due_at, state.next_stage) == (BEGAN + 180 * A_DAY, "at_risk")


def test_a_review_that_comes_too_early_only_sets_the_date() -> None:
    browsed = came(buyer(), [event(at=BEGAN + 30 * A_DAY)], BEGAN + 30 * A_DAY)
    state = looked(browsed, BEGAN + 59 * A_DAY)
    assert (state.fx, state.stage, state.due_at) == ((), "occasional", state.next_at)


def test_a_review_after_a_long_sleep_says_each_change_with_its_own_moment() -> None:
    state = looked(buyer(), BEGAN + 500 * A_DAY)
    assert [(was, to, cause) for was, to, cause, _ in changes(state)] == [
        ("occasional", "waiting", "time"),
        ("waiting", "at_risk", "time"),
        ("at_risk", "lost", "time"),
    ]
    assert [said["at"] for said in state.fx] == [said["since"] for said in state.fx]
    assert len({said["id"] for said in state.fx}) == 3
    assert state.due_at is None


def test_time_comes_before_the_event_that_makes_us_look() -> None:
    state = came(buyer(), [order("2", BEGAN + 190 * A_DAY)], BEGAN + 190 * A_DAY)
    assert [(was, to, cause) for was, to, cause, _ in changes(state)] == [
        ("occasional", "waiting", "time"),
        ("waiting", "at_risk", "time"),
        ("at_risk", "occasional", "event"),
    ]
    assert state.due_at == state.next_at, "a date that has passed is set anew"


def test_an_event_that_came_late_may_have_prevented_what_time_would_have_done() -> None:
    late = order("2", BEGAN + 59 * A_DAY).model_copy(update={"received_at": BEGAN + 61 * A_DAY})
    state = buyer()
    after = advance(state, [late], fold(state.facts, [late]), state.seen, RULES, BEGAN + 61 * A_DAY)
    assert (changes(after), after.stage) == ([], "occasional")


def test_one_that_came_late_and_changes_nothing_prevents_nothing() -> None:
    late = event(at=BEGAN + A_DAY, received_at=BEGAN + 61 * A_DAY)
    state = buyer()
    after = advance(state, [late], fold(state.facts, [late]), state.seen, RULES, BEGAN + 61 * A_DAY)
    assert [cause for _, _, cause, _ in changes(after)] == ["time"]


def test_history_that_arrives_today_moves_stages_as_of_its_own_time() -> None:
    """What a journey's staleness rule needs: the cause is old, and so is the stage, though it was found today."""
    known = came(State("u#ann"), [event("Identify", DAY)], DAY)
    old = order("1", DAY - 300 * A_DAY).model_copy(update={"received_at": DAY})
    state = advance(known, [old], fold(known.facts, [old]), known.seen, RULES, DAY)
    (said,) = [said for said in state.fx if said["kind"] == "stage"]
    assert (said["to"], said["cause"], said["at"][:10]) == ("at_risk", "event", "2026-01-24")
    assert state.stage_since == DAY - 120 * A_DAY, "since when the stage holds, not when it was found"


def test_other_parameters_move_stages_silently() -> None:
    strict = Rules(replace(DEFAULT, version=2, once_occasional_days=30))
    now = BEGAN + 40 * A_DAY
    assert [cause for _, _, cause, _ in changes(looked(buyer(), now, strict))] == ["settings"]
    bought = came(buyer(), [order("2", now)], now, strict)
    assert [cause for _, _, cause, _ in changes(bought)] == ["settings", "event"], "an order makes her Occasional anew"
    assert bought.rules_v == 2


def test_another_fit_moves_stages_silently_as_the_model() -> None:
    waits = {"once_occasional_days": 30.0, "once_waiting_days": 90.0, "once_at_risk_days": 200.0}
    fitted = Fitted(version=3, source="fit", buyers=900, **waits)  # type: ignore[arg-type]
    now = BEGAN + 40 * A_DAY
    moved = looked(buyer(), now, Rules(in_force(DEFAULT, fitted)))
    assert [cause for _, _, cause, _ in changes(moved)] == ["model"]
    assert Versions.of(moved.rules_v) == Versions(fit=3)


def test_what_time_brings_under_the_old_parameters_and_the_new_is_times_doing() -> None:
    """Otherwise a refit would silence the journeys of everybody whom it says nothing new of."""
    same = Rules(in_force(DEFAULT, replace(PRIOR, version=1)))
    moved = looked(buyer(), BEGAN + 61 * A_DAY, same)
    assert [(cause, at) for _, _, cause, at in changes(moved)] == [("time", "2026-11-22")]
    later = replace(DEFAULT, once_occasional_days=50)
    moved = looked(buyer(), BEGAN + 61 * A_DAY, Rules(in_force(later, lifecycle=1)))
    assert [cause for _, _, cause, _ in changes(moved)] == ["settings"], "they do not agree on the date"


def test_a_rebuild_that_finds_other_facts_moves_stages_silently() -> None:
    state = advance(buyer(), (), fold(Facts(), [event(at=BEGAN)]), Seen(), RULES, BEGAN)
    assert [cause for _, _, cause, _ in changes(state)] == ["rebuild"]


def test_identified_once_and_never_again() -> None:
    anonymous = came(State("a#b1"), [event(at=BEGAN, user_id=None, anonymous_id="b1")], BEGAN)
    assert (anonymous.stage, anonymous.fx[0]["kind"]) == ("ghost", "stage")
    given_up = {"user_id": None, "anonymous_id": "b1", "traits": {"email": "ann@shop.example"}}
    known = came(anonymous, [event("Identify", BEGAN + A_DAY, **given_up)], BEGAN + A_DAY)
    assert {"id": "identified", "kind": "identified", "at": "2026-09-24T12:00:00.000Z"} in known.fx
    again = came(known, [event("Identify", BEGAN + A_DAY / 2, message_id="other", **given_up)], BEGAN + 2 * A_DAY)
    assert [said for said in again.fx if said["kind"] == "identified"] == []
    assert again.facts.identified_at == BEGAN + A_DAY / 2


def test_watched_events_leave_with_their_properties() -> None:
    added = event("Product Added", BEGAN + A_DAY, message_id="m1", properties={"sku": "22720", "price": 4.95})
    (said,) = came(buyer(), [event(at=BEGAN + A_DAY), added], BEGAN + A_DAY).fx
    assert said == {
        "id": "event#m1",
        "kind": "event",
        "at": "2026-09-24T12:00:00.000Z",
        "name": "Product Added",
        "message_id": "m1",
        "properties": {"sku": "22720", "price": 4.95},
    }


def test_a_mark_for_rebuild_keeps_its_date() -> None:
    marked = replace(buyer(), rebuild="why", due_at=BEGAN)
    state = came(marked, [event(at=BEGAN + A_DAY)], BEGAN + A_DAY)
    assert (state.rebuild, state.due_at) == ("why", BEGAN)


_KINDS = st.sampled_from(["Product Viewed", "Product Added", "Order Completed", "Page"])


@given(st.lists(st.tuples(_KINDS, st.integers(0, 250)), min_size=1, max_size=12), st.booleans())
def test_whatever_happens_the_date_is_never_late_and_the_chain_has_no_gap(
    happened: list[tuple[str, int]], reviewed: bool
) -> None:
    """Reviewed at each of its dates or not, a customer has the stage that its facts give at that moment."""
    state = State("u#ann")
    stage = None
    for place, (name, day) in enumerate(sorted(happened, key=lambda each: each[1])):
        now = BEGAN + day * A_DAY
        while reviewed and state.due_at is not None and state.due_at <= now:
            state = looked(state, state.due_at)
            stage = follow(stage, state)
        properties = {"order_id": str(place), "total": 5}
        state = came(state, [event(name, now, message_id=str(place), properties=properties)], now)
        stage = follow(stage, state)
        assert state.next_at is None or (state.due_at is not None and state.due_at <= state.next_at)
        assert state.stage == judge(state.facts, True, DEFAULT, now).stage


def follow(stage: str | None, state: State) -> str | None:
    """The stage after a write, having checked that its changes start where the last ended."""
    for was, to, _, _ in changes(state):
        assert was == stage
        stage = to
    assert state.stage == stage
    return stage


def test_parameters_are_only_compared_by_version() -> None:
    assert Parameters(version=0) == DEFAULT


def test_who_comes_back_from_at_risk_or_lost_has_a_date_of_it() -> None:
    state = looked(buyer(), BEGAN + 200 * A_DAY)
    assert (state.stage, state.reactivated_at) == ("at_risk", None)
    back = came(state, [event(at=BEGAN + 210 * A_DAY)], BEGAN + 210 * A_DAY)
    assert (back.stage, back.reactivated_at) == ("waiting", BEGAN + 210 * A_DAY)
    bought = came(back, [order("2", BEGAN + 215 * A_DAY)], BEGAN + 215 * A_DAY)
    assert (bought.stage, bought.reactivated_at) == ("occasional", BEGAN + 210 * A_DAY)
    assert State.from_item(bought.to_item()).reactivated_at == bought.reactivated_at


def test_what_a_setting_moves_has_not_come_back() -> None:
    state = looked(buyer(), BEGAN + 200 * A_DAY)
    patient = replace(DEFAULT, version=7, once_waiting_days=300)
    assert (moved := looked(state, BEGAN + 201 * A_DAY, Rules(patient))).stage == "waiting"
    assert moved.reactivated_at is None


def test_from_the_third_occasion_on_somebody_can_be_late() -> None:
    state = came(buyer(), [order(f"b{n}", BEGAN + 30 * n * A_DAY) for n in (1, 2)], BEGAN + 60 * A_DAY)
    assert state.overdue_at is not None
    assert BEGAN + 90 * A_DAY < state.overdue_at < BEGAN + 200 * A_DAY
    assert State.from_item(state.to_item()).overdue_at == state.overdue_at


CARTS = Rules(DEFAULT, frozenset({"intent left open: cart"}))
AN_HOUR = timedelta(hours=1)


def left_open(state: State) -> list[tuple[Any, ...]]:
    return [(said["intent"], said["at"], said["worth"]) for said in state.fx if said["kind"] == "intent"]


def with_cart(rules: Rules = CARTS) -> State:
    lamp = {"product_id": "lamp", "price": "40", "currency": "EUR"}
    return came(buyer(), [event("Product Added", BEGAN + A_DAY, properties=lamp)], BEGAN + A_DAY, rules)


def test_a_buyer_who_left_a_cart_is_told_of_once_and_to_the_minute() -> None:
    state = with_cart()
    idle_at = BEGAN + A_DAY + AN_HOUR
    assert (state.stage, state.due_at, left_open(state)) == ("occasional", idle_at, [])
    told = looked(state, idle_at, CARTS)
    assert left_open(told) == [("cart", "2026-09-24T13:00:00.000Z", {"EUR": "40.0000"})]
    assert (told.stage, changes(told), told.due_at) == ("occasional", [], told.next_at)
    assert left_open(looked(told, idle_at + A_DAY, CARTS)) == []
    assert State.from_item(told.to_item()).left_at == idle_at


def test_who_goes_on_has_not_left() -> None:
    state = came(with_cart(), [event(at=BEGAN + A_DAY + AN_HOUR / 2)], BEGAN + A_DAY + AN_HOUR / 2, CARTS)
    looked_at = looked(state, BEGAN + A_DAY + AN_HOUR, CARTS)
    assert (left_open(looked_at), looked_at.due_at) == ([], BEGAN + A_DAY + 1.5 * AN_HOUR)
    bought = came(looked_at, [order("2", BEGAN + A_DAY + 1.2 * AN_HOUR)], BEGAN + A_DAY + 1.2 * AN_HOUR, CARTS)
    assert left_open(looked(bought, BEGAN + A_DAY + 2 * AN_HOUR, CARTS)) == []


def test_nobody_looks_for_carts_that_nobody_waits_for() -> None:
    state = with_cart(RULES)
    assert state.due_at == state.next_at == BEGAN + 60 * A_DAY
    assert left_open(looked(state, BEGAN + 2 * A_DAY)) == []


def test_what_is_imported_left_nothing() -> None:
    lamp = event("Product Added", BEGAN + A_DAY, properties={"product_id": "lamp"}, source="import")
    state = came(buyer(), [lamp.model_copy(update={"at": BEGAN + A_DAY})], BEGAN + 3 * A_DAY, CARTS)
    assert left_open(state) == []
