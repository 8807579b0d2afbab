"""The steps, each with its table of cases. Those that choose by rules are in test_walk.py."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.journeys.effect import Effect
from chalicelib.journeys.stated import stated
from chalicelib.journeys.step import FAILED, Moment, SendMessage, StateEvent, Taken, plugin
from chalicelib.journeys.walk import Position, walk
from chalicelib.segments.view import View
from chalicelib.tracking.problems import Invalid
from tests.journeys.definitions import journey, leave, raw, send
from tests.segments.people import DAY, NOW, customer

NOBODY = customer()
ROME = {"timezone": "Europe/Rome"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def take(step: dict[str, Any], view: View = NOBODY, now: datetime = NOW, **known: Any) -> Taken:
    """What comes of a step that somebody takes on arrival, unless `since` is given."""
    parsed = journey({"id": "a", **step}, **known.pop("fields", {})).steps[0]
    moment = {"message_class": "marketing", "origin": "o", "journey": "trial", "since": now, **known}
    return plugin(parsed.do).take(parsed, Moment(view, now, **moment))


def refusals(step: dict[str, Any]) -> list[str]:
    with pytest.raises(Invalid) as refused:
        journey({"id": "a", **step})
    return [problem.problem for problem in refused.value.problems]


# wait: NOW is Sunday, 22 November 2026, 9:00 UTC


@pytest.mark.parametrize(
    ("fields", "traits", "since", "until", "outcome"),
    [
        ({"for": "P3D"}, {}, NOW, NOW + 3 * DAY, None),
        # the clock of the person, on the day of arrival if it is not past
        ({"until": {"at": "09:00"}}, {}, NOW, None, None),
        ({"until": {"at": "08:59"}}, {}, NOW, at("2026-11-23T08:59"), None),
        ({"until": {"at": "09:00"}}, ROME, NOW, at("2026-11-23T08:00"), None),
        ({"until": {"at": "10:30"}}, ROME, NOW, at("2026-11-22T09:30"), None),
        ({"until": {"at": "09:00"}}, {"timezone": "Asia/Tokyo"}, NOW, at("2026-11-23T00:00"), None),
        ({"until": {"at": "09:00"}}, {"timezone": "Nowhere/Town"}, NOW + timedelta(hours=1), NOW + DAY, "bad_zone"),
        ({"until": {"at": "09:00", "weekdays": ["tue", "thu"]}}, {}, NOW, at("2026-11-24T09:00"), None),
        ({"until": {"at": "09:00", "weekdays": ["sun"]}}, {}, NOW + timedelta(minutes=1), at("2026-11-29T09:00"), None),
        # the clocks of Rome: set forward on 29 March at 2:00, back on 25 October at 3:00
        ({"until": {"at": "02:30"}}, ROME, at("2026-03-28T12:00"), at("2026-03-29T01:00"), None),
        ({"until": {"at": "02:30"}}, ROME, at("2026-10-24T12:00"), at("2026-10-25T00:30"), None),
        ({"until": {"at": "02:30"}}, ROME, at("2026-10-25T00:31"), at("2026-10-26T01:30"), None),
        # a date that a trait holds
        ({"until": {"trait": "on"}}, {"on": "2026-12-01"}, NOW, at("2026-12-01T00:00"), None),
        ({"until": {"trait": "on", "at": "09:00"}}, {"on": "2026-12-01", **ROME}, NOW, at("2026-12-01T08:00"), None),
        ({"until": {"trait": "on", "offset": "-P7D"}}, {"on": "2026-12-01"}, NOW, at("2026-11-24T00:00"), None),
        (
            {"until": {"trait": "on", "offset": "P1D"}},
            {"on": "2026-12-01T10:00:00+02:00"},
            NOW,
            at("2026-12-02T08:00"),
            None,
        ),
        ({"until": {"trait": "on"}}, {"on": "2026-12-01T10:00:00", **ROME}, NOW, at("2026-12-01T09:00"), None),
        # shifted by the calendar: nine in the morning is nine in the morning on both sides of a change of the clock
        (
            {"until": {"trait": "on", "offset": "-P7D", "at": "09:00"}},
            {"on": "2026-03-31", **ROME},
            at("2026-03-01T00:00"),
            at("2026-03-24T08:00"),
            None,
        ),
        ({"until": {"trait": "on"}}, {"on": "2026-11-01"}, NOW, None, "past"),
        ({"until": {"trait": "on"}}, {}, NOW, None, FAILED),
        ({"until": {"trait": "on"}}, {"on": "soon"}, NOW, None, FAILED),
        ({"until": {"trait": "on"}}, {"on": 5}, NOW, None, FAILED),
        ({"until": {"trait": "on"}}, {"on": "2099-01-01"}, NOW, None, FAILED),
        ({"until": {"trait": "on", "offset": "P700D"}}, {"on": "9999-12-31"}, NOW, None, FAILED),
        # windows
        ({"window": {"from": "08:00", "to": "20:00"}}, {}, NOW, None, None),
        ({"window": {"from": "10:00", "to": "20:00"}}, {}, NOW, at("2026-11-22T10:00"), None),
        ({"window": {"from": "06:00", "to": "09:00"}}, {}, NOW, at("2026-11-23T06:00"), None),
        ({"window": {"from": "22:00", "to": "10:00"}}, {}, NOW, None, None),
        ({"window": {"from": "22:00", "to": "08:00"}}, {}, NOW, at("2026-11-22T22:00"), None),
        ({"window": {"weekdays": ["mon", "tue"]}}, {}, NOW, at("2026-11-23T00:00"), None),
        ({"window": {"weekdays": ["sat"], "from": "22:00", "to": "10:00"}}, {}, NOW, None, None),
        ({"for": "PT12H", "window": {"from": "08:00", "to": "20:00"}}, {}, NOW, at("2026-11-23T08:00"), None),
        ({"for": "PT2H", "window": {"from": "08:00", "to": "20:00"}}, {}, NOW, NOW + timedelta(hours=2), None),
        ({"window": {"from": "10:00", "to": "20:00"}}, ROME, NOW, None, None),
    ],
)
def test_wait(
    fields: dict[str, Any], traits: dict[str, Any], since: datetime, until: datetime | None, outcome: str | None
) -> None:
    taken = take({"do": "wait", **fields}, customer(traits=traits), since)
    assert (taken.until, taken.outcome) == (until, outcome)


def test_a_wait_that_is_over_is_over_and_a_window_that_was_missed_comes_again() -> None:
    daytime = {"do": "wait", "for": "P1D", "window": {"from": "08:00", "to": "20:00"}}
    assert take(daytime, now=NOW + DAY, since=NOW).until is None
    late = take(daytime, now=at("2026-11-23T20:05"), since=NOW)
    assert late.until == at("2026-11-24T08:00")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "This wait has no end"),
        ({"for": "P1D", "until": {"at": "09:00"}}, "This wait has two ends"),
        ({"until": {}}, "This names no moment"),
        ({"until": {"at": "09:00", "offset": "P1D"}}, "An offset is from a date"),
        ({"until": {"trait": "on", "weekdays": ["mon"]}}, "A date has its weekday"),
    ],
)
def test_waits_that_say_nothing_are_refused(fields: dict[str, Any], said: str) -> None:
    assert refusals({"do": "wait", **fields}) == [said]


@given(
    st.sampled_from(["Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
    st.integers(0, 2_000 * 86_400),
    st.times(),
    st.times(),
    st.lists(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), max_size=3, unique=True),
)
def test_a_window_opens_within_nine_days_and_is_open_then(
    zone: str, second: int, begins: Any, ends: Any, days: list[str]
) -> None:
    window: dict[str, Any] = {"from": f"{begins:%H:%M}", "to": f"{ends:%H:%M}"}
    window |= {"weekdays": days} if days else {}
    who, since = customer(traits={"timezone": zone}), at("2024-01-01") + timedelta(seconds=second)
    until = take({"do": "wait", "window": window}, who, since).until
    if until is not None:
        assert since < until <= since + 9 * DAY
        assert take({"do": "wait", "window": window}, who, until, since=since).until is None


# wait_until


def event(name: str = "Order Completed", **properties: Any) -> Effect:
    return Effect("e", "event", NOW, {"kind": "event", "name": name, "properties": properties})


ORDER = {"do": "wait_until", "event": "Order Completed", "within": "P3D"}
BIG = {**ORDER, "where": [{"property": "total", "at_least": 50}]}
CART = {**ORDER, "key": "cart_id"}
SECOND = {"do": "wait_until", "rule": {"fact": "order_count", "at_least": 2}, "within": "P3D"}
STARTED = View("u#1", NOBODY.facts, {}, None, trigger={"properties": {"cart_id": "c1"}})


@pytest.mark.parametrize(
    ("step", "view", "heard", "after", "outcome"),
    [
        (ORDER, NOBODY, None, timedelta(0), None),
        (ORDER, NOBODY, event(), DAY, "happened"),
        (ORDER, NOBODY, event("Cart Viewed"), DAY, None),
        (ORDER, NOBODY, None, 3 * DAY, "timeout"),
        (BIG, NOBODY, event(total=50), DAY, "happened"),
        (BIG, NOBODY, event(total=49), DAY, None),
        (BIG, NOBODY, event(), DAY, None),
        (CART, STARTED, event(cart_id="c1"), DAY, "happened"),
        (CART, STARTED, event(cart_id="c2"), DAY, None),
        (CART, STARTED, event(), DAY, None),
        (SECOND, NOBODY, None, DAY, None),
        (SECOND, customer(orders=((1, "10"), (2, "10"))), None, timedelta(0), "happened"),
        (SECOND, NOBODY, None, 3 * DAY, "timeout"),
    ],
)
def test_wait_until(
    step: dict[str, Any], view: View, heard: Effect | None, after: timedelta, outcome: str | None
) -> None:
    taken = take(step, view, NOW + after, since=NOW, heard=heard)
    assert taken.outcome == outcome
    assert taken.until == (NOW + 3 * DAY if outcome is None else None)


def test_after_the_time_limit_its_steps_are_taken() -> None:
    reminder = take({**ORDER, "timeout": [send("remind")]}, now=NOW + 3 * DAY, since=NOW)
    assert [step.id for step in reminder.into] == ["remind"]


def test_it_says_what_it_waits_for() -> None:
    waiting = journey({"id": "a", **CART}).steps[0]
    assert waiting.events() == ("Order Completed",)
    assert waiting.condition() is None
    assert journey({"id": "a", **SECOND}).steps[0].condition() is not None


@pytest.mark.parametrize(
    "fields", [{}, {"event": "A", "rule": {"stage": ["lead"]}}, {"rule": {"stage": ["lead"]}, "key": "cart_id"}]
)
def test_it_waits_for_one_thing(fields: dict[str, Any]) -> None:
    assert refusals({"do": "wait_until", "within": "P1D", **fields})


# split and holdout


def split(*shares: float, **fields: Any) -> dict[str, Any]:
    ways = [{"name": f"w{number}", "share": share, "steps": []} for number, share in enumerate(shares)]
    return {"do": "split", "ways": ways, **fields}


@pytest.mark.parametrize("shares", [(50, 50), (1, 1, 2), (90, 10), (0.5, 99.5)])
def test_a_split_keeps_its_shares(shares: tuple[float, ...]) -> None:
    step = journey({"id": "a", **split(*shares)}).steps[0]
    moments = [Moment(NOBODY, NOW, NOW, "marketing", f"origin-{number}") for number in range(4_000)]
    counts = Counter(plugin("split").take(step, moment).outcome for moment in moments)
    for number, share in enumerate(shares):
        assert abs(counts[f"w{number}"] / 4_000 - share / sum(shares)) < 0.03


def test_whoever_comes_again_draws_the_same_lot_and_it_is_kept() -> None:
    first = take(split(50, 50))
    assert first == take(split(50, 50), now=NOW + 9 * DAY)
    assert first.variables == {"way/a": first.outcome}


def test_of_two_splits_in_one_journey_each_draws_for_itself() -> None:
    plan = journey({"id": "a", **split(1, 1)}, {"id": "b", **split(1, 1)})
    drawn = [
        tuple(plugin("split").take(step, Moment(NOBODY, NOW, NOW, "marketing", str(n))).outcome for step in plan.steps)
        for n in range(200)
    ]
    assert len(set(drawn)) == 4


def test_everybody_goes_the_way_that_has_won_and_only_if_a_winner_is_wanted() -> None:
    ways: dict[str, Any] = {"winners": {"a": "w1"}}
    assert {take(split(99, 1, winner={"after": 10}), origin=str(n), **ways).outcome for n in range(20)} == {"w1"}
    assert {take(split(99, 1), origin=str(n), **ways).outcome for n in range(20)} == {"w0"}
    gone: dict[str, Any] = {"winners": {"a": "gone"}}
    assert take(split(99, 1, winner={"after": 10}), **gone).outcome == "w0"


@pytest.mark.parametrize("shares", [(1,), (1,) * 11, (1, 0), (1, -1)])
def test_splits_that_are_none_are_refused(shares: tuple[float, ...]) -> None:
    assert refusals(split(*shares))


def test_a_holdout_leaves_the_same_people_alone_however_often_they_come() -> None:
    step = {"do": "holdout", "share": 10}
    people = [customer(name=f"u#{number}") for number in range(1_000)]
    held = {who.customer for who in people if take(step, who).leave}
    assert 70 <= len(held) <= 130
    assert held == {who.customer for who in people if take(step, who, origin="another").leave}
    assert held != {who.customer for who in people if take(step, who, journey="other").leave}


# what is said of the customer


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (
            {"do": "set_traits", "traits": {"vip": True, "n": 2, "gone": None}},
            StateEvent("a", "Identify", type="identify", traits={"vip": True, "n": 2, "gone": None}),
        ),
        ({"do": "audience", "add": "left"}, StateEvent("a", "List Joined", {"list": "left"})),
        ({"do": "audience", "remove": "left"}, StateEvent("a", "List Left", {"list": "left"})),
        (
            {"do": "start", "journey": "care", "data": {"from": "x"}},
            StateEvent("a", "Journey Called", {"journey": "care", "key": "o", "data": {"from": "x"}, "started_by": 1}),
        ),
    ],
)
def test_what_is_said(step: dict[str, Any], said: StateEvent) -> None:
    assert take(step).decisions == (said,)


def test_what_is_said_is_one_event_however_often_it_is_decided() -> None:
    for decision in (
        StateEvent("a", "List Joined", {"list": "x"}),
        StateEvent("a", "Identify", type="identify", traits={"a": 1}),
    ):
        first, again = (stated(decision, "u#1", "o", NOW) for _ in range(2))
        assert first == again
        assert first.message_id != stated(decision, "u#1", "other", NOW).message_id
        assert (first.source, first.subject, first.name) == ("perennial", "u#1", decision.name)


@pytest.mark.parametrize(
    "step",
    [
        {"do": "set_traits", "traits": {}},
        {"do": "set_traits", "traits": {"Email": "a@example.com"}},
        {"do": "set_traits", "traits": {" phone ": "1"}},
        {"do": "set_traits", "traits": {"userId": "1"}},
        {"do": "set_traits", "traits": {"a": {"b": 1}}},
        {"do": "audience"},
        {"do": "audience", "add": "a", "remove": "a"},
        {"do": "start", "journey": "Not A Name"},
    ],
)
def test_what_may_not_be_said(step: dict[str, Any]) -> None:
    assert refusals(step)


def test_journeys_that_start_one_another_come_to_an_end() -> None:
    trigger: dict[str, Any] = {}
    for _ in range(5):
        (call,) = take({"do": "start", "journey": "b"}, View("u#1", NOBODY.facts, {}, None, trigger=trigger)).decisions
        assert isinstance(call, StateEvent)
        trigger = {"properties": dict(call.properties)}
    last = take({"do": "start", "journey": "b"}, View("u#1", NOBODY.facts, {}, None, trigger=trigger))
    assert (last.outcome, last.decisions) == (FAILED, ())


# messages


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (
            {
                "do": "send",
                "template": "t",
                "topic": "news",
                "template_version": 3,
                "coupon": "spring",
                "within": "PT6H",
            },
            SendMessage(
                "a", "t", "email", "marketing", timedelta(hours=6), 0, "news", template_version=3, coupon="spring"
            ),
        ),
        (
            {"do": "webhook", "url": "https://crm.example.com/x", "body": {"a": ["{{ stage }}"]}},
            SendMessage(
                "a",
                None,
                "webhook",
                "marketing",
                DAY,
                content={"url": "https://crm.example.com/x", "method": "POST", "body": {"a": ["{{ stage }}"]}},
            ),
        ),
        (
            {"do": "task", "title": "Call", "owner": "support"},
            SendMessage(
                "a",
                None,
                "task",
                "marketing",
                7 * DAY,
                content={
                    "title": "Call",
                    "text": "",
                    "by": "phone",
                    "due": "2026-11-24T09:00:00.000Z",
                    "owner": "support",
                },
            ),
        ),
    ],
)
def test_a_decision_says_all_that_the_ledger_needs(step: dict[str, Any], expected: SendMessage) -> None:
    assert take(step).decisions == (expected,)


@pytest.mark.parametrize("consent", [{}, {"email": True}, {"email": False}])
def test_a_send_is_decided_whatever_was_said_and_permission_is_asked_when_it_leaves(consent: dict[str, bool]) -> None:
    taken = take({"do": "send", "template": "t"}, customer(consent=consent), message_class="marketing")
    assert (taken.outcome, len(taken.decisions)) == ("decided", 1)


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example.com/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[::ffff:10.0.0.1]/",
        "x",
    ],
)
def test_a_webhook_goes_to_the_public(url: str) -> None:
    (said,) = refusals({"do": "webhook", "url": url})
    assert said.startswith("This is not called")


# paths for what fails


def test_a_step_that_fails_goes_its_own_way_and_on() -> None:
    failing = {"id": "a", "do": "wait", "until": {"trait": "on"}, "on_failure": [send("sorry")]}
    walked = walk(journey(failing, send("after")), Position(None, NOW), NOBODY, NOW, origin="o")
    assert [decision.step for decision in walked.decisions] == ["sorry", "after"]
    assert (walked.trail[0].step, walked.trail[0].outcome) == ("a", FAILED)
    ending = {**failing, "on_failure": [leave("gone", reason="no date")]}
    left = walk(journey(ending, send("after")), Position(None, NOW), NOBODY, NOW, origin="o")
    assert (left.decisions, left.ended, left.why) == ((), "exited", "no date")


def test_what_does_not_fail_does_not_go_there() -> None:
    fine = {**send("a"), "on_failure": [send("sorry")]}
    walked = walk(journey(fine), Position(None, NOW), NOBODY, NOW, origin="o")
    assert [decision.step for decision in walked.decisions] == ["a"]


def test_a_step_says_its_failure_path_only_if_it_has_one() -> None:
    assert "on_failure" not in journey(send("a")).body()["steps"][0]
    with_path = raw({**send("a"), "on_failure": [leave("b")]})
    assert journey(*with_path["steps"]).body()["steps"][0]["on_failure"][0]["id"] == "b"
